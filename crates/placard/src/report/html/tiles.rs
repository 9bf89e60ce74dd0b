//! The totals at a glance.

use super::{
    super::{Section, format, sums::series},
    scale::{fraction, px},
};
use maud::{Markup, html};
use placard_domain::metric::{Metric, Sums, Unit, find};
use rust_decimal::Decimal;

/// Whether a change is good news.
enum Better {
    Higher,
    Lower,
    Neither,
}

/// What is shown, in this order, if the numbers give it.
const TILES: [&str; 9] =
    ["spend", "conversions", "cpa", "roas", "impressions", "clicks", "ctr", "cpc", "cvr"];
/// Two full rows.
const SHOWN: usize = 8;

/// A tile for each of the main metrics: value, change, and the line over the days.
pub(super) fn tiles(section: &Section) -> Markup {
    let known = section.metrics();
    let days: Vec<Sums> = section.daily.iter().map(|day| day.sums).collect();
    html! {
        div.tiles {
            @for metric in TILES.iter().filter_map(|name| find(name)).filter(|metric| known.contains(metric)).take(SHOWN) {
                (tile(section, metric, &days))
            }
        }
    }
}

fn tile(section: &Section, metric: &Metric, days: &[Sums]) -> Markup {
    let value = section.totals.value(metric);
    let exact = format::metric(metric, value, section.currency);
    let is_large = metric.unit == Unit::Count && value.is_some_and(|value| value >= Decimal::from(1_000_000));
    let shown = value.filter(|_| is_large).map_or_else(|| exact.clone(), format::compact);
    html! {
        div.tile {
            p.label { (metric.title) @if metric.unit == Unit::Currency { small { (section.currency) } } }
            p.figure title=[is_large.then_some(&exact)] { (shown) }
            (change(section, metric))
            (spark(&series(days, metric, 60)))
        }
    }
}

fn change(section: &Section, metric: &Metric) -> Markup {
    let before = section.previous.and_then(|previous| previous.value(metric));
    let Some((now, before)) = section.totals.value(metric).zip(before) else { return html! {} };
    let Some(text) = format::change(now, before) else { return html! {} };
    let is_news = text != format::UNCHANGED;
    let class = match (better(metric), now > before) {
        (Better::Higher, true) | (Better::Lower, false) if is_news => "change good",
        (Better::Higher, false) | (Better::Lower, true) if is_news => "change bad",
        _ => "change",
    };
    let arrow = if now > before { "▲ " } else { "▼ " };
    html! {
        p class=(class) {
            @if is_news { span aria-hidden="true" { (arrow) } }
            (text)
            span.was { " from " (format::metric(metric, Some(before), section.currency)) }
        }
    }
}

fn better(metric: &Metric) -> Better {
    match metric.name {
        "conversions" | "conversion_value" | "ctr" | "cvr" | "roas" | "clicks" => Better::Higher,
        "cpa" | "cpc" | "cpm" => Better::Lower,
        _ => Better::Neither,
    }
}

const SPARK_WIDTH: f64 = 200.0;
const SPARK_HEIGHT: f64 = 36.0;

/// A line from zero to the highest value, over a faint area.
fn spark(values: &[Option<Decimal>]) -> Markup {
    let most = values.iter().flatten().max().copied().unwrap_or_default();
    let last = values.len().saturating_sub(1).max(1) as f64;
    let points: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .filter_map(|(place, value)| {
            let y = SPARK_HEIGHT - 2.0 - fraction((*value)?, most) * (SPARK_HEIGHT - 4.0);
            Some((place as f64 / last * SPARK_WIDTH, y))
        })
        .collect();
    let (Some(first), Some(end)) = (points.first(), points.last()) else { return html! {} };
    if points.len() < 2 {
        return html! {};
    }
    let line = super::frame::path(points.iter().map(|point| Some(*point)));
    let area = format!("{line}L{} {SPARK_HEIGHT}L{} {SPARK_HEIGHT}Z", px(end.0), px(first.0));
    html! {
        svg.spark viewBox={ "0 0 " (SPARK_WIDTH) " " (SPARK_HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
            path.area d=(area) {}
            path.line d=(line) {}
        }
    }
}
