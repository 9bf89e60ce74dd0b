//! A desk in this process: a database, private or given.

use super::{
    Covered, Desk, Engaged, Holdings, KeyWish, LocalPlace, MadeKey, Over, Place, Reading, Telling, Work,
    local_holdings::LocalHoldings, local_place::works,
};
use crate::{
    api::{
        COUNTED,
        access::Permissions,
        view::{
            AccountView, CampaignView, CeilingView, CheckedView, DeadNoticeView, DeploymentView, KeyView,
            LineView, MadeView, PlaceView, RateView, SwitchView, Verification, WebhooksView,
        },
        words::Head,
    },
    assets::Assets,
    checking,
    cli::{api_keys::owner, failure::WrongInput, publisher::Bench},
    people,
    pictures::{Found, Shelf},
    publishing::Halted,
    report::ReportData,
    reporting::{self, Wish},
    session::Session,
    settings::Settings,
    webhooks,
    work::HaltCampaign,
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use chrono::Utc;
use placard_domain::{
    ApiKeyId, Money, PlanId, TenantId,
    guardrail::{Ceiling, ExchangeRate},
};
use placard_store::{
    StoreError, TenantTx, ad_account, api_key,
    audit::{self, Actor},
    campaign, ceiling,
    connection::{self, Connection},
    deployment, exchange_rate, kill_switch, plan, platform_object,
    tenant::Tenant,
    webhook,
};
use placard_website::fetch::Vouched;
use std::path::Path;
use url::Url;
use uuid::Uuid;

/// How many rates are listed.
const RATES: i64 = 100;
/// How many campaigns are read at a time.
const PAGE: i64 = 200;
/// How many lines of the audit log are read at a time.
const LINES: i64 = 1_000;
/// Notices that were put aside, on one list.
const MOST_DEAD: i64 = 1_000;

/// A desk in this process.
pub(super) struct Local {
    session: Session,
}

impl Local {
    pub(super) async fn open(settings: &Settings, command: &str) -> Result<Self> {
        Ok(Self { session: Session::open(settings, command).await? })
    }

    /// The connection to `account`, or every one.
    async fn connections(&self, account: Option<&str>) -> Result<(Tenant, Vec<Connection>)> {
        let (tenant, mut tx) = self.begin().await?;
        let mut connections = connection::list(&mut tx).await?;
        tx.commit().await?;
        connections.retain(|one| account.is_none_or(|wanted| one.account.id == wanted));
        match account {
            Some(_) if connections.is_empty() => {
                Err(WrongInput("account: is not connected".to_owned()).into())
            }
            _ => Ok((tenant, connections)),
        }
    }

    async fn begin(&self) -> Result<(Tenant, TenantTx)> {
        let tenant = self.session.tenant().await?;
        let tx = self.session.db().tenant(tenant.id).await?;
        Ok((tenant, tx))
    }

    async fn pause(&self, bench: &Bench, tenant: &Tenant, covered: &Covered) -> Result<Halted> {
        let (session, account) = (&self.session, &covered.account);
        let mut tx = session.db().tenant(tenant.id).await?;
        let found = campaign::find(&mut tx, &covered.campaign).await?;
        tx.commit().await?;
        let campaign = found.with_context(|| format!("there is no campaign `{}`", covered.campaign))?;
        let connection = session.connection(tenant, account.platform, Some(&account.id), None).await?;
        let reach = session.reach(tenant, &connection).await?;
        let publisher = bench.publisher(session, tenant, &reach, &campaign.key);
        Ok(publisher.halt(&campaign, reach.account.description.currency).await?)
    }
}

#[async_trait]
impl Shelf for Local {
    async fn named(&self, wanted: &str) -> Result<Found> {
        self.session.named(wanted).await
    }
}

#[async_trait]
impl Desk for Local {
    async fn tenant(&self) -> Result<Option<TenantId>> {
        Ok(Some(self.session.tenant().await?.id))
    }

    async fn campaigns(&self) -> Result<Vec<CampaignView>> {
        let (_, mut tx) = self.begin().await?;
        let (mut all, mut filter) = (Vec::new(), campaign::Filter::default());
        loop {
            let page = campaign::list(&mut tx, &filter, PAGE).await?;
            let Some(last) = page.last() else { break };
            filter.after = Some(last.key.clone());
            all.extend(page.into_iter().map(CampaignView::from));
        }
        tx.commit().await?;
        Ok(all)
    }

    async fn campaign(&self, key: &str) -> Result<Option<CampaignView>> {
        let (_, mut tx) = self.begin().await?;
        let found = campaign::find(&mut tx, key).await?;
        tx.commit().await?;
        Ok(found.map(CampaignView::from))
    }

    async fn standing(&self, campaign: &CampaignView) -> Result<Vec<PlaceView>> {
        let tenant = self.session.tenant().await?;
        let mut views = Vec::new();
        for place in LocalPlace::all_of(&self.session, &tenant, campaign, None).await? {
            let mut tx = self.session.db().tenant(tenant.id).await?;
            let objects = platform_object::list(&mut tx, campaign.id, place.account()).await?;
            let unfinished = deployment::unfinished(&mut tx, campaign.id, place.account()).await?;
            tx.commit().await?;
            views.push(PlaceView {
                account: place.account().clone(),
                currency: place.currency(),
                objects: objects.into_iter().map(Into::into).collect(),
                unfinished: unfinished.map(DeploymentView::from),
            });
        }
        Ok(views)
    }

    async fn history(&self, campaign: &CampaignView) -> Result<Vec<DeploymentView>> {
        let (_, mut tx) = self.begin().await?;
        let found = deployment::history(&mut tx, Some(campaign.id), 50).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(DeploymentView::from).collect())
    }

    async fn works<'d>(&'d self, file: &Path, plan: Option<PlanId>) -> Result<Vec<Work<'d>>> {
        let mut all: Vec<Work<'d>> = Vec::new();
        for (file, place) in works(&self.session, file).await? {
            all.push(Work { file, place: Box::new(place) });
        }
        if let Some(id) = plan {
            let (_, mut tx) = self.begin().await?;
            let stored = plan::get(&mut tx, id).await?;
            tx.commit().await?;
            let account = &stored.plan.account;
            all.retain(|work| work.place.account() == account);
            anyhow::ensure!(!all.is_empty(), "the spec does not name {account}, which the plan is for");
        }
        Ok(all)
    }

    async fn places<'d>(
        &'d self,
        campaign: &CampaignView,
        file: Option<&Path>,
    ) -> Result<Vec<Box<dyn Place + 'd>>> {
        let tenant = self.session.tenant().await?;
        let files = file.map(Assets::beside);
        let all = LocalPlace::all_of(&self.session, &tenant, campaign, files).await?;
        Ok(all.into_iter().map(|place| Box::new(place) as Box<dyn Place + 'd>).collect())
    }

    async fn accounts(&self) -> Result<Vec<AccountView>> {
        let (_, mut tx) = self.begin().await?;
        let accounts = ad_account::list(&mut tx).await?;
        let connections = connection::list(&mut tx).await?;
        let told = webhook::subscriptions(&mut tx).await?;
        tx.commit().await?;
        Ok(accounts.into_iter().map(|account| AccountView::of(account, &connections, &told)).collect())
    }

    async fn check(&self, account: Option<&str>) -> Result<Vec<CheckedView>> {
        let (tenant, connections) = self.connections(account).await?;
        let mut checked = Vec::with_capacity(connections.len());
        for connection in &connections {
            let found = checking::check(&self.session, &tenant, connection).await;
            checked.push(CheckedView::of(&connection.account, found));
        }
        Ok(checked)
    }

    async fn webhooks(&self) -> Result<WebhooksView> {
        let mut tx = self.session.db().system().await?;
        let tallies = webhook::tally(&mut tx, (Utc::now() - COUNTED).date_naive()).await?;
        tx.commit().await?;
        let (_, mut tx) = self.begin().await?;
        let subscriptions = webhook::subscriptions(&mut tx).await?;
        let connections = connection::list(&mut tx).await?;
        let counts = webhook::counts(&mut tx).await?;
        tx.commit().await?;
        Ok(WebhooksView::of(subscriptions, &connections, counts, tallies))
    }

    async fn subscribe(&self, server: &Url, account: Option<&str>) -> Result<Vec<MadeView>> {
        let (tenant, connections) = self.connections(account).await?;
        let (mut made, actor) = (Vec::with_capacity(connections.len()), self.session.actor());
        for connection in &connections {
            let one = webhooks::subscribe(&self.session, &tenant, &actor, connection, server).await?;
            let platform = one.account.platform;
            made.push(MadeView { platform, account: one.account.id, topics: one.topics });
        }
        Ok(made)
    }

    async fn dead_notices(&self) -> Result<Vec<DeadNoticeView>> {
        let (_, mut tx) = self.begin().await?;
        let dead = webhook::dead(&mut tx, None, MOST_DEAD).await?;
        tx.commit().await?;
        Ok(dead.into_iter().map(Into::into).collect())
    }

    async fn replay_notices(&self, id: Option<Uuid>) -> Result<usize> {
        let (_, mut tx) = self.begin().await?;
        let replayed = webhooks::replay(&mut tx, &self.session.actor(), id).await?;
        tx.commit().await?;
        Ok(replayed)
    }

    async fn report(&self, wish: &Wish) -> Result<Option<ReportData>> {
        let (_, mut tx) = self.begin().await?;
        let report = reporting::gather(&mut tx, wish, Utc::now()).await?;
        tx.commit().await?;
        Ok(report)
    }

    async fn ceilings(&self) -> Result<Vec<CeilingView>> {
        let (_, mut tx) = self.begin().await?;
        let standings = ceiling::list(&mut tx, Utc::now().date_naive()).await?;
        tx.commit().await?;
        Ok(standings.into_iter().map(CeilingView::from).collect())
    }

    async fn set_ceiling(&self, over: &Over, daily: Money) -> Result<CeilingView> {
        let (_, mut tx) = self.begin().await?;
        let new = Ceiling { scope: over.scope.clone(), daily };
        let standing = ceiling::set(&mut tx, &self.session.actor(), &new, Utc::now().date_naive()).await?;
        tx.commit().await?;
        Ok(standing.into())
    }

    async fn remove_ceiling(&self, over: &Over) -> Result<bool> {
        let (_, mut tx) = self.begin().await?;
        let removed = ceiling::remove(&mut tx, &self.session.actor(), &over.scope).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn rates(&self) -> Result<Vec<RateView>> {
        let (_, mut tx) = self.begin().await?;
        let rates = exchange_rate::list(&mut tx, RATES).await?;
        tx.commit().await?;
        Ok(rates.into_iter().map(RateView::from).collect())
    }

    async fn set_rate(&self, rate: &ExchangeRate) -> Result<()> {
        let (_, mut tx) = self.begin().await?;
        exchange_rate::set(&mut tx, &self.session.actor(), rate).await?;
        Ok(tx.commit().await?)
    }

    async fn switches(&self) -> Result<Vec<SwitchView>> {
        let (_, mut tx) = self.begin().await?;
        let engaged = kill_switch::list(&mut tx).await?;
        tx.commit().await?;
        Ok(engaged.into_iter().map(SwitchView::from).collect())
    }

    async fn engage(&self, over: &Over, reason: Option<&str>) -> Result<Engaged> {
        let (tenant, mut tx) = self.begin().await?;
        let new = kill_switch::engage(&mut tx, &self.session.actor(), &over.scope, reason).await?;
        // From here on nobody sends anything more; whatever follows may fail and be tried again.
        tx.commit().await?;
        let mut tx = self.session.db().tenant(tenant.id).await?;
        let each = HaltCampaign::each_in(&mut tx, &over.scope).await?;
        tx.commit().await?;
        let covered =
            each.into_iter().map(|one| Covered { campaign: one.campaign, account: one.account, ran: true });
        Ok(Engaged { new, covered: covered.collect() })
    }

    /// One after the other. One that fails does not hold up the others.
    async fn halt(&self, engaged: &Engaged, tell: &mut Telling<'_>) -> Result<()> {
        let (tenant, bench) = (self.session.tenant().await?, Bench::new(None));
        for covered in &engaged.covered {
            tell(covered, self.pause(&bench, &tenant, covered).await);
        }
        Ok(())
    }

    async fn lift(&self, over: &Over) -> Result<bool> {
        let (_, mut tx) = self.begin().await?;
        let lifted = kill_switch::lift(&mut tx, &self.session.actor(), &over.scope).await?;
        tx.commit().await?;
        Ok(lifted)
    }

    async fn audit(&self, filter: &audit::Filter, limit: i64) -> Result<Vec<LineView>> {
        let (_, mut tx) = self.begin().await?;
        let lines = audit::page(&mut tx, filter, limit).await?;
        tx.commit().await?;
        Ok(lines.into_iter().map(LineView::from).collect())
    }

    async fn whole_audit(&self, each: &mut Reading<'_>) -> Result<usize> {
        let (_, mut tx) = self.begin().await?;
        let (mut filter, mut count) = (audit::Filter::default(), 0);
        loop {
            let lines = audit::page(&mut tx, &filter, LINES).await?;
            let Some(last) = lines.last() else { break };
            filter.after = Some(last.seq);
            count += lines.len();
            lines.into_iter().map(LineView::from).try_for_each(|line| each(&line))?;
        }
        tx.commit().await?;
        Ok(count)
    }

    async fn verify_audit(&self, expect: Option<Head>) -> Result<Verification> {
        let (_, mut tx) = self.begin().await?;
        let found = audit::verify(&mut tx, expect.map(|Head(seq, hash)| (seq, hash))).await?;
        tx.commit().await?;
        Ok(Verification::of(&found, expect.is_some()))
    }

    async fn api_keys(&self) -> Result<Vec<KeyView>> {
        let (_, mut tx) = self.begin().await?;
        let keys = api_key::list(&mut tx).await?;
        tx.commit().await?;
        Ok(keys.into_iter().map(KeyView::from).collect())
    }

    async fn make_key(&self, wish: KeyWish) -> Result<MadeKey> {
        let (_, mut tx) = self.begin().await?;
        let owner = owner(&mut tx, wish.owner.as_deref()).await?;
        if let Some(scope) = people::beyond(Permissions::of(owner.role, &owner.permissions), &wish.scopes) {
            let (email, role, scope) = (&owner.email, owner.role.as_str(), scope.as_str());
            let words = format!("{email} is {role} and may not {scope}; name someone else with --for");
            return Err(WrongInput(words).into());
        }
        let name = format!("{} by {}", owner.email, self.session.actor().name());
        let actor = Actor::User { id: owner.user, name };
        let (id, key) = people::make_key(&mut tx, &actor, wish.name, &wish.scopes, wish.expires_at).await?;
        tx.commit().await?;
        Ok(MadeKey { id, key, owner: owner.email })
    }

    async fn revoke_key(&self, id: ApiKeyId) -> Result<bool> {
        let (_, mut tx) = self.begin().await?;
        match api_key::revoke(&mut tx, &self.session.actor(), id, Utc::now()).await {
            Err(StoreError::NotFound { .. }) => return Ok(false),
            other => other?,
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn holdings<'d>(&'d self, vouched: &[Vouched]) -> Result<Box<dyn Holdings + 'd>> {
        Ok(Box::new(LocalHoldings::open(&self.session, vouched.to_vec()).await?))
    }

    async fn close(self: Box<Self>) -> Result<()> {
        self.session.close().await
    }
}
