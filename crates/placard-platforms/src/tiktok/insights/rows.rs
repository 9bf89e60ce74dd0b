//! Rows as TikTok sends them, and as everyone else reads them (TikTok, `platforms/tiktok.md` §18). Numbers are texts;
//! `-` means that there is none.

use super::{
    OPERATION,
    question::{MORE, VALUE, id_of, segments, time_of},
};
use crate::{
    ErrorKind, PlatformError,
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
    tiktok::{
        errors::ours,
        wire::{at, decimal, text_at},
    },
};
use chrono::{NaiveDateTime, Timelike};
use placard_domain::Currency;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Map, Value, json};

/// A row in the common form, without its name and parent.
pub(super) fn read(
    row: &Value,
    query: &InsightsQuery,
    currency: Currency,
) -> Result<InsightsRow, PlatformError> {
    let time = dimension(row, time_of(query.grain))?;
    let time = NaiveDateTime::parse_from_str(&time, "%Y-%m-%d %H:%M:%S")
        .map_err(|_| unreadable(time_of(query.grain)))?;
    let hour = (query.grain == Grain::Hourly).then(|| u8::try_from(time.hour())).transpose();
    Ok(InsightsRow {
        level: query.level,
        entity_id: dimension(row, id_of(query.level))?,
        entity_name: None,
        parent_id: None,
        date: time.date(),
        hour: hour.map_err(|_| unreadable("stat_time_hour"))?,
        segment: query.breakdown.map(|breakdown| segment(row, breakdown)).transpose()?,
        impressions: count(row, "impressions")?,
        clicks: count(row, "clicks")?,
        spend: promised(row, "spend")?.unwrap_or_default(),
        currency,
        conversions: promised(row, "conversion")?.unwrap_or_default(),
        conversion_value: match query.breakdown {
            None => promised(row, VALUE)?.unwrap_or_default(),
            Some(_) => Decimal::ZERO,
        },
        extras: extras(row)?,
    })
}

fn dimension(row: &Value, name: &str) -> Result<String, PlatformError> {
    text_at(row, &format!("dimensions.{name}")).ok_or_else(|| unreadable(&format!("dimensions.{name}")))
}

/// The segment's word: `25-34`, `female`, both joined by `/`, `DE`, `tiktok`; `unknown` for people of whom TikTok does
/// not know it.
fn segment(row: &Value, breakdown: Breakdown) -> Result<String, PlatformError> {
    let words = segments(breakdown).iter().map(|name| Ok(word(name, &dimension(row, name)?)));
    words.collect::<Result<Vec<_>, PlatformError>>().map(|words| words.join("/"))
}

fn word(dimension: &str, said: &str) -> String {
    match (dimension, said) {
        ("age" | "gender", "NONE" | "-" | "UNKNOWN") => "unknown".to_owned(),
        ("age", "AGE_55_100") => "55+".to_owned(),
        ("age", band) => band.trim_start_matches("AGE_").replace('_', "-"),
        ("gender", gender) => gender.trim_start_matches("GENDER_").to_lowercase(),
        ("placement", place) => place.trim_start_matches("PLACEMENT_").to_lowercase(),
        ("platform", system) => system.to_lowercase(),
        (_, said) => said.to_owned(),
    }
}

/// A number that was asked for; `None` where TikTok says that there is none.
fn promised(row: &Value, name: &str) -> Result<Option<Decimal>, PlatformError> {
    let path = format!("metrics.{name}");
    let value = at(row, &path).ok_or_else(|| unreadable(&path))?;
    if value == "-" {
        return Ok(None);
    }
    decimal(value).map(Some).ok_or_else(|| unreadable(&path))
}

fn count(row: &Value, name: &str) -> Result<i64, PlatformError> {
    let number = promised(row, name)?.unwrap_or_default();
    let whole = number.to_i64().filter(|_| number.fract().is_zero());
    whole.ok_or_else(|| unreadable(&format!("metrics.{name}")))
}

/// The rest, as exact text; what TikTok does not tell is left out.
fn extras(row: &Value) -> Result<Value, PlatformError> {
    let mut extras = Map::new();
    for name in MORE.iter().filter(|name| **name != VALUE && at(row, &format!("metrics.{name}")).is_some()) {
        if let Some(number) = promised(row, name)? {
            extras.insert((*name).to_owned(), json!(number));
        }
    }
    Ok(Value::Object(extras))
}

/// A part of a row is missing or no number.
pub(super) fn unreadable(path: &str) -> PlatformError {
    let message = format!("`{path}` of a report is missing or cannot be read");
    PlatformError { field: Some(path.to_owned()), ..ours(OPERATION, ErrorKind::Malformed, message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use placard_domain::metric::Level;

    fn query(grain: Grain, breakdown: Option<Breakdown>) -> InsightsQuery {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        InsightsQuery { level: Level::Ad, since: day, until: day, grain, breakdown }
    }

    fn row() -> Value {
        json!({
            "dimensions": {"ad_id": "17", "stat_time_day": "2026-11-01 00:00:00", "stat_time_hour": "2026-11-01 13:00:00",
                "age": "AGE_25_34", "gender": "FEMALE", "country_code": "DE", "placement": "PLACEMENT_TIKTOK", "platform": "IPHONE"},
            "metrics": {"spend": "12.30", "impressions": "4021", "clicks": "55", "conversion": "2",
                "total_complete_payment_rate": "119.70", "reach": "-", "frequency": "1.25"}
        })
    }

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn numbers_are_read_exactly_and_a_dash_is_none() {
        let row = read(&row(), &query(Grain::Daily, None), eur()).unwrap();
        assert_eq!((row.entity_id.as_str(), row.impressions, row.clicks), ("17", 4021, 55));
        assert_eq!((row.spend, row.conversion_value), ("12.30".parse().unwrap(), "119.70".parse().unwrap()));
        assert_eq!(row.extras, json!({"frequency": "1.25"}));
        assert_eq!(row.hour, None);
    }

    #[test]
    fn an_hour_is_the_accounts_own() {
        assert_eq!(read(&row(), &query(Grain::Hourly, None), eur()).unwrap().hour, Some(13));
    }

    #[test]
    fn segments_have_the_common_words() {
        let told =
            |breakdown| read(&row(), &query(Grain::Daily, Some(breakdown)), eur()).unwrap().segment.unwrap();
        assert_eq!(told(Breakdown::Age), "25-34");
        assert_eq!(told(Breakdown::AgeGender), "25-34/female");
        assert_eq!(told(Breakdown::Country), "DE");
        assert_eq!((told(Breakdown::Placement), told(Breakdown::Device)), ("tiktok".into(), "iphone".into()));
        assert_eq!((word("age", "AGE_55_100"), word("gender", "NONE")), ("55+".into(), "unknown".into()));
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        for (path, value) in [("spend", json!("abc")), ("spend", Value::Null), ("impressions", json!("1.5"))]
        {
            let mut row = row();
            row["metrics"][path] = value;
            let error = read(&row, &query(Grain::Daily, None), eur()).unwrap_err();
            assert_eq!(error.field, Some(format!("metrics.{path}")));
        }
    }
}
