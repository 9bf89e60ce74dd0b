//! Audits: what was found on a page, how it compares with an earlier time.

use crate::{
    checks,
    crawl::{self, Pace, Told, Visitor},
    fetch::Fetcher,
    finding::{Check, Finding, Severity},
    metrics::{Delta, Metrics},
    page::tags::Tag,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;
use url::Url;

/// The `user-agent` of an audit.
pub const AGENT: &str = concat!(
    "Mozilla/5.0 (compatible; PlacardAudit/",
    env!("CARGO_PKG_VERSION"),
    "; +https://github.com/placard-ads/placard)"
);

/// How far an audit looks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Pages of the same site that are read besides the landing page; policies come first.
    pub pages: usize,
    /// Other links that are tried.
    pub links: usize,
    /// Things that the page loads and that are measured.
    pub resources: usize,
    /// Requests under way at once.
    pub at_once: usize,
    /// Requests under way at once to one host.
    pub per_host: usize,
    /// Time for everything.
    pub within: Duration,
    /// Tags that must be there.
    pub expected: BTreeSet<Tag>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pages: 5,
            links: 30,
            resources: 400,
            at_once: 16,
            per_host: 6,
            within: Duration::from_secs(120),
            expected: BTreeSet::new(),
        }
    }
}

/// What an audit came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// The address that was audited, as it was asked for.
    #[schemars(with = "String")]
    pub url: Url,
    /// When it began.
    #[schemars(with = "String")]
    pub started: DateTime<Utc>,
    /// When it ended.
    #[schemars(with = "String")]
    pub finished: DateTime<Utc>,
    /// From 0 to 100, see [`score`].
    pub score: u8,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What was measured.
    pub metrics: Metrics,
}

/// Audits the page at `url`. Always comes to an end: a page that cannot be had is a finding.
pub async fn audit(fetcher: &Fetcher, url: &Url, options: &Options, told: Told<'_>) -> Audit {
    let started = Utc::now();
    let deadline = Instant::now() + options.within;
    let pace = Pace { at_once: options.at_once, per_host: options.per_host, deadline };
    let visitor = Visitor::new(fetcher, pace, told);
    // It holds what several requests need at once; whoever waits for it should not have to carry that.
    let site = Box::pin(crawl::look(&visitor, url, options)).await;
    let metrics = Metrics::of(&site, visitor.requests());
    let findings = checks::all(&site);
    Audit { url: url.clone(), started, finished: Utc::now(), score: score(&findings), findings, metrics }
}

impl Audit {
    /// The worst of the findings, if there is any.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings are as bad as `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// What is left of 100: each check that found an error leaves 85 % of it, each with a warning at worst 96 %, each with a
/// note 99 %, rounded down; nothing is left of a page that could not be had.
///
/// A check counts once, however often it found something, so that one habit does not hide everything else, and each that
/// is mended shows, however bad the rest is.
pub fn score(findings: &[Finding]) -> u8 {
    const NO_PAGE: [Check; 3] = [Check::Unreachable, Check::BadStatus, Check::NotHtml];
    let mut worst = BTreeMap::new();
    for finding in findings {
        let known = worst.entry(finding.check).or_insert(finding.severity);
        *known = (*known).max(finding.severity);
    }
    if NO_PAGE.iter().any(|check| worst.contains_key(check)) {
        return 0;
    }
    let left = |severity: &Severity| match severity {
        Severity::Error => 85,
        Severity::Warning => 96,
        Severity::Note => 99,
    };
    // In billionths, so that rounding in between does not add up.
    let score = worst.values().map(left).fold(100_000_000_000_u64, |score, left| score * left / 100);
    u8::try_from(score / 1_000_000_000).unwrap_or(100)
}

/// What changed between two audits of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What was there before and is gone.
    pub fixed: Vec<Finding>,
    /// What was not there before.
    pub new: Vec<Finding>,
    /// What is there still, as it is now.
    pub still: Vec<Finding>,
    /// The score before and now.
    pub score: Delta,
    /// Figures that changed, by their name.
    pub metrics: BTreeMap<String, Delta>,
}

/// Compares two audits. Two findings are the same if they are of the same check about the same thing; what was seen may
/// differ.
pub fn compare(before: &Audit, after: &Audit) -> Comparison {
    let key = |finding: &Finding| (finding.check, finding.at.clone());
    let keys = |audit: &Audit| audit.findings.iter().map(key).collect::<BTreeSet<_>>();
    let (old, now) = (keys(before), keys(after));
    let (still, new) = after.findings.iter().cloned().partition(|finding| old.contains(&key(finding)));
    let fixed = before.findings.iter().filter(|finding| !now.contains(&key(finding))).cloned().collect();
    Comparison {
        fixed,
        new,
        still,
        score: Delta { before: before.score.into(), after: after.score.into() },
        metrics: before.metrics.compare(&after.metrics),
    }
}
