//! What is under way when the process is killed, how somebody goes on, and what must be true then.

use crate::support::{Installation, Run, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::plan::{Action, ObjectKey, ObjectKind, Plan, Stage, Step, StepKey};
use placard_store::deployment;
use std::collections::BTreeSet;

/// What is under way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scene {
    /// The first publishing, every request a call of its own.
    Publish,
    /// The first publishing, with as many requests in a call as the platform takes.
    PublishInBatches,
    /// Another budget, other words, one ad less and one more.
    Change,
    /// `placard pause`.
    Pause,
    /// `placard delete`.
    Delete,
    /// `placard rollback` of a publishing that stopped before its second ad.
    RollBack,
}

/// How somebody goes on after a crash.
#[derive(Clone, Copy, Debug)]
pub(super) enum WayOn {
    /// `placard resume`, or once more what was rolled back.
    Resume,
    /// The same command again, or `placard apply` where something was rolled back.
    Again,
}

impl WayOn {
    pub(super) const fn nth(index: usize) -> Self {
        if index.is_multiple_of(2) { Self::Resume } else { Self::Again }
    }
}

/// What a scene does when nobody disturbs it.
pub(super) struct Rehearsal {
    /// The steps at which it can be killed; of a batch only the first.
    pub(super) steps: Vec<StepKey>,
    /// The objects that are there at its end.
    objects: BTreeSet<ObjectKey>,
}

const RESUME: &str = "resume";

impl Scene {
    /// Plays the scene to its end.
    pub(super) async fn rehearse(self, installation: &Installation) -> Result<Rehearsal> {
        let first = self.first(installation);
        self.prepare(installation).await?;
        let file = self.last(installation).write(installation.folder(), "spec")?;
        let steps = match self {
            Self::Publish => keys(&installation.plan(&file).await?),
            Self::PublishInBatches => {
                firsts_of_batches(installation, &installation.plan(&file).await?).await?
            }
            Self::RollBack => removals(installation, &first.key).await?,
            Self::Change | Self::Pause | Self::Delete => Vec::new(),
        };
        installation.must(&arguments(&self.command(installation, &file))).await?;
        let (campaign, record) = installation.on_record(&first.key).await?;
        let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
        let last = deployment::history(&mut tx, Some(campaign.id), 1).await?;
        tx.commit().await?;
        let steps = match (last.into_iter().next(), steps.is_empty()) {
            (Some(last), true) => last.steps.into_iter().map(|step| step.key).collect(),
            _ => steps,
        };
        Ok(Rehearsal { steps, objects: record.into_iter().map(|object| object.key).collect() })
    }

    /// Plays the scene up to `point`, goes on, and says what is wrong then.
    pub(super) async fn play(
        self,
        installation: &Installation,
        rehearsal: &Rehearsal,
        point: &str,
        way_on: WayOn,
    ) -> Result<Vec<String>> {
        self.prepare(installation).await?;
        let spec = self.last(installation);
        let file = spec.write(installation.folder(), "spec")?;
        let command = self.command(installation, &file);
        kill_at(installation, &arguments(&command), point, self.in_batches()).await?;
        let apply = ["apply", "--yes", "-f", &file];
        let resume = [RESUME, &spec.key, "-f", &file];
        match (self, way_on) {
            (Self::RollBack, WayOn::Again) => {
                installation.must(&apply).await?;
                let wanted = self.everything(installation, &file, rehearsal).await?;
                return installation.faults(&spec.key, &file, &wanted).await;
            }
            (Self::RollBack, WayOn::Resume) | (_, WayOn::Again) => {
                installation.must(&arguments(&command)).await?;
            }
            (_, WayOn::Resume) => {
                installation.must(&resume).await?;
            }
        }
        match self {
            Self::Publish | Self::PublishInBatches => {
                installation.faults_of_first_publishing(&spec.key, &file, &rehearsal.objects).await
            }
            Self::Change | Self::Pause => installation.faults(&spec.key, &file, &rehearsal.objects).await,
            Self::Delete | Self::RollBack => leftovers(installation),
        }
    }

    /// What is published before the scene begins, or tried to be.
    fn first(self, installation: &Installation) -> Spec {
        let platform = installation.account().platform;
        match self {
            Self::Publish | Self::PublishInBatches => Spec::large(platform),
            Self::Change | Self::Pause | Self::Delete | Self::RollBack => {
                Spec { platform, groups: 2, ..Spec::default() }
            }
        }
    }

    /// What the spec says at its end.
    fn last(self, installation: &Installation) -> Spec {
        match self {
            Self::Change => Spec {
                daily: "90.00",
                headline: "Ride on",
                left_out: Some((0, 1)),
                ads: 3,
                ..self.first(installation)
            },
            Self::Pause => Spec { status: "paused", ..self.first(installation) },
            _ => self.first(installation),
        }
    }

