//! Insights: what a call asks for (Meta, `platforms/meta.md` §19).

use serde_json::Value;

use super::account::Account;
use super::breakdown::{self, Breakdown};
use super::call::Call;
use super::edges;
use super::envelope::{MetaError, MetaResult};
use super::filter::Filter;
use super::insights_rows;
use super::metrics::METRICS;
use super::params::{Params, parse_enum};
use super::period::{self, Period};
use super::shape::Shape;
use crate::object::{Kind, NodeId, Object};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// What a row is about.
    pub(crate) enum Level {
        Account = "account",
        Campaign = "campaign",
        AdSet = "adset",
        Ad = "ad",
    }
}

wire_enum! {
    /// From when to when a conversion counts for an ad; the last two stopped in January 2026.
    pub(crate) enum Window {
        Click1 = "1d_click",
        Click7 = "7d_click",
        Click28 = "28d_click",
        View1 = "1d_view",
        EngagedView1 = "1d_ev",
        Dda = "dda",
        Default = "default",
    }
}

/// Parameters of an insights call.
pub(crate) const PARAMS: &[&str] = &[
    "level",
    "time_range",
    "time_ranges",
    "date_preset",
    "time_increment",
    "breakdowns",
    "action_breakdowns",
    "action_attribution_windows",
    "use_unified_attribution_setting",
    "use_account_attribution_setting",
    "action_report_time",
    "filtering",
    "sort",
    "limit",
    "after",
    "before",
    "summary",
    "default_summary",
    "export_format",
    "export_columns",
    "export_name",
];

/// Names and settings a row may carry.
const IDENTITY: &[&str] = &[
    "account_id",
    "account_name",
    "account_currency",
    "campaign_id",
    "campaign_name",
    "adset_id",
    "adset_name",
    "ad_id",
    "ad_name",
    "objective",
    "optimization_goal",
    "buying_type",
    "attribution_setting",
    "date_start",
    "date_stop",
    "created_time",
    "updated_time",
];

/// What is shown when no fields are asked for.
const DEFAULT: &[&str] = &["account_id", "campaign_id", "adset_id", "ad_id", "impressions", "spend"];

/// A call for insights, checked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) account: String,
    pub(crate) node: Option<NodeId>,
    pub(crate) level: Level,
    pub(crate) fields: Vec<String>,
    pub(crate) periods: Vec<Period>,
    pub(crate) breakdowns: Vec<Breakdown>,
    pub(crate) windows: Vec<String>,
    /// Conditions on campaigns, ad sets and ads.
    pub(crate) object_filters: Vec<Filter>,
    /// Conditions on a row's metrics.
    pub(crate) metric_filters: Vec<Filter>,
    pub(crate) sort: Vec<(String, bool)>,
    pub(crate) summary: Option<Vec<String>>,
}

impl Query {
    /// Reads a call's parameters.
    pub(crate) fn from_params(
        world: &World,
        account: &Account,
        object: Option<&Object>,
        params: &Params,
    ) -> MetaResult<Self> {
        params.only(&[PARAMS])?;
        let own = match object.map(|object| object.kind) {
            None => Level::Account,
            Some(Kind::Campaign) => Level::Campaign,
            Some(Kind::AdSet) => Level::AdSet,
            Some(Kind::Ad) => Level::Ad,
            Some(Kind::Creative | Kind::Image | Kind::Video | Kind::LeadForm | Kind::Label) => {
                return Err(MetaError::no_such_object(
                    "get",
                    &object.map_or_else(String::new, |o| o.id.to_string()),
                ));
            }
        };
        let level = params.one_of("level")?.unwrap_or(own);
        if level < own {
            return Err(MetaError::field("level", format!("level {level} lies above the node")));
        }
        let breakdowns = breakdown::parse(&params.words("breakdowns")?.unwrap_or_default())?;
        actions_by(params)?;
        let (object_filters, metric_filters) = filters(params)?;
        let mut fields = fields(params)?;
        if fields.is_empty() {
            let shown =
                if level == Level::Account { &DEFAULT[..1] } else { &DEFAULT[..2 + level as usize - 1] };
            fields = shown.iter().chain(&DEFAULT[4..]).map(|name| (*name).to_owned()).collect();
        }
        Ok(Self {
            account: account.id.clone(),
            node: object.map(|object| object.id),
            level,
            fields,
            periods: period::periods(params, world.today(&account.id))?,
            breakdowns,
            windows: windows(params)?,
            object_filters,
            metric_filters,
            sort: sort(params)?,
            summary: summary(params)?,
        })
    }
}

