//! Clients who read, list and write, at a pace that does not depend on the answers.

use super::server::Served;
use crate::connection::{Answer, Connection};
use anyhow::{Result, bail, ensure};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::Instant;

const READ: &str = "/campaigns/first";

/// After the first few the rest is the same.
const TOLD: usize = 20;

/// What was answered how often.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Reads and lists.
    pub(super) read: u64,
    /// Writes.
    pub(super) written: u64,
    /// 429.
    pub(super) limited: u64,
    /// 503.
    pub(super) busy: u64,
}

impl Tally {
    /// What was accepted, or refused by a limit before it cost much.
    pub(super) fn answered(&self) -> u64 {
        self.read + self.written + self.limited
    }

    /// What was refused.
    pub(super) fn refused(&self) -> u64 {
        self.limited + self.busy
    }
}

/// Everybody who asks.
pub(super) struct Clients {
    address: SocketAddr,
    large: String,
    small: String,
    numbers: AtomicU64,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    tally: Tally,
    accepted: Vec<String>,
    wrong: Vec<String>,
}

enum Deed {
    Read,
    Write(String),
}

impl Clients {
    /// Nobody has asked yet.
    pub(super) fn of(served: &Served) -> Arc<Self> {
        Arc::new(Self {
            address: served.address,
            large: served.large.clone(),
            small: served.small.clone(),
            numbers: AtomicU64::new(0),
            seen: Mutex::default(),
        })
    }

    /// Lets `clients` ask for as long as `asking`: `rate` requests a second in all, or each again as soon as it has its
    /// answer.
    pub(super) async fn ask(
        self: &Arc<Self>,
        clients: usize,
        rate: Option<f64>,
        asking: Duration,
    ) -> Result<()> {
        let end = Instant::now() + asking;
        let pace = rate.map(|rate| Duration::from_secs_f64(clients as f64 / rate));
        let all = (0..clients).map(|client| {
            let this = Arc::clone(self);
            let late = pace.unwrap_or_default().mul_f64(client as f64 / clients as f64);
            tokio::spawn(async move { this.one(Instant::now() + late, pace, end).await })
        });
        for client in all.collect::<Vec<_>>() {
            client.await??;
        }
        Ok(())
    }

    async fn one(&self, mut next: Instant, pace: Option<Duration>, end: Instant) -> Result<()> {
        let mut connection = Connection::open(self.address).await?;
        while Instant::now() < end {
            tokio::time::sleep_until(next).await;
            let (request, deed) = self.request();
            match connection.ask(&request).await.and_then(|answer| sort(&deed, &answer)) {
                Ok(count) => self.count(deed, count),
                Err(error) => {
                    self.note(format!("{error:#}"));
                    connection = Connection::open(self.address).await?;
                }
            }
            // Who is late asks at once, and does not make up for what it left out.
            next = (next + pace.unwrap_or_default()).max(Instant::now());
        }
        Ok(())
    }

    /// The next request: of ten, six read a campaign, two list, one writes, and one is of the tenant with a limit.
    fn request(&self) -> (Vec<u8>, Deed) {
        let number = self.numbers.fetch_add(1, Relaxed);
        let (key, path) = match number % 10 {
            0 => {
                let name = format!("load-{number}");
                let body = r#"{"document": {"budget": {"daily": "12.00"}}}"#;
                let head = format!(
                    "PUT /api/v1/campaigns/{name}/sections/budget HTTP/1.1\r\nhost: soak\r\nauthorization: Bearer {}\r\n\
                     content-type: application/json\r\nidempotency-key: {name}\r\ncontent-length: {}\r\n\r\n",
                    self.large,
                    body.len()
                );
                return ((head + body).into_bytes(), Deed::Write(name));
            }
            1 => (&self.small, "/campaigns?limit=1"),
            2 | 3 => (&self.large, "/campaigns?limit=20"),
            _ => (&self.large, READ),
        };
        let head = format!("GET /api/v1{path} HTTP/1.1\r\nhost: soak\r\nauthorization: Bearer {key}\r\n\r\n");
        (head.into_bytes(), Deed::Read)
    }

    fn count(&self, deed: Deed, count: fn(&mut Tally) -> &mut u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.tally.written;
        *count(&mut seen.tally) += 1;
        if let Deed::Write(name) = deed
            && seen.tally.written > before
        {
            seen.accepted.push(name);
        }
    }

    fn note(&self, wrong: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.wrong.len() < TOLD {
            seen.wrong.push(wrong);
        }
    }

    /// What was answered so far.
    pub(super) fn tally(&self) -> Tally {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).tally
    }

    /// The keys of what was accepted.
    pub(super) fn accepted(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).accepted.clone()
    }

    /// What must not be, the first of it.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).wrong.clone()
    }
}

/// Where an answer counts. A refusal must say when to come back.
fn sort(deed: &Deed, answer: &Answer<'_>) -> Result<fn(&mut Tally) -> &mut u64> {
    let refused = matches!(answer.status, 429 | 503);
    let after = answer.header("retry-after").and_then(|after| after.parse::<u64>().ok());
    ensure!(
        !refused || after.is_some_and(|after| (1..=60).contains(&after)),
        "{} without Retry-After",
        answer.status
    );
    Ok(match (answer.status, deed) {
        (200, Deed::Read) => |tally| &mut tally.read,
        (200, Deed::Write(_)) => |tally| &mut tally.written,
        (429, _) => |tally| &mut tally.limited,
        (503, _) => |tally| &mut tally.busy,
        (status, _) => bail!("{status}: {}", String::from_utf8_lossy(answer.body)),
    })
}
