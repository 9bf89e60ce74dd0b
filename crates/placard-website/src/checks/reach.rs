//! Whether people get there, and safely.

use super::some;
use crate::{
    finding::{Check, Finding},
    page::{Kind, Page},
    site::{Got, Site},
};
use url::Url;

pub(super) fn check(site: &Site) -> Vec<Finding> {
    if site.kept_out {
        return Vec::new();
    }
    let got = match &site.landing {
        Ok(got) => got,
        Err(why) => return vec![Finding::new(Check::Unreachable, why.to_string())],
    };
    let mut findings = redirects(site, got);
    if !got.is_success() {
        findings.push(Finding::new(Check::BadStatus, format!("{} answers with {}", got.url, got.status)));
    }
    if got.url.scheme() != "https" {
        findings.push(Finding::new(Check::NoHttps, got.url.to_string()));
    }
    match &site.page {
        None if got.is_success() => {
            let kind = if got.content_type.is_empty() { "of no type" } else { &got.content_type };
            findings.push(Finding::new(Check::NotHtml, format!("{} is {kind}", got.url)));
        }
        None => {}
        Some(page) => {
            findings.extend(scripted_redirect(page));
            findings.extend(in_the_clear(page));
        }
    }
    findings
}

fn redirects(site: &Site, got: &Got) -> Vec<Finding> {
    let mut findings = Vec::new();
    let way = || {
        let stops = got.hops.iter().map(|hop| format!("{} ({})", hop.from, hop.status));
        stops.chain([got.url.to_string()]).collect::<Vec<_>>().join(" → ")
    };
    if got.hops.len() > 1 {
        findings.push(Finding::new(Check::RedirectChain, way()));
    }
    if got.hops.iter().any(|hop| hop.from.scheme() == "https" && hop.to.scheme() == "http") {
        findings.push(Finding::new(Check::Downgrade, way()));
    }
    if !same_site(&site.asked, &got.url) {
        findings.push(Finding::new(Check::RedirectOffSite, way()));
    }
    findings
}

/// Whether one host is the other, or lies below it, `www` aside.
pub(super) fn same_site(one: &Url, other: &Url) -> bool {
    let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let (one, other) = (bare(one), bare(other));
    let below = |inner: &str, outer: &str| {
        inner.strip_suffix(outer).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    below(&one, &other) || below(&other, &one)
}

/// A `refresh` that leads elsewhere, rather than one that reads the page again.
fn scripted_redirect(page: &Page) -> Option<Finding> {
    let (_, rest) = page.refresh.as_deref()?.split_once([';', ','])?;
    let (key, to) = rest.split_once('=')?;
    let to = to.trim().trim_matches(['\'', '"']);
    if !key.trim().eq_ignore_ascii_case("url") {
        return None;
    }
    let to = page.url.join(to).ok().filter(|to| *to != page.url)?;
    Some(Finding::new(Check::ScriptedRedirect, format!("a refresh leads to {to}")))
}

fn in_the_clear(page: &Page) -> Vec<Finding> {
    // A page in the clear sends everything so; that is said once, by its own check.
    if page.url.scheme() != "https" {
        return Vec::new();
    }
    let clear = page.loads.iter().filter(|load| load.url.scheme() == "http");
    let (media, active): (Vec<_>, Vec<_>) =
        clear.partition(|load| matches!(load.kind, Kind::Image | Kind::Media));
    let mut findings = Vec::new();
    for (check, loads) in [(Check::MixedContent, active), (Check::MixedMedia, media)] {
        let urls: Vec<&Url> = loads.iter().map(|load| &load.url).collect();
        if !urls.is_empty() {
            findings.push(Finding::new(check, some(&urls)));
        }
    }
    for form in &page.forms {
        if let Some(action) = form.action.as_ref().filter(|action| action.scheme() == "http") {
            findings.push(Finding::new(Check::FormInClear, format!("a form is sent to {action}")).at(action));
        }
    }
    findings
}
