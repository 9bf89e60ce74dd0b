//! Short-lived values: one port, [`Cache`], in this process or in Redis.
//!
//! Nothing here is the only copy of anything. A value may be gone before its time (room was needed, Redis lost it), so
//! whoever asks must be able to do without. Keys live in spaces, so that what shares a Redis stays apart and an operator
//! sees what is what.

mod in_process;
mod redis;

pub use self::redis::RedisCache;
pub use in_process::InProcessCache;

use std::{fmt, pin::Pin, time::Duration};

/// What a key is about; the beginning of its name in Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Counts of requests.
    RateLimit,
    /// Hints that work is waiting.
    Queue,
    /// What is known of logins.
    Session,
    /// Answers that can be found again.
    Cache,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 4] = [Self::RateLimit, Self::Queue, Self::Session, Self::Cache];

    /// How its keys begin.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::RateLimit => "ratelimit:",
            Self::Queue => "queue:",
            Self::Session => "session:",
            Self::Cache => "cache:",
        }
    }

    /// The whole name of a key.
    pub fn key(self, name: impl fmt::Display) -> String {
        format!("{}{name}", self.prefix())
    }
}

/// The answer did not come. Whoever asks goes on without.
#[derive(Debug, thiserror::Error)]
#[error("the cache cannot be reached: {0}")]
pub struct CacheError(pub(crate) String);

/// The future of an operation. Boxed by hand, so that the port can be used behind a pointer.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, CacheError>> + Send + 'a>>;

/// Keeps values for a while.
pub trait Cache: Send + Sync {
    /// The value, unless its time is over or it had to make room.
    fn get<'a>(&'a self, space: Space, key: &'a str) -> Asked<'a, Option<Vec<u8>>>;

    /// Keeps a value for `ttl`, in the place of another one.
    fn put<'a>(&'a self, space: Space, key: &'a str, value: &'a [u8], ttl: Duration) -> Asked<'a, ()>;

    /// Keeps a value for `ttl` unless there is one. Of many who do so at once, one is told that it did.
    fn put_new<'a>(&'a self, space: Space, key: &'a str, value: &'a [u8], ttl: Duration) -> Asked<'a, bool>;

    /// Forgets a value. Says whether there was one.
    fn remove<'a>(&'a self, space: Space, key: &'a str) -> Asked<'a, bool>;
}
