//! What is counted, how much of it is let in, and what a client is told.

use chrono::{DateTime, Utc};
use placard_domain::{TenantId, UserId};
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// What is counted, such as `tenant/0192…` or `user/0192…/at/POST /api/v1/campaigns`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Arc<str>);

impl Subject {
    /// Everything that an organisation does.
    pub fn tenant(id: TenantId) -> Self {
        Self(format!("tenant/{id}").into())
    }

    /// Everything that a person does, in any organisation.
    pub fn user(id: UserId) -> Self {
        Self(format!("user/{id}").into())
    }

    /// Everything that is done with an API key. The id, never the key itself: subjects stand in Redis and in logs.
    pub fn key(id: Uuid) -> Self {
        Self(format!("key/{id}").into())
    }

    /// Everything that comes from a network address. Of an IPv6 address the first half counts, because the other half is
    /// the customer's to choose.
    pub fn address(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self(format!("address/{ip}").into()),
            IpAddr::V6(ip) => {
                Self(format!("address/{}/64", Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)).into())
            }
        }
    }

    /// Everybody's use of an endpoint, named by method and route (not path: a path has no end of values).
    pub fn endpoint(route: &str) -> Self {
        Self(format!("endpoint/{route}").into())
    }

    /// This subject's use of one endpoint, counted apart from its use of the others.
    #[must_use]
    pub fn at(&self, route: &str) -> Self {
        Self(format!("{}/at/{route}", self.0).into())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number of requests in a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    requests: NonZeroU32,
    window_ms: NonZeroU32,
}

/// A window that cannot be counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rate limit's window is a whole number of milliseconds, at least one and at most 49 days, not {0:?}"
)]
pub struct WindowError(pub Duration);

impl Limit {
    /// So many requests in each window of that length.
    pub fn new(requests: NonZeroU32, window: Duration) -> Result<Self, WindowError> {
        let whole = window.subsec_nanos().is_multiple_of(1_000_000);
        let window_ms = u32::try_from(window.as_millis()).ok().and_then(NonZeroU32::new);
        match window_ms {
            Some(window_ms) if whole => Ok(Self { requests, window_ms }),
            _ => Err(WindowError(window)),
        }
    }

    /// So many requests a second.
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self { requests, window_ms: NonZeroU32::MIN.saturating_add(999) }
    }

    /// So many requests a minute.
    pub const fn per_minute(requests: NonZeroU32) -> Self {
        Self { requests, window_ms: NonZeroU32::MIN.saturating_add(59_999) }
    }

    /// So many requests in a day of UTC.
    pub const fn per_day(requests: NonZeroU32) -> Self {
        Self { requests, window_ms: NonZeroU32::MIN.saturating_add(86_399_999) }
    }

    /// How many are let in.
    pub fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// In what time.
    pub fn window(self) -> Duration {
        Duration::from_millis(self.window_ms.get().into())
    }

    pub(super) fn window_ms(self) -> i64 {
        self.window_ms.get().into()
    }
}

/// Whether a request is let in, and what to tell who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is let in, and was counted.
    pub allowed: bool,
    /// The limit of the tightest subject.
    pub limit: u32,
    /// How many more it lets in before its window ends, as far as this process knows; none after a refusal.
    pub remaining: u32,
    /// When its window ends.
    pub reset_after: Duration,
    /// After a refusal, when asking again may help.
    pub retry_after: Option<Duration>,
}

/// Where one subject stands once a verdict is reached.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) limit: u32,
    pub(super) left: u32,
    pub(super) ends_ms: i64,
}

impl Verdict {
    /// The verdict on what stands so; who wants nothing is let in.
    pub(super) fn of(allowed: bool, standings: impl Iterator<Item = Standing>, now: DateTime<Utc>) -> Self {
        let tightest = if allowed {
            standings.min_by_key(|standing| (standing.left, -standing.ends_ms))
        } else {
            standings.filter(|standing| standing.left == 0).max_by_key(|standing| standing.ends_ms)
        };
        let unlimited = Standing { limit: u32::MAX, left: u32::MAX, ends_ms: now.timestamp_millis() };
        let Standing { limit, left, ends_ms } = tightest.unwrap_or(unlimited);
        let reset_after = Duration::from_millis(u64::try_from(ends_ms - now.timestamp_millis()).unwrap_or(0));
        Self { allowed, limit, remaining: left, reset_after, retry_after: (!allowed).then_some(reset_after) }
    }
}

/// The headers that tell a client its verdict: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` and, after a
/// refusal, `Retry-After`. Times are seconds, rounded up, so that nobody comes back too early.
pub fn headers(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("RateLimit-Limit", verdict.limit.to_string()),
        ("RateLimit-Remaining", verdict.remaining.to_string()),
        ("RateLimit-Reset", seconds_up(verdict.reset_after)),
    ];
    headers.extend(verdict.retry_after.map(|after| ("Retry-After", seconds_up(after))));
    headers
}

fn seconds_up(duration: Duration) -> String {
    duration.as_millis().div_ceil(1000).to_string()
}
