//! Rows as Microsoft's tables have them, and as everyone else reads them (Microsoft, `platforms/microsoft.md` §6).

use super::{
    OPERATION,
    question::{METRICS, MORE, TIME, entity},
    table::{Row, Table},
};
use crate::{
    ErrorKind, PlatformError,
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
    microsoft::{
        errors::ours,
        geo,
        wire::{below, parent_of},
    },
};
use chrono::NaiveDate;
use placard_domain::Currency;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// All rows of `table`. Those that differ only in what was not asked for are one.
pub(super) fn read_all(
    table: &Table,
    query: &InsightsQuery,
    currency: Currency,
) -> Result<Vec<InsightsRow>, PlatformError> {
    let mut found: BTreeMap<(NaiveDate, Option<u8>, String, Option<String>), InsightsRow> = BTreeMap::new();
    for row in table.rows() {
        let row = read(row, query, currency)?;
        let key = (row.date, row.hour, row.entity_id.clone(), row.segment.clone());
        match found.get_mut(&key) {
            Some(known) => add(known, &row)?,
            None => {
                found.insert(key, row);
            }
        }
    }
    Ok(found.into_values().collect())
}

fn read(row: Row<'_>, query: &InsightsQuery, currency: Currency) -> Result<InsightsRow, PlatformError> {
    let (name, ids) = entity(query.level);
    let mut entity_id = String::new();
    for name in ids {
        let id = cell(row, name)?;
        entity_id = if entity_id.is_empty() { id.to_owned() } else { below(&entity_id, id) };
    }
    let (date, hour) = time(cell(row, TIME)?, query.grain).ok_or_else(|| unreadable(TIME))?;
    let [impressions, clicks, spend, conversions, value] = METRICS;
    Ok(InsightsRow {
        level: query.level,
        entity_name: name.and_then(|name| row.cell(name)).map(str::to_owned),
        parent_id: parent_of(&entity_id).map(str::to_owned),
        entity_id,
        date,
        hour,
        segment: query.breakdown.map(|breakdown| segment(row, breakdown)).transpose()?,
        impressions: count(row, impressions)?,
        clicks: count(row, clicks)?,
        spend: number(row, spend)?.unwrap_or_default(),
        currency,
        conversions: number(row, conversions)?.unwrap_or_default(),
        conversion_value: number(row, value)?.unwrap_or_default(),
        extras: extras(row)?,
    })
}

/// Adds `other`, which is about the same.
fn add(known: &mut InsightsRow, other: &InsightsRow) -> Result<(), PlatformError> {
    let count = |left: i64, right: i64| left.checked_add(right).ok_or_else(|| unreadable("a sum"));
    known.impressions = count(known.impressions, other.impressions)?;
    known.clicks = count(known.clicks, other.clicks)?;
    known.spend += other.spend;
    known.conversions += other.conversions;
    known.conversion_value += other.conversion_value;
    Ok(())
}

fn cell<'a>(row: Row<'a>, name: &str) -> Result<&'a str, PlatformError> {
    row.cell(name).filter(|text| !text.is_empty()).ok_or_else(|| unreadable(name))
}

/// A day, and behind a bar its hour (§6, TimePeriod).
fn time(text: &str, grain: Grain) -> Option<(NaiveDate, Option<u8>)> {
    match grain {
        Grain::Daily => Some((text.parse().ok()?, None)),
        Grain::Hourly => {
            let (day, hour) = text.split_once('|')?;
            let hour: u8 = hour.trim().parse().ok()?;
            (hour < 24).then_some((day.trim().parse().ok()?, Some(hour)))
        }
    }
}

/// The segment's word: `25-34`, `female`, both joined by `/`, `DE`; `unknown` for people of whom Microsoft does not
/// know it.
fn segment(row: Row<'_>, breakdown: Breakdown) -> Result<String, PlatformError> {
    let word = |name: &str| {
        let said = row.cell(name).ok_or_else(|| unreadable(name))?.trim().to_lowercase();
        Ok(if said.is_empty() || said == "--" { "unknown".to_owned() } else { said })
    };
    Ok(match breakdown {
        Breakdown::Age => word("AgeGroup")?,
        Breakdown::Gender => word("Gender")?,
        Breakdown::AgeGender => format!("{}/{}", word("AgeGroup")?, word("Gender")?),
        Breakdown::Country => {
            let said = row.cell("Country").ok_or_else(|| unreadable("Country"))?;
            geo::code_of_name(said).unwrap_or(said).to_owned()
        }
        Breakdown::Placement => word("Network")?,
        Breakdown::Device => word("DeviceType")?,
    })
}

