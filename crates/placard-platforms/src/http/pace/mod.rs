//! Staying below limits of which a platform says nothing before they are reached.
//!
//! Calls are taken from a [`Ledger`] in blocks, so that most cost no question to it. When a call was answered is what
//! counts against a window: it cannot have been counted later by the platform.

mod ledger;

pub use ledger::{InProcess, Ledger, LedgerError};

use crate::{Room, Urgency};
use placard_domain::quota::{Claim, Grant, Kept, Learning, Made, Window};
use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How calls are kept below a platform's limits.
#[derive(Clone)]
pub struct Pace {
    /// Where they are counted.
    pub ledger: Arc<dyn Ledger>,
    /// How long a second of the limits is; shorter only where a sandbox's time runs faster.
    pub second: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { ledger: Arc::new(InProcess::default()), second: Duration::from_secs(1) }
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("second", &self.second).finish_non_exhaustive()
    }
}

impl Pace {
    /// So many seconds of the limits.
    pub fn seconds(&self, seconds: u32) -> Duration {
        self.second.saturating_mul(seconds)
    }
}

/// What limits the calls of one subject.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The windows that are known.
    pub windows: Vec<Window>,
    /// How one that is not is learnt.
    pub learning: Option<Learning>,
    /// Whether something that stops a campaign calls it as well, so that the rest leaves room for that.
    pub stops: bool,
    /// How many calls are claimed at once where nobody said how many will follow.
    pub block: u32,
    /// How long what was claimed may be used.
    pub hold: Duration,
    /// What to say when it is used up: whose limit it is, and what setting it depends on.
    pub name: String,
}

/// What requests take from one subject.
#[derive(Clone, Debug)]
pub struct Want {
    /// The subject.
    pub subject: String,
    /// Its limits.
    pub limits: Limits,
    /// What each request takes, in order; nothing if it goes with another or is none of this subject's.
    pub costs: Vec<u32>,
}

/// What publishing leaves of a limit, and what reading numbers does. A stop is a few calls: to look at a campaign, to
/// pause it and to see that it is paused.
const BY_PUBLISHING: Kept = Kept { percent: 5, least: 12, passing: Duration::ZERO };
const BY_REPORTING: Kept = Kept { percent: 25, least: 12, passing: Duration::ZERO };

impl Limits {
    /// What `urgency` leaves alone. A window of a `second` is over before a stop has to hurry.
    fn kept(&self, urgency: Urgency, second: Duration) -> Kept {
        let kept = match urgency {
            _ if !self.stops => Kept::NONE,
            Urgency::Stopping => Kept::NONE,
            Urgency::Publishing => BY_PUBLISHING,
            Urgency::Reporting => BY_REPORTING,
        };
        Kept { passing: second, ..kept }
    }
}

/// Why a call does not go out.
#[derive(Debug, thiserror::Error)]
pub enum PaceError {
    /// Its limit is used up for longer than a call waits.
    #[error("{name}")]
    Full {
        /// Which limit.
        name: String,
        /// When it can go out.
        wait: Duration,
    },
    /// Calls cannot be counted.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What is claimed for less time may be over before the ledger has answered.
const SHORTEST_HOLD: Duration = Duration::from_secs(1);

/// The longest that a single call waits for its turn. Whoever has more to do asks for room first.
const PATIENCE_S: u32 = 120;

/// The most calls of a slice, after which whoever publishes looks whether something more urgent waits: even one after the
/// other, at half a second each, they let a stop go out within two.
pub(super) const MOST_CALLS: usize = 4;

/// How many requests, from the first on, take no more calls than may follow each other, by what each of them takes.
pub fn slice(costs: impl IntoIterator<Item = u32>) -> usize {
    let mut calls = 0_u32;
    let fits = costs.into_iter().take_while(|cost| {
        calls = calls.saturating_add(*cost);
        calls as usize <= MOST_CALLS
    });
    fits.count().max(1)
}

/// Keeps the calls of one adapter below their limits.
pub struct Pacer {
    pace: Pace,
    holder: u64,
    held: Mutex<HashMap<String, Held>>,
    /// Whoever finds a block used up claims the next one while the others wait for it. By subject.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// What is claimed of a subject and not used, and what the ledger has not been told.
#[derive(Default)]
struct Held {
    left: u32,
    until: Option<Instant>,
    under_way: u32,
    made: Vec<(Instant, u32)>,
}

impl Held {
    fn available(&self) -> u32 {
        if self.until.is_some_and(|until| Instant::now() < until) { self.left } else { 0 }
    }
}

/// A call that may go out. Drop it when the call was answered.
pub struct Pass<'a> {
    taken: Option<(&'a Pacer, &'a str, u32)>,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let Some((pacer, subject, cost)) = self.taken else { return };
        let mut held = locked(&pacer.held);
        let held = held.entry(subject.to_owned()).or_default();
        held.under_way = held.under_way.saturating_sub(cost);
        held.made.push((Instant::now(), cost));
    }
}

impl Pacer {
    /// Nothing claimed yet.
    pub fn new(pace: Pace) -> Self {
        let holder = RandomState::new().hash_one(std::process::id());
        Self { pace, holder, held: Mutex::default(), turns: Mutex::default() }
    }

