//! One ad account of the sandbox, its adapter, and the smallest publisher that works on every platform.

use anyhow::{Context, bail};
use bytes::Bytes;
use chrono::NaiveDate;
use placard_domain::{
    AccountRef, AdAccount, RemoteId, TenantId,
    marker::{CampaignTag, Marker, Naming},
    plan::{
        self, Action, Bound, DesiredObject, DriftPolicy, Fields, Input, ObjectKey, ObjectKind, Observation,
        Observed, Plan, RemoteIds, Step,
    },
    spec::{self, Campaign, Diagnostic, ImageFacts, ImageFormat, Media, VideoFacts},
};
use placard_platforms::{
    Access, AccountContext, AdPlatform, Attachment, Outcome, PlatformError, ReadBack, Request,
    http::{Backoff, HttpConfig},
};
use placard_sandbox::{Action as Fault, FaultPlan, Match, Rule, RunningSandbox};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Everything a test needs on one ad account of the platform behind `P`.
pub(crate) struct Desk<P> {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) adapter: P,
    pub(crate) access: Access,
    pub(crate) context: AccountContext,
}

/// What was published.
pub(crate) struct Published {
    pub(crate) desired: Vec<DesiredObject>,
    pub(crate) ids: RemoteIds,
}

impl<P: AdPlatform> Desk<P> {
    /// A desk at `account`.
    pub(crate) fn at(
        sandbox: RunningSandbox,
        adapter: P,
        account: &AdAccount,
        access: Access,
    ) -> anyhow::Result<Self> {
        let context = AccountContext {
            tag: tag(&account.account, "spring-sale"),
            account: account.account.clone(),
            currency: account.currency,
            zone: account.zone,
            today: NaiveDate::from_ymd_opt(2026, 11, 2).context("a date")?,
        };
        Ok(Self { sandbox, adapter, access, context })
    }

    /// The objects of `campaign`; diagnostics that are errors fail the test.
    pub(crate) fn desired(&self, campaign: &Campaign) -> anyhow::Result<Vec<DesiredObject>> {
        self.adapter.desired(campaign, &self.context).map_err(|found| anyhow::anyhow!("{found:#?}"))
    }

    /// What the adapter says of `campaign`.
    pub(crate) fn findings(&self, campaign: &Campaign) -> Vec<Diagnostic> {
        self.adapter.check(campaign, &self.context)
    }

    /// Publishes `campaign` from nothing.
    pub(crate) async fn publish(&self, campaign: &Campaign) -> anyhow::Result<Published> {
        let desired = self.desired(campaign)?;
        let plan = self.plan(&desired, &[])?;
        let mut ids = RemoteIds::new();
        self.carry_out(&plan, &mut ids).await?;
        Ok(Published { desired, ids })
    }

    pub(crate) fn plan(&self, desired: &[DesiredObject], bound: &[Bound]) -> anyhow::Result<Plan> {
        let input = Input {
            account: self.context.account.clone(),
            campaign: "spring-sale",
            currency: self.context.currency,
            desired,
            bound,
            policy: DriftPolicy::Keep,
            warnings: Vec::new(),
        };
        Ok(plan::make(input)?)
    }

    /// Sends the steps stage by stage, in slices as large as the adapter takes. Where one call may make objects that
    /// refer to each other, everything that is made goes in one.
    pub(crate) async fn carry_out(&self, plan: &Plan, ids: &mut RemoteIds) -> anyhow::Result<()> {
        let able = self.adapter.capabilities();
        let (linked, others): (Vec<&Step>, Vec<&Step>) =
            plan.steps.iter().partition(|step| able.linked && step.action == Action::Create);
        if !linked.is_empty() {
            let requests = self.linked(&linked, ids)?;
            note(&linked, self.adapter.execute(&self.access, &requests).await, ids)?;
        }
        let most = |step: &Step| if step.upload.is_some() { able.uploads } else { able.batch };
        let alike = |one: &&Step, next: &&Step| one.stage() == next.stage() && most(one) == most(next);
        for steps in others.chunk_by(alike).flat_map(|steps| steps.chunks(most(steps[0]))) {
            let requests =
                steps.iter().map(|step| self.request(step, ids)).collect::<anyhow::Result<Vec<_>>>()?;
            note(steps, self.adapter.execute(&self.access, &requests).await, ids)?;
        }
        Ok(())
    }

    /// Requests that refer to each other, by numbers for what does not exist yet.
    pub(crate) fn linked(&self, steps: &[&Step], ids: &RemoteIds) -> anyhow::Result<Vec<Request>> {
        let mut known = ids.clone();
        let numbers: Vec<RemoteId> = (1..=steps.len()).map(|number| RemoteId(format!("-{number}"))).collect();
        known.extend(steps.iter().zip(&numbers).map(|(step, number)| (step.object.clone(), number.clone())));
        let request = |(step, number): (&&Step, &RemoteId)| {
            Ok(Request { provisional: Some(number.clone()), ..self.request(step, &known)? })
        };
        steps.iter().zip(&numbers).map(request).collect()
    }

