//! What was taken from a platform's limits of calls, counted together by every process that calls.
//!
//! Limits are sliding windows: so many calls within a second, a minute or a day, whenever it begins. A process **claims**
//! calls ahead, several at a time, and with its next claim says which of them it made and when. What it claimed and has
//! not told of counts as made at the last moment at which it may be made, so that the limit also holds if the process
//! died. Times are the caller's, in milliseconds.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// At most so many calls within this time, whenever it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many.
    pub calls: u32,
    /// How long.
    pub length: Duration,
}

/// What somebody leaves alone of each limit, so that what is more urgent finds room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of a limit, in percent.
    pub percent: u32,
    /// At least so many calls, but never more than a quarter of the limit.
    pub least: u32,
    /// Nothing is left of a window that is no longer than this: whoever is more urgent waits until it has passed.
    pub passing: Duration,
}

impl Kept {
    /// Nothing.
    pub const NONE: Self = Self { percent: 0, least: 0, passing: Duration::ZERO };

    /// What may be taken of `window`; at least one call.
    pub fn open(self, window: Window) -> Window {
        if window.length <= self.passing {
            return window;
        }
        let limit = window.calls;
        let share = u64::from(limit) * u64::from(self.percent.min(100)) / 100;
        let share = u32::try_from(share).unwrap_or(limit);
        let calls = limit.saturating_sub(share.max(self.least.min(limit / 4))).max(1);
        Window { calls, ..window }
    }
}

/// A limit that nobody publishes: it is learnt from refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// Its window.
    pub length: Duration,
    /// What is never believed to be too much: others may have used up the rest.
    pub floor: u32,
}

/// Calls that were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// How long ago they were answered.
    pub ago: Duration,
    /// How many.
    pub calls: u32,
}

/// A wish to make calls, with what became of those claimed before.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who claims.
    pub holder: u64,
    /// The limits.
    pub windows: Vec<Window>,
    /// How another one is learnt.
    pub learning: Option<Learning>,
    /// What is left alone of each.
    pub kept: Kept,
    /// Fewer calls than this are of no use.
    pub least: u32,
    /// More than this are not needed.
    pub wanted: u32,
    /// How long they may be made.
    pub hold: Duration,
    /// Those that were made since the last claim.
    pub made: Vec<Made>,
    /// Those that are under way.
    pub under_way: u32,
    /// Whether `least` calls go out even over the limit, because they stop something.
    pub regardless: bool,
}

/// What a claim got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// So many calls may be made.
    Calls(u32),
    /// Nothing fits before this time is over.
    After(Duration),
    /// The platform refuses everything before this time is over.
    Closed(Duration),
}

/// What was taken from the limits of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallLog {
    taken: Vec<Taken>,
    closed_until: i64,
    learned: Option<Learned>,
}

/// Calls, and until when they were made at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    at: i64,
    calls: u32,
    /// Who holds them, while it has not told of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    by: Option<u64>,
}

/// A limit that a refusal taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Learned {
    calls: u32,
    at: i64,
}

/// Of what a refusal taught, so much is believed, in percent.
const BELIEVED: u32 = 95;
/// After so many windows a tenth more is tried.
const PATIENCE: i64 = 60;
/// After so many windows what was learnt is forgotten: a day of minutes.
const MEMORY: i64 = 1440;
/// Calls that are nearer to each other than this part of their age are kept as one.
const GRAIN: i64 = 64;

impl CallLog {
    /// Takes what `claim` asks for, as far as it fits.
    pub fn exchange(&mut self, claim: &Claim, now: i64) -> Grant {
        self.settle(claim, now);
        let grant = self.grant(claim, now);
        let granted = if let Grant::Calls(calls) = grant { calls } else { 0 };
        let held = granted.saturating_add(claim.under_way);
        if held > 0 {
            self.insert(Taken { at: now + millis(claim.hold), calls: held, by: Some(claim.holder) });
        }
        grant
    }

