//! The order for a report (Microsoft, `platforms/microsoft.md` §6, request parts and columns).

use crate::{
    insights::{Breakdown, Grain, InsightsQuery},
    microsoft::canonical::parts,
};
use placard_domain::metric::Level;
use serde_json::{Value, json};

/// Numbers that every report has.
pub(super) const METRICS: [&str; 5] = ["Impressions", "Clicks", "Spend", "Conversions", "Revenue"];

/// Numbers beside them, for rows that are not split.
pub(super) const MORE: [&str; 3] = ["AllConversions", "AllRevenue", "ViewThroughConversions"];

/// The time of a row; without this column, all days would be one (§6, Aggregation).
pub(super) const TIME: &str = "TimePeriod";

/// What is ordered for `query`. `zone` is Microsoft's name of the account's.
pub(super) fn report(query: &InsightsQuery, account: &str, zone: &str) -> Value {
    json!({
        "Type": format!("{}ReportRequest", kind(query)),
        "ReportName": "placard",
        "Format": "Csv",
        "FormatVersion": "2.0",
        "ReturnOnlyCompleteData": false,
        "ExcludeReportHeader": true,
        "ExcludeReportFooter": true,
        "ExcludeColumnHeaders": false,
        "Aggregation": match query.grain { Grain::Daily => "Daily", Grain::Hourly => "Hourly" },
        "Columns": columns(query),
        "Scope": {"AccountIds": [account]},
        "Time": {
            "CustomDateRangeStart": parts(query.since), "CustomDateRangeEnd": parts(query.until),
            "ReportTimeZone": zone,
        },
    })
}

const fn kind(query: &InsightsQuery) -> &'static str {
    match (query.breakdown, query.level) {
        (Some(Breakdown::Age | Breakdown::Gender | Breakdown::AgeGender), _) => "AgeGenderAudience",
        (Some(Breakdown::Country), _) => "GeographicPerformance",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::Account) => "AccountPerformance",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::Campaign) => "CampaignPerformance",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::AdGroup) => "AdGroupPerformance",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::Ad) => "AdPerformance",
    }
}

/// The name, and the ids from the top down of which its id is made. Ads have no names of their own.
pub(super) const fn entity(level: Level) -> (Option<&'static str>, &'static [&'static str]) {
    match level {
        Level::Account => (Some("AccountName"), &["AccountId"]),
        Level::Campaign => (Some("CampaignName"), &["CampaignId"]),
        Level::AdGroup => (Some("AdGroupName"), &["CampaignId", "AdGroupId"]),
        Level::Ad => (None, &["CampaignId", "AdGroupId", "AdId"]),
    }
}

/// The columns that split rows. The report about people always has both.
pub(super) const fn segments(breakdown: Breakdown) -> &'static [&'static str] {
    match breakdown {
        Breakdown::Age | Breakdown::Gender | Breakdown::AgeGender => &["AgeGroup", "Gender"],
        Breakdown::Country => &["Country"],
        Breakdown::Placement => &["Network"],
        Breakdown::Device => &["DeviceType"],
    }
}

fn columns(query: &InsightsQuery) -> Vec<&'static str> {
    let (name, ids) = entity(query.level);
    let mut columns = vec![TIME];
    // The report about places wants an account (§6, useful columns).
    columns.extend((query.level != Level::Account).then_some("AccountId"));
    columns.extend(ids);
    columns.extend(name);
    columns.extend(query.breakdown.map_or(&[][..], segments));
    columns.extend(METRICS);
    if query.breakdown.is_none() {
        columns.extend(MORE);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn query(level: Level, grain: Grain, breakdown: Option<Breakdown>) -> InsightsQuery {
        let day = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
        InsightsQuery { level, since: day, until: day + chrono::TimeDelta::days(6), grain, breakdown }
    }

    #[test]
    fn an_order_names_its_days_and_keeps_them_apart() {
        let asked = report(&query(Level::Campaign, Grain::Daily, None), "180001", "Brasilia");
        assert_eq!(asked["Type"], "CampaignPerformanceReportRequest");
        assert_eq!(asked["Columns"][0], TIME);
        assert_eq!(asked["Time"]["CustomDateRangeEnd"], json!({"Day": 7, "Month": 10, "Year": 2026}));
        assert_eq!(
            (&asked["Aggregation"], &asked["Scope"]["AccountIds"]),
            (&json!("Daily"), &json!(["180001"]))
        );
    }

    #[test]
    fn no_column_is_asked_for_twice() {
        for level in [Level::Account, Level::Campaign, Level::AdGroup, Level::Ad] {
            for breakdown in
                [None, Some(Breakdown::Age), Some(Breakdown::Country), Some(Breakdown::Placement)]
            {
                let mut columns = columns(&query(level, Grain::Daily, breakdown));
                let count = columns.len();
                columns.sort_unstable();
                columns.dedup();
                assert_eq!(columns.len(), count, "{level:?} {breakdown:?}");
            }
        }
    }
}
