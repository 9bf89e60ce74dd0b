//! Ceilings on what may be spent, the rates that compare currencies, and the kill switch.

use super::publishing::account_named;
use crate::api::{
    Shared,
    body::{Body, Query},
    caller::Caller,
    paging::{Most, Page},
    problem::Problem,
    text::Text,
    view::{CeilingView, EngagedView, Halting, RateView, Removed, SwitchView},
    words::{CurrencyCode, DecimalText, Key},
};
use crate::work::HaltCampaign;
use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use placard_domain::{
    Money,
    guardrail::{Ceiling, ExchangeRate, Scope},
    status::CampaignStatus,
};
use placard_store::{TenantTx, campaign, ceiling, exchange_rate, jobs, kill_switch};
use serde::Deserialize;
use std::collections::HashSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(ceilings, set_ceiling))
        .routes(routes!(remove_ceiling))
        .routes(routes!(rates, set_rate))
        .routes(routes!(switches, engage))
        .routes(routes!(lift))
}

/// What a ceiling or a switch holds for: one of the two, or the whole tenant.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Over {
    /// An ad account, by its id on the platform.
    account: Option<Text<1, 64>>,
    /// A campaign, by its key.
    campaign: Option<Key>,
}

impl Over {
    async fn scope(self, tx: &mut TenantTx) -> Result<Scope, Problem> {
        match (self.account, self.campaign) {
            (None, None) => Ok(Scope::Tenant),
            (Some(account), None) => {
                Ok(Scope::Account(account_named(tx, account.as_str(), "over.account").await?))
            }
            (None, Some(key)) => {
                let known = campaign::find(tx, &key).await?;
                let known =
                    known.ok_or_else(|| Problem::unfit("over.campaign", "is no campaign of this tenant"))?;
                Ok(Scope::Campaign(known.id))
            }
            (Some(_), Some(_)) => Err(Problem::unfit("over", "names an account and a campaign; take one")),
        }
    }
}

/// Every ceiling, with what is committed under it.
#[utoipa::path(get, path = "/ceilings", tag = "guardrails", responses((status = 200, body = Page<CeilingView>)))]
async fn ceilings(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<CeilingView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = ceiling::list(&mut tx, (api.now)().date_naive()).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, CeilingView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCeiling {
    /// What it holds for; the whole tenant without it.
    #[serde(default)]
    over: Over,
    /// The most that may be committed for a day, in minor units.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    minor: i64,
    /// ISO 4217.
    currency: CurrencyCode,
}

/// Sets a ceiling, in place of an earlier one for the same. What runs goes on; nothing above it can be committed.
#[utoipa::path(put, path = "/ceilings", tag = "guardrails", request_body = NewCeiling,
    responses((status = 200, body = CeilingView)))]
async fn set_ceiling(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewCeiling>,
) -> Result<Json<CeilingView>, Problem> {
    if !(0..=1_000_000_000_000).contains(&new.minor) {
        return Err(Problem::field("minor", "must be from 0 to 1000000000000"));
    }
    let mut tx = caller.begin(&api).await?;
    let wanted =
        Ceiling { scope: new.over.scope(&mut tx).await?, daily: Money::new(new.minor, new.currency.0) };
    let today = (api.now)().date_naive();
    let standing = ceiling::set(&mut tx, &caller.actor(), &wanted, today).await?;
    tx.commit().await?;
    Ok(Json(standing.into()))
}

/// Removes a ceiling.
#[utoipa::path(post, path = "/ceilings/remove", tag = "guardrails", request_body = Over,
    responses((status = 200, body = Removed)))]
async fn remove_ceiling(
    State(api): State<Shared>,
    caller: Caller,
    Body(over): Body<Over>,
) -> Result<Json<Removed>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let scope = over.scope(&mut tx).await?;
    let removed = ceiling::remove(&mut tx, &caller.actor(), &scope).await?;
    tx.commit().await?;
    Ok(Json(Removed { removed }))
}

/// The last rates, newest first.
#[utoipa::path(get, path = "/exchange-rates", tag = "guardrails", params(Most),
    responses((status = 200, body = Page<RateView>)))]
