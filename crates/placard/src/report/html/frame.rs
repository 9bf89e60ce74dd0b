//! What the charts over time have in common: a frame, a grid, days along the bottom.

use super::{
    super::DayPoint,
    scale::{Scale, px},
};
use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use placard_domain::metric::Sums;
use rust_decimal::Decimal;

/// The drawing area of a chart, in units of the SVG.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// `wide` or `narrow`: which of two drawings the page shows.
    pub(super) class: &'static str,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) left: f64,
    pub(super) right: f64,
}

const TOP: f64 = 14.0;
const BOTTOM: f64 = 26.0;

impl Frame {
    /// Across the page.
    pub(super) const FULL: [Self; 2] = [
        Self { class: "wide", width: 1080.0, height: 320.0, left: 46.0, right: 42.0 },
        Self { class: "narrow", width: 350.0, height: 240.0, left: 38.0, right: 32.0 },
    ];

    /// Beside another.
    pub(super) const HALF: [Self; 2] = [
        Self { class: "wide", width: 510.0, height: 220.0, left: 52.0, right: 14.0 },
        Self { class: "narrow", width: 350.0, height: 200.0, left: 52.0, right: 10.0 },
    ];

    pub(super) fn plot_width(&self) -> f64 {
        self.width - self.left - self.right
    }

    pub(super) fn bottom(&self) -> f64 {
        self.height - BOTTOM
    }

    pub(super) fn y(&self, place: f64) -> f64 {
        self.bottom() - place * (self.bottom() - TOP)
    }

    /// The middle of the band of point `place` of `count`.
    pub(super) fn x(&self, place: usize, count: usize) -> f64 {
        self.left + self.band(count) * (place as f64 + 0.5)
    }

    pub(super) fn band(&self, count: usize) -> f64 {
        self.plot_width() / count.max(1) as f64
    }

    pub(super) fn svg(&self, label: &str, inner: Markup) -> Markup {
        html! {
            svg class={ "chart " (self.class) } viewBox={ "0 0 " (self.width) " " (self.height) } role="img" aria-label=(label) {
                (inner)
            }
        }
    }

    /// Grid lines with their marks; the marks of a second scale stand on the right.
    pub(super) fn grid(
        &self,
        left: &Scale,
        right: Option<&Scale>,
        mark: impl Fn(Decimal) -> String,
    ) -> Markup {
        let end = self.width - self.right;
        html! {
            @for tick in left.ticks() {
                @let y = self.y(left.place(tick));
                line class=(if tick.is_zero() { "base" } else { "grid" }) x1=(px(self.left)) x2=(px(end)) y1=(px(y)) y2=(px(y)) {}
                text class="mark" x=(px(self.left - 8.0)) y=(px(y + 4.0)) text-anchor="end" {
                    @if tick.is_zero() { "0" } @else { (mark(tick)) }
                }
            }
            @for (tick, from) in right.into_iter().flat_map(|scale| scale.ticks().map(move |tick| (tick, scale))) {
                text class="mark" x=(px(end + 8.0)) y=(px(self.y(from.place(tick)) + 4.0)) { (super::format::axis(tick)) }
            }
        }
    }

    /// Dates along the bottom, as many as fit.
    pub(super) fn dates(&self, bins: &[Bin]) -> Markup {
        let every = (72.0 / self.band(bins.len())).ceil().max(1.0) as usize;
        // Weeks are what people count days in.
        let every =
            if every > 2 && bins.iter().all(|bin| bin.days == 1) { every.div_ceil(7) * 7 } else { every };
        html! {
            @for (place, bin) in bins.iter().enumerate().step_by(every) {
                text class="mark" x=(px(self.x(place, bins.len()))) y=(px(self.height - 6.0)) text-anchor="middle" {
                    (bin.first.format("%-d %b"))
                }
            }
        }
    }
}

/// One day, or one week where days would be too thin to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bin {
    pub(super) first: NaiveDate,
    pub(super) days: usize,
    pub(super) sums: Sums,
    pub(super) provisional: bool,
}

/// Longer periods are shown in weeks.
const MOST_DAYS: usize = 120;

impl Bin {
    /// Days as they are, or weeks from Monday on.
    pub(super) fn of(days: &[DayPoint]) -> Vec<Self> {
        let mut bins: Vec<Self> = Vec::new();
        for day in days {
            let bin = Self { first: day.date, days: 1, sums: day.sums, provisional: day.provisional };
            match bins.last_mut() {
                Some(week) if days.len() > MOST_DAYS && day.date.weekday().num_days_from_monday() > 0 => {
                    week.days += 1;
                    week.provisional |= day.provisional;
                    // Parts of totals that were added up before.
                    if week.sums.add(&day.sums).is_err() {
                        bins.push(bin);
                    }
                }
                _ => bins.push(bin),
            }
        }
        bins
    }

    /// `Sat 12 August 2023`, `Week of 7 August 2023`.
    pub(super) fn title(&self) -> String {
        match self.days {
            1 => self.first.format("%a %-d %B %Y").to_string(),
            7 => self.first.format("Week of %-d %B %Y").to_string(),
            days => format!("{} ({days} days)", self.first.format("Week of %-d %B %Y")),
        }
    }
}

/// A line through the points that exist; a gap breaks it.
pub(super) fn path(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let mut pen_is_down = false;
    for point in points {
        if let Some((x, y)) = point {
            path.push_str(&format!("{}{} {}", if pen_is_down { "L" } else { "M" }, px(x), px(y)));
        }
        pen_is_down = point.is_some();
    }
    path
}
