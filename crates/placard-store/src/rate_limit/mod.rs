//! How many requests are let in: one port, [`RateLimiter`], counted in this process or in Redis.
//!
//! # What is promised
//!
//! A [`Limit`] is a number of requests in a **fixed window**, and windows stand still: a minute's window begins at the
//! full minute, UTC. Never are more than the limit admitted in the window that a [`Verdict`] tells the client about.
//! Two windows that touch may together admit twice the limit within less than a window's length; a sliding window
//! would not, but what it has left changes with every moment, so it could neither be told to a client as a number and
//! a time nor handed out in blocks. Who wants bursts held flatter asks for two limits of one subject, say 20 a second
//! and 600 a minute: each window length is counted by itself.
//!
//! A request usually asks for several subjects at once (its tenant, user, key and endpoint); it takes one from each or
//! none from any. A plan is not a subject: it decides which limit a subject is asked with, and a change of plan counts
//! on from what the subject has taken in the window.
//!
//! Time is what the caller says, but never goes back: while a clock that was set back catches up, the window stays the
//! one that had been reached.
//!
//! # Counted in Redis
//!
//! [`RedisLimiter`] shares limits between processes. It leases a block of a hundredth of the limit in one call and
//! spends it without asking again. A block is taken from the limit before any of it is spent, so no number of
//! processes that reach Redis admits more than the limit; a process that dies takes its unspent block with it, so up to
//! a hundredth for each such process is not admitted in that window.
//!
//! While Redis is away (an error, or no answer in time), each process spends what it had leased and then counts for
//! itself, up to its share: the limit divided by the configured number of processes, at least one. No request waits for
//! a Redis that is known to be away. What was admitted so is told to Redis with the next lease, and so is the highest
//! count that this process knows: a Redis that comes back empty does not give the window out again.
//!
//! More than the limit is admitted in two cases, both for one window. While Redis is away, a process does not see what
//! the others have taken since its last lease. And if Redis loses its data, what others leased since then is unknown
//! until they lease again; a Redis with `appendfsync always` does not have this case.

mod bank;
mod in_process;
mod leases;
mod limit;
mod table;

pub use bank::{Block, InvalidAddress, RedisOptions};
pub use in_process::InProcess;
pub use leases::RedisLimiter;
pub use limit::{Limit, Subject, Verdict, WindowError, headers};

use chrono::{DateTime, SecondsFormat, Utc};
use std::{fmt, num::NonZeroU32, pin::Pin};

/// The future of [`RateLimiter::take`]. Boxed by hand, so that the port can be used behind a pointer.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Decides whether a request is let in.
pub trait RateLimiter: Send + Sync {
    /// Takes one from each of `wants`, or from none of them. The verdict is about the tightest: of those that refuse,
    /// the one to wait longest for; otherwise the one with least left.
    ///
    /// A subject that is named twice with the same window is taken from once, against the smaller limit.
    fn take<'a>(&'a self, wants: &'a [(Subject, Limit)], now: DateTime<Utc>) -> Taking<'a>;

    /// How counting is going, for a health page.
    fn state(&self) -> LimiterState;
}

/// How a limiter counts at the moment. Shown as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimiterState {
    /// Every process counts in the same place (or there is only this one).
    Exact,
    /// Redis is away, and each process counts for itself.
    Away {
        /// When a call failed first.
        since: DateTime<Utc>,
        /// What happened to that call.
        reason: String,
        /// Each process admits the limit divided by this.
        processes: NonZeroU32,
    },
}

impl fmt::Display for LimiterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("rate limits are exact"),
            Self::Away { since, reason, processes } => write!(
                f,
                "Redis is away since {} ({reason}); each process counts for itself and admits 1/{processes} of each \
                 rate limit",
                since.to_rfc3339_opts(SecondsFormat::Secs, true),
            ),
        }
    }
}
