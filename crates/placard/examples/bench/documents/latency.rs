//! How long single questions took.

use std::time::Duration;

/// How long each took.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(super) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// In milliseconds.
    pub(super) fn median(&self) -> f64 {
        self.of_hundred(50)
    }

    /// The median and the slowest twentieth, for people.
    pub(super) fn show(&self) -> String {
        format!("{:.1} ms, 95 % within {:.1} ms", self.median(), self.of_hundred(95))
    }

    /// What so many of a hundred did not exceed, in milliseconds.
    fn of_hundred(&self, count: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * count).div_ceil(100).saturating_sub(1);
        sorted.get(place).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
    }
}
