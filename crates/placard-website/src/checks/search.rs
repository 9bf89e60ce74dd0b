//! What crawlers are told: of platforms and of search engines.

use super::{reach::same_site, some};
use crate::{
    finding::{Check, Finding, Severity},
    page::{Page, has_word},
    robots::Robots,
    site::{Outcome, Site, Trouble},
};
use std::collections::BTreeMap;
use url::Url;

/// A crawler by which a platform looks at pages of ads.
struct Crawler {
    name: &'static str,
    whose: &'static str,
    /// Whether it heeds only what `robots.txt` says to it by name (Google's documentation of AdsBot says so).
    by_name_only: bool,
}

const CRAWLERS: [Crawler; 4] = [
    Crawler { name: "AdsBot-Google", whose: "Google Ads", by_name_only: true },
    Crawler { name: "AdsBot-Google-Mobile", whose: "Google Ads, for phones", by_name_only: true },
    Crawler { name: "facebookexternalhit", whose: "Meta", by_name_only: false },
    Crawler { name: "adidxbot", whose: "Microsoft Advertising", by_name_only: false },
];

/// What `robots.txt` does to ads; can be said of a page that was not read.
pub(super) fn robots(site: &Site) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(trouble) = &site.robots.trouble {
        // That a host cannot be talked to is said of the page already.
        if !matches!((&site.landing, trouble), (Err(_), Trouble::Host(_))) {
            findings.push(Finding::new(Check::RobotsUnreachable, trouble.to_string()));
        }
        return findings;
    }
    let landing = site.landing.as_ref().map_or(&site.asked, |got| &got.url);
    for crawler in CRAWLERS.iter().filter(|crawler| !crawler.may(&site.robots.robots, landing)) {
        let seen = format!("{} ({}) may not read {}", crawler.name, crawler.whose, landing.path());
        findings.push(Finding::new(Check::RobotsBlocksAds, seen).at(crawler.name));
    }
    if site.kept_out {
        findings.push(Finding::new(Check::RobotsBlocksAudit, format!("{} is forbidden", site.asked.path())));
    }
    findings
}

impl Crawler {
    fn may(&self, robots: &Robots, url: &Url) -> bool {
        if self.by_name_only { robots.allows_by_name(self.name, url) } else { robots.allows(self.name, url) }
    }
}

pub(super) fn check(site: &Site) -> Vec<Finding> {
    let Some(page) = &site.page else { return Vec::new() };
    let mut findings = canonical(page);
    findings.extend(no_index(site, page));
    findings.extend(sitemap(site));
    findings.extend(repeated_titles(site, page));
    findings
}

fn canonical(page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    match page.canonical.as_slice() {
        [] => findings.push(Finding::new(Check::CanonicalMissing, "none on the page")),
        [_] => {}
        several => findings.push(Finding::new(Check::CanonicalsMany, some(several))),
    }
    if let Some(elsewhere) = page.canonical_url().filter(|canonical| !same_site(canonical, &page.url)) {
        findings.push(Finding::new(Check::CanonicalElsewhere, elsewhere.to_string()));
    }
    findings
}

fn no_index(site: &Site, page: &Page) -> Option<Finding> {
    let told = |text: &str| {
        let text = text.replace([',', ':'], " ");
        has_word(&text, "noindex") || has_word(&text, "none")
    };
    let header = site.landing.as_ref().map(|got| got.robots_tag.as_str()).unwrap_or_default();
    if told(header) {
        return Some(Finding::new(Check::NoIndex, format!("x-robots-tag: {header}")));
    }
    let (name, content) = page.robots.iter().find(|(_, content)| told(content))?;
    let finding = Finding::new(Check::NoIndex, format!("meta {name}: {content}"));
    Some(if name == "adsbot-google" { finding.rated(Severity::Warning) } else { finding })
}

fn sitemap(site: &Site) -> Vec<Finding> {
    let named = !site.robots.robots.sitemaps.is_empty();
    let mut findings = Vec::new();
    for tried in &site.sitemaps {
        let missing = tried.outcome.broken().or_else(|| match &tried.outcome {
            Outcome::Got(got) if !got.is_success() => Some(format!("answered with {}", got.status)),
            _ => None,
        });
        let Some(why) = missing else { continue };
        let check = if named { Check::SitemapBroken } else { Check::SitemapMissing };
        findings.push(Finding::new(check, format!("{}: {why}", tried.url)).at(&tried.url));
    }
    findings
}

fn repeated_titles(site: &Site, page: &Page) -> Vec<Finding> {
    let mut by_title: BTreeMap<&str, Vec<&Url>> = BTreeMap::new();
    let others = site.pages.iter().filter_map(|other| other.page.as_ref());
    for page in std::iter::once(page).chain(others) {
        if let Some(title) = page.titles.first().filter(|title| !title.is_empty()) {
            let urls = by_title.entry(title).or_default();
            // Two ways to one page are one page.
            if !urls.contains(&&page.url) {
                urls.push(&page.url);
            }
        }
    }
    let repeated = by_title.into_iter().filter(|(_, urls)| urls.len() > 1);
    repeated
        .map(|(title, urls)| {
            Finding::new(Check::TitleRepeated, format!("“{title}”: {}", some(&urls))).at(title)
        })
        .collect()
}
