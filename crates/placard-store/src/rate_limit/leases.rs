//! Counting in Redis, by blocks that are leased and spent here.

use super::{
    Limit, LimiterState, RateLimiter, Subject, Taking, Verdict,
    bank::{Bank, InvalidAddress, RedisOptions, Request},
    limit::Standing,
    table::{Open, SHARDS, Table, Wanted},
};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use std::{panic::resume_unwind, sync::Arc};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::JoinError,
};

/// Counts in Redis, together with every other process that does. See [the module](super) for what it promises.
///
/// Of a Redis cluster it can use one node only, since one call covers several subjects.
pub struct RedisLimiter {
    books: Arc<Books>,
    /// Whoever finds a block spent asks for the next one while the others wait for it; each asking for a block of its
    /// own would take most of the limit into this process. By shard.
    turns: Box<[Mutex<()>]>,
}

/// What a call to Redis changes.
struct Books {
    bank: Arc<Bank>,
    ledger: Table<Lease>,
}

/// What this process knows of a counter, and holds of it.
#[derive(Default)]
struct Lease {
    /// What is taken of the limit by everybody, leased blocks included.
    known: u32,
    /// The part of `known` that is leased to this process and not spent.
    held: u32,
    /// What this process has admitted.
    admitted: u32,
    /// The part of `known` that was admitted while Redis was away, and that it has not been told.
    apart: u32,
}

impl Lease {
    /// How many more may be admitted; `share` is what this process may admit by itself if it cannot ask.
    fn left(&self, limit: u32, share: Option<u32>) -> u32 {
        // Blocks given by a Redis that lost its data in between may come to more than is known.
        let left = limit.saturating_sub(self.known.saturating_sub(self.held));
        match share {
            None => left,
            Some(share) => left.min(share.saturating_sub(self.admitted).max(self.held)),
        }
    }

    fn spend(&mut self) {
        self.admitted += 1;
        if self.held > 0 {
            self.held -= 1;
        } else {
            self.known += 1;
            self.apart += 1;
        }
    }
}

/// What can be said without asking Redis.
enum Answer {
    Verdict(Verdict),
    /// These have nothing held, by their place among the wanted.
    Ask(Vec<usize>),
}

impl RedisLimiter {
    /// Connects to `redis://…` or `unix://…`. If nobody answers there the limiter begins with Redis away.
    ///
    /// `on_change` is told each time that Redis goes away and comes back, so that it can be logged. It must not
    /// block.
    pub async fn connect(
        address: &SecretString,
        options: RedisOptions,
        on_change: impl Fn(&LimiterState) + Send + Sync + 'static,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidAddress> {
        Ok(Self {
            books: Arc::new(Books {
                bank: Bank::open(address, options, Box::new(on_change), now).await?,
                ledger: Table::new(),
            }),
            turns: (0..SHARDS).map(|_| Mutex::new(())).collect(),
        })
    }

    async fn decide(&self, wants: &[(Subject, Limit)], now: DateTime<Utc>) -> Verdict {
        let wanted = self.books.ledger.wanted(wants);
        // Each round ends in a verdict or takes from what is finite: the limits, or the time until Redis is away.
        loop {
            let mut ask = match self.answer(&wanted, now) {
                Answer::Verdict(verdict) => return verdict,
                Answer::Ask(ask) => ask,
            };
            let turn = self.turn(&wanted, &ask).await;
            if !turn.is_empty() {
                // The block may have come while this waited.
                ask = match self.answer(&wanted, now) {
                    Answer::Verdict(verdict) => return verdict,
                    Answer::Ask(ask) => ask,
                };
            }
            let asked = ask.iter().map(|&at| wanted[at].clone()).collect();
            self.lease(asked, now).await;
        }
    }

