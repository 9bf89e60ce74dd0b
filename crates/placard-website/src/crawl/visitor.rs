//! Asking many hosts for many things, politely.

use crate::{
    fetch::{Ask, FetchError, Fetched, Fetcher},
    robots::{MOST_BYTES, Robots},
    site::{Got, Outcome, RobotsSeen, Skip, Trouble},
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    sync::{OnceCell, Semaphore},
    time::{Instant, timeout_at},
};
use url::Url;

/// By which `robots.txt` knows this audit.
pub const ROBOTS_AGENT: &str = "PlacardAudit";

/// How far an audit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is being looked at.
    pub what: &'static str,
    /// How many addresses are done with.
    pub done: usize,
    /// How many are known to be needed.
    pub planned: usize,
}

/// Hears how far an audit has come.
pub type Told<'a> = &'a (dyn Fn(Step) + Sync);

/// How many at once, and for how long in all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) at_once: usize,
    pub(crate) per_host: usize,
    pub(crate) deadline: Instant,
}

/// Asks, within limits: as many at once as allowed, of each host, until the time is up, and nothing that `robots.txt`
/// forbids. A host that answers 429 or 503 is left alone from then on.
pub(crate) struct Visitor<'a> {
    fetcher: &'a Fetcher,
    pace: Pace,
    slots: Semaphore,
    hosts: Mutex<BTreeMap<String, Arc<Semaphore>>>,
    robots: Mutex<BTreeMap<String, Arc<OnceCell<RobotsSeen>>>>,
    tired: Mutex<BTreeSet<String>>,
    progress: Mutex<Step>,
    sent: AtomicUsize,
    told: Told<'a>,
}

/// Nothing is left half-changed under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(fetcher: &'a Fetcher, pace: Pace, told: Told<'a>) -> Self {
        Self {
            fetcher,
            pace,
            slots: Semaphore::new(pace.at_once.max(1)),
            hosts: Mutex::default(),
            robots: Mutex::default(),
            tired: Mutex::default(),
            sent: AtomicUsize::new(0),
            progress: Mutex::new(Step { what: "robots.txt", done: 0, planned: 0 }),
            told,
        }
    }

    /// Says what comes next, and how much of it.
    pub(crate) fn plan(&self, what: &'static str, more: usize) {
        let mut step = locked(&self.progress);
        step.what = what;
        step.planned += more;
        (self.told)(*step);
    }

    /// How many requests were sent, redirects aside.
    pub(crate) fn requests(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The `robots.txt` of `url`'s origin, asked for once.
    pub(crate) async fn robots(&self, url: &Url) -> RobotsSeen {
        let cell = locked(&self.robots).entry(origin(url)).or_default().clone();
        cell.get_or_init(|| self.read_robots(url)).await.clone()
    }

    async fn read_robots(&self, url: &Url) -> RobotsSeen {
        let nobody = |trouble| RobotsSeen { robots: Robots::nothing(), trouble: Some(trouble) };
        let mut address = url.clone();
        address.set_path("/robots.txt");
        address.set_query(None);
        self.plan("robots.txt", 1);
        match self.ask(&address, &Ask::get().even_downgraded()).await {
            (Outcome::Got(got), body) if got.is_success() => {
                let text = String::from_utf8_lossy(&body[..body.len().min(MOST_BYTES)]).into_owned();
                RobotsSeen { robots: Robots::parse(&text), trouble: None }
            }
            // RFC 9309 §2.3.1.3 and §2.3.1.4: what is not there forbids nothing, what cannot be had forbids all.
            (Outcome::Got(got), _) if (300..500).contains(&got.status) && got.status != 429 => {
                RobotsSeen { robots: Robots::default(), trouble: None }
            }
            (Outcome::Got(got), _) => nobody(Trouble::Answer(got.status)),
            (Outcome::Failed(why), _) => nobody(Trouble::Host(why)),
            (Outcome::Skipped(_), _) => nobody(Trouble::Late),
        }
    }

    /// Asks for `url` unless `robots.txt` forbids it.
    pub(crate) async fn visit(&self, url: &Url, ask: &Ask) -> (Outcome, Bytes) {
        let seen = self.robots(url).await;
        let not_asked = match seen.trouble {
            Some(Trouble::Host(why)) => Outcome::Failed(why),
            Some(Trouble::Late) => Outcome::Skipped(Skip::Late),
            _ if !seen.robots.allows(ROBOTS_AGENT, url) => Outcome::Skipped(Skip::Robots),
            _ => return self.ask(url, ask).await,
        };
        self.count();
        (not_asked, Bytes::new())
    }

    /// Asks for `url` although nobody could say whether that is allowed: once, because somebody asked for it by name.
    pub(crate) async fn ask_in_spite(&self, url: &Url) -> (Outcome, Bytes) {
        self.ask(url, &Ask::get().even_downgraded()).await
    }

    /// Whether `url` leads to something, without its content where the server can say so.
    pub(crate) async fn try_out(&self, url: &Url) -> Outcome {
        let (outcome, _) = self.visit(url, &Ask::head().even_downgraded()).await;
        // Many servers have never heard of HEAD, and some drop whoever asks.
        let doubtful = match &outcome {
            Outcome::Got(got) => got.status >= 400 && !matches!(got.status, 410 | 429 | 503),
            Outcome::Failed(why) => matches!(why, FetchError::Broken(_) | FetchError::TimedOut(_)),
            Outcome::Skipped(_) => false,
        };
        if !doubtful {
            return outcome;
        }
        self.plan("links", 1);
        self.visit(url, &Ask::get().even_downgraded()).await.0
    }

    async fn ask(&self, url: &Url, ask: &Ask) -> (Outcome, Bytes) {
        let outcome = self.ask_in_turn(url, ask).await;
        self.count();
        match outcome {
            Ok(fetched) => {
                if matches!(fetched.status, 429 | 503) {
                    locked(&self.tired).insert(origin(&fetched.url));
                }
                (Outcome::Got(Box::new(Got::from(&fetched))), fetched.body)
            }
            Err(outcome) => (outcome, Bytes::new()),
        }
    }

    async fn ask_in_turn(&self, url: &Url, ask: &Ask) -> Result<Fetched, Outcome> {
        let late = |_| Outcome::Skipped(Skip::Late);
        let host = {
            let mut hosts = locked(&self.hosts);
            let fresh = || Arc::new(Semaphore::new(self.pace.per_host.max(1)));
            hosts.entry(origin(url)).or_insert_with(fresh).clone()
        };
        let work = async {
            let _host = host.acquire().await;
            let _slot = self.slots.acquire().await;
            if locked(&self.tired).contains(&origin(url)) {
                return Err(Outcome::Skipped(Skip::Tired));
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
            self.fetcher.fetch(url, ask).await.map_err(|failure| Outcome::Failed(failure.kind))
        };
        timeout_at(self.pace.deadline, work).await.map_err(late)?
    }

    fn count(&self) {
        let mut step = locked(&self.progress);
        step.done += 1;
        (self.told)(*step);
    }
}
