//! One TikTok ad account of the sandbox, and the ways from a spec to what stands there.

use crate::desk::{campaign, picture, tag};
use anyhow::{Context, bail};
use chrono::NaiveDate;
use placard_domain::{
    RemoteId,
    marker::{Marker, Naming},
    plan::{
        self, Bound, DesiredObject, DriftPolicy, Fields, Input, ObjectKey, ObjectKind, Observation, Plan,
        RemoteIds, Step,
    },
    spec::{Campaign, Diagnostic},
};
use placard_platforms::{
    Access, AccountContext, AdPlatform, Attachment, Outcome, PlatformError, ReadBack, Request,
    http::Backoff,
    tiktok::{Tiktok, TiktokConfig},
};
use placard_sandbox::{RunningSandbox, SandboxConfig, TIKTOK_APP_ID, TIKTOK_APP_SECRET};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Everything a test needs on one ad account.
pub(crate) struct Desk {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) tiktok: Tiktok,
    pub(crate) access: Access,
    pub(crate) context: AccountContext,
    /// As whom the ads speak.
    pub(crate) identity: String,
}

/// What was published.
pub(crate) struct Published {
    pub(crate) desired: Vec<DesiredObject>,
    pub(crate) ids: RemoteIds,
}

impl Desk {
    /// The first account that counts in euros.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Self::open_in("EUR", SandboxConfig::default()).await
    }

    /// The first account that counts in `currency`.
    pub(crate) async fn open_in(currency: &str, config: SandboxConfig) -> anyhow::Result<Self> {
        let sandbox = placard_sandbox::start(config).await?;
        let tiktok = adapter(&sandbox, Duration::from_secs(10))?;
        let token = sandbox.tiktok_token();
        let opened = tiktok.opened(&token.clone().into()).await?;
        let account =
            opened.accounts.iter().find(|account| account.active && account.currency.code() == currency);
        let account =
            account.with_context(|| format!("no account in {currency} among {:#?}", opened.accounts))?;
        // The sandbox ends an identity's id as it ends its account's.
        let ending = &account.account.id[4..];
        let identity = opened.pages.iter().find(|page| page.id.ends_with(ending)).context("no identity")?;
        let identity = identity.id.clone();
        let access =
            Access { account: account.account.clone(), token: token.into(), page_token: None, manager: None };
        let context = AccountContext {
            tag: tag(&account.account, "spring-sale"),
            account: account.account.clone(),
            currency: account.currency,
            zone: account.zone,
            today: NaiveDate::from_ymd_opt(2026, 11, 2).context("a date")?,
        };
        Ok(Self { sandbox, tiktok, access, context, identity })
    }

    pub(crate) fn desired(&self, campaign: &Campaign) -> anyhow::Result<Vec<DesiredObject>> {
        self.tiktok.desired(campaign, &self.context).map_err(|found| anyhow::anyhow!("{found:#?}"))
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

    /// Sends the steps stage by stage, in slices as large as the adapter takes.
    pub(crate) async fn carry_out(&self, plan: &Plan, ids: &mut RemoteIds) -> anyhow::Result<()> {
        let most = |step: &Step| {
            let able = self.tiktok.capabilities();
            if step.upload.is_some() { able.uploads } else { able.batch }
        };
        let alike = |one: &Step, next: &Step| one.stage() == next.stage() && most(one) == most(next);
        for steps in plan.steps.chunk_by(alike) {
            for steps in steps.chunks(most(&steps[0])) {
                let requests =
                    steps.iter().map(|step| self.request(step, ids)).collect::<anyhow::Result<Vec<_>>>()?;
                let outcomes = self.tiktok.execute(&self.access, &requests).await;
                note(steps, outcomes, ids)?;
            }
        }
        Ok(())
    }

    pub(crate) fn request(&self, step: &Step, ids: &RemoteIds) -> anyhow::Result<Request> {
        let prepared =
            self.tiktok.prepare(step, &Naming::Marked(self.marker(&step.object)), &self.context.account);
        let prepared = self.tiktok.resolve(&prepared, ids)?;
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
        self.tiktok.read(&self.access, &objects).await
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

    /// The campaign of `spec`, which speaks as this desk's identity.
    pub(crate) fn campaign(&self, spec: &Spec) -> anyhow::Result<Campaign> {
        campaign(&spec.text(&self.identity))
    }

    /// Publishes the campaign of `spec` from nothing.
    pub(crate) async fn publish_spec(&self, spec: &Spec) -> anyhow::Result<Published> {
        self.publish(&self.campaign(spec)?).await
    }

    pub(crate) fn findings(&self, campaign: &Campaign) -> Vec<Diagnostic> {
        self.tiktok.check(campaign, &self.context)
    }

    /// Asks the sandbox's control API for something.
    pub(crate) async fn control(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let address = format!("{}/_sandbox/{path}", self.sandbox.base_url());
        let answer = reqwest::Client::new().post(address).json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// The paths of all calls that wrote something, in order.
    pub(crate) fn writes(&self) -> Vec<String> {
        let wrote = |path: &str| ["/create/", "/update/", "/upload/"].iter().any(|end| path.ends_with(end));
        let requests = self.sandbox.requests(0).into_iter();
        requests.filter(|entry| wrote(&entry.path)).map(|entry| entry.path).collect()
    }
}

fn note(steps: &[Step], outcomes: Vec<Outcome>, ids: &mut RemoteIds) -> anyhow::Result<()> {
    for (step, outcome) in steps.iter().zip(outcomes) {
        let success = outcome.with_context(|| format!("{} {:#?}", step.key, step.fields))?;
        if let Some(id) = success.remote_id {
            ids.insert(step.object.clone(), id);
        }
    }
    Ok(())
}

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Tiktok> {
    let base = sandbox.base_url().parse()?;
    let mut config = TiktokConfig::at(base, TIKTOK_APP_ID, TIKTOK_APP_SECRET.to_owned().into());
    config.http.total_timeout = timeout;
    config.http.backoff = Backoff { first: Duration::from_millis(1), ..Backoff::default() };
    config.http.journal = std::env::var_os("PLACARD_TIKTOK_REQUEST_LOG").map(Into::into);
    Ok(Tiktok::new(config, Arc::new(|| 0.5))?)
}

/// What a test may want to change of a spec for TikTok; the rest is a traffic campaign.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) goal: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) top: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) copy: &'static str,
    /// Beside the identity.
    pub(crate) tiktok: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) locations: &'static str,
    pub(crate) groups: &'static str,
}

