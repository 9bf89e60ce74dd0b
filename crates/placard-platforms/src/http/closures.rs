//! Until when somebody wants to be left alone.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

/// Names (accounts, apps) that a platform closed for a while.
#[derive(Default)]
pub struct Closures {
    until: Mutex<HashMap<String, Instant>>,
}

impl Closures {
    /// Closes `name` for `wait`, because the platform said so.
    pub fn close(&self, name: &str, wait: Duration) {
        if let Some(until) = Instant::now().checked_add(wait) {
            self.locked().insert(name.to_owned(), until);
        }
    }

    /// How long `name` stays closed; `None` if it is open.
    pub fn closed(&self, name: &str) -> Option<Duration> {
        let until = self.locked().get(name).copied()?;
        until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        // What the map holds stays right even if another thread panicked while it held the lock.
        self.until.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_stays_closed_and_the_rest_does_not() {
        let closures = Closures::default();
        closures.close("one", Duration::from_secs(3600));
        closures.close("past", Duration::ZERO);
        assert!(closures.closed("one").is_some());
        assert_eq!(closures.closed("past"), None);
        assert_eq!(closures.closed("two"), None);
    }
}
