//! Faults: scripted rules and seeded rates that decide what goes wrong with a call.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::draw;

/// What goes wrong, and what the caller sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The connection closes before anything is done.
    DropBefore,
    /// The call is carried out and its answer is lost.
    DropAfter,
    /// The call waits this long first.
    DelayMs(u64),
    /// The call is refused as throttled; with a wait, the wait is announced and kept account of.
    Throttle {
        /// 613, 17 or 80004; drawn when absent. Meta only.
        #[serde(default)]
        code: Option<i64>,
        /// Seconds of `Retry-After` or `retryDelay`; nothing is announced when absent.
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// An error instead of doing the call.
    ErrorBefore(Failure),
    /// The call is carried out and answered with an error.
    ErrorAfter(Failure),
    /// The call is carried out and half of the answer arrives.
    TruncatedBody,
    /// The answer arrives piece by piece over this time.
    SlowBodyMs(u64),
    /// Items of a batch with this index are not run and answer `null`.
    BatchItemNull(usize),
    /// The first so many items of a batch are carried out, then the connection closes.
    BatchPartialDrop(usize),
    /// The caller's tokens end, on Meta with this subcode of code 190.
    TokenRevoked(i64),
    /// A member of the answer has another name, at any depth.
    RenameField {
        /// The name it should have.
        from: String,
        /// The name it gets.
        to: String,
    },
}

impl Action {
    /// The fault's name as plans spell it.
    pub(crate) fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
            Ok(_) | Err(_) => String::new(),
        }
    }
}

/// An error that a fault answers with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// HTTP status.
    pub status: u16,
    /// Meta's, TikTok's or Microsoft's error code; 0 gives a page instead of the platform's envelope. Google's error
    /// follows from `status`, and so does that of the other two when the code is none of their own: Microsoft's
    /// `InternalError`, whose code is 0, comes with any other code and a status of 500.
    pub code: i64,
    /// Error subcode.
    #[serde(default)]
    pub subcode: Option<i64>,
}

/// Which calls a rule is about; absent members match everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// Part of the path, without the version.
    #[serde(default)]
    pub path_contains: Option<String>,
    /// Only the n-th matching call, from 1.
    #[serde(default)]
    pub nth: Option<u64>,
}

/// One scripted fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// When.
    #[serde(default, rename = "match")]
    pub when: Match,
    /// What.
    pub action: Action,
}

/// Probabilities from 0 to 1 of each fault, tried in this order; the `_ms` members are durations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "named like the actions")]
pub struct Rates {
    pub drop_before: f64,
    pub drop_after: f64,
    pub http_429_with_reset: f64,
    pub http_429_without_reset: f64,
    pub error_5xx_before: f64,
    pub error_5xx_after: f64,
    pub truncated_body: f64,
    pub slow_body: f64,
    pub batch_item_null: f64,
    pub batch_partial_drop: f64,
    pub delay: f64,
    pub delay_ms: u64,
    pub edge_lag_ms: u64,
    pub retry_after_s: u64,
}

/// Faults drawn from a seed: the k-th call with the same method and path (ids left out) draws the same fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeded {
    /// The seed.
    pub seed: u64,
    /// The rates.
    #[serde(default)]
    pub rates: Rates,
}

/// What becomes of a report that is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFate {
    /// It completes.
    #[default]
    Complete,
    /// It stops at a percentage.
    Stall,
    /// It fails.
    Fail,
    /// It is skipped.
    Skip,
}

/// Everything that is to go wrong from now on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultPlan {
    /// Scripted faults; the first that matches strikes.
    pub rules: Vec<Rule>,
    /// Seeded faults, drawn when no rule matches.
    pub seeded: Option<Seeded>,
    /// How long a new object is missing from edges, in real time.
    pub edge_lag_ms: u64,
    /// Whether `error_data` is JSON text instead of an object.
    pub error_data_as_text: bool,
    /// What becomes of insights reports.
    pub reports: ReportFate,
}

/// A call that came before a wait it had been told of was over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Violation {
    /// Number of the request.
    pub seq: u64,
    /// Virtual time.
    pub at: DateTime<Utc>,
    /// The account (digits), or `app`.
    pub account: String,
    /// Method and path.
    pub call: String,
    /// Milliseconds of real time it was too early.
    pub early_ms: u64,
}

/// The plan in force with its counters.
#[derive(Debug, Default)]
pub(crate) struct FaultDesk {
    plan: FaultPlan,
    matches: Vec<u64>,
    occurrences: BTreeMap<String, u64>,
}

/// A wait of one second, unless the plan says otherwise.
const RETRY_AFTER_S: u64 = 1;

impl FaultDesk {
    /// Puts a plan in force; all counters start again.
    pub(crate) fn set(&mut self, plan: FaultPlan) {
        self.matches = vec![0; plan.rules.len()];
        self.occurrences.clear();
        self.plan = plan;
    }