/// A number; `None` where there is none to tell (§6, percents).
fn number(row: Row<'_>, name: &str) -> Result<Option<Decimal>, PlatformError> {
    let text = row.cell(name).ok_or_else(|| unreadable(name))?.trim();
    if text.is_empty() || text == "--" {
        return Ok(None);
    }
    // Older forms separate thousands.
    text.replace(',', "").parse().map(Some).map_err(|_| unreadable(name))
}

fn count(row: Row<'_>, name: &str) -> Result<i64, PlatformError> {
    let number = number(row, name)?.unwrap_or_default();
    number.to_i64().filter(|_| number.fract().is_zero()).ok_or_else(|| unreadable(name))
}

/// The rest, as exact text.
fn extras(row: Row<'_>) -> Result<Value, PlatformError> {
    let mut extras = Map::new();
    for name in MORE.iter().filter(|name| row.cell(name).is_some()) {
        extras.extend(number(row, name)?.map(|number| ((*name).to_owned(), json!(number))));
    }
    Ok(Value::Object(extras))
}

/// A part of a report is missing or cannot be read.
pub(super) fn unreadable(what: &str) -> PlatformError {
    let message = format!("`{what}` of a report is missing or cannot be read");
    PlatformError { field: Some(what.to_owned()), ..ours(OPERATION, ErrorKind::Malformed, message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::metric::Level;

    const HEAD: &str = "TimePeriod,AdGroupId,AdGroupName,CampaignId,AgeGroup,Gender,Impressions,Clicks,Spend,Conversions,Revenue";

    fn read(
        lines: &[&str],
        breakdown: Option<Breakdown>,
        grain: Grain,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        let table = Table::read(&[&[HEAD], lines].concat().join("\n")).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let query = InsightsQuery { level: Level::AdGroup, since: day, until: day, grain, breakdown };
        read_all(&table, &query, "EUR".parse().unwrap())
    }

    const ONE: &str = "2026-11-01,7,Women,4,25-34,Female,4021,55,12.30,2,119.70";
    const TWO: &str = "2026-11-01,7,Women,4,25-34,Male,10,1,0.70,--,";

    #[test]
    fn numbers_are_read_exactly_and_what_was_not_asked_for_is_added_up() {
        let rows = read(&[ONE, TWO], Some(Breakdown::Age), Grain::Daily).unwrap();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.impressions, row.clicks, row.segment.as_deref()), (4031, 56, Some("25-34")));
        assert_eq!((row.spend, row.conversions), ("13.00".parse().unwrap(), "2".parse().unwrap()));
        assert_eq!((row.parent_id.as_deref(), row.entity_name.as_deref()), (Some("4"), Some("Women")));
        let both = read(&[ONE, TWO], Some(Breakdown::AgeGender), Grain::Daily).unwrap();
        let segments: Vec<_> = both.iter().filter_map(|row| row.segment.as_deref()).collect();
        assert_eq!(segments, ["25-34/female", "25-34/male"]);
    }

    #[test]
    fn an_hour_stands_behind_a_bar() {
        let hour = ONE.replace("2026-11-01", "2026-11-01|7");
        assert_eq!(read(&[&hour], None, Grain::Hourly).unwrap()[0].hour, Some(7));
        assert!(read(&[ONE], None, Grain::Hourly).is_err());
        assert!(read(&[&ONE.replace("2026-11-01", "2026-11-01|24")], None, Grain::Hourly).is_err());
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        for (from, to, field) in
            [("4021", "1.5", "Impressions"), ("12.30", "abc", "Spend"), (",7,", ",,", "AdGroupId")]
        {
            let error = read(&[&ONE.replace(from, to)], None, Grain::Daily).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
        }
    }
}
