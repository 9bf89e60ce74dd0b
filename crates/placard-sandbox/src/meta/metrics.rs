//! From counts to the fields of an insights row: strings, zero metrics left out (Meta, `platforms/meta.md` §19).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::facts::Counts;
use super::market::ResultKind;
use super::money;

/// Fields that may be asked for beside names and ids.
pub(crate) const METRICS: &[&str] = &[
    "impressions",
    "reach",
    "frequency",
    "clicks",
    "unique_clicks",
    "inline_link_clicks",
    "unique_inline_link_clicks",
    "outbound_clicks",
    "unique_outbound_clicks",
    "ctr",
    "unique_ctr",
    "inline_link_click_ctr",
    "outbound_clicks_ctr",
    "cpc",
    "cpm",
    "cpp",
    "spend",
    "social_spend",
    "actions",
    "action_values",
    "unique_actions",
    "cost_per_action_type",
    "cost_per_inline_link_click",
    "cost_per_outbound_click",
    "cost_per_unique_click",
    "conversions",
    "conversion_values",
    "cost_per_conversion",
    "purchase_roas",
    "website_purchase_roas",
    "results",
    "cost_per_result",
    "result_rate",
    "inline_post_engagement",
    "cost_per_inline_post_engagement",
    "video_play_actions",
    "video_p25_watched_actions",
    "video_p50_watched_actions",
    "video_p75_watched_actions",
    "video_p95_watched_actions",
    "video_p100_watched_actions",
    "video_thruplay_watched_actions",
    "video_30_sec_watched_actions",
    "video_avg_time_watched_actions",
    "quality_ranking",
    "engagement_rate_ranking",
    "conversion_rate_ranking",
    "estimated_ad_recallers",
];

/// Counts of actions by type, with their value in minor units.
pub(crate) type Actions = BTreeMap<String, (i64, i64)>;

/// Adds the actions that counts come to; off-platform ones are left out when `offsite` is false.
pub(crate) fn add_actions(into: &mut Actions, counts: &Counts, kind: &ResultKind, offsite: bool) {
    let mut add = |name: &str, count: i64, value: i64| {
        if count > 0 {
            let entry = into.entry(name.to_owned()).or_default();
            entry.0 += count;
            entry.1 += value;
        }
    };
    let engagement = counts.link_clicks + counts.reactions;
    add("link_click", counts.link_clicks, 0);
    add("post_reaction", counts.reactions, 0);
    add("post_engagement", engagement, 0);
    add("page_engagement", engagement, 0);
    if offsite {
        add("landing_page_view", counts.landings, 0);
    }
    for name in result_types(kind, offsite) {
        add(name, counts.results, counts.value);
    }
}

/// The action types that one result counts as; they overlap (§19).
fn result_types(kind: &ResultKind, offsite: bool) -> &'static [&'static str] {
    match kind {
        ResultKind::Nothing => &[],
        ResultKind::InstantForm => &["lead", "onsite_conversion.lead_grouped"],
        ResultKind::Call => &["click_to_call_call_confirm", "click_to_call_native_call_placed"],
        ResultKind::Conversation => &["onsite_conversion.messaging_conversation_started_7d"],
        ResultKind::AppInstall | ResultKind::Pixel(_) if !offsite => &[],
        ResultKind::AppInstall => &["mobile_app_install", "omni_app_install"],
        ResultKind::Pixel(event) => match event.as_str() {
            "PURCHASE" => &["purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"],
            "LEAD" => &["lead", "offsite_conversion.fb_pixel_lead"],
            "ADD_TO_CART" => &["add_to_cart", "omni_add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"],
            "INITIATED_CHECKOUT" => &[
                "initiate_checkout",
                "omni_initiated_checkout",
                "offsite_conversion.fb_pixel_initiate_checkout",
            ],
            "COMPLETE_REGISTRATION" => {
                &["omni_complete_registration", "offsite_conversion.fb_pixel_complete_registration"]
            }
            "CONTENT_VIEW" => &["view_content", "offsite_conversion.fb_pixel_view_content"],
            "SEARCH" => &["search", "offsite_conversion.fb_pixel_search"],
            _ => &["offsite_conversion.fb_pixel_custom"],
        },
    }
}

/// The action that an ad set's results are counted by.
pub(crate) fn result_indicator(kind: &ResultKind) -> &'static str {
    match kind {
        ResultKind::Nothing => "link_click",
        ResultKind::InstantForm => "onsite_conversion.lead_grouped",
        ResultKind::Call => "click_to_call_call_confirm",
        ResultKind::Conversation => "onsite_conversion.messaging_conversation_started_7d",
        ResultKind::AppInstall => "omni_app_install",
        ResultKind::Pixel(_) => result_types(kind, true).last().copied().unwrap_or("link_click"),
    }
}

/// What a row's metrics are worked out from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Basis {
    pub(crate) counts: Counts,
    pub(crate) actions: Actions,
    /// The action that counts as a result, when there is one.
    pub(crate) indicator: Option<&'static str>,
    /// People reached; `None` where reach is not measured (by hour).
    pub(crate) reach: Option<i64>,
    pub(crate) currency: String,
    /// Attribution windows asked for beside the default.
    pub(crate) windows: Vec<String>,
    pub(crate) is_ad: bool,
}

fn ratio(numerator: Decimal, denominator: i64) -> Option<String> {
    if denominator == 0 || numerator.is_zero() {
        return None;
    }
    Some((numerator / Decimal::from(denominator)).round_dp(6).normalize().to_string())
}

fn whole(count: i64) -> Option<Value> {
    (count > 0).then(|| json!(count.to_string()))
}

