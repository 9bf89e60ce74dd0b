//! Counters by subject and window length, in shards, each behind a lock that is held for a few look-ups only.

use super::{Limit, Subject};
use chrono::{DateTime, Utc};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Shards of a table. Takers of different subjects rarely meet.
pub(super) const SHARDS: usize = 64;

/// A shard is not swept before it holds as many counters as this.
const SWEEP_FROM: usize = 64;

/// What has a count: a subject, for each window length that it is limited by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Counter {
    pub(super) subject: Subject,
    pub(super) window_ms: i64,
}

/// A counter to take from, at most up to a limit.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) counter: Counter,
    pub(super) limit: u32,
    pub(super) shard: usize,
}

/// A counter's state in the window it has reached.
pub(super) struct Slot<T> {
    /// Windows of this length since 1970.
    pub(super) index: i64,
    pub(super) value: T,
}

impl<T> Slot<T> {
    /// The first millisecond after the window.
    pub(super) fn ends_ms(&self, wanted: &Wanted) -> i64 {
        (self.index + 1) * wanted.counter.window_ms
    }
}

/// All counters of a limiter.
///
/// Memory is bounded by what is in use: a shard that has doubled since it was last swept forgets the windows that have
/// ended, so it holds at most twice the counters whose windows run.
pub(super) struct Table<T> {
    shards: Box<[Mutex<Shard<T>>]>,
    hasher: RandomState,
}

struct Shard<T> {
    slots: HashMap<Counter, Slot<T>>,
    /// The latest time that this shard was asked at. Its windows never go back before it, or one that was swept could
    /// be given out again.
    latest_ms: i64,
    sweep_at: usize,
}

impl<T: Default> Table<T> {
    pub(super) fn new() -> Self {
        let shard = || Mutex::new(Shard { slots: HashMap::new(), latest_ms: i64::MIN, sweep_at: SWEEP_FROM });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::new() }
    }

    /// The counters of `wants`, each once.
    pub(super) fn wanted(&self, wants: &[(Subject, Limit)]) -> Vec<Wanted> {
        let mut all: Vec<Wanted> = Vec::with_capacity(wants.len());
        for (subject, limit) in wants {
            let counter = Counter { subject: subject.clone(), window_ms: limit.window_ms() };
            let limit = limit.requests().get();
            match all.iter_mut().find(|wanted| wanted.counter == counter) {
                Some(same) => same.limit = same.limit.min(limit),
                None => {
                    // The remainder is below `SHARDS`.
                    let shard = (self.hasher.hash_one(&counter) % SHARDS as u64) as usize;
                    all.push(Wanted { counter, limit, shard });
                }
            }
        }
        all
    }

    /// Runs `decide` on the slots of `wanted` while nobody else can change them.
    pub(super) fn with<R>(
        &self,
        wanted: &[Wanted],
        now: DateTime<Utc>,
        decide: impl FnOnce(&mut Open<'_, T>) -> R,
    ) -> R {
        let mut shards: Vec<usize> = wanted.iter().map(|wanted| wanted.shard).collect();
        // Everybody locks in the same order, so nobody waits in a circle.
        shards.sort_unstable();
        shards.dedup();
        let now_ms = now.timestamp_millis();
        let lock = |shard: usize| {
            // A panic while a count was changed leaves at worst a count that is one off.
            let mut guard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
            guard.latest_ms = guard.latest_ms.max(now_ms);
            guard.sweep();
            (shard, guard)
        };
        decide(&mut Open { shards: shards.into_iter().map(lock).collect() })
    }

    /// How many counters are held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap().slots.len()).sum()
    }
}

impl<T> Shard<T> {
    fn sweep(&mut self) {
        if self.slots.len() < self.sweep_at {
            return;
        }
        let latest_ms = self.latest_ms;
        self.slots.retain(|counter, slot| (slot.index + 1) * counter.window_ms > latest_ms);
        self.sweep_at = SWEEP_FROM.max(self.slots.len() * 2);
    }
}

/// Slots that are locked for one decision.
pub(super) struct Open<'a, T> {
    shards: Vec<(usize, MutexGuard<'a, Shard<T>>)>,
}

impl<T: Default> Open<'_, T> {
    /// The slot of one of the counters that the table was opened for, in its present window.
    pub(super) fn slot(&mut self, wanted: &Wanted) -> &mut Slot<T> {
        let at = self.shards.partition_point(|(shard, _)| *shard < wanted.shard);
        let shard = &mut *self.shards[at].1;
        let index = shard.latest_ms.div_euclid(wanted.counter.window_ms);
        let slot =
            shard.slots.entry(wanted.counter.clone()).or_insert_with(|| Slot { index, value: T::default() });
        if slot.index < index {
            *slot = Slot { index, value: T::default() };
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;
    use uuid::Uuid;

    #[test]
    fn windows_that_ended_do_not_pile_up() {
        let table = Table::<u32>::new();
        let limit = Limit::per_second(NonZeroU32::MIN);
        for second in 0..1000_i64 {
            let now = DateTime::from_timestamp(second, 0).unwrap();
            for key in 0..100_u128 {
                let wants = [(Subject::key(Uuid::from_u128(second as u128 * 100 + key)), limit)];
                let wanted = table.wanted(&wants);
                table.with(&wanted, now, |open| open.slot(&wanted[0]).value += 1);
            }
        }
        assert!(table.len() <= SHARDS * (SWEEP_FROM + 1), "{} counters are held", table.len());
    }
}
