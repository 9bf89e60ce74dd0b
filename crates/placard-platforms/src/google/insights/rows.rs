//! Rows as Google sends them, and as everyone else reads them (Google, `platforms/google.md` §1, §6).

use super::{OPERATION, question};
use crate::{
    ErrorKind, PlatformError,
    google::{
        errors::ours,
        geo, money,
        wire::{at, decimal, integer, text_at},
    },
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
};
use placard_domain::metric::Level;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A row in the common form.
pub(super) fn read(row: &Value, query: &InsightsQuery, account: &str) -> Result<InsightsRow, PlatformError> {
    let (id, name, parent) = members(query.level);
    let entity_id = match query.level {
        Level::Account => Some(account.to_owned()),
        _ => text_at(row, id),
    };
    let currency = text_at(row, "customer.currencyCode").and_then(|code| code.parse().ok());
    let date = text_at(row, "segments.date").and_then(|date| date.parse().ok());
    Ok(InsightsRow {
        level: query.level,
        entity_id: entity_id.ok_or_else(|| unreadable(id))?,
        entity_name: name.and_then(|name| text_at(row, name)),
        parent_id: parent.and_then(|parent| text_at(row, parent)),
        date: date.ok_or_else(|| unreadable("segments.date"))?,
        hour: (query.grain == Grain::Hourly).then(|| hour(row)).transpose()?,
        segment: query.breakdown.map(|breakdown| segment(row, breakdown)).transpose()?,
        impressions: count(row, "impressions")?,
        clicks: count(row, "clicks")?,
        spend: money::to_major(count(row, "costMicros")?),
        currency: currency.ok_or_else(|| unreadable("customer.currency_code"))?,
        conversions: number(row, "conversions")?,
        conversion_value: number(row, "conversionsValue")?,
        extras: extras(row)?,
    })
}

/// `rows` with those of one entity, time and segment added up, in order.
pub(super) fn added_up(rows: Vec<InsightsRow>) -> Vec<InsightsRow> {
    let mut sums: BTreeMap<_, InsightsRow> = BTreeMap::new();
    for row in rows {
        let key = (row.entity_id.clone(), row.date, row.hour, row.segment.clone());
        match sums.get_mut(&key) {
            None => {
                sums.insert(key, row);
            }
            Some(sum) => {
                sum.impressions += row.impressions;
                sum.clicks += row.clicks;
                sum.spend += row.spend;
                sum.conversions += row.conversions;
                sum.conversion_value += row.conversion_value;
            }
        }
    }
    sums.into_values().collect()
}

/// Id, name and parent's id of a level's entity.
const fn members(level: Level) -> (&'static str, Option<&'static str>, Option<&'static str>) {
    match level {
        Level::Account => ("customer.id", Some("customer.descriptiveName"), None),
        Level::Campaign => ("campaign.id", Some("campaign.name"), None),
        Level::AdGroup => ("adGroup.id", Some("adGroup.name"), Some("campaign.id")),
        Level::Ad => ("adGroupAd.ad.id", None, Some("adGroup.id")),
    }
}

fn hour(row: &Value) -> Result<u8, PlatformError> {
    let hour = at(row, "segments.hour").map_or(Some(0), integer).and_then(|hour| u8::try_from(hour).ok());
    hour.filter(|hour| *hour < 24).ok_or_else(|| unreadable("segments.hour"))
}

/// The segment's word: `25-34`, `female`, `DE`, `search`; `unknown` for people of whom Google does not know it.
fn segment(row: &Value, breakdown: Breakdown) -> Result<String, PlatformError> {
    let field = question::segment(breakdown);
    let path = match breakdown {
        Breakdown::Age | Breakdown::AgeGender => "adGroupCriterion.ageRange.type",
        Breakdown::Gender => "adGroupCriterion.gender.type",
        Breakdown::Country => "geographicView.countryCriterionId",
        Breakdown::Placement => "segments.adNetworkType",
        Breakdown::Device => "segments.device",
    };
    let word = text_at(row, path).ok_or_else(|| unreadable(field))?;
    Ok(match breakdown {
        Breakdown::Country => geo::country_of(&word).map_or(word, str::to_owned),
        Breakdown::Age | Breakdown::AgeGender => age(word.trim_start_matches("AGE_RANGE_")),
        Breakdown::Gender if word == "UNDETERMINED" => "unknown".to_owned(),
        Breakdown::Gender | Breakdown::Placement | Breakdown::Device => word.to_lowercase(),
    })
}

fn age(band: &str) -> String {
    match band {
        "UNDETERMINED" => "unknown".to_owned(),
        "65_UP" => "65+".to_owned(),
        band => band.replace('_', "-"),
    }
}

/// A whole number; one that is absent is zero.
fn count(row: &Value, name: &str) -> Result<i64, PlatformError> {
    metric(row, name).map_or(Ok(0), |value| integer(value).ok_or_else(|| unreadable(name)))
}

