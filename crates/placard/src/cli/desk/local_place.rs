//! A place that this process publishes to.

use super::Place;
use crate::{
    api::view::CampaignView,
    assets::Assets,
    cli::{
        campaign_file::{self, CampaignFile},
        publisher::Bench,
    },
    places,
    publishing::{Aim, Applied, Planned, PublishError, Publisher, RolledBack, Turn},
    session::{Reach, Session},
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use placard_domain::{AccountRef, Currency, PlanId, plan::Drift, spec};
use placard_store::{
    campaign::{self, Campaign},
    tenant::Tenant,
};
use std::path::Path;

/// A place that this process publishes to.
pub(in crate::cli) struct LocalPlace<'s> {
    session: &'s Session,
    tenant: Tenant,
    reach: Reach,
    bench: Bench,
    key: String,
    title: String,
    /// As the spec wants it, where there is one.
    wanted: Option<spec::Campaign>,
}

/// A spec with each place it goes to: one for each platform that it names.
pub(in crate::cli) async fn works<'s>(
    session: &'s Session,
    path: &Path,
) -> Result<Vec<(CampaignFile, LocalPlace<'s>)>> {
    // A spec that is wrong is said before anything else is asked for.
    let seen = campaign_file::seen(path, session).await?;
    let first = CampaignFile::load(path, chrono::NaiveDate::MIN, &seen)?;
    let tenant = session.tenant().await?;
    let (platforms, currency) = (&first.campaign.platforms, first.campaign.currency);
    let mut all = Vec::new();
    for platform in platforms.named() {
        let account = platforms.account(platform);
        let connection = session.connection(&tenant, platform, account, Some(currency)).await?;
        let reach = session.reach(&tenant, &connection).await?;
        let file = CampaignFile::load(path, reach.today(), &seen)?;
        let place = LocalPlace {
            session,
            tenant: tenant.clone(),
            reach,
            bench: Bench::new(Some(file.assets.clone())),
            key: file.campaign.key.clone(),
            title: file.campaign.name.clone(),
            wanted: Some(file.campaign.clone()),
        };
        all.push((file, place));
    }
    Ok(all)
}

impl<'s> LocalPlace<'s> {
    /// One for each account where the campaign is or should be.
    pub(super) async fn all_of(
        session: &'s Session,
        tenant: &Tenant,
        campaign: &CampaignView,
        files: Option<Assets>,
    ) -> Result<Vec<Self>> {
        let mut tx = session.db().tenant(tenant.id).await?;
        let stored = campaign::get(&mut tx, campaign.id).await?;
        tx.commit().await?;
        let mut all = Vec::new();
        for connection in places::of(session, tenant, &stored).await? {
            all.push(Self {
                session,
                tenant: tenant.clone(),
                reach: session.reach(tenant, &connection).await?,
                bench: Bench::new(files.clone()),
                key: stored.key.clone(),
                title: stored.name.clone(),
                wanted: None,
            });
        }
        Ok(all)
    }

    fn publisher(&self) -> Publisher<'_> {
        self.bench.publisher(self.session, &self.tenant, &self.reach, &self.key)
    }

    async fn known(&self) -> Result<Option<Campaign>> {
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        let known = campaign::find(&mut tx, &self.key).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// The campaign as it is stored.
    async fn campaign(&self) -> Result<Campaign> {
        self.known().await?.with_context(|| format!("there is no campaign `{}`", self.key))
    }

    fn wanted(&self) -> Result<&spec::Campaign> {
        self.wanted.as_ref().with_context(|| format!("no spec of `{}` is at hand", self.key))
    }

    /// Refuses a spec that does not fit, finds out how far an earlier deployment came, and whether the account can
    /// publish what is wanted.
    async fn settle(&self, for_spec: bool, turn: Turn) -> Result<()> {
        let publisher = self.publisher();
        if for_spec {
            publisher.desired(self.wanted()?, &self.reach.context(&self.tenant, &self.key))?;
        }
        if let Some(known) = self.known().await? {
            publisher.set_down(known.id, &self.key, turn).await?;
        }
        if for_spec {
            publisher.health().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Place for LocalPlace<'_> {
    fn key(&self) -> &str {
        &self.key
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn account(&self) -> &AccountRef {
        self.reach.account()
    }

    fn currency(&self) -> Currency {
        self.reach.account.description.currency
    }

    async fn plan(&self, aim: Aim, settle: bool) -> Result<Planned> {
        if settle {
            self.settle(matches!(aim, Aim::Spec(_)), aim.turn()).await?;
        }
        let (publisher, context) = (self.publisher(), self.reach.context(&self.tenant, &self.key));
        let currency = self.currency();
        Ok(match aim {
            Aim::Spec(policy) => publisher.plan(self.wanted()?, &context, policy).await?,
            Aim::Removal => publisher.plan_removal(&self.campaign().await?, &context).await?,
            Aim::Switch(run) => publisher.plan_switch(&self.campaign().await?, currency, run).await?,
            Aim::Restoring => publisher.plan_push(&self.campaign().await?, currency).await?,
        })
    }

    async fn stored(&self, id: PlanId) -> Result<Planned> {
        self.settle(true, Turn::InOrder).await?;
        Ok(self.publisher().stored(id).await?)
    }

    async fn apply(&self, planned: &Planned) -> Result<Applied> {
        Ok(self.publisher().apply(planned).await?)
    }

    async fn resume(&self) -> Result<Option<Applied>> {
        let campaign = self.campaign().await?;
        match self.publisher().resume(campaign.id, &self.key).await {
            Err(PublishError::NothingUnfinished(_)) => Ok(None),
            other => Ok(Some(other?)),
        }
    }

    async fn roll_back(&self) -> Result<RolledBack> {
        let campaign = self.campaign().await?;
        Ok(self.publisher().roll_back(campaign.id, &self.key).await?)
    }

    async fn drift(&self) -> Result<Vec<Drift>> {
        Ok(self.publisher().drift(&self.campaign().await?, self.currency()).await?)
    }

    async fn adopt(&self, drift: &[Drift]) -> Result<usize> {
        self.publisher().adopt(self.campaign().await?.id, drift).await?;
        Ok(drift.len())
    }
}
