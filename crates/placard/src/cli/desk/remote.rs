//! A desk at a server.

use super::{
    Covered, Desk, Engaged, Holdings, KeyWish, MadeKey, Over, Place, Reading, Telling, Work,
    remote_holdings::RemoteHoldings,
    remote_place::{self, RemotePlace},
};
use crate::{
    api::{
        paging::Page,
        view::{
            AccountView, CampaignView, CeilingView, CheckedView, CreatedKey, DeadNoticeView, DeploymentView,
            EngagedView, KeyView, LineView, MadeView, PlaceView, PlanView, RateView, Removed, ReplayedView,
            SwitchView, Verification, WebhooksView,
        },
        words::Head,
    },
    cli::{
        ask,
        campaign_file::{self, CampaignFile},
        failure::WrongInput,
        paint::Paint,
    },
    remote::{Client, Interrupts, Profile, Profiles, RemoteError},
    report::ReportData,
    reporting::Wish,
    settings::Settings,
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use placard_domain::{
    ApiKeyId, Money, PlanId, TenantId,
    guardrail::{ExchangeRate, Scope},
};
use placard_store::audit;
use placard_website::fetch::Vouched;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use url::Url;
use uuid::Uuid;

/// How many entries a page has at most.
pub(super) const PAGE: usize = 200;

/// A desk at a server.
pub(super) struct Remote {
    pub(super) client: Client,
    tenant: Option<TenantId>,
    who: String,
}

impl Remote {
    pub(super) fn open(settings: &Settings, profiles: Profiles, profile: Profile) -> Result<Self> {
        if let (Some(wanted), Some(open)) = (&settings.tenant, &profile.tenant)
            && *wanted != open.slug
        {
            let (name, slug, server) = (&profile.name, &open.slug, &profile.server);
            let words = format!(
                "the profile `{name}` is for the tenant `{slug}`; sign in for another with \
                 `placard login {server} --tenant {wanted} --profile NAME`"
            );
            return Err(WrongInput(words).into());
        }
        let (tenant, who) = (profile.tenant.as_ref().map(|tenant| tenant.id), profile.who.clone());
        let interrupts = Interrupts::listen(ask::restore).context("signals cannot be handled")?;
        let tell = |words: &str| eprintln!("  {} {words}", Paint::for_stderr().dim("·"));
        Ok(Self { client: Client::new(profiles, profile, interrupts, tell)?, tenant, who })
    }

    /// Every entry of a list, page by page, or the first `most`.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let limit = PAGE.min(most - all.len()).to_string();
            let mut query = query.to_vec();
            query.push(("limit", &limit));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Page<T> = self.client.get(path, &query).await?;
            all.extend(page.items);
            cursor = page.next;
            if cursor.is_none() || all.len() >= most {
                return Ok(all);
            }
        }
    }

    /// A list that comes whole.
    async fn whole<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        Ok(self.client.get::<Page<T>>(path, &[]).await?.items)
    }
}

/// What a ceiling or a switch holds for, as the API takes it.
fn over_body(over: &Over) -> Value {
    match (&over.scope, &over.campaign) {
        (Scope::Tenant, _) => json!({}),
        (Scope::Account(account), _) => json!({"account": account.id}),
        (Scope::Campaign(_), key) => json!({"campaign": key}),
    }
}

/// `None` where the server says that there is no such thing.
pub(super) fn found<T>(answer: Result<T, RemoteError>) -> Result<Option<T>> {
    match answer {
        Err(error) if error.refusal().is_some_and(|refusal| refusal.is("not-found")) => Ok(None),
        other => Ok(Some(other?)),
    }
}

#[async_trait]
impl Desk for Remote {
    async fn tenant(&self) -> Result<Option<TenantId>> {
        Ok(self.tenant)
    }

    async fn campaigns(&self) -> Result<Vec<CampaignView>> {
        self.list("/campaigns", &[], usize::MAX).await
    }