fn fields(params: &Params) -> MetaResult<Vec<String>> {
    let shape = Shape::from_params(params)?;
    let mut names = Vec::new();
    for want in shape.0 {
        let known = METRICS.contains(&want.name.as_str()) || IDENTITY.contains(&want.name.as_str());
        if !known {
            return Err(MetaError::new(100, format!("(#100) {} is not valid for fields param", want.name))
                .blame(&["fields"]));
        }
        names.push(want.name);
    }
    Ok(names)
}

/// Only the default action breakdown is simulated; any other is refused rather than ignored.
fn actions_by(params: &Params) -> MetaResult<()> {
    let words = params.words("action_breakdowns")?.unwrap_or_default();
    match words.iter().find(|word| *word != "action_type") {
        Some(other) => {
            Err(MetaError::field("action_breakdowns", format!("action breakdown {other} is not available")))
        }
        None => Ok(()),
    }
}

fn windows(params: &Params) -> MetaResult<Vec<String>> {
    let words = params.words("action_attribution_windows")?.unwrap_or_default();
    words
        .iter()
        .map(|word| parse_enum::<Window>("action_attribution_windows", word).map(|w| w.to_string()))
        .collect()
}

fn filters(params: &Params) -> MetaResult<(Vec<Filter>, Vec<Filter>)> {
    let all = Filter::parse_all(&params.list("filtering")?.unwrap_or_default())?;
    let is_metric = |filter: &Filter| {
        let name = filter.field.rsplit('.').next().unwrap_or_default();
        METRICS.contains(&name)
    };
    let (metric, object): (Vec<Filter>, Vec<Filter>) = all.into_iter().partition(is_metric);
    if let Some(bare) = object.iter().find(|filter| !filter.field.contains('.')) {
        return Err(MetaError::field(
            "filtering",
            format!("Filtering field {} needs a level, e.g. ad.", bare.field),
        ));
    }
    Ok((object, metric))
}

/// `["spend_descending"]`.
fn sort(params: &Params) -> MetaResult<Vec<(String, bool)>> {
    let words = params.words("sort")?.unwrap_or_default();
    words
        .iter()
        .map(|word| {
            let (field, direction) = word.rsplit_once('_').unwrap_or((word, ""));
            match direction {
                "ascending" => Ok((field.to_owned(), false)),
                "descending" => Ok((field.to_owned(), true)),
                _ => Err(MetaError::field("sort", format!("{word} is no sort order"))),
            }
        })
        .collect()
}

fn summary(params: &Params) -> MetaResult<Option<Vec<String>>> {
    if params.bool("default_summary")? == Some(true) {
        return Ok(Some(vec!["impressions".into(), "spend".into()]));
    }
    let words = params.words("summary")?;
    if let Some(unknown) = words.iter().flatten().find(|word| !METRICS.contains(&word.as_str())) {
        return Err(MetaError::field("summary", format!("{unknown} cannot be in the summary")));
    }
    Ok(words)
}

/// `GET …/insights`.
pub(crate) fn read(
    world: &World,
    call: &Call,
    account: &Account,
    object: Option<&Object>,
) -> MetaResult<Value> {
    let query = Query::from_params(world, account, object, &call.params)?;
    page(world, call, &query)
}

/// The page of a query's rows that the call asks for.
pub(crate) fn page(world: &World, call: &Call, query: &Query) -> MetaResult<Value> {
    let rows = insights_rows::rows(world, query)?;
    let summary =
        query.summary.as_ref().map(|fields| insights_rows::summary(world, query, fields)).transpose()?;
    let mut out = edges::page_rows(call, rows)?;
    if let Some(summary) = summary {
        out["summary"] = summary;
    }
    Ok(out)
}
