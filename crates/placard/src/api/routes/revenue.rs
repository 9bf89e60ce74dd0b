//! What ads cost and what was sold to the people who came by them.

use super::{metrics::span, publishing::account_named};
use crate::{
    api::{
        Shared,
        body::Query,
        caller::Caller,
        problem::Problem,
        text::Text,
        view::RevenueView,
        words::{CurrencyCode, LevelName},
    },
    crm::{self, Untold},
};
use axum::{Json, extract::State};
use chrono::NaiveDate;
use placard_domain::metric::Level;
use placard_store::crm::RevenueScope;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of what: `campaign`, `ad_group` or `ad`.
    #[param(inline, value_type = LevelName)]
    level: Level,
    /// First day.
    since: NaiveDate,
    /// Last day, included; at most two years after the first.
    until: NaiveDate,
    /// Only this ad account, by its id on the platform.
    #[param(inline)]
    account: Option<Text<1, 64>>,
    /// In which currency to compare; needed if there are amounts in several.
    #[param(inline)]
    currency: Option<CurrencyCode>,
}

/// Spend and leads of these days, deals that were won on them, and what came back for what was spent.
#[utoipa::path(get, path = "/reports/revenue", tag = "metrics", params(Wanted),
    responses((status = 200, body = RevenueView)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<RevenueView>, Problem> {
    span(wanted.since, wanted.until)?;
    if wanted.level == Level::Account {
        return Err(Problem::unfit("level", "leads come by campaigns, ad groups and ads, not by accounts"));
    }
    let mut tx = caller.begin(&api).await?;
    let account = match &wanted.account {
        Some(id) => Some(account_named(&mut tx, id.as_str(), "account").await?),
        None => None,
    };
    let scope = RevenueScope {
        level: wanted.level,
        account: account.as_ref(),
        since: wanted.since,
        until: wanted.until,
    };
    let found = crm::revenue(&mut tx, &scope, wanted.currency.map(|code| code.0)).await;
    let found = found.map_err(|error| match error {
        Untold::Incomparable(error) => Problem::unfit("currency", error.to_string()),
        Untold::Store(error) => error.into(),
    })?;
    tx.commit().await?;
    Ok(Json(found.into()))
}