    async fn campaign(&self, key: &str) -> Result<Option<CampaignView>> {
        // What is no key would be another path.
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None);
        }
        found(self.client.get(&format!("/campaigns/{key}"), &[]).await)
    }

    async fn standing(&self, campaign: &CampaignView) -> Result<Vec<PlaceView>> {
        self.whole(&format!("/campaigns/{}/places", campaign.key)).await
    }

    async fn history(&self, campaign: &CampaignView) -> Result<Vec<DeploymentView>> {
        self.whole(&format!("/campaigns/{}/deployments", campaign.key)).await
    }

    async fn works<'d>(&'d self, file: &Path, plan: Option<PlanId>) -> Result<Vec<Work<'d>>> {
        let seen = campaign_file::seen(file, self).await?;
        let first = CampaignFile::load(file, chrono::NaiveDate::MIN, &seen)?;
        let mut places = match plan {
            Some(id) => {
                let stored: PlanView = self.client.get(&format!("/plans/{id}"), &[]).await?;
                let account = remote_place::planned(stored)?.plan.account;
                let mut all = self.standing(&remote_place::stored_as(self, &first).await?).await?;
                all.retain(|place| place.account == account);
                anyhow::ensure!(!all.is_empty(), "the spec does not name {account}, which the plan is for");
                all
            }
            None => Vec::new(),
        };
        let mut file = first;
        if plan.is_none() {
            let stored = remote_place::store(&self.client, &file).await;
            let findings = stored.map_err(|error| file.locate(error))?;
            file = file.warned(findings);
            let campaign = remote_place::stored_as(self, &file).await?;
            let named = file.campaign.platforms.named();
            places = self.standing(&campaign).await?;
            places.retain(|place| named.contains(&place.account.platform));
            places.sort_by_key(|place| named.iter().position(|platform| *platform == place.account.platform));
        }
        let mut all = Vec::new();
        for place in places {
            let place = RemotePlace::new(self, &file.campaign.key, &file.campaign.name, place);
            all.push(Work { file: file.clone(), place: Box::new(place) as Box<dyn Place + 'd> });
        }
        Ok(all)
    }

    async fn places<'d>(
        &'d self,
        campaign: &CampaignView,
        file: Option<&Path>,
    ) -> Result<Vec<Box<dyn Place + 'd>>> {
        if let Some(path) = file {
            let (assets, images) = campaign_file::images(path)?;
            remote_place::upload(&self.client, &campaign.key, &assets, &images).await?;
        }
        let all = self.standing(campaign).await?.into_iter();
        let all = all.map(|place| RemotePlace::new(self, &campaign.key, &campaign.name, place));
        Ok(all.map(|place| Box::new(place) as Box<dyn Place + 'd>).collect())
    }

    async fn check(&self, account: Option<&str>) -> Result<Vec<CheckedView>> {
        let wish = json!({"account": account});
        Ok(self.client.post::<Page<CheckedView>>("/connections/check", &[], &wish).await?.items)
    }

    async fn webhooks(&self) -> Result<WebhooksView> {
        Ok(self.client.get("/webhooks", &[]).await?)
    }

    async fn subscribe(&self, server: &Url, account: Option<&str>) -> Result<Vec<MadeView>> {
        let wish = json!({"url": server, "account": account});
        Ok(self.client.post::<Page<MadeView>>("/webhooks/subscriptions", &[], &wish).await?.items)
    }

    async fn accounts(&self) -> Result<Vec<AccountView>> {
        self.whole("/accounts").await
    }

    async fn dead_notices(&self) -> Result<Vec<DeadNoticeView>> {
        self.list("/webhooks/dead", &[], usize::MAX).await
    }

    async fn replay_notices(&self, id: Option<Uuid>) -> Result<usize> {
        let wish = json!({"id": id});
        Ok(self.client.post::<ReplayedView>("/webhooks/dead/replay", &[], &wish).await?.replayed)
    }

    async fn report(&self, wish: &Wish) -> Result<Option<ReportData>> {
        let (since, until) = (wish.since.map(|day| day.to_string()), wish.until.map(|day| day.to_string()));
        let known = wish.as_known_at.map(|moment| moment.to_rfc3339());
        let query =
            [("account", &wish.account), ("since", &since), ("until", &until), ("as_known_at", &known)];
        let query: Vec<_> =
            query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        match self.client.get("/reports/data", &query).await {
            // The one thing in it that can name what is not there.
            Err(RemoteError::Refused(refusal)) if refusal.is("unfit") => {
                Err(WrongInput(refusal.first().to_owned()).into())
            }
            answer => found(answer),
        }
    }

    async fn ceilings(&self) -> Result<Vec<CeilingView>> {
        self.whole("/ceilings").await
    }

    async fn set_ceiling(&self, over: &Over, daily: Money) -> Result<CeilingView> {
        let (minor, currency) = (daily.minor(), daily.currency());
        let body = json!({"over": over_body(over), "minor": minor, "currency": currency});
        Ok(self.client.put("/ceilings", &body).await?)
    }

    async fn remove_ceiling(&self, over: &Over) -> Result<bool> {
        let answer: Removed = self.client.post("/ceilings/remove", &[], &over_body(over)).await?;
        Ok(answer.removed)
    }

    async fn rates(&self) -> Result<Vec<RateView>> {
        Ok(self.client.get::<Page<RateView>>("/exchange-rates", &[("limit", "100")]).await?.items)
    }

    async fn set_rate(&self, rate: &ExchangeRate) -> Result<()> {
        let ExchangeRate { from, to, date, rate } = rate;
        let body = json!({"from": from, "to": to, "date": date, "rate": rate.to_string()});
        Ok(self.client.put_only("/exchange-rates", &body).await?)
    }

    async fn switches(&self) -> Result<Vec<SwitchView>> {
        self.whole("/kill-switches").await
    }

    async fn engage(&self, over: &Over, reason: Option<&str>) -> Result<Engaged> {
        let mut body = json!({"over": over_body(over)});
        if let Some(reason) = reason {
            body["reason"] = reason.into();
        }
        let engaged: EngagedView = self.client.post("/kill-switches", &[], &body).await?;
        let covered = engaged.campaigns.into_iter().map(|one| Covered {
            campaign: one.campaign,
            account: one.account,
            ran: one.ran,
        });
        Ok(Engaged { new: engaged.new, covered: covered.collect() })
    }

    async fn halt(&self, engaged: &Engaged, tell: &mut Telling<'_>) -> Result<()> {
        super::remote_halt::follow(self, engaged, tell).await
    }

    async fn lift(&self, over: &Over) -> Result<bool> {
        let answer: Removed = self.client.post("/kill-switches/lift", &[], &over_body(over)).await?;
        Ok(answer.removed)
    }

    async fn audit(&self, filter: &audit::Filter, limit: i64) -> Result<Vec<LineView>> {
        let mut query = Vec::new();
        query.extend(filter.entity_type.as_deref().map(|kind| ("entity_type", kind)));
        query.extend(filter.entity_id.as_deref().map(|id| ("entity_id", id)));
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        self.list("/audit", &query, most).await
    }

    async fn whole_audit(&self, each: &mut Reading<'_>) -> Result<usize> {
        let (mut count, mut cursor): (usize, Option<String>) = (0, None);
        loop {
            let limit = PAGE.to_string();
            let mut query = vec![("limit", limit.as_str())];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Page<LineView> = self.client.get("/audit", &query).await?;
            count += page.items.len();
            page.items.iter().try_for_each(&mut *each)?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(count);
            }
        }
    }

    async fn verify_audit(&self, expect: Option<Head>) -> Result<Verification> {
        let expect = expect.map(|Head(seq, hash)| format!("{seq}:{}", hex::encode(hash)));
        let query: Vec<_> = expect.as_deref().map(|head| ("expect", head)).into_iter().collect();
        Ok(self.client.get("/audit/verification", &query).await?)
    }

    async fn api_keys(&self) -> Result<Vec<KeyView>> {
        self.whole("/api-keys").await
    }

    async fn make_key(&self, wish: KeyWish) -> Result<MadeKey> {
        if wish.owner.as_ref().is_some_and(|owner| !owner.eq_ignore_ascii_case(&self.who)) {
            let who = &self.who;
            let words = format!("a server makes keys for whoever asks, which is {who}; leave --for out");
            return Err(WrongInput(words).into());
        }
        let mut body = json!({"name": wish.name, "scopes": wish.scopes});
        if let Some(end) = wish.expires_at {
            body["expires_at"] = json!(end);
        }
        let made: CreatedKey = self.client.post("/api-keys", &[], &body).await?;
        Ok(MadeKey { id: made.id, key: made.key.into(), owner: self.who.clone() })
    }

    async fn revoke_key(&self, id: ApiKeyId) -> Result<bool> {
        Ok(found(self.client.delete(&format!("/api-keys/{id}")).await)?.is_some())
    }

    async fn holdings<'d>(&'d self, _: &[Vouched]) -> Result<Box<dyn Holdings + 'd>> {
        Ok(Box::new(RemoteHoldings(self)))
    }

    async fn close(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
