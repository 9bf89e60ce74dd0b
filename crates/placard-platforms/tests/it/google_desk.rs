//! One Google ad account of the sandbox, and the ways from a spec to what stands there.

use crate::desk::{campaign, picture, tag};
use anyhow::{Context, bail};
use chrono::NaiveDate;
use placard_domain::{
    RemoteId,
    marker::{Marker, Naming},
    plan::{
        self, Action, Bound, DesiredObject, DriftPolicy, Fields, Input, ObjectKey, ObjectKind, Observation,
        Plan, RemoteIds, Step,
    },
    spec::{Campaign, Diagnostic},
};
use placard_platforms::{
    Access, AccountContext, AdPlatform, Attachment, Outcome, PlatformError, ReadBack, Request,
    google::{Google, GoogleConfig},
    http::Backoff,
};
use placard_sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, RunningSandbox, SandboxConfig};
use std::{sync::Arc, time::Duration};

/// Everything a test needs on one ad account.
pub(crate) struct Desk {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) google: Google,
    pub(crate) access: Access,
    pub(crate) context: AccountContext,
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
        let google = adapter(&sandbox, Duration::from_secs(10))?;
        let token = sandbox.google_tokens().0;
        let accounts = google.opened(&token.clone().into()).await?.accounts;
        let account = accounts.iter().find(|account| account.active && account.currency.code() == currency);
        let account = account.with_context(|| format!("no account in {currency} among {accounts:#?}"))?;
        let access = Access {
            account: account.account.clone(),
            token: token.into(),
            page_token: None,
            manager: account.business_id.clone(),
        };
        let context = AccountContext {
            tag: tag(&account.account, "spring-sale"),
            account: account.account.clone(),
            currency: account.currency,
            zone: account.zone,
            today: NaiveDate::from_ymd_opt(2026, 11, 2).context("a date")?,
        };
        Ok(Self { sandbox, google, access, context })
    }

    pub(crate) fn desired(&self, campaign: &Campaign) -> anyhow::Result<Vec<DesiredObject>> {
        self.google.desired(campaign, &self.context).map_err(|found| anyhow::anyhow!("{found:#?}"))
    }

    /// Publishes `campaign` from nothing: everything that is made goes in one call.
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

    /// Sends all creates in one call, with numbers for what does not exist yet, and the rest stage by stage.
    pub(crate) async fn carry_out(&self, plan: &Plan, ids: &mut RemoteIds) -> anyhow::Result<()> {
        let (creates, others): (Vec<&Step>, Vec<&Step>) =
            plan.steps.iter().partition(|step| step.action == Action::Create);
        if !creates.is_empty() {
            let requests = self.linked(&creates, ids)?;
            note(&creates, self.google.execute(&self.access, &requests).await, ids)?;
        }
        for steps in others.chunk_by(|one, next| one.stage() == next.stage()) {
            let requests =
                steps.iter().map(|step| self.request(step, ids)).collect::<anyhow::Result<Vec<_>>>()?;
            note(steps, self.google.execute(&self.access, &requests).await, ids)?;
        }
        Ok(())
    }

    /// Requests that refer to each other.
    pub(crate) fn linked(&self, steps: &[&Step], ids: &RemoteIds) -> anyhow::Result<Vec<Request>> {
        let mut known = ids.clone();
        let numbers: Vec<RemoteId> = (1..=steps.len()).map(|number| RemoteId(format!("-{number}"))).collect();
        known.extend(steps.iter().zip(&numbers).map(|(step, number)| (step.object.clone(), number.clone())));
        let request = |(step, number): (&&Step, &RemoteId)| {
            Ok(Request { provisional: Some(number.clone()), ..self.request(step, &known)? })
        };
        steps.iter().zip(&numbers).map(request).collect()
    }

    pub(crate) fn request(&self, step: &Step, ids: &RemoteIds) -> anyhow::Result<Request> {
        let prepared =
            self.google.prepare(step, &Naming::Marked(self.marker(&step.object)), &self.context.account);
        let prepared = self.google.resolve(&prepared, ids)?;
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
        self.google.read(&self.access, &objects).await
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

    /// A resource name in the account.
    pub(crate) fn name(&self, collection: &str, id: &str) -> String {
        format!("customers/{}/{collection}/{id}", self.access.account.id)
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

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Google> {
    let base = sandbox.base_url().parse()?;
    let mut config = GoogleConfig::at(base, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET.to_owned().into());
    config.http.total_timeout = timeout;
    config.http.backoff = Backoff { first: Duration::from_millis(1), ..Backoff::default() };
    config.http.journal = std::env::var_os("PLACARD_GOOGLE_REQUEST_LOG").map(Into::into);
    Ok(Google::new(config, Arc::new(|| 0.5))?)
}

pub(crate) fn findings(desk: &Desk, campaign: &Campaign) -> Vec<Diagnostic> {
    desk.google.check(campaign, &desk.context)
}

/// What a test may want to change of a spec for Google; the rest is a search campaign for traffic.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) goal: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) top: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) google: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) locations: &'static str,
    pub(crate) groups: &'static str,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            goal: "traffic",
            currency: "EUR",
            top: "budget: {daily: 30.00}",
            destination: "website: {url: \"https://shop.example.com/sale\", url_tags: \"utm_source=google\"}",
            copy: "{primary_text: Sleep under the stars., headline: Tents from 99 EUR, more_headlines: [Light tents, Tents \
                   for two], description: Free returns, more_descriptions: [Sent today]}",
            google: "{paths: [tents, sale]}",
            audience: "{age_min: 25, age_max: 54, genders: [female], languages: [de]}",
            locations: "include: [{country: DE}, {country: AT}]",
            groups: "
  - name: Women
    keywords: [{text: camping tent}, {text: tent, match: exact}, {text: used, match: broad, negative: true}]
    ads:
      - {name: Tent}
      - {name: Stove}",
        }
    }
}

impl Spec {
    pub(crate) fn text(&self) -> String {
        let Self { goal, currency, top, destination, copy, google, audience, locations, groups } = self;
        format!(
            "version: 1\nname: Spring sale\nkey: spring-sale\ngoal: {goal}\ncurrency: {currency}\n{top}\n\
             locations:\n  {locations}\naudience: {audience}\ndestination:\n  {destination}\ncopy: {copy}\n\
             platforms:\n  google: {google}\nad_groups:{groups}\n"
        )
    }

    pub(crate) fn campaign(&self) -> anyhow::Result<Campaign> {
        campaign(&self.text())
    }
}

/// A display campaign with a wide and a square picture.
pub(crate) fn display() -> Spec {
    Spec {
        google: "{channel: display, business_name: Placard Outdoor}",
        groups: "
  - name: Women
    ads:
      - {name: Tent, image: tent-wide.png}
      - {name: Stove, image: stove.png}",
        ..Spec::default()
    }
}
