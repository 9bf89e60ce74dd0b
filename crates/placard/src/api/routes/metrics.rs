//! Numbers, as sums with the ratios that follow from them.

use super::publishing::account_named;
use crate::{
    api::{
        Shared, body::Query, caller::Caller, paging::Page, problem::Problem, text::Text, words::LevelName,
    },
    report::{self, ReportData},
    reporting,
};
use axum::{Json, extract::State, http::header, response::IntoResponse, response::Response};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    AccountRef,
    metric::{Additivity, Level, REGISTRY, Sums},
};
use placard_store::{
    TenantTx,
    metrics::{self, Scope},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(definitions))
        .routes(routes!(totals))
        .routes(routes!(daily))
        .routes(routes!(report))
        .routes(routes!(report_data))
}

/// What a metric is.
#[derive(Serialize, ToSchema)]
struct Definition {
    /// Its name in answers.
    name: &'static str,
    /// Its heading.
    title: &'static str,
    /// How it combines: `additive`, `additive_in_currency`, `ratio`, `non_additive`.
    additivity: &'static str,
    /// For a ratio: what stands above the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    numerator: Option<&'static str>,
    /// For a ratio: what stands below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    denominator: Option<&'static str>,
}

/// Every metric.
#[utoipa::path(get, path = "/metrics/definitions", tag = "metrics",
    responses((status = 200, body = Page<Definition>)))]
async fn definitions(_: Caller) -> Json<Page<Definition>> {
    let definitions = REGISTRY.iter().map(|metric| {
        let (additivity, numerator, denominator) = match metric.additivity {
            Additivity::Additive => ("additive", None, None),
            Additivity::AdditiveInCurrency => ("additive_in_currency", None, None),
            Additivity::Ratio { numerator, denominator, .. } => ("ratio", Some(numerator), Some(denominator)),
            Additivity::NonAdditive => ("non_additive", None, None),
        };
        Definition { name: metric.name, title: metric.title, additivity, numerator, denominator }
    });
    Json(Page { items: definitions.collect(), next: None })
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Range {
    /// Of what: `account`, `campaign`, `ad_group` or `ad`.
    #[param(inline, value_type = LevelName)]
    level: Level,
    /// First day.
    since: NaiveDate,
    /// Last day, included; at most two years after the first.
    until: NaiveDate,
    /// Only this ad account, by its id on the platform.
    #[param(inline)]
    account: Option<Text<1, 64>>,
    /// As the numbers were known then.
    as_known_at: Option<DateTime<Utc>>,
}

impl Range {
    async fn account(&self, tx: &mut TenantTx) -> Result<Option<AccountRef>, Problem> {
        match &self.account {
            Some(id) => account_named(tx, id.as_str(), "account").await.map(Some),
            None => Ok(None),
        }
    }

    fn scope<'a>(&self, account: Option<&'a AccountRef>) -> Result<Scope<'a>, Problem> {
        span(self.since, self.until)?;
        Ok(Scope {
            account,
            level: self.level,
            entities: None,
            since: self.since,
            until: self.until,
            as_known_at: self.as_known_at,
        })
    }
}

/// Refuses days that are no span, or more of them than anybody looks at.
pub(super) fn span(since: NaiveDate, until: NaiveDate) -> Result<(), Problem> {
    if until < since {
        return Err(Problem::unfit("until", "lies before `since`"));
    }
    if (until - since).num_days() > MOST_DAYS {
        return Err(Problem::unfit("since", "lies more than two years before `until`"));
    }
    Ok(())
}

const MOST_DAYS: i64 = 731;

/// Sums, and every ratio that they give. Amounts and ratios are texts of decimals; a ratio over zero is absent.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
struct Numbers(BTreeMap<&'static str, Decimal>);

impl From<&Sums> for Numbers {
    fn from(sums: &Sums) -> Self {
        let values = REGISTRY.iter().filter_map(|metric| Some((metric.name, sums.value(metric)?)));
        Self(values.map(|(name, value)| (name, value.round_dp(6).normalize())).collect())
    }
}

/// The sums of one thing.
#[derive(Serialize, ToSchema)]
struct TotalView {
    /// The ad account's id on the platform.
    account: String,
    /// The platform's id of the thing.
    id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The platform's id of the thing one level up.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    /// The currency of its amounts.
    currency: String,
    /// The numbers.
    #[schema(value_type = Object)]
    numbers: Numbers,
}

/// The sums of each thing of a level over all days, in the order of spend.
#[utoipa::path(get, path = "/metrics/totals", tag = "metrics", params(Range),
    responses((status = 200, body = Page<TotalView>)))]
