//! The query of a question (Google, `platforms/google.md` §6, fields needed).

use crate::{
    google::query::select,
    insights::{Breakdown, Grain, InsightsQuery},
};
use placard_domain::metric::Level;

/// Numbers that are always asked for.
const METRICS: &[&str] = &[
    "metrics.impressions",
    "metrics.clicks",
    "metrics.cost_micros",
    "metrics.conversions",
    "metrics.conversions_value",
];

/// Numbers beside them, for rows that are not split.
const MORE: &[&str] = &["metrics.all_conversions", "metrics.all_conversions_value"];

/// `query` in Google's language. Days are those of the account's zone.
pub(super) fn text(query: &InsightsQuery) -> String {
    let mut fields = entity(query.level).to_vec();
    fields.extend(["customer.currency_code", "segments.date"]);
    if query.grain == Grain::Hourly {
        fields.push("segments.hour");
    }
    fields.extend(query.breakdown.map(segment));
    fields.extend(METRICS);
    if query.breakdown.is_none() {
        fields.extend(MORE);
    }
    let days = format!("segments.date BETWEEN '{}' AND '{}'", query.since, query.until);
    select(&fields, resource(query), &[days])
}

/// Id, name and what is above it. Ads have no names of their own.
const fn entity(level: Level) -> &'static [&'static str] {
    match level {
        Level::Account => &["customer.id", "customer.descriptive_name"],
        Level::Campaign => &["campaign.id", "campaign.name"],
        Level::AdGroup => &["ad_group.id", "ad_group.name", "campaign.id"],
        Level::Ad => &["ad_group_ad.ad.id", "ad_group.id"],
    }
}

/// The field that names a row's segment. Ages and genders together are refused before.
pub(super) const fn segment(breakdown: Breakdown) -> &'static str {
    match breakdown {
        Breakdown::Age | Breakdown::AgeGender => "ad_group_criterion.age_range.type",
        Breakdown::Gender => "ad_group_criterion.gender.type",
        Breakdown::Country => "geographic_view.country_criterion_id",
        Breakdown::Placement => "segments.ad_network_type",
        Breakdown::Device => "segments.device",
    }
}

const fn resource(query: &InsightsQuery) -> &'static str {
    match (query.breakdown, query.level) {
        (Some(Breakdown::Age | Breakdown::AgeGender), _) => "age_range_view",
        (Some(Breakdown::Gender), _) => "gender_view",
        (Some(Breakdown::Country), _) => "geographic_view",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::Account) => "customer",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::Campaign) => "campaign",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::AdGroup) => "ad_group",
        (Some(Breakdown::Placement | Breakdown::Device) | None, Level::Ad) => "ad_group_ad",
    }
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
    fn a_question_names_its_resource_and_its_days() {
        let text = text(&query(Level::Campaign, Grain::Hourly, None));
        assert!(text.starts_with("SELECT campaign.id, campaign.name, "), "{text}");
        assert!(text.contains("segments.hour"));
        assert!(
            text.ends_with("FROM campaign WHERE segments.date BETWEEN '2026-10-01' AND '2026-10-07'"),
            "{text}"
        );
    }

    #[test]
    fn a_split_reads_its_view_with_the_entity_of_the_level() {
        let text = text(&query(Level::AdGroup, Grain::Daily, Some(Breakdown::Gender)));
        assert!(text.contains("ad_group.id") && text.contains("ad_group_criterion.gender.type"), "{text}");
        assert!(text.contains("FROM gender_view"), "{text}");
    }
}
