//! Whether people get there, and safely.

use super::some;
use crate::{
    fetch::{FetchError, Refusal},
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
        Err(why) => return vec![unreachable(why)],
    };
    let mut findings = redirects(&site.asked, got);
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

fn unreachable(why: &FetchError) -> Finding {
    let finding = Finding::new(Check::Unreachable, why.to_string());
    let inside = matches!(
        why,
        FetchError::Refused(Refusal::Address { .. } | Refusal::LocalName(_) | Refusal::Port(_))
    );
    if inside {
        let fix = "Lead ads to a public address. Whoever runs Placard can vouch for a site of their own with PLACARD_WEBSITE_ALLOW=HOST:PORT.";
        return Finding { fix: fix.to_owned(), ..finding };
    }
    finding
}

fn redirects(asked: &Url, got: &Got) -> Vec<Finding> {
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
    if !same_site(asked, &got.url) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Hop;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn checks(findings: &[Finding]) -> Vec<Check> {
        findings.iter().map(|finding| finding.check).collect()
    }

    #[test]
    fn an_encrypted_page_loads_and_sends_nothing_in_the_clear() {
        let html = "<script src=http://a.example/x.js></script><img src=http://a.example/x.png>\
                    <form action=http://a.example/in></form><img src=//b.example/y.png>";
        let found = in_the_clear(&Page::read(&url("https://example.com/"), html));
        assert_eq!(checks(&found), [Check::MixedContent, Check::MixedMedia, Check::FormInClear]);
        assert_eq!(in_the_clear(&Page::read(&url("http://example.com/"), html)), []);
    }

    #[test]
    fn redirects_stay_encrypted_and_on_the_site() {
        let way = |stops: &[&str]| {
            let mut got = Got::plain(url(stops[stops.len() - 1]));
            let pairs = stops.windows(2);
            got.hops = pairs.map(|pair| Hop { from: url(pair[0]), status: 302, to: url(pair[1]) }).collect();
            checks(&redirects(&url(stops[0]), &got))
        };
        assert_eq!(way(&["http://example.com/", "https://www.example.com/"]), []);
        assert_eq!(way(&["https://example.com/", "http://example.com/x"]), [Check::Downgrade]);
        assert_eq!(way(&["https://example.com/", "https://notexample.com/"]), [Check::RedirectOffSite]);
        assert_eq!(
            way(&["https://a.example/", "https://a.example/1", "https://a.example/2"]),
            [Check::RedirectChain]
        );
    }

    #[test]
    fn a_refresh_that_stays_is_no_redirect() {
        for (content, leads) in
            [("5", false), ("5; url=/", false), ("0;URL='/there'", true), ("3; url = //b.example", true)]
        {
            let html = format!("<meta http-equiv=refresh content=\"{content}\">");
            let found = scripted_redirect(&Page::read(&url("https://example.com/"), &html));
            assert_eq!(found.is_some(), leads, "{content}");
        }
    }
}
