//! A sandbox, an adapter on one of its accounts, and the smallest publisher that works.

use anyhow::{Context, bail};
use bytes::Bytes;
use chrono::NaiveDate;
use placard_domain::{
    AccountRef, Platform, RemoteId, TenantId,
    marker::{CampaignTag, Marker, Naming},
    plan::{
        self, Action, Bound, DesiredObject, DriftPolicy, Fields, Input, ObjectKey, ObjectKind, Observation,
        Observed, Plan, RemoteIds, Step,
    },
    spec::{self, Campaign, Diagnostic, ImageFacts, ImageFormat},
};
use placard_platforms::{
    Access, AccountContext, AdPlatform, Attachment, PlatformError, ReadBack, Request,
    http::Backoff,
    meta::{Meta, MetaConfig},
};
use placard_sandbox::{APP_ID, APP_SECRET, RunningSandbox, SandboxConfig};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// Everything a test needs on one ad account.
pub(crate) struct Desk {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) meta: Meta,
    pub(crate) access: Access,
    pub(crate) context: AccountContext,
}

/// What was published.
pub(crate) struct Published {
    pub(crate) desired: Vec<DesiredObject>,
    pub(crate) ids: RemoteIds,
}

impl Desk {
    /// Account 1001: euros, Berlin.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Self::open_on("act_1001", SandboxConfig::default()).await
    }

    pub(crate) async fn open_on(account: &str, config: SandboxConfig) -> anyhow::Result<Self> {
        let sandbox = placard_sandbox::start(config).await?;
        let meta = adapter(&sandbox, Duration::from_secs(10))?;
        let account = AccountRef { platform: Platform::Meta, id: account.to_owned() };
        let access = Access {
            account: account.clone(),
            token: sandbox.user_token().into(),
            page_token: Some(sandbox.page_token("2001").into()),
            manager: None,
        };
        let described = meta.health(&access).await?.account;
        let context = AccountContext {
            tag: tag(&account, "spring-sale"),
            account,
            currency: described.currency,
            zone: described.zone,
            today: NaiveDate::from_ymd_opt(2026, 11, 2).context("a date")?,
        };
        Ok(Self { sandbox, meta, access, context })
    }

    /// The objects of `campaign`; diagnostics that are errors fail the test.
    pub(crate) fn desired(&self, campaign: &Campaign) -> anyhow::Result<Vec<DesiredObject>> {
        self.meta.desired(campaign, &self.context).map_err(|found| anyhow::anyhow!("{found:#?}"))
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

    /// Sends the steps stage by stage.
    pub(crate) async fn carry_out(&self, plan: &Plan, ids: &mut RemoteIds) -> anyhow::Result<()> {
        for steps in plan.steps.chunk_by(|one, next| one.stage() == next.stage()) {
            let requests =
                steps.iter().map(|step| self.request(step, ids)).collect::<anyhow::Result<Vec<_>>>()?;
            for (step, outcome) in steps.iter().zip(self.meta.execute(&self.access, &requests).await) {
                let success = outcome.with_context(|| format!("{} {:#?}", step.key, step.fields))?;
                if let Some(id) = success.remote_id {
                    ids.insert(step.object.clone(), id);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn request(&self, step: &Step, ids: &RemoteIds) -> anyhow::Result<Request> {
        let prepared =
            self.meta.prepare(step, &Naming::Marked(self.marker(&step.object)), &self.context.account);
        let prepared = self.meta.resolve(&prepared, ids)?;
        let attachment = step.upload.as_ref().zip(prepared.file_name.clone());
        let attachment =
            attachment.map(|(upload, file_name)| Attachment { file_name, bytes: picture(&upload.source) });
        Ok(Request { prepared, attachment, provisional: None })
    }

    pub(crate) fn marker(&self, key: &ObjectKey) -> Marker {
        Marker::derive(&self.context.tag, key)
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
        self.meta.read(&self.access, &objects).await
    }

    /// What is known of the published objects, as the platform shows them now.
    pub(crate) async fn bound(&self, published: &Published) -> anyhow::Result<Vec<Bound>> {
        let observations = self.observe(published).await?;
        let bind = |(object, observation): (&DesiredObject, Observation)| Bound {
            key: object.key.clone(),
            name: object.name.clone(),
            remote_id: published.ids[&object.key].clone(),
            naming: Naming::Marked(self.marker(&object.key)),
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

    /// The object of `kind` that was published, if there is one only.
    pub(crate) fn only<'a>(
        &self,
        published: &'a Published,
        kind: ObjectKind,
    ) -> (&'a ObjectKey, &'a RemoteId) {
        let mut of_kind = published.ids.iter().filter(|(key, _)| key.kind == kind);
        let only = of_kind.next().unwrap();
        assert!(of_kind.next().is_none(), "there are several of {kind}");
        only
    }

    /// Objects of the world that are neither deleted nor archived.
    pub(crate) fn living(&self) -> usize {
        let world = self.sandbox.world(None);
        let objects = world["objects"].as_array().unwrap();
        objects
            .iter()
            .filter(|object| !matches!(object["status"].as_str(), Some("DELETED" | "ARCHIVED")))
            .count()
    }

    pub(crate) fn steps(&self, plan: &Plan, action: Action) -> Vec<String> {
        plan.steps.iter().filter(|step| step.action == action).map(|step| step.object.to_string()).collect()
    }
}

/// The tag of a campaign of the one tenant there is.
pub(crate) fn tag(account: &AccountRef, campaign: &str) -> CampaignTag {
    let tenant: TenantId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
    CampaignTag::derive(tenant, account, campaign)
}

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Meta> {
    adapter_at(sandbox.base_url().parse()?, timeout)
}

/// The same, on any server.
pub(crate) fn adapter_at(base: url::Url, timeout: Duration) -> anyhow::Result<Meta> {
    let mut config = MetaConfig::at(base, APP_ID, APP_SECRET.to_owned().into());
    config.http.total_timeout = timeout;
    config.http.backoff = Backoff { first: Duration::from_millis(1), ..Backoff::default() };
    config.http.journal = std::env::var_os("PLACARD_REQUEST_LOG").map(Into::into);
    config.report_poll = Duration::from_millis(1);
    Ok(Meta::new(config, Arc::new(|| 0.5))?)
}

pub(crate) fn present(observation: &Observation) -> &Observed {
    match observation {
        Observation::Present(observed) => observed,
        Observation::Gone => panic!("the object is gone"),
    }
}

/// Reads and checks a spec. Every image it names is there.
pub(crate) fn campaign(text: &str) -> anyhow::Result<Campaign> {
    let document = spec::read(text).map_err(|found| anyhow::anyhow!("{found:#?}"))?;
    let images = document.images().into_iter().map(|path| (path.to_owned(), Ok(facts(path)))).collect();
    let today = NaiveDate::from_ymd_opt(2026, 11, 2).context("a date")?;
    let (campaign, _) =
        spec::check(&document, &images, today).map_err(|found| anyhow::anyhow!("{found:#?}"))?;
    Ok(campaign)
}

pub(crate) fn findings(desk: &Desk, campaign: &Campaign) -> Vec<Diagnostic> {
    desk.meta.check(campaign, &desk.context)
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

/// A picture is 1080 × 1080, unless its name says that it is wide.
fn size(path: &str) -> (u32, u32) {
    if path.contains("wide") { (1200, 628) } else { (1080, 1080) }
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