    pub(crate) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// The real time from which an object made now shows on edges.
    pub(crate) fn edge_lag(&self) -> Option<Instant> {
        let seeded = self.plan.seeded.as_ref().map_or(0, |seeded| seeded.rates.edge_lag_ms);
        let lag = self.plan.edge_lag_ms.max(seeded);
        (lag > 0).then(|| Instant::now() + Duration::from_millis(lag))
    }

    /// The scripted fault of a call. Counts the call for every rule it matches.
    pub(crate) fn scripted(&mut self, method: &str, path: &str) -> Option<Action> {
        let mut struck = None;
        for (rule, count) in self.plan.rules.iter().zip(&mut self.matches) {
            let fits = rule.when.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && rule.when.path_contains.as_deref().is_none_or(|part| path.contains(part));
            if !fits {
                continue;
            }
            *count += 1;
            if struck.is_none() && rule.when.nth.is_none_or(|nth| nth == *count) {
                struck = Some(rule.action.clone());
            }
        }
        struck
    }

    /// The seeded fault of a call, and whether it is delayed on top.
    pub(crate) fn seeded(
        &mut self,
        method: &str,
        template: &str,
        items: usize,
    ) -> (Option<Action>, Option<u64>) {
        let Some(seeded) = self.plan.seeded.clone() else { return (None, None) };
        let name = format!("{method} {template}");
        let occurrence = self.occurrences.entry(name.clone()).or_default();
        *occurrence += 1;
        let key = draw::join(draw::key(seeded.seed, &[&name]), *occurrence);
        let delay = (draw::unit(draw::join(key, 1)) < seeded.rates.delay).then_some(seeded.rates.delay_ms);
        (pick(&seeded.rates, key, items), delay)
    }
}

fn pick(rates: &Rates, key: u64, items: usize) -> Option<Action> {
    let failure = || Failure {
        status: [500, 502, 503][(draw::join(key, 2) % 3) as usize],
        code: [1, 2, 0][(draw::join(key, 3) % 3) as usize],
        subcode: None,
    };
    let wait = if rates.retry_after_s == 0 { RETRY_AFTER_S } else { rates.retry_after_s };
    let item = if items == 0 { 0 } else { (draw::join(key, 4) % items as u64) as usize };
    let batch_only = |rate: f64| if items == 0 { 0.0 } else { rate };
    let table = [
        (rates.drop_before, Action::DropBefore),
        (rates.drop_after, Action::DropAfter),
        (rates.http_429_with_reset, Action::Throttle { code: None, retry_after_s: Some(wait) }),
        (rates.http_429_without_reset, Action::Throttle { code: None, retry_after_s: None }),
        (rates.error_5xx_before, Action::ErrorBefore(failure())),
        (rates.error_5xx_after, Action::ErrorAfter(failure())),
        (rates.truncated_body, Action::TruncatedBody),
        (rates.slow_body, Action::SlowBodyMs(200)),
        (batch_only(rates.batch_item_null), Action::BatchItemNull(item)),
        (batch_only(rates.batch_partial_drop), Action::BatchPartialDrop(item)),
    ];
    let mut left = draw::unit(key);
    for (rate, action) in table {
        if left < rate {
            return Some(action);
        }
        left -= rate;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(plan: &str) -> FaultDesk {
        let mut desk = FaultDesk::default();
        desk.set(serde_json::from_str(plan).unwrap());
        desk
    }

    #[test]
    fn the_nth_matching_call_is_struck_and_no_other() {
        let mut desk = desk(
            r#"{"rules":[{"match":{"method":"POST","path_contains":"ads","nth":2},"action":"drop_after"}]}"#,
        );
        assert_eq!(desk.scripted("GET", "/act_1/ads"), None);
        assert_eq!(desk.scripted("POST", "/act_1/ads"), None);
        assert_eq!(desk.scripted("POST", "/act_1/ads"), Some(Action::DropAfter));
        assert_eq!(desk.scripted("POST", "/act_1/ads"), None);
    }

    #[test]
    fn seeded_faults_depend_on_the_count_of_a_call_and_not_on_other_calls() {
        let plan = r#"{"seeded":{"seed":3,"rates":{"drop_before":0.2,"error_5xx_after":0.2}}}"#;
        let (mut one, mut two) = (desk(plan), desk(plan));
        let alone: Vec<_> = (0..50).map(|_| one.seeded("POST", "/act_{id}/ads", 0).0).collect();
        let mixed: Vec<_> = (0..50)
            .map(|_| {
                two.seeded("GET", "/{id}", 0);
                two.seeded("POST", "/act_{id}/ads", 0).0
            })
            .collect();
        assert_eq!(alone, mixed);
        let struck = alone.iter().flatten().count();
        assert!((8..35).contains(&struck), "{struck}");
    }
}