async fn totals(
    State(api): State<Shared>,
    caller: Caller,
    Query(range): Query<Range>,
) -> Result<Json<Page<TotalView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let account = range.account(&mut tx).await?;
    let found = metrics::totals(&mut tx, &range.scope(account.as_ref())?).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, |one| TotalView {
        account: one.entity.account.id,
        id: one.entity.remote_id,
        name: one.entity.name,
        parent_id: one.entity.parent_remote_id,
        currency: one.currency.code().to_owned(),
        numbers: (&one.sums).into(),
    })))
}

/// The sums of one day.
#[derive(Serialize, ToSchema)]
struct DayView {
    /// The day, in the account's time zone.
    date: NaiveDate,
    /// The currency of its amounts.
    currency: String,
    /// The numbers.
    #[schema(value_type = Object)]
    numbers: Numbers,
}

/// The sums of each day and currency over all things of a level.
#[utoipa::path(get, path = "/metrics/daily", tag = "metrics", params(Range),
    responses((status = 200, body = Page<DayView>)))]
async fn daily(
    State(api): State<Shared>,
    caller: Caller,
    Query(range): Query<Range>,
) -> Result<Json<Page<DayView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let account = range.account(&mut tx).await?;
    let found = metrics::series(&mut tx, &range.scope(account.as_ref())?).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, |one| DayView {
        date: one.date,
        currency: one.currency.code().to_owned(),
        numbers: (&one.sums).into(),
    })))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportRange {
    /// First day; found from the numbers without it.
    since: Option<NaiveDate>,
    /// Last day; found from the numbers without it.
    until: Option<NaiveDate>,
    /// Only this ad account, by its id on the platform.
    #[param(inline)]
    account: Option<Text<1, 64>>,
    /// As the numbers were known then.
    as_known_at: Option<DateTime<Utc>>,
}

/// A whole report: totals, days, things and audiences, with the period before.
#[utoipa::path(get, path = "/reports", tag = "metrics", params(ReportRange),
    responses((status = 200, body = Object),
        (status = 404, description = "There are no numbers yet", body = Problem, content_type = "application/problem+json")))]
async fn report(
    State(api): State<Shared>,
    caller: Caller,
    Query(range): Query<ReportRange>,
) -> Result<Response, Problem> {
    let data = gathered(&api, &caller, range).await?;
    let text = report::json::render(&data).map_err(|error| Problem::defect(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// The same with the numbers of every thing on every day, for programs that draw.
#[utoipa::path(get, path = "/reports/data", tag = "metrics", params(ReportRange),
    responses((status = 200, body = Object),
        (status = 404, description = "There are no numbers yet", body = Problem, content_type = "application/problem+json")))]
async fn report_data(
    State(api): State<Shared>,
    caller: Caller,
    Query(range): Query<ReportRange>,
) -> Result<Json<ReportData>, Problem> {
    gathered(&api, &caller, range).await.map(Json)
}

async fn gathered(api: &Shared, caller: &Caller, range: ReportRange) -> Result<ReportData, Problem> {
    if let Some(since) = range.since {
        // Days to come have no numbers, which is an answer and no mistake.
        span(since, range.until.unwrap_or_else(|| (api.now)().date_naive().max(since)))?;
    }
    let wish = reporting::Wish {
        account: range.account.map(Text::into_inner),
        since: range.since,
        until: range.until,
        as_known_at: range.as_known_at,
    };
    let mut tx = caller.begin(api).await?;
    let gathered = reporting::gather(&mut tx, &wish, (api.now)()).await;
    tx.commit().await?;
    gathered
        .map_err(|error| Problem::unfit("account", error.to_string()))?
        .ok_or_else(|| Problem::new(crate::api::Code::NotFound, "there are no numbers yet"))
}
