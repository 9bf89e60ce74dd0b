//! Rate limits and the headers that tell of them (Meta, `platforms/meta.md` §21).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::envelope::{MetaError, MetaResult};

/// The access tier of the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// `development_access`: 60 points, blocked for 300 s.
    Limited,
    /// `standard_access`: 9000 points, blocked for 60 s.
    #[default]
    Full,
}

/// How limits are kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConfig {
    /// The tier.
    pub tier: Tier,
    /// How much faster than real time points decay and blocks end.
    pub time_scale: f64,
    /// Whether more than 100 writes a second to one account are refused.
    pub write_burst: bool,
}

impl Default for RateConfig {
    /// The full tier at a pace that nobody reaches by accident.
    fn default() -> Self {
        Self { tier: Tier::Full, time_scale: 1000.0, write_burst: false }
    }
}

const READ_POINTS: f64 = 1.0;
const WRITE_POINTS: f64 = 3.0;
const DECAY_S: f64 = 300.0;
const BURST: u32 = 100;

impl Tier {
    fn points(self) -> f64 {
        match self {
            Self::Limited => 60.0,
            Self::Full => 9000.0,
        }
    }

    fn block_s(self) -> f64 {
        match self {
            Self::Limited => 300.0,
            Self::Full => 60.0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Limited => "development_access",
            Self::Full => "standard_access",
        }
    }
}

/// The use case a call counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseCase {
    AdsManagement,
    AdsInsights,
}

impl UseCase {
    fn name(self) -> &'static str {
        match self {
            Self::AdsManagement => "ads_management",
            Self::AdsInsights => "ads_insights",
        }
    }
}

#[derive(Debug)]
struct Bucket {
    score: f64,
    at: Instant,
    blocked_until: Option<Instant>,
    announced: Option<(Instant, MetaError)>,
    burst: (Instant, u32),
}

/// Points and blocks of every account, in real time.
#[derive(Debug, Default)]
pub(crate) struct RateDesk {
    buckets: BTreeMap<String, Bucket>,
}

/// A call that is in flight when a wait is announced cannot know of it.
const GRACE: Duration = Duration::from_millis(150);

impl RateDesk {
    fn bucket(&mut self, account: &str, config: &RateConfig) -> &mut Bucket {
        let now = Instant::now();
        let bucket = self.buckets.entry(account.to_owned()).or_insert_with(|| Bucket {
            score: 0.0,
            at: now,
            blocked_until: None,
            announced: None,
            burst: (now, 0),
        });
        let elapsed = now.duration_since(bucket.at).as_secs_f64() * config.time_scale;
        bucket.score = (bucket.score - elapsed * config.tier.points() / DECAY_S).max(0.0);
        bucket.at = now;
        bucket
    }

    /// Counts a call, and refuses it over the limit.
    pub(crate) fn spend(
        &mut self,
        account: &str,
        write: bool,
        use_case: UseCase,
        config: &RateConfig,
    ) -> MetaResult<()> {
        let bucket = self.bucket(account, config);
        let now = bucket.at;
        if let Some(until) = bucket.blocked_until {
            if now < until {
                let left = until.duration_since(now).as_secs_f64();
                return Err(over_limit(use_case).retry_after(left.ceil() as u64));
            }
            bucket.blocked_until = None;
            bucket.score = 0.0;
        }
        if write && config.write_burst {
            if now.duration_since(bucket.burst.0) >= Duration::from_secs(1) {
                bucket.burst = (now, 0);
            }
            bucket.burst.1 += 1;
            if bucket.burst.1 > BURST {
                return Err(MetaError::new(613, "(#613) Calls to this api have exceeded the rate limit.")
                    .subcode(5_044_001)
                    .retry_after(1));
            }
        }
        bucket.score += if write { WRITE_POINTS } else { READ_POINTS };
        if bucket.score > config.tier.points() {
            let block = config.tier.block_s() / config.time_scale;
            bucket.blocked_until = Some(now + Duration::from_secs_f64(block));
            return Err(over_limit(use_case).retry_after(block.ceil() as u64));
        }
        Ok(())
    }