/// A number with fractions, exactly as it was written; one that is absent is zero.
fn number(row: &Value, name: &str) -> Result<Decimal, PlatformError> {
    metric(row, name).map_or(Ok(Decimal::ZERO), |value| decimal(value).ok_or_else(|| unreadable(name)))
}

fn metric<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    row.get("metrics")?.get(name).filter(|value| !value.is_null())
}

fn extras(row: &Value) -> Result<Value, PlatformError> {
    let mut extras = Map::new();
    for (name, word) in
        [("allConversions", "all_conversions"), ("allConversionsValue", "all_conversions_value")]
    {
        if metric(row, name).is_some() {
            extras.insert(word.to_owned(), json!(number(row, name)?));
        }
    }
    Ok(Value::Object(extras))
}

fn unreadable(name: &str) -> PlatformError {
    ours(OPERATION, ErrorKind::Malformed, format!("`{name}` of a row is missing or cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn query(level: Level, grain: Grain, breakdown: Option<Breakdown>) -> InsightsQuery {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        InsightsQuery { level, since: day, until: day, grain, breakdown }
    }

    fn row(level: Level, grain: Grain, breakdown: Option<Breakdown>, row: Value) -> InsightsRow {
        read(&row, &query(level, grain, breakdown), "1234567890").unwrap()
    }

    #[test]
    fn micros_become_money_and_fractions_stay_exact() {
        let row = row(
            Level::AdGroup,
            Grain::Daily,
            None,
            json!({
                "customer": {"currencyCode": "EUR"}, "campaign": {"id": "1"}, "adGroup": {"id": "2", "name": "Women"},
                "segments": {"date": "2026-11-01"},
                "metrics": {"impressions": "1204", "clicks": "41", "costMicros": "35420001", "conversions": 2.5,
                    "conversionsValue": 119.7, "allConversions": 3.25}
            }),
        );
        assert_eq!((row.impressions, row.clicks, row.spend), (1204, 41, "35.420001".parse().unwrap()));
        assert_eq!(
            (row.conversions, row.conversion_value),
            ("2.5".parse().unwrap(), "119.7".parse().unwrap())
        );
        assert_eq!((row.entity_id.as_str(), row.parent_id.as_deref()), ("2", Some("1")));
        assert_eq!(row.extras["all_conversions"], json!("3.25"));
    }

    #[test]
    fn absent_numbers_are_zero_and_the_first_hour_may_be_absent() {
        let row = row(
            Level::Account,
            Grain::Hourly,
            None,
            json!({
                "customer": {"currencyCode": "EUR"}, "segments": {"date": "2026-11-01"}, "metrics": {"clicks": "0"}
            }),
        );
        assert_eq!((row.entity_id.as_str(), row.hour, row.spend), ("1234567890", Some(0), Decimal::ZERO));
    }

    #[test]
    fn segments_have_the_common_words() {
        let base = |extra: Value| {
            let mut row = json!({"customer": {"currencyCode": "EUR"}, "campaign": {"id": "1"},
                "segments": {"date": "2026-11-01", "adNetworkType": "SEARCH_PARTNERS"}, "metrics": {}});
            row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            row
        };
        let told = |breakdown, extra| {
            row(Level::Campaign, Grain::Daily, Some(breakdown), base(extra)).segment.unwrap()
        };
        let age = |band: &str| json!({"adGroupCriterion": {"ageRange": {"type": band}}});
        assert_eq!(told(Breakdown::Age, age("AGE_RANGE_25_34")), "25-34");
        assert_eq!(told(Breakdown::Age, age("AGE_RANGE_65_UP")), "65+");
        assert_eq!(told(Breakdown::Age, age("AGE_RANGE_UNDETERMINED")), "unknown");
        assert_eq!(
            told(Breakdown::Gender, json!({"adGroupCriterion": {"gender": {"type": "FEMALE"}}})),
            "female"
        );
        assert_eq!(told(Breakdown::Country, json!({"geographicView": {"countryCriterionId": "2276"}})), "DE");
        assert_eq!(told(Breakdown::Placement, json!({})), "search_partners");
    }

    #[test]
    fn rows_of_one_entity_and_segment_are_one() {
        let view = |group: &str, clicks: &str| {
            row(
                Level::Campaign,
                Grain::Daily,
                Some(Breakdown::Gender),
                json!({
                "customer": {"currencyCode": "EUR"}, "campaign": {"id": "1"}, "adGroup": {"id": group},
                "adGroupCriterion": {"gender": {"type": "MALE"}}, "segments": {"date": "2026-11-01"},
                "metrics": {"clicks": clicks, "costMicros": "1500000", "conversions": 0.5}}),
            )
        };
        let sums = added_up(vec![view("1", "3"), view("2", "4")]);
        assert_eq!(sums.len(), 1);
        assert_eq!((sums[0].clicks, sums[0].spend, sums[0].conversions), (7, 3.into(), 1.into()));
    }
}