    /// Decides by what is held, known, or shared out while Redis is away.
    fn answer(&self, wanted: &[Wanted], now: DateTime<Utc>) -> Answer {
        let processes = self.books.bank.processes_if_away();
        let share = |wanted: &Wanted| processes.map(|processes| (wanted.limit / processes).max(1));
        self.books.ledger.with(wanted, now, |open| {
            let (mut allowed, mut ask) = (true, Vec::new());
            for (at, wanted) in wanted.iter().enumerate() {
                let lease = &open.slot(wanted).value;
                allowed &= lease.left(wanted.limit, share(wanted)) > 0;
                if lease.held == 0 {
                    ask.push(at);
                }
            }
            if allowed && processes.is_none() && !ask.is_empty() {
                return Answer::Ask(ask);
            }
            let standings = wanted.iter().map(|wanted| {
                let slot = open.slot(wanted);
                if allowed {
                    slot.value.spend();
                }
                let left = slot.value.left(wanted.limit, share(wanted));
                Standing { limit: wanted.limit, left, ends_ms: slot.ends_ms(wanted) }
            });
            Answer::Verdict(Verdict::of(allowed, standings, now))
        })
    }

    /// Waits until this may ask for the next block of each. Blocks of one need no turns: who asks spends it at once.
    async fn turn(&self, wanted: &[Wanted], ask: &[usize]) -> Vec<MutexGuard<'_, ()>> {
        let block = self.books.bank.block();
        let mut shards: Vec<usize> = ask
            .iter()
            .map(|&at| &wanted[at])
            .filter(|wanted| block.of(wanted.limit) > 1)
            .map(|wanted| wanted.shard)
            .collect();
        // Everybody waits in the same order, so nobody waits in a circle.
        shards.sort_unstable();
        shards.dedup();
        let mut turn = Vec::with_capacity(shards.len());
        for shard in shards {
            turn.push(self.turns[shard].lock().await);
        }
        turn
    }

    /// Gets the next block of each. If who asked goes away meanwhile, the blocks still arrive: somebody who hangs up
    /// again and again would otherwise use up a limit a block at a time.
    async fn lease(&self, asked: Vec<Wanted>, now: DateTime<Utc>) {
        let books = self.books.clone();
        let arrival = tokio::spawn(async move { books.lease(&asked, now).await });
        match arrival.await.map_err(JoinError::try_into_panic) {
            Ok(()) => {}
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime is ending, and this with it.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

impl Books {
    /// Asks for a block of each and enters what comes.
    async fn lease(&self, asked: &[Wanted], now: DateTime<Utc>) {
        let requests: Vec<Request<'_>> = self.ledger.with(asked, now, |open| {
            let request = |wanted| Self::request(open, wanted);
            asked.iter().map(request).collect()
        });
        let grants = self.bank.lease(&requests, now).await;
        self.ledger.with(asked, now, |open| {
            for (at, request) in requests.iter().enumerate() {
                let slot = open.slot(request.wanted);
                if slot.index != request.index {
                    continue; // The window ended meanwhile, and the block with it.
                }
                let lease = &mut slot.value;
                match grants.as_ref().map(|grants| &grants[at]) {
                    Some(grant) => {
                        lease.known = lease.known.max(grant.taken);
                        lease.held += grant.leased;
                    }
                    None => lease.apart += request.apart,
                }
            }
        });
    }

    /// What to ask for a counter. What was admitted apart is told in one call only.
    fn request<'a>(open: &mut Open<'_, Lease>, wanted: &'a Wanted) -> Request<'a> {
        let slot = open.slot(wanted);
        let apart = std::mem::take(&mut slot.value.apart);
        Request { wanted, index: slot.index, known: slot.value.known, apart }
    }
}

impl RateLimiter for RedisLimiter {
    fn take<'a>(&'a self, wants: &'a [(Subject, Limit)], now: DateTime<Utc>) -> Taking<'a> {
        Box::pin(self.decide(wants, now))
    }

    fn state(&self) -> LimiterState {
        self.books.bank.state()
    }
}
