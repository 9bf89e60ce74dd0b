//! Tables: every entity in order of spend, and the best and worst of the lowest level.

use super::{
    super::{EntityRow, EntityTable, Section, Split, format, model::plural},
    scale::fraction,
};
use maud::{Markup, html};
use placard_domain::{
    Currency,
    metric::{Metric, Sums, find},
};
use rust_decimal::Decimal;

/// Entities shown at each level; the rest is one row.
const SHOWN: usize = 12;
/// Entities in the list of the best and of the worst.
const EXTREMES: usize = 6;

/// One number, with its exact value for sorting.
pub(super) fn cell(metric: &Metric, sums: &Sums, currency: Currency) -> Markup {
    let value = sums.value(metric);
    html! {
        td.number data-value=(value.map_or_else(String::new, |value| value.to_string())) {
            (format::metric(metric, value, currency))
        }
    }
}

/// The entities of one level, with a bar for their share of spend.
pub(super) fn ranking(section: &Section, table: &EntityTable) -> Markup {
    let shown = &table.rows[..table.rows.len().min(SHOWN)];
    let rest = &table.rows[shown.len()..];
    let most = shown.first().map_or(Decimal::ZERO, |row| row.sums.spend);
    let has_value = !section.totals.conversion_value.is_zero();
    // Spend has its bar; the others that are left out say least where the page is full.
    let is_shown =
        |metric: &&Metric| !matches!((metric.name, has_value), ("spend" | "cpm", _) | ("cvr" | "ctr", true));
    let metrics: Vec<&Metric> = section.metrics().into_iter().filter(is_shown).collect();
    let title = plural(table.level);
    // The longest amount, so that all bars begin at one line.
    let total = format::money(section.totals.spend, section.currency);
    html! {
        figure {
            figcaption {
                h3 { (title) }
                p.legend {
                    @if rest.is_empty() { "by spend" } @else {
                        "the " (shown.len()) " with the highest spend of " (format::quantity(table.rows.len().into()))
                    }
                }
            }
            div.scroll { table.sortable.ranking style=(format!("--digits:{}", total.chars().count())) {
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Spend" }
                    @for metric in &metrics { th.number scope="col" { (metric.title) } }
                } }
                tbody { @for row in shown { (entity(section, row, most, &metrics)) } }
                tfoot {
                    @if !rest.is_empty() {
                        @let others = others(&section.totals, shown);
                        tr.others {
                            th scope="row" { (format::quantity(rest.len().into())) " others" }
                            td { div.spend-row { span.amount { (format::money(others.spend, section.currency)) } } }
                            @for metric in &metrics { (cell(metric, &others, section.currency)) }
                        }
                    }
                    tr {
                        th scope="row" { "Total" }
                        td { div.spend-row { span.amount { (total) } } }
                        @for metric in &metrics { (cell(metric, &section.totals, section.currency)) }
                    }
                }
            } }
        }
    }
}

fn entity(section: &Section, row: &EntityRow, most: Decimal, metrics: &[&Metric]) -> Markup {
    html! {
        tr {
            th scope="row" title=(row.label()) {
                span.name { (row.label()) }
                @if let Some(parent) = &row.parent { span.parent { (parent) } }
            }
            (spend(section, &row.sums, most))
            @for metric in metrics { (cell(metric, &row.sums, section.currency)) }
        }
    }
}

/// What one thing splits the numbers into, with a bar for each part's share of spend.
pub(super) fn split(section: &Section, split: &Split) -> Markup {
    let shown: Vec<(String, &Sums)> = split.named().take(SHOWN).collect();
    let metrics: Vec<&Metric> = ["conversions", "cpa"].into_iter().filter_map(find).collect();
    let most = shown.first().map_or(Decimal::ZERO, |(_, sums)| sums.spend);
    let longest = format::money(most, section.currency).chars().count();
    html! {
        figure {
            figcaption {
                h3 { (split.by.title()) }
                p.legend {
                    @if shown.len() == split.parts.len() { "by spend" } @else {
                        "the " (shown.len()) " with the highest spend of " (split.parts.len())
                    }
                }
            }
            div.scroll { table.sortable style=(format!("--digits:{longest}")) {
                thead { tr {
                    th scope="col" { (split.by.column()) }
                    th scope="col" { "Spend" }
                    @for metric in &metrics { th.number scope="col" { (metric.title) } }
                } }
                tbody { @for (part, sums) in &shown { tr {
                    th scope="row" title=(part) { span.name { (part) } }
                    (spend(section, sums, most))
                    @for metric in &metrics { (cell(metric, sums, section.currency)) }
                } } }
            } }
        }
    }
}

/// An amount with a bar beside it, whose full length stands for `most`.
fn spend(section: &Section, sums: &Sums, most: Decimal) -> Markup {
    let width = fraction(sums.spend, most) * 100.0;
    html! {
        td.spend-cell data-value=(sums.spend) {
            div.spend-row {
                span.amount { (format::money(sums.spend, section.currency)) }
                span.track { span.bar style=(format!("width:{width:.2}%")) {} }
            }
        }
    }
}

/// What the totals have beyond `shown`.
fn others(totals: &Sums, shown: &[EntityRow]) -> Sums {
    let shown: Vec<Sums> = shown.iter().map(|row| row.sums).collect();
    totals.without(&shown)
}

/// The cheapest and the dearest conversions of the lowest level, among those that spent enough to judge.
pub(super) fn extremes(section: &Section) -> Option<Markup> {
    let table = section.entities.last()?;
    let mean = section.totals.spend.checked_div(Decimal::from(table.rows.len()))?;
    let cpa = find("cpa")?;
    let mut judged: Vec<&EntityRow> = table.rows.iter().filter(|row| row.sums.spend >= mean).collect();
    if judged.len() < 4 {
        return None;
    }
    // Spend without a conversion is dearer than any price.
    judged.sort_by_key(|row| {
        let price = row.sums.value(cpa);
        (price.is_none(), price.unwrap_or(row.sums.spend))
    });
    let count = EXTREMES.min(judged.len() / 2);
    let best = &judged[..count];
    let worst: Vec<&EntityRow> = judged.iter().rev().take(count).copied().collect();
    let noun = plural(table.level).to_lowercase();
    let limit = format::money(mean, section.currency);
    Some(html! {
        div.pair {
            (list(section, "Cheapest conversions", &format!("{noun} that spent the average of {limit} or more"), best))
            (list(section, "Dearest conversions", "of the same; no conversion comes first", &worst))
        }
    })
}

fn list(section: &Section, title: &str, caption: &str, rows: &[&EntityRow]) -> Markup {
    let metrics: Vec<&Metric> = ["spend", "conversions", "cpa"].into_iter().filter_map(find).collect();
    html! {
        figure {
            figcaption { h3 { (title) } p.legend { (caption) } }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Name" }
                    @for metric in &metrics { th.number scope="col" { (metric.title) } }
                } }
                tbody { @for row in rows { tr {
                    th scope="row" title=(row.label()) {
                        span.name { (row.label()) }
                        @if let Some(parent) = &row.parent { span.parent { (parent) } }
                    }
                    @for metric in &metrics { (cell(metric, &row.sums, section.currency)) }
                } } }
            } }
        }
    }
}
