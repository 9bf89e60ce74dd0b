//! What Meta's headers say about limits (Meta, `platforms/meta.md` §21).

use crate::{Room, Urgency, http::Closures};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::{Duration, Instant},
};

/// Header names in small letters with their values.
pub(super) type Headers = BTreeMap<String, String>;

/// How much of each limit is used, in percent of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The fullest limit of the app (`X-App-Usage`, and the app's share of `X-FB-Ads-Insights-Throttle`).
    pub app_percent: f64,
    /// The fullest limit of the ad account (`X-Ad-Account-Usage`, `X-Business-Use-Case-Usage` and the rest).
    pub account_percent: f64,
    /// When the account may be called again, if it may not now.
    pub regain_after: Option<Duration>,
    /// `development_access` or `standard_access`.
    pub tier: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AppUsage {
    call_count: f64,
    total_time: f64,
    total_cputime: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AccountUsage {
    acc_id_util_pct: f64,
    reset_time_duration: f64,
    ads_api_access_tier: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UseCase {
    call_count: f64,
    total_cputime: f64,
    total_time: f64,
    estimated_time_to_regain_access: f64,
    ads_api_access_tier: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InsightsThrottle {
    app_id_util_pct: f64,
    acc_id_util_pct: f64,
}

/// The limits as the headers of one answer tell them; a header that cannot be read counts as absent.
pub(super) fn usage(headers: &Headers) -> Usage {
    let mut usage = Usage::default();
    if let Some(app) = json::<AppUsage>(headers, "x-app-usage") {
        usage.app_percent = largest(&[app.call_count, app.total_time, app.total_cputime]);
    }
    if let Some(account) = json::<AccountUsage>(headers, "x-ad-account-usage") {
        usage.account_percent = usage.account_percent.max(account.acc_id_util_pct);
        usage.tier = account.ads_api_access_tier;
        if account.acc_id_util_pct >= 100.0 {
            usage.regain(account.reset_time_duration);
        }
    }
    // Some of Meta's pages name the header without `-Usage`, so it is matched loosely.
    for (_, value) in headers.iter().filter(|(name, _)| name.starts_with("x-business-use-case")) {
        let cases: HashMap<String, Vec<UseCase>> = serde_json::from_str(value).unwrap_or_default();
        for case in cases.into_values().flatten() {
            let fullest = largest(&[case.call_count, case.total_cputime, case.total_time]);
            usage.account_percent = usage.account_percent.max(fullest);
            usage.regain(case.estimated_time_to_regain_access * 60.0);
            usage.tier = usage.tier.take().or(case.ads_api_access_tier);
        }
    }
    if let Some(insights) = json::<InsightsThrottle>(headers, "x-fb-ads-insights-throttle") {
        usage.app_percent = usage.app_percent.max(insights.app_id_util_pct);
        usage.account_percent = usage.account_percent.max(insights.acc_id_util_pct);
    }
    usage
}

/// How long a throttled call must wait by its answer's headers, the longest of what they say.
pub(super) fn wait(headers: &Headers) -> Option<Duration> {
    let mut all = usage(headers);
    if let Some(seconds) = headers.get("retry-after").and_then(|value| value.trim().parse().ok()) {
        all.regain(seconds);
    }
    all.regain_after
}

impl Usage {
    fn regain(&mut self, seconds: f64) {
        if seconds > 0.0 && seconds.is_finite() {
            let wait = Duration::from_secs_f64(seconds);
            self.regain_after = Some(self.regain_after.map_or(wait, |known| known.max(wait)));
        }
    }
}

fn json<T: for<'a> Deserialize<'a>>(headers: &Headers, name: &str) -> Option<T> {
    serde_json::from_str(headers.get(name)?).ok()
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(0.0, f64::max)
}

/// The tier that an app begins with, and the points of an account under it and under the other (§21).
const LIMITED: &str = "development_access";
const LIMITED_POINTS: f64 = 60.0;
const FULL_POINTS: f64 = 9000.0;
/// What a write costs (§21).
const WRITE_POINTS: f64 = 3.0;
/// The share of an account's points that publishing leaves alone, and the least of it: enough to look at a campaign, to
/// pause it and to see that it is paused.
const KEPT_SHARE: f64 = 0.05;
const KEPT_POINTS: f64 = 12.0;
/// The share that reading numbers leaves alone (§21: slow at 75 %).
const KEPT_BY_REPORTS: f64 = 0.25;
/// Publishing that has to wait does so until this share of the points is free again.
const WORTH_A_CALL: f64 = 0.1;

/// What is known of each account's limits, and until when it must be left alone.
pub(super) struct Board {
    usage: Mutex<HashMap<String, (Usage, Instant)>>,
    closures: Closures,
    decay: Duration,
}

impl Board {
    /// Nothing known yet. A full account is empty again after `decay` (§21).
    pub(super) fn new(decay: Duration) -> Self {
        Self { usage: Mutex::default(), closures: Closures::default(), decay }
    }

    /// Notes what an answer said about `account`, if it said anything.
    pub(super) fn note(&self, account: &str, headers: &Headers) {
        if headers
            .keys()
            .any(|name| name.starts_with("x-ad-account-usage") || name.starts_with("x-business-use-case"))
        {
            self.locked().insert(account.to_owned(), (usage(headers), Instant::now()));
        }
    }

    /// How many writes of `account` fit under its score (§21), by what was told last and what has decayed since.
    pub(super) fn room(&self, account: &str, urgency: Urgency) -> Room {
        let Some((usage, told)) = self.locked().get(account).cloned() else { return Room::ENOUGH };
        let most = if usage.tier.as_deref() == Some(LIMITED) { LIMITED_POINTS } else { FULL_POINTS };
        let refill = most / self.decay.as_secs_f64();
        let used = usage.account_percent / 100.0 * most - told.elapsed().as_secs_f64() * refill;
        let kept = match urgency {
            Urgency::Stopping => return Room::ENOUGH,
            Urgency::Publishing => KEPT_POINTS.max(most * KEPT_SHARE),
            Urgency::Reporting => most * KEPT_BY_REPORTS,
        };
        let free = most - kept - used.max(0.0);
        if free >= WRITE_POINTS {
            // It is positive and far below what fits.
            return Room::Now((free / WRITE_POINTS) as usize);
        }
        let worth = WRITE_POINTS.max(most * WORTH_A_CALL);
        let limit = "Meta's limit for the ad account is nearly reached".to_owned();
        Room::After { wait: Duration::from_secs_f64((worth - free) / refill), limit }
    }

    /// Closes `account` for `wait`, because Meta said so.
    pub(super) fn close(&self, account: &str, wait: Duration) {
        self.closures.close(account, wait);
    }

    /// How long `account` stays closed.
    pub(super) fn closed(&self, account: &str) -> Option<Duration> {
        self.closures.closed(account)
    }

    /// The limits as last told.
    pub(super) fn usage(&self, account: &str) -> Usage {
        self.locked().get(account).map(|(usage, _)| usage.clone()).unwrap_or_default()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Usage, Instant)>> {
        // What the map holds stays right even if another thread panicked while it held the lock.
        self.usage.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_fullest_limit_counts_and_a_normal_answer_asks_for_no_wait() {
        let told = headers(&[
            ("x-app-usage", r#"{"call_count":28,"total_time":25,"total_cputime":31}"#),
            (
                "x-ad-account-usage",
                r#"{"acc_id_util_pct":9.67,"reset_time_duration":100,"ads_api_access_tier":"standard_access"}"#,
            ),
            (
                "x-business-use-case-usage",
                r#"{"1001":[{"type":"ads_management","call_count":40,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":0}]}"#,
            ),
        ]);
        let usage = usage(&told);
        assert_eq!((usage.app_percent, usage.account_percent, usage.regain_after), (31.0, 40.0, None));
        assert_eq!(usage.tier.as_deref(), Some("standard_access"));
    }

    #[test]
    fn a_throttled_call_waits_for_the_longest_of_what_the_headers_say() {
        let told = headers(&[
            ("retry-after", "30"),
            ("x-ad-account-usage", r#"{"acc_id_util_pct":100,"reset_time_duration":100}"#),
            (
                "x-business-use-case-usage",
                r#"{"1001":[{"type":"ads_management","call_count":100,"estimated_time_to_regain_access":19}]}"#,
            ),
        ]);
        assert_eq!(wait(&told), Some(Duration::from_secs(19 * 60)));
        assert_eq!(wait(&headers(&[("retry-after", "30")])), Some(Duration::from_secs(30)));
        let not_full =
            headers(&[("x-ad-account-usage", r#"{"acc_id_util_pct":3,"reset_time_duration":300}"#)]);
        assert_eq!(wait(&not_full), None, "the time until the score is zero again is no wait");
        assert_eq!(wait(&headers(&[])), None);
    }

    fn told(percent: f64, tier: &str) -> Headers {
        let usage = format!(r#"{{"acc_id_util_pct":{percent},"ads_api_access_tier":"{tier}"}}"#);
        headers(&[("x-ad-account-usage", &usage)])
    }

    #[test]
    fn an_account_of_which_nothing_is_known_has_room() {
        let board = Board::new(Duration::from_secs(300));
        assert_eq!(board.room("one", Urgency::Reporting), Room::ENOUGH);
    }

    #[test]
    fn what_can_wait_longer_leaves_more_of_the_limits_alone() {
        // It decays so slowly that nothing of it does within the test.
        let board = Board::new(Duration::from_secs(1_000_000_000));
        board.note("full", &told(50.0, "standard_access"));
        assert_eq!(board.room("full", Urgency::Publishing), Room::Now(1_350), "(9000 · 0.95 − 4500) / 3");
        assert_eq!(board.room("full", Urgency::Reporting), Room::Now(750), "(9000 · 0.75 − 4500) / 3");
        board.note("full", &told(80.0, "standard_access"));
        assert!(matches!(board.room("full", Urgency::Reporting), Room::After { .. }));
        assert!(matches!(board.room("full", Urgency::Publishing), Room::Now(_)));
        board.note("full", &told(99.9, "standard_access"));
        assert!(matches!(board.room("full", Urgency::Publishing), Room::After { .. }));
        assert_eq!(board.room("full", Urgency::Stopping), Room::ENOUGH);
    }

    #[test]
    fn a_small_account_keeps_enough_for_a_pause_and_waits_until_a_call_is_worth_it() {
        let board = Board::new(Duration::from_secs(1_000_000_000));
        board.note("small", &told(50.0, "development_access"));
        assert_eq!(board.room("small", Urgency::Publishing), Room::Now(6), "(60 − 12 − 30) / 3");
        board.note("small", &told(80.0, "development_access"));
        let Room::After { wait, .. } = board.room("small", Urgency::Publishing) else { panic!("it is full") };
        let share = wait.as_secs_f64() / 1e9;
        assert!((share - 0.1).abs() < 1e-6, "until a tenth of the points is free again, not {share}");
    }

    #[test]
    fn room_comes_back_as_points_decay() {
        let board = Board::new(Duration::from_nanos(1));
        board.note("one", &told(100.0, "standard_access"));
        assert_eq!(board.room("one", Urgency::Publishing), Room::Now(2_850), "9000 · 0.95 / 3");
    }
}
