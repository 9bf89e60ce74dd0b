//! Where a worker begins to look for jobs.
//!
//! Jobs are numbered as they become due. A worker remembers how far it has looked and begins there. A job can still
//! turn up behind it: its number was drawn early and its transaction committed late, or the lease of a worker that
//! died ran out. The former mostly takes an instant, so the worker stays that instant behind. For the rest it sweeps:
//! now and then it looks from the floor, the number up to which no job can turn up any more.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Numbers by priority.
pub(super) type Numbers = [i64; 3];

/// How far behind a worker stays, so that transactions that run side by side may commit in any order.
const LAG: Duration = Duration::from_millis(250);

/// When to do something again that must not take more than a fiftieth of the time, however long it takes by itself.
#[derive(Debug)]
pub(super) struct Timer {
    next: Instant,
}

impl Timer {
    const INTERVAL: Duration = Duration::from_secs(1);
    const REST: u32 = 50;

    pub(super) const fn new(now: Instant) -> Self {
        Self { next: now }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next <= now
    }

    /// Notes that it was done from `began` to `ended`.
    pub(super) fn done(&mut self, began: Instant, ended: Instant) {
        self.next = ended + Self::INTERVAL.max((ended - began) * Self::REST);
    }
}

/// How far a worker has looked.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// What was known to be looked through, and when.
    seen: VecDeque<(Instant, Numbers)>,
    safe: Numbers,
}

impl Frontier {
    /// The numbers behind which to look now.
    pub(super) fn bounds(&mut self, now: Instant) -> Numbers {
        while self.seen.front().is_some_and(|(at, _)| *at + LAG <= now) {
            if let Some((_, through)) = self.seen.pop_front() {
                self.safe = through;
            }
        }
        self.safe
    }

    /// Notes that everything up to `through` was looked through.
    pub(super) fn looked_through(&mut self, through: Numbers, now: Instant) {
        let last = self.last();
        let through = std::array::from_fn(|priority| through[priority].max(last[priority]));
        if through != last {
            self.seen.push_back((now, through));
        }
    }

    /// Whether more numbers were drawn than `drawn` says: then this is not the same queue any more, but one restored.
    pub(super) fn is_ahead_of(&self, drawn: i64) -> bool {
        self.last().iter().any(|number| *number > drawn)
    }

    fn last(&self) -> Numbers {
        self.seen.back().map_or(self.safe, |(_, last)| *last)
    }
}

/// What a sweep sees in one snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Every transaction below has ended.
    pub(super) oldest_running: i64,
    /// Every transaction from here on begins later.
    pub(super) next_transaction: i64,
    /// Up to here there is no job that can be seen.
    pub(super) empty_through: Numbers,
}

/// The number up to which no job can turn up any more. Below it lie only the rows of finished jobs, which stay there
/// while someone holds an old snapshot; a sweep that began at zero would walk over all of them.
///
/// That a stretch is seen empty is not enough, because a transaction that still runs may hold a job in it. So the
/// stretch becomes the floor once every transaction that ran when it was seen has ended and it is still empty. A
/// transaction gets its number only when it writes, an instant after drawing the job's, so the transactions to wait
/// for are counted at the following sight, a second later.
#[derive(Debug, Default)]
pub(super) struct Floor {
    numbers: Numbers,
    candidate: Option<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    empty_through: Numbers,
    /// Once every transaction below this has ended, the stretch can be judged.
    wait_for: Option<i64>,
}

impl Floor {
    pub(super) const fn numbers(&self) -> Numbers {
        self.numbers
    }

    pub(super) fn on(&mut self, sight: Sight) {
        let fresh = Candidate { empty_through: sight.empty_through, wait_for: None };
        match &mut self.candidate {
            None => self.candidate = Some(fresh),
            Some(Candidate { wait_for: wait_for @ None, .. }) => *wait_for = Some(sight.next_transaction),
            Some(Candidate { empty_through, wait_for: Some(transaction) }) => {
                if *transaction <= sight.oldest_running {
                    let numbers = self.numbers;
                    self.numbers = std::array::from_fn(|priority| {
                        empty_through[priority].min(sight.empty_through[priority]).max(numbers[priority])
                    });
                    self.candidate = Some(fresh);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_follow_a_moment_later_and_never_go_back() {
        let start = Instant::now();
        let mut frontier = Frontier::default();
        frontier.looked_through([0, 10, 0], start);
        assert_eq!(frontier.bounds(start), [0, 0, 0]);
        frontier.looked_through([5, 7, 0], start + LAG / 2);
        assert_eq!(frontier.bounds(start + LAG), [0, 10, 0]);
        assert_eq!(frontier.bounds(start + LAG * 2), [5, 10, 0]);
        assert!(frontier.is_ahead_of(9) && !frontier.is_ahead_of(10));
    }

    #[test]
    fn what_is_repeated_takes_at_most_a_fiftieth_of_the_time() {
        let start = Instant::now();
        let mut timer = Timer::new(start);
        assert!(timer.is_due(start));
        let ended = start + Duration::from_secs(3);
        timer.done(start, ended);
        assert!(!timer.is_due(ended + Duration::from_secs(149)));
        assert!(timer.is_due(ended + Duration::from_secs(150)));
        timer.done(ended, ended);
        assert!(timer.is_due(ended + Timer::INTERVAL));
    }

    fn sight(oldest_running: i64, next_transaction: i64, empty_through: i64) -> Sight {
        Sight { oldest_running, next_transaction, empty_through: [empty_through; 3] }
    }

    #[test]
    fn the_floor_rises_once_every_transaction_of_then_has_ended() {
        let mut floor = Floor::default();
        floor.on(sight(100, 100, 40));
        floor.on(sight(100, 120, 60));
        floor.on(sight(119, 130, 70));
        assert_eq!(floor.numbers(), [0; 3], "transaction 119 may hold a job with a number up to 40");
        floor.on(sight(120, 140, 80));
        assert_eq!(floor.numbers(), [40; 3]);
        floor.on(sight(120, 150, 90));
        floor.on(sight(150, 150, 95));
        assert_eq!(floor.numbers(), [80; 3]);
    }

    #[test]
    fn a_job_that_turned_up_holds_the_floor_below_itself() {
        let mut floor = Floor::default();
        floor.on(sight(100, 100, 40));
        floor.on(sight(100, 120, 40));
        floor.on(sight(120, 130, 29));
        assert_eq!(floor.numbers(), [29; 3], "number 30 committed late and is still to do");
        floor.on(sight(130, 140, 29));
        floor.on(sight(140, 140, 50));
        assert_eq!(floor.numbers(), [29; 3], "and the floor never goes back");
    }
}