    async fn prepare(self, installation: &Installation) -> Result<()> {
        let file = self.first(installation).write(installation.folder(), "first")?;
        let apply = ["apply", "--yes", "-f", &file];
        match self {
            Self::Publish | Self::PublishInBatches => Ok(()),
            Self::Change | Self::Pause | Self::Delete => installation.must(&apply).await.map(drop),
            Self::RollBack => {
                let platform = installation.account().platform;
                let point = format!("before_store {platform}/ad:group-0/ad-1/create");
                kill_at(installation, &apply, &point, false).await
            }
        }
    }

    fn command(self, installation: &Installation, file: &str) -> Vec<String> {
        let key = self.first(installation).key;
        let words: &[&str] = match self {
            Self::Publish | Self::PublishInBatches | Self::Change => &["apply", "--yes", "-f", file],
            Self::Pause => &["pause", &key],
            Self::Delete => &["delete", "--yes", &key],
            Self::RollBack => &["rollback", &key],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    const fn in_batches(self) -> bool {
        matches!(self, Self::PublishInBatches)
    }

    /// What `file` names, whatever was there when the scene ended.
    async fn everything(
        self,
        installation: &Installation,
        file: &str,
        rehearsal: &Rehearsal,
    ) -> Result<BTreeSet<ObjectKey>> {
        let (_, record) = installation.on_record(&self.first(installation).key).await?;
        let kept = rehearsal.objects.iter().all(|key| record.iter().any(|object| object.key == *key));
        ensure!(kept, "pictures are gone");
        let census = installation.world()?.census();
        let spec = self.last(installation);
        ensure!(
            census.get(&ObjectKind::Ad) == Some(&(spec.groups * spec.ads)),
            "{census:?} after {file} was applied again"
        );
        Ok(record.into_iter().map(|object| object.key).collect())
    }
}

fn arguments(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn keys(plan: &Plan) -> Vec<StepKey> {
    plan.steps.iter().map(|step| step.key.clone()).collect()
}

/// The first step of each call: files with files, the rest with the rest.
async fn firsts_of_batches(installation: &Installation, plan: &Plan) -> Result<Vec<StepKey>> {
    let session = installation.session().await?;
    let platform = installation.account().platform;
    let (adapter, _) = session.platform(platform, Some(placard::session::SANDBOX)).await?;
    let capabilities = adapter.capabilities();
    session.close().await?;
    if capabilities.linked {
        return Ok(firsts_of_linked(plan));
    }
    let mut firsts = Vec::new();
    for stage in Stage::ALL {
        for (with_file, most) in [(false, capabilities.batch), (true, capabilities.uploads)] {
            let steps: Vec<&Step> = plan
                .steps
                .iter()
                .filter(|step| step.stage() == *stage && step.upload.is_some() == with_file)
                .collect();
            firsts.extend(steps.chunks(most).map(|chunk| chunk[0].key.clone()));
        }
    }
    Ok(firsts)
}

/// Where everything that is made goes in one call: its first step, and the first of each later stage.
fn firsts_of_linked(plan: &Plan) -> Vec<StepKey> {
    let made = |step: &&Step| step.action == Action::Create;
    let later = Stage::ALL.iter().filter_map(|stage| {
        plan.steps.iter().find(|step| step.stage() == *stage && step.action != Action::Create)
    });
    plan.steps.iter().find(made).into_iter().chain(later).map(|step| step.key.clone()).collect()
}

/// What a roll-back removes: everything that the stopped deployment made but pictures, and what it may have made.
async fn removals(installation: &Installation, key: &str) -> Result<Vec<StepKey>> {
    let (campaign, _) = installation.on_record(key).await?;
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    let last = deployment::history(&mut tx, Some(campaign.id), 1).await?;
    tx.commit().await?;
    let last = last.into_iter().next().context("a deployment stopped")?;
    let removed = last.steps.iter().filter(|step| {
        step.action == Action::Create && step.object.kind != ObjectKind::Image && step.sent_at.is_some()
    });
    let platform = installation.account().platform;
    Ok(removed.map(|step| StepKey::new(platform, &step.object, Action::Delete)).collect())
}

/// What is left of a campaign that should be gone. Pictures and forms may stay: nothing of them runs, and a form
/// holds leads.
fn leftovers(installation: &Installation) -> Result<Vec<String>> {
    let world = installation.world()?;
    let left =
        world.living().filter(|object| !matches!(object.kind, ObjectKind::Image | ObjectKind::LeadForm));
    let mut faults: Vec<String> =
        left.map(|object| format!("orphan: {} {}", object.kind, object.name)).collect();
    let violations = installation.sandbox.violations();
    faults.extend(violations.iter().map(|one| format!("came too early: {one:?}")));
    Ok(faults)
}

/// Runs a command that is killed at `point`.
async fn kill_at(
    installation: &Installation,
    arguments: &[&str],
    point: &str,
    in_batches: bool,
) -> Result<()> {
    let mut command = installation.placard(arguments);
    command.env("PLACARD_CRASH_AT", point);
    if !in_batches {
        command.env("PLACARD_BATCH", "1");
    }
    let run = Run::of(&mut command).await?;
    ensure!(run.was_killed(), "the moment {point} never came: {run}");
    Ok(())
}