    /// How long a second of the limits is, and where calls are counted.
    pub const fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Waits until a call of `cost` may go out. What stops something waits no longer than a second for what is only our
    /// own count.
    pub async fn pass<'a>(
        &'a self,
        subject: &'a str,
        limits: &Limits,
        cost: u32,
        urgency: Urgency,
    ) -> Result<Pass<'a>, PaceError> {
        if cost == 0 {
            return Ok(Pass { taken: None });
        }
        let mut regardless = false;
        loop {
            let wait = {
                let turn = self.turn(subject);
                let _turn = turn.lock().await;
                if self.use_held(subject, cost) {
                    return Ok(Pass { taken: Some((self, subject, cost)) });
                }
                let wanted = cost.max(limits.block);
                match self.claim(subject, limits, (cost, wanted), urgency, regardless).await? {
                    Grant::Calls(_) if self.use_held(subject, cost) => {
                        return Ok(Pass { taken: Some((self, subject, cost)) });
                    }
                    // What was claimed expired before it could be used.
                    Grant::Calls(_) => Duration::ZERO,
                    Grant::After(wait) if urgency == Urgency::Stopping => {
                        regardless = true;
                        wait.min(self.pace.second)
                    }
                    Grant::After(wait) => wait,
                    Grant::Closed(wait) => {
                        return Err(PaceError::Full { name: limits.name.clone(), wait });
                    }
                }
            };
            if wait > self.pace.seconds(PATIENCE_S) {
                return Err(PaceError::Full { name: limits.name.clone(), wait });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Claims what `wants` come to, and says how many requests, from the first on, may go out now.
    pub async fn room(&self, wants: &[Want], urgency: Urgency) -> Result<Room, PaceError> {
        let mut room = usize::MAX;
        for want in wants {
            match self.reserve(want, urgency).await? {
                Room::Now(some) => room = room.min(some),
                full @ Room::After { .. } => return Ok(full),
            }
        }
        Ok(Room::Now(room))
    }

    async fn reserve(&self, want: &Want, urgency: Urgency) -> Result<Room, PaceError> {
        let Want { subject, limits, costs } = want;
        let all = costs.iter().fold(0_u32, |sum, cost| sum.saturating_add(*cost));
        let Some(before) = costs.iter().position(|cost| *cost > 0) else { return Ok(Room::ENOUGH) };
        let turn = self.turn(subject);
        let _turn = turn.lock().await;
        if all > self.available(subject) {
            let least = costs[before];
            match self.claim(subject, limits, (least, all), urgency, false).await? {
                Grant::Calls(calls) if calls >= least => {}
                // A stop waits where a pause is short; its call decides then.
                Grant::After(_) if urgency == Urgency::Stopping => return Ok(Room::ENOUGH),
                Grant::Calls(_) | Grant::After(_) | Grant::Closed(_) if before > 0 => {
                    return Ok(Room::Now(before));
                }
                Grant::Calls(_) => return Ok(Room::Now(1)),
                Grant::After(wait) | Grant::Closed(wait) => {
                    return Ok(Room::After { wait, limit: limits.name.clone() });
                }
            }
        }
        let mut left = self.available(subject);
        let fits = costs.iter().take_while(|cost| {
            let fits = **cost <= left;
            left = left.saturating_sub(**cost);
            fits
        });
        Ok(match fits.count() {
            all if all == costs.len() => Room::ENOUGH,
            // It was claimed a moment ago, and expired since.
            0 => Room::Now(1),
            some => Room::Now(some),
        })
    }

    /// Notes that the platform refused a call of `subject` and wants none before `wait` is over.
    pub async fn refused(&self, subject: &str, limits: &Limits, wait: Duration) -> Result<(), PaceError> {
        // What was made counts for what is learnt.
        self.claim(subject, limits, (0, 0), Urgency::Stopping, true).await?;
        Ok(self.pace.ledger.refused(subject, wait, limits.learning).await?)
    }

    async fn claim(
        &self,
        subject: &str,
        limits: &Limits,
        (least, wanted): (u32, u32),
        urgency: Urgency,
        regardless: bool,
    ) -> Result<Grant, LedgerError> {
        let (begun, hold) = (Instant::now(), limits.hold.max(SHORTEST_HOLD));
        let (made, under_way) = {
            let mut held = locked(&self.held);
            let held = held.entry(subject.to_owned()).or_default();
            held.left = 0;
            (std::mem::take(&mut held.made), held.under_way)
        };
        let claim = Claim {
            holder: self.holder,
            windows: limits.windows.clone(),
            learning: limits.learning,
            kept: limits.kept(urgency, self.pace.second),
            least,
            wanted,
            hold,
            made: made.iter().map(|(at, calls)| Made { ago: at.elapsed(), calls: *calls }).collect(),
            under_way,
            regardless,
        };
        let answer = self.pace.ledger.exchange(subject, &claim).await;
        let mut held = locked(&self.held);
        let held = held.entry(subject.to_owned()).or_default();
        match &answer {
            Ok(Grant::Calls(calls)) => (held.left, held.until) = (*calls, Some(begun + hold)),
            Ok(Grant::After(_) | Grant::Closed(_)) => {}
            // It is told of with the next claim.
            Err(_) => held.made.extend(made),
        }
        answer
    }

    fn use_held(&self, subject: &str, cost: u32) -> bool {
        let mut held = locked(&self.held);
        let held = held.entry(subject.to_owned()).or_default();
        let fits = held.available() >= cost;
        if fits {
            held.left -= cost;
            held.under_way += cost;
        }
        fits
    }

    fn available(&self, subject: &str) -> u32 {
        locked(&self.held).get(subject).map_or(0, Held::available)
    }

    fn turn(&self, subject: &str) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(locked(&self.turns).entry(subject.to_owned()).or_default())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the maps hold stays right even if another thread panicked while it held the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
