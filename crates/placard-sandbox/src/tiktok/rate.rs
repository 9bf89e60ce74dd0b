//! Limits of calls, in real time (TikTok, `platforms/tiktok.md` §21). TikTok announces no waits.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal, TikTokResult};
use crate::scale::scaled;

/// How many calls an endpoint takes; 0 switches a limit off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TikTokQuota {
    /// Calls a second.
    pub per_second: usize,
    /// Calls a minute.
    pub per_minute: usize,
    /// Calls a day.
    pub per_day: usize,
}

/// The limits of the app, which hold for each endpoint by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TikTokRate {
    /// For all endpoints that have no limits of their own.
    pub each: TikTokQuota,
    /// For `/ad/create/`.
    pub ad_create: TikTokQuota,
    /// For `/report/task/create/`.
    pub report_task: TikTokQuota,
    /// How much faster than real time seconds, minutes and days pass.
    pub time_scale: f64,
}

impl Default for TikTokRate {
    fn default() -> Self {
        let none = TikTokQuota { per_second: 0, per_minute: 0, per_day: 0 };
        Self { each: none, ad_create: none, report_task: none, time_scale: 1.0 }
    }
}

impl TikTokRate {
    /// What a new app is given.
    pub const BASIC: Self = Self {
        each: TikTokQuota { per_second: 10, per_minute: 600, per_day: 864_000 },
        ad_create: TikTokQuota { per_second: 5, per_minute: 150, per_day: 86_400 },
        report_task: TikTokQuota { per_second: 2, per_minute: 60, per_day: 4_500 },
        time_scale: 1.0,
    };

    fn of(&self, endpoint: &str) -> TikTokQuota {
        match endpoint {
            "/ad/create/" => self.ad_create,
            "/report/task/create/" => self.report_task,
            _ => self.each,
        }
    }
}

/// When each endpoint was called in the last day.
#[derive(Debug, Default)]
pub(crate) struct RateDesk {
    calls: BTreeMap<String, VecDeque<Instant>>,
}

impl RateDesk {
    /// Counts a call, or refuses it because a limit is reached.
    pub(crate) fn count(&mut self, endpoint: &str, rate: &TikTokRate) -> TikTokResult<()> {
        let quota = rate.of(endpoint);
        if quota == TikTokQuota::default() {
            return Ok(());
        }
        let seconds = |seconds: u64| scaled(seconds, rate.time_scale);
        let (now, day) = (Instant::now(), seconds(86_400));
        let calls = self.calls.entry(endpoint.to_owned()).or_default();
        while calls.front().is_some_and(|at| now.duration_since(*at) >= day) {
            calls.pop_front();
        }
        let windows = [
            (quota.per_second, seconds(1), "second"),
            (quota.per_minute, seconds(60), "minute"),
            (quota.per_day, day, "day"),
        ];
        for (most, window, name) in windows {
            let seen = calls.iter().rev().take_while(|at| now.duration_since(**at) < window).count();
            if most > 0 && seen >= most {
                return Err(throttled(&format!("more than {most} calls a {name}")));
            }
        }
        calls.push_back(now);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}

/// 40100, which comes as HTTP 200.
pub(crate) fn throttled(why: &str) -> Refusal {
    Refusal::new(Code::AppLimit, format!("Too many requests: {why}. Please retry in a while."))
}
