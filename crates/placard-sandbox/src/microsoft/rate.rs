//! Limits of calls, in real time (Microsoft, `platforms/microsoft.md` §9). Microsoft announces no waits.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::error::{Code, Fault, MicrosoftResult};
use crate::scale::scaled;

/// How much Microsoft takes; 0 switches a limit off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MicrosoftRate {
    /// Calls of a customer within sixty seconds (code 117).
    pub calls_per_minute: usize,
    /// Reports of an account that are being made (code 207).
    pub pending_reports: usize,
    /// How much faster than real time minutes pass.
    pub time_scale: f64,
}

impl Default for MicrosoftRate {
    fn default() -> Self {
        Self { calls_per_minute: 0, pending_reports: 0, time_scale: 1.0 }
    }
}

/// When each customer called in the last minute.
#[derive(Debug, Default)]
pub(crate) struct RateDesk {
    calls: BTreeMap<String, VecDeque<Instant>>,
}

impl RateDesk {
    /// Counts a call, or refuses it because the limit is reached.
    pub(crate) fn count(&mut self, customer: &str, rate: &MicrosoftRate) -> MicrosoftResult<()> {
        if rate.calls_per_minute == 0 {
            return Ok(());
        }
        let (now, window) = (Instant::now(), scaled(60, rate.time_scale));
        let calls = self.calls.entry(customer.to_owned()).or_default();
        while calls.front().is_some_and(|at| now.duration_since(*at) >= window) {
            calls.pop_front();
        }
        if calls.len() >= rate.calls_per_minute {
            return Err(throttled());
        }
        calls.push_back(now);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}

/// 117.
pub(crate) fn throttled() -> Fault {
    Fault::new(Code::CallRateExceeded, "You exceeded the number of calls within a period of 60 seconds.")
}
