//! The half of an audit that asks: what is where, and how it answers.

mod visitor;

pub(crate) use visitor::{Pace, Visitor};
pub use visitor::{ROBOTS_AGENT, Step, Told};

use crate::{
    fetch::{Ask, FetchError},
    page::{Load, Page},
    site::{Clicked, Loaded, OtherPage, Outcome, RobotsSeen, Site, Skip, Tried},
    text,
};
use bytes::Bytes;
use futures::{StreamExt, future, stream};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

use crate::audit::Options;

/// What ads add to an address: the usual names, with values that can be found again.
const PARAMETERS: [(&str, &str); 8] = [
    ("utm_source", "placard"),
    ("utm_medium", "audit"),
    ("utm_campaign", "placard-audit"),
    ("utm_content", "placard-audit"),
    ("gclid", "placard-audit-g"),
    ("fbclid", "placard-audit-f"),
    ("msclkid", "placard-audit-m"),
    ("ttclid", "placard-audit-t"),
];

/// How many of a page's own requests are under way at most; the visitor narrows it further.
const WIDTH: usize = 64;

/// Looks at the page at `asked`, and at what belongs to it.
pub(crate) async fn look(visitor: &Visitor<'_>, asked: &Url, options: &Options) -> Site {
    let robots = visitor.robots(asked).await;
    let mut site = nothing(asked, robots, options);
    // A site whose robots.txt cannot be had is most likely down; the page itself tells.
    site.kept_out = site.robots.trouble.is_none() && !site.robots.robots.allows(ROBOTS_AGENT, asked);
    if site.kept_out {
        return site;
    }
    visitor.plan("the page", 1);
    let (outcome, page) = if site.robots.trouble.is_some() {
        read(visitor.ask_in_spite(asked).await).await
    } else {
        read(visitor.visit(asked, &Ask::get().even_downgraded()).await).await
    };
    site.landing = match outcome {
        Outcome::Got(got) => Ok(*got),
        Outcome::Failed(kind) => Err(kind),
        Outcome::Skipped(_) => Err(FetchError::TimedOut(options.within)),
    };
    site.page = page;
    let Some(page) = site.page.clone() else { return site };
    if site.landing.as_ref().is_ok_and(|got| got.url.origin() != asked.origin()) {
        site.robots = visitor.robots(&page.url).await;
    }
    let loads = once(&page.loads);
    site.left_out = loads.len().saturating_sub(options.resources);
    let (clicked, resources) = future::join(
        click(visitor, asked),
        load(visitor, loads.into_iter().take(options.resources).collect()),
    )
    .await;
    (site.clicked, site.resources) = (Some(clicked), resources);
    let (pages, links) = choose(&page, options);
    let (pages, links, sitemaps, preview) = future::join4(
        read_all(visitor, pages),
        try_all(visitor, links, "links"),
        try_all(visitor, sitemaps(&site.robots, &page.url), "the sitemap"),
        preview(visitor, &page),
    )
    .await;
    (site.pages, site.links, site.sitemaps, site.preview) = (pages, links, sitemaps, preview);
    site
}

fn nothing(asked: &Url, robots: RobotsSeen, options: &Options) -> Site {
    Site {
        asked: asked.clone(),
        landing: Err(FetchError::TimedOut(options.within)),
        page: None,
        clicked: None,
        robots,
        kept_out: false,
        sitemaps: Vec::new(),
        resources: Vec::new(),
        pages: Vec::new(),
        links: Vec::new(),
        preview: None,
        expected: options.expected.clone(),
        left_out: 0,
    }
}

/// Reads an answer as a page, on a thread where that may take its time.
async fn read((outcome, body): (Outcome, Bytes)) -> (Outcome, Option<Page>) {
    let html = outcome
        .got()
        .filter(|got| matches!(got.content_type.as_str(), "text/html" | "application/xhtml+xml"));
    let Some(url) = html.map(|got| got.url.clone()) else { return (outcome, None) };
    let charset = outcome.got().map(|got| got.charset.clone()).unwrap_or_default();
    let read = tokio::task::spawn_blocking(move || Page::read(&url, &text::decode(&body, &charset)));
    (outcome, read.await.ok())
}

/// Each address once; it blocks if one of its mentions does.
fn once(loads: &[Load]) -> Vec<Load> {
    let mut places: BTreeMap<&Url, usize> = BTreeMap::new();
    let mut every: Vec<Load> = Vec::new();
    for load in loads {
        if let Some(at) = places.get(&load.url) {
            every[*at].blocking |= load.blocking;
        } else {
            places.insert(&load.url, every.len());
            every.push(load.clone());
        }
    }
    every
}

