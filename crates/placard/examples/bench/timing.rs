//! Durations of the rounds of one measurement.

use std::time::{Duration, Instant};

/// How long each round took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds a round.
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The median, in seconds.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            length if length % 2 == 1 => sorted[middle].as_secs_f64(),
            _ => f64::midpoint(sorted[middle - 1].as_secs_f64(), sorted[middle].as_secs_f64()),
        }
    }

    /// How many of `count` things are done in a second.
    pub(crate) fn per_second(&self, count: usize) -> f64 {
        count as f64 / self.median()
    }

    /// Half the way from the quickest to the slowest round, in percent of the median.
    pub(crate) fn noise(&self) -> f64 {
        let seconds = || self.0.iter().map(Duration::as_secs_f64);
        let (least, most) = (seconds().fold(f64::INFINITY, f64::min), seconds().fold(0.0, f64::max));
        (most - least) / 2.0 / self.median() * 100.0
    }

    /// The median for people.
    pub(crate) fn show(&self) -> String {
        let median = self.median();
        if median < 1.0 { format!("{:.0} ms", median * 1_000.0) } else { format!("{median:.2} s") }
    }
}

/// What `work` gives, and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed())
}