async fn rates(
    State(api): State<Shared>,
    caller: Caller,
    Query(most): Query<Most>,
) -> Result<Json<Page<RateView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = exchange_rate::list(&mut tx, most.limit()? as i64).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, RateView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRate {
    /// The currency that is converted.
    from: CurrencyCode,
    /// The currency that comes out.
    to: CurrencyCode,
    /// The day; today without it.
    date: Option<NaiveDate>,
    /// Major units of `to` for one of `from`, as text: `"1.0812"`.
    rate: DecimalText,
}

/// Sets the rate of a pair of currencies on a day. A ceiling compares by rates of the last seven days.
#[utoipa::path(put, path = "/exchange-rates", tag = "guardrails", request_body = NewRate,
    responses((status = 204)))]
async fn set_rate(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewRate>,
) -> Result<StatusCode, Problem> {
    let today = (api.now)().date_naive();
    let date = new.date.unwrap_or(today);
    let far = chrono::Duration::days(3_660);
    if date > today || date < today - far {
        return Err(Problem::unfit("date", "is not a day of the last ten years"));
    }
    let rate = ExchangeRate::new(new.from.0, new.to.0, date, new.rate.0);
    let rate = rate.map_err(|error| Problem::unfit("rate", error.to_string()))?;
    let mut tx = caller.begin(&api).await?;
    exchange_rate::set(&mut tx, &caller.actor(), &rate).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Kill switches that are engaged.
#[utoipa::path(get, path = "/kill-switches", tag = "guardrails",
    responses((status = 200, body = Page<SwitchView>)))]
async fn switches(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<SwitchView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = kill_switch::list(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, SwitchView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSwitch {
    /// What it stops; everything without it.
    #[serde(default)]
    over: Over,
    /// Why.
    reason: Option<Text<1, 300>>,
}

/// Engages the kill switch: from now on nothing in its scope is sent but what stops, lowers or deletes. Campaigns that
/// run are paused on their platforms by background work.
#[utoipa::path(post, path = "/kill-switches", tag = "guardrails", request_body = NewSwitch,
    responses((status = 202, body = EngagedView)))]
async fn engage(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewSwitch>,
) -> Result<(StatusCode, Json<EngagedView>), Problem> {
    let mut tx = caller.begin(&api).await?;
    let scope = new.over.scope(&mut tx).await?;
    let reason = new.reason.as_ref().map(Text::as_str);
    let running = running(&mut tx).await?;
    let new = kill_switch::engage(&mut tx, &caller.actor(), &scope, reason).await?;
    let each = HaltCampaign::each_in(&mut tx, &scope).await?;
    let jobs = HaltCampaign::all_in(&mut tx, &scope).await?;
    jobs::enqueue(&mut tx, &jobs).await?;
    tx.commit().await?;
    let campaigns: Vec<_> = each.into_iter().map(|one| halting(one, &running)).collect();
    Ok((StatusCode::ACCEPTED, Json(EngagedView { new, pausing: campaigns.len(), campaigns })))
}

/// The keys of the campaigns that run.
async fn running(tx: &mut TenantTx) -> Result<HashSet<String>, Problem> {
    let (mut found, status) = (HashSet::new(), Some(CampaignStatus::Active));
    let mut filter = campaign::Filter { status, ..campaign::Filter::default() };
    loop {
        let page = campaign::list(tx, &filter, 200).await?;
        let Some(last) = page.last() else { return Ok(found) };
        filter.after = Some(last.key.clone());
        found.extend(page.into_iter().map(|one| one.key));
    }
}

fn halting(one: HaltCampaign, running: &HashSet<String>) -> Halting {
    let ran = running.contains(&one.campaign);
    Halting { campaign: one.campaign, account: one.account, ran }
}

/// Lifts a kill switch. What was paused stays paused.
#[utoipa::path(post, path = "/kill-switches/lift", tag = "guardrails", request_body = Over,
    responses((status = 200, body = Removed)))]
async fn lift(
    State(api): State<Shared>,
    caller: Caller,
    Body(over): Body<Over>,
) -> Result<Json<Removed>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let scope = over.scope(&mut tx).await?;
    let removed = kill_switch::lift(&mut tx, &caller.actor(), &scope).await?;
    tx.commit().await?;
    Ok(Json(Removed { removed }))
}
