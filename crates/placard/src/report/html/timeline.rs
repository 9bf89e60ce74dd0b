//! Spend and conversions over time, and what a conversion cost.

use super::{
    super::{Section, format},
    frame::{Bin, Frame, path},
    scale::{Scale, px},
};
use maud::{Markup, html};
use placard_domain::metric::{Metric, Sums, find};
use rust_decimal::Decimal;

/// Bars of spend and a line of conversions, from zero, on one grid.
pub(super) fn spend_and_conversions(section: &Section) -> Markup {
    let bins = Bin::of(&section.daily);
    let most = |of: fn(&Sums) -> Decimal| bins.iter().map(|bin| of(&bin.sums)).max().unwrap_or_default();
    let (spend, conversions) =
        Scale::pair((most(|sums| sums.spend), false), (most(|sums| sums.conversions), true));
    let label = format!(
        "Spend and conversions {}",
        if bins.iter().any(|bin| bin.days > 1) { "by week" } else { "by day" }
    );
    html! {
        figure {
            figcaption {
                h3 { "Spend and conversions" }
                p.legend {
                    span.key.spend-key { "Spend, " (section.currency) }
                    span.key.result-key { "Conversions" }
                    @if bins.iter().any(|bin| bin.provisional) { span.key.provisional-key { "may still be restated" } }
                }
            }
            @for frame in Frame::FULL {
                (frame.svg(&label, html! {
                    (frame.grid(&spend, Some(&conversions), format::axis))
                    (bars(&frame, &bins, &spend))
                    (line(&frame, &bins, &conversions))
                    (frame.dates(&bins))
                    (hits(&frame, &bins, section, &["spend", "conversions", "cpa", "clicks"]))
                }))
            }
            (numbers(&bins, section))
        }
    }
}

fn bars(frame: &Frame, bins: &[Bin], scale: &Scale) -> Markup {
    let band = frame.band(bins.len());
    let width = (band * 0.68).clamp(1.0, 40.0);
    html! {
        @for (place, bin) in bins.iter().enumerate() {
            @let y = frame.y(scale.place(bin.sums.spend));
            rect class=(if bin.provisional { "spend provisional" } else { "spend" })
                x=(px(frame.x(place, bins.len()) - width / 2.0)) y=(px(y))
                width=(px(width)) height=(px(frame.bottom() - y)) rx=(px((width / 6.0).min(2.0))) {}
        }
    }
}

fn line(frame: &Frame, bins: &[Bin], scale: &Scale) -> Markup {
    let at = |place: usize| (frame.x(place, bins.len()), frame.y(scale.place(bins[place].sums.conversions)));
    let settled = bins.iter().take_while(|bin| !bin.provisional).count();
    html! {
        path class="halo" d=(path((0..bins.len()).map(|place| Some(at(place))))) {}
        path class="result" d=(path((0..settled).map(|place| Some(at(place))))) {}
        path class="result provisional" d=(path((settled.saturating_sub(1)..bins.len()).map(|place| Some(at(place))))) {}
        @if bins.len() <= 45 {
            @for (x, y) in (0..bins.len()).map(at) {
                circle class="dot" cx=(px(x)) cy=(px(y)) r=(if frame.class == "wide" { "2.6" } else { "1.8" }) {}
            }
        }
    }
}

/// Invisible bands that say their numbers under the pointer.
fn hits(frame: &Frame, bins: &[Bin], section: &Section, metrics: &[&str]) -> Markup {
    let band = frame.band(bins.len());
    html! {
        @for (place, bin) in bins.iter().enumerate() {
            rect class="hit" x=(px(frame.x(place, bins.len()) - band / 2.0)) y="0" width=(px(band)) height=(px(frame.height)) {
                title {
                    (bin.title())
                    @for metric in metrics.iter().filter_map(|name| find(name)) {
                        "\n" (metric.title) "\t" (format::metric(metric, bin.sums.value(metric), section.currency))
                    }
                }
            }
        }
    }
}

/// The same as a table, for readers and for copying.
fn numbers(bins: &[Bin], section: &Section) -> Markup {
    let metrics = section.metrics();
    html! {
        details {
            summary { "Numbers" }
            div.scroll { table.sortable {
                thead { tr {
                    th scope="col" { "Day" }
                    @for metric in &metrics { th.number scope="col" { (metric.title) } }
                } }
                tbody { @for bin in bins { tr {
                    th scope="row" data-value=(bin.first) { (bin.title()) }
                    @for metric in &metrics { (super::tables::cell(metric, &bin.sums, section.currency)) }
                } } }
            } }
        }
    }
}

/// Days that a trend looks back on: a full week, so that weekdays do not show.
const WINDOW: usize = 7;

/// A ratio over time: each day as a dot, and the ratio of the sums of seven days as a line.
pub(super) fn trend(section: &Section, metric: &Metric, caption: &str) -> Markup {
    let days = &section.daily;
    let is_smooth = days.len() > WINDOW;
    let daily: Vec<Option<Decimal>> = days.iter().map(|day| day.sums.value(metric)).collect();
    let smooth: Vec<Option<Decimal>> = (0..days.len())
        .map(|last| {
            let first = if is_smooth { (last + 1).checked_sub(WINDOW)? } else { last };
            let mut sums = Sums::default();
            days[first..=last].iter().try_for_each(|day| sums.add(&day.sums)).ok()?;
            sums.value(metric)
        })
        .collect();
    let most = daily.iter().chain(&smooth).flatten().max().copied().unwrap_or_default();
    let scale = Scale::to(most, false);
    let bins: Vec<Bin> = days
        .iter()
        .map(|day| Bin { first: day.date, days: 1, sums: day.sums, provisional: day.provisional })
        .collect();
    let mark = |tick| format::metric(metric, Some(tick), section.currency);
    html! {
        figure {
            figcaption {
                h3 { (metric.title) }
                p.legend {
                    (caption)
                    @if is_smooth { span.key.result-key { "sums of 7 days" } span.key.dot-key { "single days" } }
                }
            }
            @for frame in Frame::HALF {
                @let at = |place: usize, value: Decimal| (frame.x(place, days.len()), frame.y(scale.place(value)));
                (frame.svg(&format!("{} over time", metric.title), html! {
                    (frame.grid(&scale, None, mark))
                    @for (place, value) in daily.iter().enumerate().filter_map(|(place, value)| value.map(|v| (place, v))) {
                        @let (x, y) = at(place, value);
                        circle class="day" cx=(px(x)) cy=(px(y)) r="2" {}
                    }
                    path class="result" d=(path(smooth.iter().enumerate().map(|(place, value)| value.map(|v| at(place, v))))) {}
                    (frame.dates(&bins))
                    (hits(&frame, &bins, section, &[metric.name, "spend", "conversions"]))
                }))
            }
        }
    }
}
