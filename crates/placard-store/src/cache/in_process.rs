//! Values in this process alone, no more of them than fit.

use super::{Asked, Cache, Space};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What an entry costs beside its key and value, roughly.
const OVERHEAD: usize = 160;

/// Values in this process. Those that nobody asked for longest make room for new ones.
pub struct InProcessCache {
    held: Mutex<Held>,
    most_bytes: usize,
}

#[derive(Default)]
struct Held {
    entries: HashMap<String, Entry>,
    /// Keys by when they were last used.
    order: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
}

struct Entry {
    value: Vec<u8>,
    ends: Instant,
    used: u64,
}

impl InProcessCache {
    /// A cache that takes up to so many bytes.
    pub fn new(most_bytes: usize) -> Self {
        Self { held: Mutex::default(), most_bytes }
    }

    /// How many bytes it takes now.
    pub fn bytes(&self) -> usize {
        self.held().bytes
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic in between leaves at worst an entry that is found a little early or late in the order.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, held: &mut Held, key: String, value: &[u8], ttl: Duration) {
        held.take(&key);
        let size = size(&key, value);
        // One that is too large for all is not kept, like one that had to make room at once.
        if size > self.most_bytes || ttl.is_zero() {
            return;
        }
        while held.bytes + size > self.most_bytes {
            let Some((_, oldest)) = held.order.first_key_value() else { break };
            let oldest = oldest.clone();
            held.take(&oldest);
        }
        held.uses += 1;
        held.bytes += size;
        held.order.insert(held.uses, key.clone());
        held.entries
            .insert(key, Entry { value: value.to_vec(), ends: Instant::now() + ttl, used: held.uses });
    }
}

impl Held {
    fn take(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.order.remove(&entry.used);
        self.bytes -= size(key, &entry.value);
        Some(entry)
    }

    fn look(&mut self, key: &str) -> Option<Vec<u8>> {
        if self.entries.get(key)?.ends <= Instant::now() {
            self.take(key);
            return None;
        }
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        self.order.remove(&entry.used);
        entry.used = self.uses;
        self.order.insert(self.uses, key.to_owned());
        Some(entry.value.clone())
    }
}

const fn size(key: &str, value: &[u8]) -> usize {
    // The key stands in the order as well.
    OVERHEAD + 2 * key.len() + value.len()
}

impl Cache for InProcessCache {
    fn get<'a>(&'a self, space: Space, key: &'a str) -> Asked<'a, Option<Vec<u8>>> {
        Box::pin(async move { Ok(self.held().look(&space.key(key))) })
    }

    fn put<'a>(&'a self, space: Space, key: &'a str, value: &'a [u8], ttl: Duration) -> Asked<'a, ()> {
        Box::pin(async move {
            self.keep(&mut self.held(), space.key(key), value, ttl);
            Ok(())
        })
    }

    fn put_new<'a>(&'a self, space: Space, key: &'a str, value: &'a [u8], ttl: Duration) -> Asked<'a, bool> {
        Box::pin(async move {
            let (mut held, key) = (self.held(), space.key(key));
            if held.look(&key).is_some() {
                return Ok(false);
            }
            self.keep(&mut held, key, value, ttl);
            Ok(true)
        })
    }

    fn remove<'a>(&'a self, space: Space, key: &'a str) -> Asked<'a, bool> {
        Box::pin(async move {
            let (mut held, key) = (self.held(), space.key(key));
            let there = held.look(&key).is_some();
            held.take(&key);
            Ok(there)
        })
    }
}