impl Basis {
    fn spend(&self) -> Decimal {
        money::decimal(self.counts.spend, &self.currency)
    }

    /// One metric; `None` leaves the field out.
    pub(crate) fn metric(&self, name: &str) -> Option<Value> {
        let counts = &self.counts;
        let per_cent = |part: i64| ratio(Decimal::from(part * 100), counts.impressions).map(Value::String);
        let cost = |count: i64| ratio(self.spend(), count).map(Value::String);
        let unique = |count: i64| count - count / 20;
        match name {
            "impressions" => whole(counts.impressions),
            "reach" => self.reach.map_or(Some(json!("0")), whole),
            "frequency" => match self.reach {
                Some(reach) => ratio(Decimal::from(counts.impressions), reach).map(Value::String),
                None => Some(json!("0")),
            },
            "clicks" => whole(counts.clicks),
            "inline_link_clicks" => whole(counts.link_clicks),
            "unique_clicks" => self.reach.and_then(|_| whole(unique(counts.clicks))),
            "unique_inline_link_clicks" => self.reach.and_then(|_| whole(unique(counts.link_clicks))),
            "unique_ctr" => self.reach.and_then(|reach| {
                ratio(Decimal::from(unique(counts.clicks) * 100), reach).map(Value::String)
            }),
            "cost_per_unique_click" => self.reach.and_then(|_| cost(unique(counts.clicks))),
            "ctr" => per_cent(counts.clicks),
            "inline_link_click_ctr" => per_cent(counts.link_clicks),
            "cpc" => cost(counts.clicks),
            "cost_per_inline_link_click" => cost(counts.link_clicks),
            "cpm" => ratio(self.spend() * Decimal::from(1000), counts.impressions).map(Value::String),
            "cpp" => ratio(self.spend() * Decimal::from(1000), self.reach?).map(Value::String),
            "spend" => (counts.spend > 0).then(|| json!(money::major(counts.spend, &self.currency))),
            "inline_post_engagement" => whole(counts.link_clicks + counts.reactions),
            "cost_per_inline_post_engagement" => cost(counts.link_clicks + counts.reactions),
            "quality_ranking" | "engagement_rate_ranking" | "conversion_rate_ranking" => {
                self.is_ad.then(|| json!(if counts.impressions < 500 { "UNKNOWN" } else { "AVERAGE" }))
            }
            _ => self.list(name),
        }
    }

    /// Metrics that are lists by action type.
    fn list(&self, name: &str) -> Option<Value> {
        let counts = &self.counts;
        let cost = |count: i64| ratio(self.spend(), count);
        let rows: Vec<Value> = match name {
            "actions" | "unique_actions" => {
                self.actions.iter().map(|(kind, (count, _))| self.entry(kind, count.to_string())).collect()
            }
            "action_values" => self
                .actions
                .iter()
                .filter(|(_, (_, value))| *value > 0)
                .map(|(kind, (_, value))| self.entry(kind, money::major(*value, &self.currency)))
                .collect(),
            "cost_per_action_type" => self
                .actions
                .iter()
                .filter_map(|(kind, (count, _))| Some(self.entry(kind, cost(*count)?)))
                .collect(),
            "outbound_clicks" | "unique_outbound_clicks" if counts.link_clicks > 0 => {
                vec![self.entry("outbound_click", counts.link_clicks.to_string())]
            }
            "outbound_clicks_ctr" if counts.link_clicks > 0 => {
                let ctr = ratio(Decimal::from(counts.link_clicks * 100), counts.impressions)?;
                vec![self.entry("outbound_click", ctr)]
            }
            "cost_per_outbound_click" if counts.link_clicks > 0 => {
                vec![self.entry("outbound_click", cost(counts.link_clicks)?)]
            }
            "purchase_roas" => vec![self.entry("omni_purchase", self.return_on("omni_purchase")?)],
            "website_purchase_roas" => {
                let kind = "offsite_conversion.fb_pixel_purchase";
                vec![self.entry(kind, self.return_on(kind)?)]
            }
            "results" => vec![self.result(self.result_count()?.to_string())],
            "cost_per_result" => vec![self.result(cost(self.result_count()?)?)],
            "result_rate" => {
                let rate = ratio(Decimal::from(self.result_count()? * 100), counts.impressions)?;
                vec![self.result(rate)]
            }
            _ => return None,
        };
        (!rows.is_empty()).then(|| json!(rows))
    }

    fn entry(&self, kind: &str, value: String) -> Value {
        let mut entry = json!({ "action_type": kind, "value": value });
        for window in &self.windows {
            if window != "default" {
                entry[window] = json!(value);
            }
        }
        entry
    }

    fn result(&self, value: String) -> Value {
        json!({
            "indicator": format!("actions:{}", self.indicator.unwrap_or_default()),
            "values": [{ "value": value, "attribution_windows": ["default"] }],
        })
    }

    fn result_count(&self) -> Option<i64> {
        self.actions.get(self.indicator?).map(|(count, _)| *count).filter(|count| *count > 0)
    }

    fn return_on(&self, kind: &str) -> Option<String> {
        let (_, value) = self.actions.get(kind)?;
        ratio(
            money::decimal(*value, &self.currency) * Decimal::from(money::offset(&self.currency)),
            self.counts.spend,
        )
    }

    /// Adds to a row the metrics asked for.
    pub(crate) fn write(&self, row: &mut Map<String, Value>, fields: &[String]) {
        for field in fields.iter().filter(|field| METRICS.contains(&field.as_str())) {
            if let Some(value) = self.metric(field) {
                row.insert(field.clone(), value);
            }
        }
    }
}