    /// The steps that make `campaign` from nothing.
    pub(crate) fn creates(&self, campaign: &Campaign) -> anyhow::Result<Vec<Step>> {
        let plan = self.plan(&self.desired(campaign)?, &[])?;
        Ok(plan.steps.into_iter().filter(|step| step.action == Action::Create).collect())
    }

    /// Sends `steps` in one go, whatever becomes of them.
    pub(crate) async fn send(&self, steps: &[&Step], ids: &mut RemoteIds) -> anyhow::Result<Vec<Outcome>> {
        let requests =
            steps.iter().map(|step| self.request(step, ids)).collect::<anyhow::Result<Vec<_>>>()?;
        let outcomes = self.adapter.execute(&self.access, &requests).await;
        for (step, outcome) in steps.iter().zip(&outcomes) {
            if let Ok(success) = outcome {
                ids.extend(success.remote_id.clone().map(|id| (step.object.clone(), id)));
            }
        }
        Ok(outcomes)
    }

    /// Makes everything that objects of `kind` need.
    pub(crate) async fn before(&self, steps: &[Step], kind: ObjectKind) -> anyhow::Result<RemoteIds> {
        let mut ids = RemoteIds::new();
        for step in steps.iter().filter(|step| step.object.kind < kind) {
            self.send(&[step], &mut ids).await?.remove(0)?;
        }
        Ok(ids)
    }

    pub(crate) fn request(&self, step: &Step, ids: &RemoteIds) -> anyhow::Result<Request> {
        let prepared = self.adapter.prepare(step, &self.naming(&step.object), &self.context.account);
        let prepared = self.adapter.resolve(&prepared, ids)?;
        let attachment = step.upload.as_ref().zip(prepared.file_name.clone());
        let attachment =
            attachment.map(|(upload, file_name)| Attachment { file_name, bytes: content(&upload.source) });
        Ok(Request { prepared, attachment, provisional: None })
    }

    pub(crate) fn marker(&self, key: &ObjectKey) -> Marker {
        Marker::derive(&self.context.tag, key)
    }

    fn naming(&self, key: &ObjectKey) -> Naming {
        Naming::Marked(self.marker(key))
    }

    pub(crate) async fn observe(&self, published: &Published) -> Result<Vec<Observation>, PlatformError> {
        let objects: Vec<ReadBack> = published
            .desired
            .iter()
            .map(|object| ReadBack {
                key: object.key.clone(),
                remote_id: published.ids[&object.key].clone(),
                applied: plan::resolve(&object.fields, &published.ids).unwrap(),
            })
            .collect();
        self.adapter.read(&self.access, &objects).await
    }

    /// What is known of the published objects, as the platform shows them now.
    pub(crate) async fn bound(&self, published: &Published) -> anyhow::Result<Vec<Bound>> {
        let observations = self.observe(published).await?;
        let bind = |(object, observation): (&DesiredObject, Observation)| Bound {
            key: object.key.clone(),
            name: object.name.clone(),
            remote_id: published.ids[&object.key].clone(),
            naming: self.naming(&object.key),
            applied: object.fields.clone(),
            applied_run: object.run,
            accepted: Fields::new(),
            rules: object.rules.clone(),
            daily_cost: object.daily_cost,
            observation,
        };
        Ok(published.desired.iter().zip(observations).map(bind).collect())
    }

    /// Publishes a change of what was published.
    pub(crate) async fn change(
        &self,
        published: Published,
        campaign: &Campaign,
    ) -> anyhow::Result<(Plan, Published)> {
        let bound = self.bound(&published).await?;
        let desired = self.desired(campaign)?;
        let plan = self.plan(&desired, &bound)?;
        let mut ids = published.ids;
        self.carry_out(&plan, &mut ids).await?;
        ids.retain(|key, _| desired.iter().any(|object| object.key == *key));
        Ok((plan, Published { desired, ids }))
    }

    /// Fails if a plan for what was published finds anything to do or to say.
    pub(crate) async fn assert_no_drift(&self, published: &Published) -> anyhow::Result<()> {
        let plan = self.plan(&published.desired, &self.bound(published).await?)?;
        if !plan.is_empty() || !plan.drift.is_empty() {
            bail!("steps {:#?}\nconflicts {:#?}\ndrift {:#?}", plan.steps, plan.conflicts, plan.drift);
        }
        Ok(())
    }

    /// The id of the one object of `kind` that was published.
    pub(crate) fn only<'a>(&self, published: &'a Published, kind: ObjectKind) -> &'a RemoteId {
        let mut of_kind = published.ids.iter().filter(|(key, _)| key.kind == kind);
        let only = of_kind.next().unwrap();
        assert!(of_kind.next().is_none(), "there are several of {kind}");
        only.1
    }

    /// Asks the sandbox's control API for something.
    pub(crate) async fn control(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let address = format!("{}/_sandbox/{path}", self.sandbox.base_url());
        let answer = reqwest::Client::new().post(address).json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }
}

