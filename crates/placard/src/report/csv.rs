//! A report for spreadsheets: one table, whose first column says what each row is.

use super::{ReportData, Section, Side};
use placard_domain::metric::{Additivity, REGISTRY, Sums};
use rust_decimal::Decimal;
use std::{borrow::Cow, io::Write};

/// Decimals of a ratio; sums keep all of theirs.
const RATIO_DECIMALS: u32 = 6;

const LABELS: [&str; 12] = [
    "row",
    "currency",
    "date",
    "id",
    "name",
    "parent",
    "platform",
    "age",
    "gender",
    "country",
    "placement",
    "device",
];

/// Writes the report as CSV: totals, days, entities, segments and parts, each currency after the other.
pub fn write(writer: impl Write, report: &ReportData) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    let metrics = REGISTRY.iter().filter(|metric| metric.additivity != Additivity::NonAdditive);
    csv.write_record(LABELS.into_iter().chain(metrics.map(|metric| metric.name)))?;
    for section in &report.sections {
        for row in rows(section) {
            csv.write_record(row.cells(section.currency.code()))?;
        }
    }
    csv.flush()
}

#[derive(Default)]
struct Row<'r> {
    kind: &'static str,
    date: String,
    id: &'r str,
    name: &'r str,
    parent: &'r str,
    platform: &'static str,
    age: &'r str,
    gender: &'r str,
    country: &'r str,
    placement: &'r str,
    device: &'r str,
    sums: Sums,
}

fn rows(section: &Section) -> impl Iterator<Item = Row<'_>> {
    let total = Row { kind: "total", sums: section.totals, ..Row::default() };
    let days = section.daily.iter().map(|day| Row {
        kind: "day",
        date: day.date.to_string(),
        sums: day.sums,
        ..Row::default()
    });
    let entities = section.entities.iter().flat_map(|table| {
        table.rows.iter().map(|row| Row {
            kind: table.level.as_str(),
            id: &row.id,
            name: row.name.as_deref().unwrap_or_default(),
            parent: row.parent.as_deref().unwrap_or_default(),
            platform: row.platform.map_or("", |platform| platform.as_str()),
            sums: row.sums,
            ..Row::default()
        })
    });
    let segments = section.segments.iter().map(|row| Row {
        kind: "segment",
        age: row.age.as_deref().unwrap_or_default(),
        gender: row.gender.as_deref().unwrap_or_default(),
        sums: row.sums,
        ..Row::default()
    });
    let splits = section.splits.iter().flat_map(|split| {
        split.parts.iter().map(|(part, sums)| {
            let mut row = Row { kind: "part", sums: *sums, ..Row::default() };
            *row.side(split.by) = part;
            row
        })
    });
    std::iter::once(total).chain(days).chain(entities).chain(segments).chain(splits)
}

impl<'r> Row<'r> {
    const fn side(&mut self, by: Side) -> &mut &'r str {
        match by {
            Side::Age => &mut self.age,
            Side::Gender => &mut self.gender,
            Side::Country => &mut self.country,
            Side::Placement => &mut self.placement,
            Side::Device => &mut self.device,
        }
    }

    fn cells(&self, currency: &str) -> Vec<String> {
        let labels = [
            self.kind,
            currency,
            &self.date,
            self.id,
            self.name,
            self.parent,
            self.platform,
            self.age,
            self.gender,
            self.country,
            self.placement,
            self.device,
        ];
        let numbers =
            REGISTRY.iter().filter(|metric| metric.additivity != Additivity::NonAdditive).map(|metric| {
                let value = self.sums.value(metric);
                let is_ratio = matches!(metric.additivity, Additivity::Ratio { .. });
                let value =
                    if is_ratio { value.map(|v| v.round_dp(RATIO_DECIMALS).normalize()) } else { value };
                value.map_or_else(String::new, |value: Decimal| value.to_string())
            });
        labels.into_iter().map(|label| harmless(label).into_owned()).chain(numbers).collect()
    }
}

/// A spreadsheet runs a cell that begins like a formula, and names come from outside.
fn harmless(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}
