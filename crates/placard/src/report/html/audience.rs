//! Age and gender: what a conversion cost in each part of the audience, and how many there were.

use super::{
    super::{Section, SegmentRow, format},
    frame::Frame,
    palette::HEAT_STEPS,
    scale::{Scale, fraction, px},
};
use maud::{Markup, html};
use placard_domain::metric::{Metric, Sums, find};
use rust_decimal::Decimal;

/// The heat map and the bars, if the numbers are split by age or gender.
pub(super) fn charts(section: &Section) -> Option<Markup> {
    if section.segments.is_empty() {
        return None;
    }
    let audience = Audience::of(&section.segments);
    Some(html! {
        div.pair {
            (audience.heat(section))
            (audience.bars(section))
        }
    })
}

/// Ages down, genders across.
struct Audience<'s> {
    ages: Vec<&'s str>,
    genders: Vec<&'s str>,
    rows: &'s [SegmentRow],
}

/// A narrower bar has no room for its number.
const LABEL_WIDTH: f64 = 24.0;

/// Where the numbers are not split by this.
const ALL: &str = "all";

impl<'s> Audience<'s> {
    fn of(rows: &'s [SegmentRow]) -> Self {
        let distinct = |of: fn(&SegmentRow) -> &Option<String>| {
            let mut values: Vec<&str> = rows.iter().map(|row| of(row).as_deref().unwrap_or(ALL)).collect();
            values.sort_unstable_by_key(|value| (*value == "unknown", *value));
            values.dedup();
            values
        };
        Self { ages: distinct(|row| &row.age), genders: distinct(|row| &row.gender), rows }
    }

    fn find(&self, age: &str, gender: &str) -> Option<&'s Sums> {
        let is_it = |row: &&SegmentRow| {
            row.age.as_deref().unwrap_or(ALL) == age && row.gender.as_deref().unwrap_or(ALL) == gender
        };
        self.rows.iter().find(is_it).map(|row| &row.sums)
    }

    /// The price of a conversion; of a click, where there are no conversions.
    fn heat(&self, section: &Section) -> Markup {
        let metric = if section.totals.conversions.is_zero() { find("cpc") } else { find("cpa") };
        let Some(metric) = metric else { return html! {} };
        let values: Vec<Decimal> = self.rows.iter().filter_map(|row| row.sums.value(metric)).collect();
        let (low, high) = (
            values.iter().min().copied().unwrap_or_default(),
            values.iter().max().copied().unwrap_or_default(),
        );
        let step = |value: Decimal| {
            let place = fraction(value - low, high - low);
            ((place * HEAT_STEPS as f64) as usize).min(HEAT_STEPS - 1)
        };
        html! {
            figure {
                figcaption {
                    h3 { (metric.title) " by age and gender" }
                    p.legend { (section.currency) ", a stronger colour costs more" }
                }
                div.scroll { table.heat {
                    thead { tr {
                        td {}
                        @for gender in &self.genders { th scope="col" { (gender) } }
                    } }
                    tbody { @for age in &self.ages { tr {
                        th scope="row" { (age) }
                        @for gender in &self.genders { (self.heat_cell(section, metric, (age, gender), &step)) }
                    } } }
                } }
            }
        }
    }

    fn heat_cell(
        &self,
        section: &Section,
        metric: &Metric,
        (age, gender): (&str, &str),
        step: &dyn Fn(Decimal) -> usize,
    ) -> Markup {
        let Some(sums) = self.find(age, gender) else { return html! { td.none { (format::NONE) } } };
        let Some(value) = sums.value(metric) else { return html! { td.none { (format::NONE) } } };
        let share = sums.spend.checked_div(section.totals.spend).map_or_else(String::new, format::share);
        html! {
            td class={ "heat-" (step(value)) } {
                strong { (format::metric(metric, Some(value), section.currency)) }
                small { (format::quantity(sums.conversions)) " conv." }
                " "
                small { (share) " of spend" }
            }
        }
    }

    /// Conversions in bars, grouped by age.
    fn bars(&self, section: &Section) -> Markup {
        let metric = if section.totals.conversions.is_zero() { find("clicks") } else { find("conversions") };
        let Some(metric) = metric else { return html! {} };
        let most = self.rows.iter().filter_map(|row| row.sums.value(metric)).max().unwrap_or_default();
        let scale = Scale::to(most, true);
        html! {
            figure {
                figcaption {
                    h3 { (metric.title) " by age and gender" }
                    p.legend {
                        @for (place, gender) in self.genders.iter().enumerate() {
                            span class={ "key group-key-" (place.min(2)) } { (gender) }
                        }
                    }
                }
                @for frame in Frame::HALF {
                    (frame.svg(&format!("{} by age and gender", metric.title), html! {
                        (frame.grid(&scale, None, format::axis))
                        @for (place, age) in self.ages.iter().enumerate() { (self.group(&frame, &scale, metric, (place, age))) }
                    }))
                }
            }
        }
    }

    fn group(&self, frame: &Frame, scale: &Scale, metric: &Metric, (place, age): (usize, &str)) -> Markup {
        let middle = frame.x(place, self.ages.len());
        let width = (frame.band(self.ages.len()) * 0.7 / self.genders.len().max(1) as f64).min(44.0);
        let start = middle - width * self.genders.len() as f64 / 2.0;
        html! {
            @for (bar, gender) in self.genders.iter().enumerate() {
                @let value = self.find(age, gender).and_then(|sums| sums.value(metric)).unwrap_or_default();
                @let (x, y) = (start + width * bar as f64, frame.y(scale.place(value)));
                rect class={ "group-" (bar.min(2)) } x=(px(x + 1.5)) y=(px(y)) width=(px(width - 3.0)) height=(px(frame.bottom() - y)) rx="2" {}
                @if width >= LABEL_WIDTH && !value.is_zero() {
                    text class="value" x=(px(x + width / 2.0)) y=(px(y - 4.0)) text-anchor="middle" { (format::compact(value)) }
                }
            }
            text class="mark" x=(px(middle)) y=(px(frame.height - 6.0)) text-anchor="middle" { (age) }
        }
    }
}
