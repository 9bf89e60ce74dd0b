//! A place that a server publishes to.

use super::{Desk, Place, remote::Remote};
use crate::{
    api::{
        paging::Page,
        view::{CampaignView, Ended, FileView, PlaceView, PlanView},
    },
    assets::{Assets, hash_of},
    cli::{campaign_file::CampaignFile, failure::WrongInput, progress_bar::TerminalProgress},
    publishing::{Aim, Applied, Planned, Progress, RolledBack, Said},
    remote::{Client, Events, Refusal, RemoteError},
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use placard_domain::{
    AccountRef, Currency, DeploymentId, PlanId,
    plan::{Drift, DriftPolicy},
    spec::Diagnostics,
};
use serde::Deserialize;
use serde_json::json;

/// A place that a server publishes to.
pub(super) struct RemotePlace<'d> {
    desk: &'d Remote,
    key: String,
    title: String,
    view: PlaceView,
}

impl<'d> RemotePlace<'d> {
    pub(super) fn new(desk: &'d Remote, key: &str, title: &str, view: PlaceView) -> Self {
        Self { desk, key: key.to_owned(), title: title.to_owned(), view }
    }

    fn client(&self) -> &Client {
        &self.desk.client
    }

    fn path(&self, what: &str) -> String {
        format!("/campaigns/{}/{what}", self.key)
    }

