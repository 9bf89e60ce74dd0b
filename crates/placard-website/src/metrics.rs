//! What an audit measures.

use crate::{
    crawl,
    page::{
        Kind,
        tags::{self, Seen, Tag},
    },
    site::{Got, Loaded, Site},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// How many of the slowest are told.
const SLOWEST: usize = 5;

/// Things of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// How many.
    pub count: u64,
    /// Bytes of their bodies on the wire.
    pub bytes: u64,
}

/// How long something took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Slow {
    /// What.
    pub url: String,
    /// How long, with its redirects.
    pub milliseconds: u64,
}

/// What was measured. Times are milliseconds from where the audit ran, sizes are bytes on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// Status of the landing page, if it answered.
    pub status: Option<u16>,
    /// Redirects before it.
    pub redirects: u64,
    /// Until its answer began.
    pub first_byte_ms: u64,
    /// Until it was there, without what it loads.
    pub page_ms: u64,
    /// Everything that the page loads, itself included.
    pub bytes: u64,
    /// The same, decompressed.
    pub decoded_bytes: u64,
    /// By kind.
    pub by_kind: BTreeMap<Kind, Weight>,
    /// Loads that nothing is shown before.
    pub render_blocking: u64,
    /// The slowest loads, the slowest first.
    pub slowest: Vec<Slow>,
    /// Words that people read without any script.
    pub words: u64,
    /// Other pages that were read.
    pub pages: u64,
    /// Links that were tried.
    pub links: u64,
    /// Links that lead nowhere.
    pub links_broken: u64,
    /// Requests of the audit.
    pub requests: u64,
    /// What was not asked for: forbidden by `robots.txt`, beyond a limit, or the host had had enough.
    pub left_alone: u64,
    /// Tags of ad networks.
    pub tags: BTreeMap<Tag, Seen>,
    /// The consent manager.
    pub consent: Option<String>,
}

/// A figure at two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delta {
    /// Then.
    pub before: u64,
    /// Now.
    pub after: u64,
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Metrics {
    pub(crate) fn of(site: &Site, requests: usize) -> Self {
        let mut metrics =
            Self { requests: count(requests), left_alone: count(crawl::left_alone(site)), ..Self::default() };
        if let Ok(landing) = &site.landing {
            metrics.status = Some(landing.status);
            metrics.redirects = count(landing.hops.len());
            metrics.first_byte_ms = milliseconds(landing.first_byte);
            metrics.page_ms = milliseconds(landing.took);
            metrics.weigh(Kind::Document, landing);
        }
        for loaded in &site.resources {
            metrics.render_blocking += u64::from(loaded.blocking);
            if let Some(got) = loaded.outcome.got() {
                metrics.weigh(loaded.kind, got);
            }
        }
        metrics.slowest = slowest(&site.resources);
        metrics.pages = count(site.pages.iter().filter(|page| page.page.is_some()).count());
        metrics.links = count(site.links.len() + site.pages.len());
        let outcomes =
            site.links.iter().map(|link| &link.outcome).chain(site.pages.iter().map(|page| &page.outcome));
        metrics.links_broken = count(outcomes.filter(|outcome| outcome.broken().is_some()).count());
        if let Some(page) = &site.page {
            metrics.words = count(page.text.split_whitespace().count());
            metrics.tags = tags::tags(page);
            metrics.consent = tags::consent(page).map(str::to_owned);
        }
        metrics
    }

    fn weigh(&mut self, kind: Kind, got: &Got) {
        let bytes = count(got.wire_bytes);
        let weight = self.by_kind.entry(kind).or_default();
        weight.count += 1;
        weight.bytes += bytes;
        self.bytes += bytes;
        self.decoded_bytes += count(got.decoded_bytes);
    }

    fn figures(&self) -> [(&'static str, u64); 12] {
        [
            ("redirects", self.redirects),
            ("first_byte_ms", self.first_byte_ms),
            ("page_ms", self.page_ms),
            ("bytes", self.bytes),
            ("decoded_bytes", self.decoded_bytes),
            ("loads", self.by_kind.values().map(|weight| weight.count).sum()),
            ("render_blocking", self.render_blocking),
            ("words", self.words),
            ("pages", self.pages),
            ("links", self.links),
            ("links_broken", self.links_broken),
            ("left_alone", self.left_alone),
        ]
    }

    /// The figures that are not the same any more.
    pub(crate) fn compare(&self, after: &Self) -> BTreeMap<String, Delta> {
        let both = self.figures().into_iter().zip(after.figures());
        let changed = both.filter(|((_, before), (_, after))| before != after);
        changed.map(|((name, before), (_, after))| (name.to_owned(), Delta { before, after })).collect()
    }
}

fn slowest(resources: &[Loaded]) -> Vec<Slow> {
    let timed = resources.iter().filter_map(|loaded| Some((loaded, loaded.outcome.got()?.took)));
    let mut timed: Vec<Slow> = timed
        .map(|(loaded, took)| Slow { url: loaded.url.to_string(), milliseconds: milliseconds(took) })
        .collect();
    timed.sort_by_key(|slow| std::cmp::Reverse(slow.milliseconds));
    timed.truncate(SLOWEST);
    timed
}