    /// Notes that the platform refused a call and wants none before `wait` is over. What was made within the window that
    /// is learnt was too much.
    pub fn refused(&mut self, wait: Duration, learning: Option<Learning>, now: i64) {
        self.closed_until = self.closed_until.max(now + millis(wait));
        if let Some(Learning { length, floor }) = learning {
            let made = self.within(length, now);
            let calls = u32::try_from(u64::from(made) * u64::from(BELIEVED) / 100).unwrap_or(made).max(floor);
            self.learned = Some(Learned { calls, at: now });
        }
    }

    fn settle(&mut self, claim: &Claim, now: i64) {
        self.taken.retain(|taken| taken.by != Some(claim.holder));
        for made in &claim.made {
            self.insert(Taken { at: now - millis(made.ago), calls: made.calls, by: None });
        }
        let windows = claim.windows.iter().map(|window| window.length);
        let longest = windows.chain(claim.learning.map(|learning| learning.length)).max().unwrap_or_default();
        self.taken.retain(|taken| taken.at > now - millis(longest));
        self.thin_out(now);
    }

    fn grant(&self, claim: &Claim, now: i64) -> Grant {
        if self.closed_until > now {
            return Grant::Closed(duration(self.closed_until - now));
        }
        let learned = claim.learning.and_then(|learning| self.learned(learning, now));
        let windows = claim.windows.iter().copied().chain(learned).map(|window| claim.kept.open(window));
        let (mut fits, mut wait) = (claim.wanted.max(claim.least), Duration::ZERO);
        for window in windows {
            let free = window.calls.saturating_sub(self.within(window.length, now));
            // What is more than the whole limit goes out when the limit is untouched.
            let least = claim.least.min(window.calls);
            if free < least {
                wait = wait.max(self.wait(window, least, now));
            } else {
                fits = fits.min(free.max(claim.least));
            }
        }
        match wait {
            Duration::ZERO => Grant::Calls(fits),
            _ if claim.regardless => Grant::Calls(claim.least),
            wait => Grant::After(wait),
        }
    }

    /// When `least` calls fit into `window`, if nobody takes any meanwhile.
    fn wait(&self, window: Window, least: u32, now: i64) -> Duration {
        let mut left = self.within(window.length, now);
        let counted = self.taken.iter().filter(|taken| taken.at > now - millis(window.length));
        for taken in counted {
            left = left.saturating_sub(taken.calls);
            if left.saturating_add(least) <= window.calls {
                return duration(taken.at + millis(window.length) - now).max(Duration::from_millis(1));
            }
        }
        window.length
    }

    fn within(&self, length: Duration, now: i64) -> u32 {
        let after = now - millis(length);
        let counted = self.taken.iter().filter(|taken| taken.at > after);
        counted.fold(0, |sum, taken| sum.saturating_add(taken.calls))
    }

    /// What was learnt, with what is tried beyond it by now.
    fn learned(&self, learning: Learning, now: i64) -> Option<Window> {
        let Learned { calls, at } = self.learned?;
        let windows = (now - at) / millis(learning.length).max(1);
        let tenths = u32::try_from(windows / PATIENCE).unwrap_or(u32::MAX);
        let calls = calls.saturating_add((calls / 10).max(1).saturating_mul(tenths));
        (windows < MEMORY).then_some(Window { calls, length: learning.length })
    }

    /// In order of time.
    fn insert(&mut self, taken: Taken) {
        let place = self.taken.partition_point(|other| other.at <= taken.at);
        self.taken.insert(place, taken);
    }

    /// Joins calls that are near to each other and long ago, as if all had been made with the last of them.
    fn thin_out(&mut self, now: i64) {
        let mut kept: Vec<Taken> = Vec::with_capacity(self.taken.len());
        for taken in self.taken.drain(..).rev() {
            match kept.last_mut() {
                Some(later)
                    if later.by.is_none()
                        && taken.by.is_none()
                        && later.at - taken.at < (now - taken.at) / GRAIN =>
                {
                    later.calls = later.calls.saturating_add(taken.calls);
                }
                _ => kept.push(taken),
            }
        }
        kept.reverse();
        self.taken = kept;
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests;
