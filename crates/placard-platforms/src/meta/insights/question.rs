//! The parameters of a question (Meta, `platforms/meta.md` §19).

use crate::{
    insights::{Breakdown, Grain, InsightsQuery},
    meta::encode::{Params, params},
};
use chrono::NaiveDate;
use placard_domain::metric::Level;
use serde_json::{Value, json};

/// Hours by the account's clock.
pub(super) const HOUR: &str = "hourly_stats_aggregated_by_advertiser_time_zone";

/// Statuses of campaigns, ad sets and ads (§15). Without them, rows of what was deleted or archived are left out and
/// the parts do not add up to the whole (§24).
const CAMPAIGN_STATUSES: &[&str] = &["ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES"];
const AD_SET_STATUSES: &[&str] = &["CAMPAIGN_PAUSED"];
const AD_STATUSES: &[&str] =
    &["ADSET_PAUSED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO"];

/// One window of a query.
pub(super) struct Question<'a> {
    pub(super) query: &'a InsightsQuery,
    pub(super) account: &'a str,
    pub(super) since: NaiveDate,
    pub(super) until: NaiveDate,
}

impl Question<'_> {
    pub(super) fn path(&self) -> String {
        format!("{}/insights", self.account)
    }

    pub(super) fn params(&self) -> Params {
        let mut asked = params([
            ("level", level_word(self.query.level).into()),
            ("fields", self.fields().join(",").into()),
            ("time_range", json!({"since": self.since.to_string(), "until": self.until.to_string()})),
            ("time_increment", 1.into()),
            // As the ad set's own setting says, which is what Ads Manager shows.
            ("use_unified_attribution_setting", true.into()),
        ]);
        let breakdowns = breakdowns(self.query);
        if !breakdowns.is_empty() {
            asked.insert("breakdowns".to_owned(), breakdowns.into());
        }
        if let Some(filter) = all_statuses(self.query.level) {
            asked.insert("filtering".to_owned(), json!([filter]));
        }
        asked
    }

    fn fields(&self) -> Vec<&'static str> {
        let mut fields = match self.query.level {
            Level::Account => vec!["account_id", "account_name"],
            Level::Campaign => vec!["campaign_id", "campaign_name", "objective"],
            Level::AdGroup => vec!["adset_id", "adset_name", "campaign_id", "objective", "optimization_goal"],
            Level::Ad => vec!["ad_id", "ad_name", "adset_id", "objective", "optimization_goal"],
        };
        fields.extend([
            "account_currency",
            "impressions",
            "clicks",
            "spend",
            "inline_link_clicks",
            "actions",
        ]);
        fields.extend(["action_values", "date_start", "date_stop"]);
        // Hours have no reach (§19, limitations).
        if self.query.grain == Grain::Daily {
            fields.extend(["reach", "frequency"]);
        }
        fields
    }
}

/// What splits the rows, in the order in which a segment names it.
pub(super) fn breakdowns(query: &InsightsQuery) -> Vec<&'static str> {
    match (query.grain, query.breakdown) {
        (Grain::Hourly, _) => vec![HOUR],
        (Grain::Daily, None) => Vec::new(),
        (Grain::Daily, Some(Breakdown::Age)) => vec!["age"],
        (Grain::Daily, Some(Breakdown::Gender)) => vec!["gender"],
        (Grain::Daily, Some(Breakdown::AgeGender)) => vec!["age", "gender"],
        (Grain::Daily, Some(Breakdown::Country)) => vec!["country"],
        (Grain::Daily, Some(Breakdown::Placement)) => vec!["publisher_platform"],
        (Grain::Daily, Some(Breakdown::Device)) => vec!["device_platform"],
    }
}

/// Meta's word for a level.
const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Account => "account",
        Level::Campaign => "campaign",
        Level::AdGroup => "adset",
        Level::Ad => "ad",
    }
}

fn all_statuses(level: Level) -> Option<Value> {
    let statuses: Vec<&str> = match level {
        Level::Account => return None,
        Level::Campaign => CAMPAIGN_STATUSES.to_vec(),
        Level::AdGroup => [CAMPAIGN_STATUSES, AD_SET_STATUSES].concat(),
        Level::Ad => [CAMPAIGN_STATUSES, AD_SET_STATUSES, AD_STATUSES].concat(),
    };
    let field = format!("{}.effective_status", level_word(level));
    Some(json!({"field": field, "operator": "IN", "value": statuses}))
}
