//! The parameters of a question (TikTok, `platforms/tiktok.md` §18).

use crate::{
    insights::{Breakdown, Grain, InsightsQuery},
    tiktok::encode::{self, Params},
};
use chrono::{NaiveDate, TimeDelta};
use placard_domain::metric::Level;
use serde_json::{Value, json};

/// Days in one question, by days and by hours.
const MOST_DAYS: i64 = 30;
const MOST_DAYS_OF_HOURS: i64 = 1;

/// Numbers that every report has.
const METRICS: &[&str] = &["spend", "impressions", "clicks", "conversion"];

/// Numbers beside them, for rows that are not split.
pub(super) const MORE: &[&str] =
    &[VALUE, "reach", "frequency", "result", "video_play_actions", "likes", "comments", "shares", "follows"];

/// What completed payments were worth.
pub(super) const VALUE: &str = "total_complete_payment_rate";

/// The parts into which TikTok wants a question cut, first and last day included.
pub(super) fn windows(query: &InsightsQuery) -> Vec<(NaiveDate, NaiveDate)> {
    let days = match query.grain {
        Grain::Daily => MOST_DAYS,
        Grain::Hourly => MOST_DAYS_OF_HOURS,
    };
    let mut windows = Vec::new();
    let mut since = query.since;
    while since <= query.until {
        let until = query.until.min(since + TimeDelta::days(days - 1));
        windows.push((since, until));
        since = until + TimeDelta::days(1);
    }
    windows
}

/// The parameters of one window.
pub(super) fn params(query: &InsightsQuery, account: &str, since: NaiveDate, until: NaiveDate) -> Params {
    let metrics: Vec<&str> = match query.breakdown {
        None => METRICS.iter().chain(MORE).copied().collect(),
        Some(_) => METRICS.to_vec(),
    };
    let mut asked = encode::params([
        ("advertiser_id", account.into()),
        ("report_type", report_type(query.breakdown).into()),
        ("data_level", data_level(query.level).into()),
        ("dimensions", dimensions(query).into()),
        ("metrics", metrics.into()),
        ("start_date", since.to_string().into()),
        ("end_date", until.to_string().into()),
    ]);
    asked.extend(all_statuses(query.level).map(|filter| ("filtering".to_owned(), json!([filter]))));
    asked
}

/// Countries are a dimension of the basic report; what is known of people and places of showing has one of its own.
const fn report_type(breakdown: Option<Breakdown>) -> &'static str {
    match breakdown {
        None | Some(Breakdown::Country) => "BASIC",
        Some(
            Breakdown::Age
            | Breakdown::Gender
            | Breakdown::AgeGender
            | Breakdown::Placement
            | Breakdown::Device,
        ) => "AUDIENCE",
    }
}

const fn data_level(level: Level) -> &'static str {
    match level {
        Level::Account => "AUCTION_ADVERTISER",
        Level::Campaign => "AUCTION_CAMPAIGN",
        Level::AdGroup => "AUCTION_ADGROUP",
        Level::Ad => "AUCTION_AD",
    }
}

/// The dimension that names a row's entity.
pub(super) const fn id_of(level: Level) -> &'static str {
    match level {
        Level::Account => "advertiser_id",
        Level::Campaign => "campaign_id",
        Level::AdGroup => "adgroup_id",
        Level::Ad => "ad_id",
    }
}

/// The dimension that names a row's time.
pub(super) const fn time_of(grain: Grain) -> &'static str {
    match grain {
        Grain::Daily => "stat_time_day",
        Grain::Hourly => "stat_time_hour",
    }
}

/// The dimensions that name a row's segment, in the order in which it is told.
pub(super) const fn segments(breakdown: Breakdown) -> &'static [&'static str] {
    match breakdown {
        Breakdown::Age => &["age"],
        Breakdown::Gender => &["gender"],
        Breakdown::AgeGender => &["age", "gender"],
        Breakdown::Country => &["country_code"],
        Breakdown::Placement => &["placement"],
        Breakdown::Device => &["platform"],
    }
}

fn dimensions(query: &InsightsQuery) -> Vec<&'static str> {
    let split = query.breakdown.map_or(&[][..], segments);
    [id_of(query.level), time_of(query.grain)].into_iter().chain(split.iter().copied()).collect()
}

/// Without this, what was deleted is left out and the parts do not add up to the whole. The value is JSON text.
fn all_statuses(level: Level) -> Option<Value> {
    let field = match level {
        Level::Account => return None,
        Level::Campaign => "campaign_status",
        Level::AdGroup => "adgroup_status",
        Level::Ad => "ad_status",
    };
    Some(json!({"field_name": field, "filter_type": "IN", "filter_value": json!(["STATUS_ALL"]).to_string()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(level: Level, grain: Grain, breakdown: Option<Breakdown>, days: i64) -> InsightsQuery {
        let since = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
        InsightsQuery { level, since, until: since + TimeDelta::days(days - 1), grain, breakdown }
    }

    #[test]
    fn people_are_told_of_by_the_audience_report_and_what_was_deleted_counts() {
        let query = query(Level::AdGroup, Grain::Daily, Some(Breakdown::AgeGender), 7);
        let asked = params(&query, "7001", query.since, query.until);
        assert_eq!(asked["report_type"], "AUDIENCE");
        assert_eq!(asked["dimensions"], json!(["adgroup_id", "stat_time_day", "age", "gender"]));
        assert_eq!(asked["metrics"], json!(["spend", "impressions", "clicks", "conversion"]));
        assert_eq!(asked["filtering"][0]["filter_value"], r#"["STATUS_ALL"]"#);
        assert_eq!(
            (asked["start_date"].as_str(), asked["end_date"].as_str()),
            (Some("2026-10-01"), Some("2026-10-07"))
        );
    }

    #[test]
    fn hours_are_asked_for_day_by_day() {
        let query = query(Level::Account, Grain::Hourly, None, 3);
        assert_eq!(windows(&query).len(), 3);
        let asked = params(&query, "7001", query.since, query.since);
        assert_eq!(asked["dimensions"], json!(["advertiser_id", "stat_time_hour"]));
        assert!(!asked.contains_key("filtering"));
    }

    proptest! {
        #[test]
        fn windows_cover_every_day_once_and_none_is_too_long(days in 1_i64..400) {
            let query = query(Level::Ad, Grain::Daily, None, days);
            let windows = windows(&query);
            prop_assert_eq!((windows[0].0, windows[windows.len() - 1].1), (query.since, query.until));
            for (since, until) in &windows {
                prop_assert!(since <= until && (*until - *since).num_days() < MOST_DAYS);
            }
            for pair in windows.windows(2) {
                prop_assert_eq!(pair[0].1.succ_opt(), Some(pair[1].0));
            }
        }
    }
}