async fn load(visitor: &Visitor<'_>, loads: Vec<Load>) -> Vec<Loaded> {
    visitor.plan("what the page loads", loads.len());
    let asked = loads.into_iter().map(|load| async move {
        let (outcome, _) = visitor.visit(&load.url, &Ask::get().even_downgraded()).await;
        Loaded { kind: load.kind, url: load.url, blocking: load.blocking, outcome }
    });
    stream::iter(asked).buffered(WIDTH).collect().await
}

/// The page as somebody sees it who clicked on an ad.
async fn click(visitor: &Visitor<'_>, asked: &Url) -> Clicked {
    let present: BTreeSet<String> = asked.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let missing = PARAMETERS.iter().filter(|(name, _)| !present.contains(*name));
    let parameters: Vec<_> = missing.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut url = asked.clone();
    url.query_pairs_mut().extend_pairs(&parameters);
    visitor.plan("a click on an ad", 1);
    let (outcome, page) = read(visitor.visit(&url, &Ask::get().even_downgraded()).await).await;
    Clicked { parameters, outcome, page }
}

/// Which pages of the site are read, policies first, and which links are only tried.
fn choose(page: &Page, options: &Options) -> (Vec<Url>, Vec<Url>) {
    let mut known = BTreeSet::from([page.url.clone()]);
    let mut own: Vec<(u8, Url)> = Vec::new();
    let mut others = Vec::new();
    for link in &page.links {
        let Some(mut to) = link.to.clone().filter(|to| matches!(to.scheme(), "http" | "https")) else {
            continue;
        };
        to.set_fragment(None);
        if !known.insert(to.clone()) {
            continue;
        }
        if to.origin() == page.url.origin() {
            own.push((u8::from(!text::is_policy(&link.text, &to)), to));
        } else {
            others.push(to);
        }
    }
    own.sort_by_key(|(rank, _)| *rank);
    let mut own = own.into_iter().map(|(_, to)| to);
    let pages: Vec<Url> = own.by_ref().take(options.pages).collect();
    // Turn and turn about, so that neither kind is left out.
    let (mut rest, mut outside) = (own, others.into_iter());
    let mut links = Vec::new();
    while links.len() < options.links {
        let before = links.len();
        links.extend(rest.next());
        links.extend(outside.next());
        if links.len() == before {
            break;
        }
    }
    links.truncate(options.links);
    (pages, links)
}

async fn read_all(visitor: &Visitor<'_>, pages: Vec<Url>) -> Vec<OtherPage> {
    visitor.plan("other pages", pages.len());
    let asked = pages.into_iter().map(|url| async move {
        let (outcome, page) = read(visitor.visit(&url, &Ask::get().even_downgraded()).await).await;
        OtherPage { url, outcome, page }
    });
    stream::iter(asked).buffered(WIDTH).collect().await
}

async fn try_all(visitor: &Visitor<'_>, links: Vec<Url>, what: &'static str) -> Vec<Tried> {
    visitor.plan(what, links.len());
    let asked = links.into_iter().map(|url| async move {
        let outcome = visitor.try_out(&url).await;
        Tried { url, outcome }
    });
    stream::iter(asked).buffered(WIDTH).collect().await
}

/// Those that `robots.txt` names, else the one in the usual place.
fn sitemaps(robots: &RobotsSeen, page: &Url) -> Vec<Url> {
    let named: Vec<Url> =
        robots.robots.sitemaps.iter().filter_map(|told| page.join(told).ok()).take(3).collect();
    if named.is_empty() { page.join("/sitemap.xml").into_iter().collect() } else { named }
}

async fn preview(visitor: &Visitor<'_>, page: &Page) -> Option<Tried> {
    let told =
        ["og:image", "og:image:url", "twitter:image"].iter().find_map(|name| page.social.get(*name))?;
    let url = page.url.join(told.trim()).ok()?;
    visitor.plan("the preview's picture", 1);
    let outcome = visitor.try_out(&url).await;
    Some(Tried { url, outcome })
}

/// Whether anything was left out because the time was up or a host had had enough.
pub(crate) fn left_alone(site: &Site) -> usize {
    let outcomes = site.resources.iter().map(|loaded| &loaded.outcome);
    let outcomes = outcomes.chain(site.pages.iter().map(|page| &page.outcome));
    let outcomes = outcomes.chain(site.links.iter().map(|link| &link.outcome));
    let skipped =
        |outcome: &&Outcome| matches!(outcome, Outcome::Skipped(Skip::Late | Skip::Tired | Skip::Robots));
    outcomes.filter(skipped).count() + site.left_out
}