fn note(steps: &[&Step], outcomes: Vec<Outcome>, ids: &mut RemoteIds) -> anyhow::Result<()> {
    for (step, outcome) in steps.iter().zip(outcomes) {
        let success = outcome.with_context(|| format!("{} {:#?}", step.key, step.fields))?;
        if let Some(id) = success.remote_id {
            ids.insert(step.object.clone(), id);
        }
    }
    Ok(())
}

/// The steps about objects of `kind`.
pub(crate) fn of_kind(steps: &[Step], kind: ObjectKind) -> Vec<&Step> {
    steps.iter().filter(|step| step.object.kind == kind).collect()
}

/// `action` for the `nth` request to `path`, or for every one.
pub(crate) fn fault_at(path: &str, nth: Option<u64>, action: Fault) -> FaultPlan {
    let when = Match { path_contains: Some(path.to_owned()), nth, ..Match::default() };
    FaultPlan { rules: vec![Rule { when, action }], ..FaultPlan::default() }
}

/// The first account among `accounts` that runs and counts in `currency`.
pub(crate) fn in_currency<'a>(accounts: &'a [AdAccount], currency: &str) -> anyhow::Result<&'a AdAccount> {
    let fits = |account: &&AdAccount| account.active && account.currency.code() == currency;
    accounts.iter().find(fits).with_context(|| format!("no account in {currency} among {accounts:#?}"))
}

/// Makes `http` wait little between repeated reads and write its requests to the file that `journal` names.
pub(crate) fn hasten(http: &mut HttpConfig, timeout: Duration, journal: &str) {
    http.total_timeout = timeout;
    http.backoff = Backoff { first: Duration::from_millis(1), ..Backoff::default() };
    http.journal = std::env::var_os(journal).map(Into::into);
}

/// The tag of a campaign of the one tenant there is.
pub(crate) fn tag(account: &AccountRef, campaign: &str) -> CampaignTag {
    let tenant: TenantId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
    CampaignTag::derive(tenant, account, campaign)
}

pub(crate) fn present(observation: &Observation) -> &Observed {
    match observation {
        Observation::Present(observed) => observed,
        Observation::Gone => panic!("the object is gone"),
    }
}

/// Reads and checks a spec. Every image and video it names is there.
pub(crate) fn campaign(text: &str) -> anyhow::Result<Campaign> {
    let document = spec::read(text).map_err(|found| anyhow::anyhow!("{found:#?}"))?;
    let images = document.images().into_iter().map(|path| (path.to_owned(), Ok(facts(path)))).collect();
    let videos = document.asset_videos().map(|(_, name)| (name.to_owned(), Ok(video_facts(name)))).collect();
    let today = NaiveDate::from_ymd_opt(2026, 11, 2).context("a date")?;
    let (campaign, _) = spec::check(&document, &Media { images, videos }, today)
        .map_err(|found| anyhow::anyhow!("{found:#?}"))?;
    Ok(campaign)
}

fn facts(path: &str) -> ImageFacts {
    let bytes = picture(path);
    let (width, height) = size(path);
    ImageFacts {
        sha256: hex::encode(Sha256::digest(&bytes)),
        width,
        height,
        bytes: bytes.len() as u64,
        format: ImageFormat::Png,
    }
}

fn video_facts(name: &str) -> VideoFacts {
    let bytes = video(name);
    let (width, height) = UPRIGHT;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let bytes = if name.contains("huge") { 200 * 1024 * 1024 } else { bytes.len() as u64 };
    VideoFacts { sha256, width, height, bytes, duration_ms: 15_000 }
}

/// The size of every video, and of pictures that are covers.
const UPRIGHT: (u32, u32) = (720, 1280);

/// A picture is 1080 × 1080, unless its name says that it is wide or a cover.
fn size(path: &str) -> (u32, u32) {
    match path {
        _ if path.contains("wide") => (1200, 628),
        _ if path.contains("cover") => UPRIGHT,
        _ => (1080, 1080),
    }
}

/// What stands in the file or asset that a spec names.
pub(crate) fn content(named: &str) -> Bytes {
    if named.ends_with(".mp4") { video(named) } else { picture(named) }
}

/// The head of an MP4, which is all that is looked at; different for each name. A long one has some megabytes.
fn video(name: &str) -> Bytes {
    let mut mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    mp4.extend(name.as_bytes());
    if name.contains("long") {
        mp4.extend((0_u32..640 * 1024).flat_map(u32::to_be_bytes));
    }
    mp4.into()
}

/// The head of a PNG, which is all that is looked at; different for each path.
pub(crate) fn picture(path: &str) -> Bytes {
    let (width, height) = size(path);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend(b"\x08\x02\0\0\0\0\0\0\0");
    png.extend(path.as_bytes());
    png.into()
}