    fn platform(&self) -> [(&'static str, &str); 1] {
        [("platform", self.view.account.platform.as_str())]
    }

    /// Lets the server do something and follows it to its end.
    async fn carry_out(&self, path: &str, query: &[(&str, &str)]) -> Result<Ended> {
        // From the request on, Ctrl-C asks the server.
        self.client().interrupts().claim();
        let events = self.client().listen(path, query).await?;
        Ok(follow(self.client(), events).await?)
    }
}

#[async_trait]
impl Place for RemotePlace<'_> {
    fn key(&self) -> &str {
        &self.key
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn account(&self) -> &AccountRef {
        &self.view.account
    }

    fn currency(&self) -> Currency {
        self.view.currency
    }

    async fn plan(&self, aim: Aim, settle: bool) -> Result<Planned> {
        let mut wish = match aim {
            Aim::Spec(DriftPolicy::PushFields(fields)) => json!({"force_fields": fields}),
            Aim::Spec(policy) => json!({"push": policy == DriftPolicy::Push}),
            Aim::Removal => json!({"remove": true}),
            Aim::Switch(run) => json!({"run": run}),
            Aim::Restoring => json!({"restore": true}),
        };
        wish["settle"] = settle.into();
        planned(self.client().post(&self.path("plans"), &self.platform(), &wish).await?)
    }

    async fn stored(&self, id: PlanId) -> Result<Planned> {
        planned(self.client().get(&format!("/plans/{id}"), &[]).await?)
    }

    async fn apply(&self, planned: &Planned) -> Result<Applied> {
        applied(self.carry_out(&format!("/plans/{}/apply", planned.id), &[]).await?)
    }

    async fn resume(&self) -> Result<Option<Applied>> {
        if self.view.unfinished.is_none() {
            return Ok(None);
        }
        applied(self.carry_out(&self.path("resume"), &self.platform()).await?).map(Some)
    }

    async fn roll_back(&self) -> Result<RolledBack> {
        match self.carry_out(&self.path("rollback"), &self.platform()).await? {
            Ended::TakenBack { removed } => Ok(RolledBack { removed }),
            Ended::Nothing | Ended::Applied { .. } => {
                anyhow::bail!("the server says that it did something else")
            }
        }
    }

    async fn drift(&self) -> Result<Vec<Drift>> {
        let told: Told = self.client().get(&self.path("drift"), &self.platform()).await?;
        Ok(told.drift)
    }

    async fn adopt(&self, _: &[Drift]) -> Result<usize> {
        let told: Told = self.client().post(&self.path("drift/adopt"), &self.platform(), &json!({})).await?;
        Ok(told.drift.len())
    }
}

#[derive(Deserialize)]
struct Told {
    drift: Vec<Drift>,
}

fn applied(ended: Ended) -> Result<Applied> {
    match ended {
        Ended::Nothing => Ok(Applied::Nothing),
        Ended::Applied { deployment, steps, calls } => Ok(Applied::Done { deployment, steps, calls }),
        Ended::TakenBack { .. } => anyhow::bail!("the server says that it did something else"),
    }
}

/// A plan as the server tells it.
pub(super) fn planned(view: PlanView) -> Result<Planned> {
    let other = "the server's plan is one of another version";
    Ok(Planned {
        id: view.id,
        campaign: view.campaign_id,
        plan: serde_json::from_value(view.plan).context(other)?,
        requests: serde_json::from_value(view.requests).context(other)?,
    })
}

/// Shows what the server does until it is done. Ctrl-C asks the server to stop after the request under way.
async fn follow(client: &Client, mut events: Events) -> Result<Ended, RemoteError> {
    let (progress, stop) = (TerminalProgress::new(), client.interrupts().claim());
    let (mut deployment, mut asked): (Option<DeploymentId>, bool) = (None, false);
    loop {
        if let (Some(id), true, false) = (deployment, stop.is_wanted(), asked) {
            asked = true;
            if let Err(error) = client.post_only(&format!("/deployments/{id}/interrupt")).await {
                progress.note(&format!("it could not be asked to stop and goes on: {error}"));
            }
        }
        // Before it is on record there is nothing to ask for, and the wish is kept.
        let may_ask = !asked && (deployment.is_some() || !stop.is_wanted());
        let event = tokio::select! {
            event = events.next() => event?,
            () = stop.wanted(), if may_ask => continue,
        };
        let Some(event) = event else { return Err(client.broken("it ended before everything was told")) };
        match event.name.as_str() {
            "said" => {
                let said: Said = client.understood(&event.data)?;
                if let Said::Begun { deployment: id, .. } = &said {
                    deployment = Some(*id);
                }
                progress.hear(&said);
            }
            "ended" => return client.understood(&event.data),
            "problem" => {
                let refusal: Refusal = client.understood(&event.data)?;
                progress.finish();
                return Err(RemoteError::Refused(Box::new(refusal)));
            }
            // A newer server may say more than this version knows.
            _ => {}
        }
    }
}

/// Stores a spec with its pictures, and gives what a person should know of it.
pub(super) async fn store(client: &Client, file: &CampaignFile) -> Result<Diagnostics> {
    #[derive(Deserialize)]
    struct Stored {
        warnings: Diagnostics,
    }
    let key = &file.campaign.key;
    upload(client, key, &file.assets, &file.images()).await?;
    let text = file.text().as_bytes().to_vec();
    let stored: Stored = client.put_text(&format!("/campaigns/{key}"), "application/yaml", text).await?;
    Ok(stored.warnings)
}

/// Sends the pictures that a spec names, except those that the server has.
pub(super) async fn upload(client: &Client, key: &str, assets: &Assets, images: &[String]) -> Result<()> {
    if images.is_empty() {
        return Ok(());
    }
    let path = format!("/campaigns/{key}/files");
    let there: Page<FileView> = client.get(&path, &[]).await?;
    for image in images {
        let content =
            assets.read(image).map_err(|error| WrongInput(format!("{image} cannot be read: {error}")))?;
        let hash = hash_of(&content);
        if there.items.iter().any(|file| file.path == *image && file.sha256 == hash) {
            continue;
        }
        let place = [("path", image.as_str())];
        match client.put_bytes(&path, &place, "application/octet-stream", content).await {
            Err(RemoteError::Refused(refusal)) if refusal.is("invalid") || refusal.is("too-large") => {
                let words = format!("the server does not take the picture {image}: {refusal}");
                return Err(WrongInput(words).into());
            }
            other => other?,
        }
    }
    Ok(())
}

/// The campaign of a spec as it is stored.
pub(super) async fn stored_as(desk: &Remote, file: &CampaignFile) -> Result<CampaignView> {
    let key = &file.campaign.key;
    desk.campaign(key).await?.with_context(|| format!("there is no campaign `{key}`"))
}