/// A pixel and a published form of the first account.
pub(crate) const PIXEL_AND_FORM: &str = ", pixel: \"7400000000000000001\", form: \"7500000000000000001\"";

pub(crate) const FORM: &str = "form: {name: Ask for an offer, questions: [{ask: full_name}, {ask: email}], \
                               privacy_policy_url: \"https://example.com/privacy\"}";

impl Default for Spec {
    fn default() -> Self {
        Self {
            goal: "traffic",
            currency: "EUR",
            top: "budget: {daily: 60.00}",
            destination: "website: {url: \"https://shop.example.com/sale\", url_tags: \"utm_source=tiktok\"}",
            copy: "{primary_text: Sleep under the stars., headline: Tents from 99 EUR}",
            tiktok: "",
            audience: "{age_min: 25, age_max: 54, genders: [female], languages: [de]}",
            locations: "include: [{country: DE}, {country: AT}]",
            groups: "
  - name: Women
    ads:
      - {name: Tent, image: tent.png}
      - {name: Stove, image: stove.png}",
        }
    }
}

impl Spec {
    pub(crate) fn text(&self, identity: &str) -> String {
        let Self { goal, currency, top, destination, copy, tiktok, audience, locations, groups } = self;
        format!(
            "version: 1\nname: Spring sale\nkey: spring-sale\ngoal: {goal}\ncurrency: {currency}\n{top}\n\
             locations:\n  {locations}\naudience: {audience}\ndestination:\n  {destination}\ncopy: {copy}\n\
             platforms:\n  tiktok: {{identity: \"{identity}\"{tiktok}}}\nad_groups:{groups}\n"
        )
    }
}
