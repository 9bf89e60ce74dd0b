//! Redis, as the place that leases are taken from: one script, one connection, and what happens when it is away.

use super::{LimiterState, table::Wanted};
use crate::cache::Space;
use chrono::{DateTime, Utc};
use redis::{AsyncConnectionConfig, Client, Script, aio::MultiplexedConnection};
use secrecy::{ExposeSecret, SecretString};
use std::{
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// A count outlives its window by this, for processes whose clocks are late.
const LATE_CLOCKS_MS: i64 = 60_000;

/// How a process shares limits with others through Redis.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// How many processes there are, as far as a process may assume while it cannot ask. With fewer than there are,
    /// more than the limit is admitted while Redis is away.
    pub processes: NonZeroU32,
    /// How much is leased in one call.
    pub block: Block,
    /// How long an answer may take before Redis counts as away.
    pub patience: Duration,
    /// How long after a failure, and after each vain attempt, the connection is tried again.
    pub retry_every: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            processes: NonZeroU32::MIN,
            block: Block::Hundredth,
            patience: Duration::from_millis(50),
            retry_every: Duration::from_secs(1),
        }
    }
}

/// How much is leased in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// A hundredth of the limit, rounded up.
    Hundredth,
    /// This many, whatever the limit. One is a call for each check, with nothing held and nothing lost.
    Exactly(NonZeroU32),
}

impl Block {
    pub(super) fn of(self, limit: u32) -> u32 {
        match self {
            Self::Hundredth => limit.div_ceil(100),
            Self::Exactly(block) => block.get(),
        }
    }
}

/// The address is not one of a Redis. It is not repeated here, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of Redis does not look like redis://host:6379 or unix:///path/to/socket")]
pub struct InvalidAddress;

/// One counter's part of a call.
pub(super) struct Request<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) index: i64,
    pub(super) known: u32,
    pub(super) apart: u32,
}

/// The answer to one [`Request`].
pub(super) struct Grant {
    /// What is taken of the limit now, by everybody.
    pub(super) taken: u32,
    /// How much of it was leased by this call.
    pub(super) leased: u32,
}

pub(super) type Watcher = Box<dyn Fn(&LimiterState) + Send + Sync>;

/// The connection to Redis, or what is known about its absence.
pub(super) struct Bank {
    client: Client,
    script: Script,
    options: RedisOptions,
    link: RwLock<Link>,
    watcher: Watcher,
}

enum Link {
    Up {
        connection: MultiplexedConnection,
        /// Counts connections, since a late failure of an earlier one says nothing about this one.
        number: u64,
    },
    Away(LimiterState),
}

impl Bank {
    /// Connects, or begins with Redis away.
    pub(super) async fn open(
        address: &SecretString,
        options: RedisOptions,
        watcher: Watcher,
        now: DateTime<Utc>,
    ) -> Result<Arc<Self>, InvalidAddress> {
        let client = Client::open(address.expose_secret()).map_err(|_| InvalidAddress)?;
        let script = Script::new(include_str!("lease.lua"));
        let link = RwLock::new(Link::Away(away("not reached yet".to_owned(), &options, now)));
        let bank = Arc::new(Self { client, script, options, link, watcher });
        match bank.reach().await {
            Ok(connection) => bank.set(Link::Up { connection, number: 0 }),
            Err(reason) => {
                let state = away(reason, &bank.options, now);
                bank.set(Link::Away(state.clone()));
                bank.seek(&state, 0);
            }
        }
        Ok(bank)
    }

    pub(super) fn block(&self) -> Block {
        self.options.block
    }

    /// Among how many processes a limit is shared out, if Redis is away.
    pub(super) fn processes_if_away(&self) -> Option<NonZeroU32> {
        match &*self.link.read().unwrap_or_else(PoisonError::into_inner) {
            Link::Up { .. } => None,
            Link::Away(_) => Some(self.options.processes),
        }
    }

    pub(super) fn state(&self) -> LimiterState {
        match &*self.link.read().unwrap_or_else(PoisonError::into_inner) {
            Link::Up { .. } => LimiterState::Exact,
            Link::Away(state) => state.clone(),
        }
    }

    /// Asks for a block of each, all or none. `None` if Redis is away, now or already.
    pub(super) async fn lease(
        self: &Arc<Self>,
        requests: &[Request<'_>],
        now: DateTime<Utc>,
    ) -> Option<Vec<Grant>> {
        let (mut connection, number) = match &*self.link.read().unwrap_or_else(PoisonError::into_inner) {
            Link::Up { connection, number } => (connection.clone(), *number),
            Link::Away(_) => return None,
        };
        let mut call = self.script.prepare_invoke();
        for Request { wanted, index, known, apart } in requests {
            let counter = &wanted.counter;
            call.key(Space::RateLimit.key(format_args!("{}:{}:{index}", counter.subject, counter.window_ms)))
                .arg(wanted.limit)
                .arg(self.options.block.of(wanted.limit))
                .arg(*known)
                .arg(*apart)
                .arg(counter.window_ms + LATE_CLOCKS_MS);
        }
        let answer = call.invoke_async::<Vec<u32>>(&mut connection);
        let failure = match tokio::time::timeout(self.options.patience, answer).await {
            Ok(Ok(answer)) => match grants(&answer, requests.len()) {
                Some(grants) => return Some(grants),
                None => format!("it answered {answer:?} to {} counters", requests.len()),
            },
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", self.options.patience),
        };
        self.fail(number, failure, now);
        None
    }

    /// Notes that connection `number` failed, unless that is known.
    fn fail(self: &Arc<Self>, number: u64, reason: String, now: DateTime<Utc>) {
        let state = away(reason, &self.options, now);
        {
            let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
            if !matches!(*link, Link::Up { number: current, .. } if current == number) {
                return;
            }
            *link = Link::Away(state.clone());
        }
        self.seek(&state, number + 1);
    }

    /// Tells that Redis is away, and looks for it until it is back or the limiter is gone.
    fn seek(self: &Arc<Self>, away: &LimiterState, next: u64) {
        (self.watcher)(away);
        let bank = Arc::downgrade(self);
        let retry_every = self.options.retry_every;
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(retry_every).await;
                let Some(bank) = bank.upgrade() else { return };
                if let Ok(connection) = bank.reach().await {
                    bank.set(Link::Up { connection, number: next });
                    (bank.watcher)(&LimiterState::Exact);
                    return;
                }
            }
        });
    }

    fn set(&self, link: Link) {
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = link;
    }

    /// A fresh connection on which the script has run: a Redis that is loading, full or only a replica is away too.
    async fn reach(&self) -> Result<MultiplexedConnection, String> {
        let patience = self.options.retry_every.max(self.options.patience);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        let attempt = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            let mut call = self.script.prepare_invoke();
            call.key(Space::RateLimit.key("probe")).arg(1).arg(1).arg(0).arg(0).arg(1000);
            call.invoke_async::<Vec<u32>>(&mut connection).await?;
            Ok::<_, redis::RedisError>(connection)
        };
        match tokio::time::timeout(patience, attempt).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no connection within {patience:?}")),
        }
    }
}

fn away(reason: String, options: &RedisOptions, since: DateTime<Utc>) -> LimiterState {
    LimiterState::Away { since, reason, processes: options.processes }
}

fn grants(answer: &[u32], requests: usize) -> Option<Vec<Grant>> {
    let (pairs, rest) = answer.as_chunks::<2>();
    let complete = rest.is_empty() && pairs.len() == requests;
    complete.then(|| pairs.iter().map(|&[taken, leased]| Grant { taken, leased }).collect())
}
