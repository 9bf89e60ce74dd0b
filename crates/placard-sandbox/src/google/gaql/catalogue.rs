//! Which resources can be queried, with which others, and which fields they have.

use super::lex::error;
use crate::google::error::AdsError;
use crate::google::schema::{Message, Role, Type};
use crate::google::tables as t;

/// A resource that can stand after FROM.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: &'static str,
    /// Resources whose fields go with it; the first is its own.
    pub(super) with: &'static [&'static str],
    pub(super) metrics: bool,
}

const SOURCES: &[Source] = &[
    Source { name: "customer", with: &["customer"], metrics: true },
    Source { name: "customer_client", with: &["customer_client", "customer"], metrics: false },
    Source { name: "campaign", with: &["campaign", "campaign_budget", "customer"], metrics: true },
    Source { name: "campaign_budget", with: &["campaign_budget", "customer"], metrics: false },
    Source { name: "ad_group", with: &["ad_group", "campaign", "customer"], metrics: true },
    Source { name: "ad_group_ad", with: &["ad_group_ad", "ad_group", "campaign", "customer"], metrics: true },
    Source {
        name: "ad_group_criterion",
        with: &["ad_group_criterion", "ad_group", "campaign", "customer"],
        metrics: false,
    },
    Source {
        name: "campaign_criterion",
        with: &["campaign_criterion", "campaign", "customer"],
        metrics: false,
    },
    Source { name: "asset", with: &["asset", "customer"], metrics: false },
    Source {
        name: "campaign_asset",
        with: &["campaign_asset", "asset", "campaign", "customer"],
        metrics: false,
    },
    Source {
        name: "ad_group_asset",
        with: &["ad_group_asset", "asset", "ad_group", "campaign", "customer"],
        metrics: false,
    },
    Source { name: "label", with: &["label", "customer"], metrics: false },
    Source {
        name: "campaign_label",
        with: &["campaign_label", "label", "campaign", "customer"],
        metrics: false,
    },
    Source {
        name: "ad_group_label",
        with: &["ad_group_label", "label", "ad_group", "campaign", "customer"],
        metrics: false,
    },
    Source {
        name: "ad_group_ad_label",
        with: &["ad_group_ad_label", "label", "ad_group_ad", "ad_group", "campaign", "customer"],
        metrics: false,
    },
    Source { name: "conversion_action", with: &["conversion_action", "customer"], metrics: false },
    Source { name: "change_event", with: &["change_event", "customer"], metrics: false },
    Source {
        name: "age_range_view",
        with: &["age_range_view", "ad_group_criterion", "ad_group", "campaign", "customer"],
        metrics: true,
    },
    Source {
        name: "gender_view",
        with: &["gender_view", "ad_group_criterion", "ad_group", "campaign", "customer"],
        metrics: true,
    },
    Source {
        name: "geographic_view",
        with: &["geographic_view", "ad_group", "campaign", "customer"],
        metrics: true,
    },
    Source {
        name: "user_location_view",
        with: &["user_location_view", "ad_group", "campaign", "customer"],
        metrics: true,
    },
];

fn message(resource: &str) -> Option<&'static Message> {
    Some(match resource {
        "customer" => &t::CUSTOMER,
        "customer_client" => &t::CUSTOMER_CLIENT,
        "campaign" => &t::CAMPAIGN,
        "campaign_budget" => &t::CAMPAIGN_BUDGET,
        "ad_group" => &t::AD_GROUP,
        "ad_group_ad" => &t::AD_GROUP_AD,
        "ad_group_criterion" => &t::AD_GROUP_CRITERION,
        "campaign_criterion" => &t::CAMPAIGN_CRITERION,
        "asset" => &t::ASSET,
        "campaign_asset" => &t::CAMPAIGN_ASSET,
        "ad_group_asset" => &t::AD_GROUP_ASSET,
        "label" => &t::LABEL,
        "campaign_label" => &t::CAMPAIGN_LABEL,
        "ad_group_label" => &t::AD_GROUP_LABEL,
        "ad_group_ad_label" => &t::AD_GROUP_AD_LABEL,
        "conversion_action" => &t::CONVERSION_ACTION,
        "change_event" => &t::CHANGE_EVENT,
        "age_range_view" => &t::AGE_RANGE_VIEW,
        "gender_view" => &t::GENDER_VIEW,
        "geographic_view" => &t::GEOGRAPHIC_VIEW,
        "user_location_view" => &t::USER_LOCATION_VIEW,
        "segments" => &t::SEGMENTS,
        "metrics" => &t::METRICS,
        _ => return None,
    })
}

/// The resource of a FROM clause.
pub(super) fn source(name: &str) -> Result<&'static Source, AdsError> {
    SOURCES.iter().find(|source| source.name == name).ok_or_else(|| {
        let text = format!("The resource '{name}' cannot be queried.");
        error("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", text)
    })
}

/// A field of a query that exists and goes with its FROM clause.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// As it was written.
    pub(super) name: String,
    /// `campaign`, `metrics`, …
    pub(super) resource: &'static str,
    /// JSON names below the resource.
    pub(super) path: Vec<&'static str>,
    pub(super) ty: Type,
    pub(super) repeated: bool,
}

/// The dates that may be filtered without being selected.
const CORE_DATES: &[&str] = &["date", "week", "month", "quarter", "year"];

impl Column {
    pub(super) fn is_segment(&self) -> bool {
        self.resource == "segments"
    }

    pub(super) fn is_metric(&self) -> bool {
        self.resource == "metrics"
    }

    pub(super) fn is_core_date(&self) -> bool {
        self.is_segment() && CORE_DATES.contains(&self.path[0])
    }

    /// Whether the value is a date or a date with a time.
    pub(super) fn is_time(&self) -> bool {
        let last = self.path.last().copied().unwrap_or_default();
        (self.is_core_date() && last != "year") || last.ends_with("DateTime")
    }
}

/// Finds a field for a FROM clause.
pub(super) fn column(source: &'static Source, name: &str) -> Result<Column, AdsError> {
    let unknown = || error("UNRECOGNIZED_FIELD", format!("Unrecognized field in the query: '{name}'."));
    let (first, rest) = name.split_once('.').ok_or_else(unknown)?;
    let path: Vec<&str> = rest.split('.').collect();
    let fields = message(first).and_then(|message| message.resolve_snake(&path)).ok_or_else(unknown)?;
    let last = *fields.last().ok_or_else(unknown)?;
    let resource = match first {
        "segments" | "metrics" if !source.metrics => {
            let code = if first == "segments" {
                "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE"
            } else {
                "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"
            };
            let text = format!("The field '{name}' does not go with '{}'.", source.name);
            return Err(error(code, text));
        }
        "segments" => "segments",
        "metrics" => "metrics",
        _ => source.with.iter().copied().find(|known| *known == first).ok_or_else(|| {
            let text = format!("The field '{name}' does not go with '{}'.", source.name);
            error("PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE", text)
        })?,
    };
    let is_folder = !last.whole && last.parts().is_some_and(|inner| !inner.fields.is_empty());
    if is_folder || last.role == Role::WriteOnly {
        let text = format!("The field '{name}' cannot be selected.");
        return Err(error("PROHIBITED_FIELD_IN_SELECT_CLAUSE", text));
    }
    Ok(Column {
        name: name.to_owned(),
        resource,
        path: fields.iter().map(|field| field.name).collect(),
        ty: last.ty,
        repeated: last.repeated,
    })
}