    /// Notes that `account` was told to wait.
    pub(crate) fn announce(&mut self, account: &str, error: &MetaError, config: &RateConfig) {
        if let Some(seconds) = error.retry_after {
            let until = Instant::now() + Duration::from_secs(seconds);
            self.bucket(account, config).announced = Some((until, error.clone()));
        }
    }

    /// The refusal for a call that comes before an announced wait is over, with how early it is unless it can
    /// have been in flight at the announcement.
    pub(crate) fn too_early(&mut self, account: &str) -> Option<(MetaError, Option<Duration>)> {
        let bucket = self.buckets.get_mut(account)?;
        let (until, error) = bucket.announced.as_ref()?;
        let now = Instant::now();
        if now >= *until {
            bucket.announced = None;
            return None;
        }
        let left = until.duration_since(now);
        let announced_at = *until - Duration::from_secs(error.retry_after.unwrap_or(0));
        let knew = now.duration_since(announced_at) > GRACE;
        let error = error.clone().retry_after(left.as_secs_f64().ceil() as u64);
        Some((error, knew.then_some(left)))
    }

    /// The usage headers of an answer; `wait_s` is what a throttled caller is told.
    pub(crate) fn headers(
        &mut self,
        account: Option<&str>,
        use_case: UseCase,
        wait_s: Option<u64>,
        config: &RateConfig,
    ) -> Vec<(&'static str, String)> {
        let percent = account.map_or(0.0, |account| {
            let used = self.bucket(account, config).score / config.tier.points() * 100.0;
            if wait_s.is_some() { 100.0 } else { used.min(100.0) }
        });
        let whole = percent.round() as i64;
        let tier = config.tier.name();
        let app = json!({ "call_count": whole, "total_time": whole / 2, "total_cputime": whole / 2 });
        let hundredths = (percent * 100.0).round() / 100.0;
        let mut headers = vec![("x-app-usage", app.to_string())];
        if let Some(account) = account {
            let usage = json!({
                "acc_id_util_pct": hundredths,
                "reset_time_duration": wait_s.unwrap_or(0),
                "ads_api_access_tier": tier,
            });
            let case = json!({ account: [{
                "type": use_case.name(), "call_count": whole, "total_cputime": whole / 2, "total_time": whole / 2,
                "estimated_time_to_regain_access": wait_s.unwrap_or(0) / 60, "ads_api_access_tier": tier,
            }] });
            headers.push(("x-ad-account-usage", usage.to_string()));
            headers.push(("x-business-use-case-usage", case.to_string()));
        }
        let insights = json!({ "app_id_util_pct": hundredths, "acc_id_util_pct": hundredths, "ads_api_access_tier": tier });
        headers.push(("x-fb-ads-insights-throttle", insights.to_string()));
        headers
    }

    pub(crate) fn clear(&mut self) {
        self.buckets.clear();
    }
}

fn over_limit(use_case: UseCase) -> MetaError {
    match use_case {
        UseCase::AdsManagement => MetaError::new(17, "(#17) User request limit reached").subcode(2_446_079),
        UseCase::AdsInsights => {
            MetaError::new(4, "(#4) Application request limit reached").subcode(1_504_022)
        }
    }
    .transient()
    .user(
        "Ad account has too many API calls",
        "There have been too many calls from this ad account. Wait a bit and try again.",
    )
}

/// The refusal of a throttle fault; `pick` chooses the code when none is given.
pub(crate) fn throttle(code: Option<i64>, retry_after: Option<u64>, pick: u64) -> MetaError {
    let code = code.unwrap_or([613, 17, 80_004][(pick % 3) as usize]);
    let error = match code {
        613 => {
            MetaError::new(613, "(#613) Calls to this api have exceeded the rate limit.").subcode(1_487_742)
        }
        4 => MetaError::new(4, "(#4) Application request limit reached"),
        17 => MetaError::new(17, "(#17) User request limit reached").subcode(2_446_079),
        80_000 | 80_004 => MetaError::new(
            code,
            format!(
                "(#{code}) There have been too many calls from this ad-account. Wait a bit and try again."
            ),
        )
        .subcode(2_446_079),
        other => MetaError::new(other, format!("(#{other}) Request limit reached")),
    };
    let error = error.transient();
    match retry_after {
        Some(seconds) => error.retry_after(seconds),
        None => error,
    }
}
