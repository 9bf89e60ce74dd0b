//! Where a worker begins to look for jobs.
//!
//! Jobs of one priority are numbered as they become due. A worker remembers how far it has looked and begins there.
//! A job can still turn up behind it: its number was drawn early and its transaction committed late, or the lease of
//! a worker that died ran out. The former mostly takes an instant, so the worker stays that instant behind. For the
//! rest it looks from the very beginning now and then, and so seldom that this costs at most a twentieth of its time,
//! however many dead rows an old snapshot keeps there.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How far behind a worker stays, so that transactions that run side by side may commit in any order.
const LAG: Duration = Duration::from_millis(250);
/// How often a worker looks from the beginning at most.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// How many times the duration of a sweep must pass before the next.
const SWEEP_REST: u32 = 20;

#[derive(Debug)]
pub(super) struct Frontier {
    /// What was known to be looked through, and when.
    seen: VecDeque<(Instant, [i64; 3])>,
    safe: [i64; 3],
    next_sweep: Instant,
}

impl Frontier {
    pub(super) fn new(now: Instant) -> Self {
        Self { seen: VecDeque::new(), safe: [0; 3], next_sweep: now }
    }

    /// The numbers, by priority, behind which to look now.
    pub(super) fn bounds(&mut self, now: Instant) -> [i64; 3] {
        while self.seen.front().is_some_and(|(at, _)| *at + LAG <= now) {
            if let Some((_, through)) = self.seen.pop_front() {
                self.safe = through;
            }
        }
        self.safe
    }

    /// Whether to look from the beginning now.
    pub(super) fn sweep_is_due(&self, now: Instant) -> bool {
        self.next_sweep <= now
    }

    /// Notes that a sweep from `began` to `ended` left nothing behind it untaken.
    pub(super) fn swept(&mut self, began: Instant, ended: Instant) {
        self.next_sweep = ended + SWEEP_INTERVAL.max((ended - began) * SWEEP_REST);
    }

    /// Notes that everything up to `through` was looked through.
    pub(super) fn looked_through(&mut self, through: [i64; 3], now: Instant) {
        let last = self.seen.back().map_or(self.safe, |(_, last)| *last);
        let through = std::array::from_fn(|priority| through[priority].max(last[priority]));
        if through != last {
            self.seen.push_back((now, through));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_follow_a_moment_later_and_never_go_back() {
        let start = Instant::now();
        let mut frontier = Frontier::new(start);
        frontier.looked_through([0, 10, 0], start);
        assert_eq!(frontier.bounds(start), [0, 0, 0]);
        frontier.looked_through([5, 7, 0], start + LAG / 2);
        assert_eq!(frontier.bounds(start + LAG), [0, 10, 0]);
        assert_eq!(frontier.bounds(start + LAG * 2), [5, 10, 0]);
    }

    #[test]
    fn a_sweep_takes_at_most_a_twentieth_of_the_time() {
        let start = Instant::now();
        let mut frontier = Frontier::new(start);
        assert!(frontier.sweep_is_due(start));
        let ended = start + Duration::from_secs(3);
        frontier.swept(start, ended);
        assert!(!frontier.sweep_is_due(ended + Duration::from_secs(59)));
        assert!(frontier.sweep_is_due(ended + Duration::from_secs(60)));
        frontier.swept(ended, ended);
        assert!(frontier.sweep_is_due(ended + SWEEP_INTERVAL));
    }
}
