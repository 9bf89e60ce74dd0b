//! How long people wait.

use super::{counted, some};
use crate::{
    finding::{Check, Finding, Severity},
    page::Kind,
    site::{Got, Loaded, Site},
};
use std::time::Duration;
use url::Url;

/// Of what people on phones wait for; half of the web's pages are below 2.5 MB.
const HEAVY_PAGE: usize = 4_000_000;
const VERY_HEAVY_PAGE: usize = 10_000_000;
const HEAVY_IMAGE: usize = 500_000;
const SLOW_ANSWER: Duration = Duration::from_millis(800);
const VERY_SLOW_ANSWER: Duration = Duration::from_millis(1_800);
const SLOW_LOAD: Duration = Duration::from_millis(1_500);
const MANY_REQUESTS: usize = 150;
const MANY_BLOCKING: usize = 6;
/// Below this, compression saves nothing.
const WORTH_COMPRESSING: usize = 4_096;

pub(super) fn check(site: &Site) -> Vec<Finding> {
    let Ok(landing) = &site.landing else { return Vec::new() };
    let loads = site.resources.iter().filter_map(|loaded| loaded.outcome.got());
    let bytes: usize = loads.map(|got| got.wire_bytes).sum::<usize>() + landing.wire_bytes;
    let mut findings: Vec<Finding> = weight(bytes).into_iter().collect();
    findings.extend(answer(landing));
    findings.extend(single(site));
    let blocking = site.resources.iter().filter(|loaded| loaded.blocking).count();
    if blocking > MANY_BLOCKING {
        findings
            .push(Finding::new(Check::RenderBlocking, format!("{blocking} scripts and styles in the head")));
    }
    let requests = site.resources.len() + site.left_out + 1;
    if requests > MANY_REQUESTS {
        findings.push(Finding::new(Check::ManyRequests, counted(requests, "request")));
    }
    findings
}

fn answer(landing: &Got) -> Option<Finding> {
    let took = landing.first_byte;
    let seen = format!("{} ms until the first byte", took.as_millis());
    let finding = Finding::new(Check::SlowAnswer, seen);
    match took {
        _ if took > VERY_SLOW_ANSWER => Some(finding),
        _ if took > SLOW_ANSWER => Some(finding.rated(Severity::Note)),
        _ => None,
    }
}

/// Megabytes with one digit.
fn megabytes(bytes: usize) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

fn weight(bytes: usize) -> Option<Finding> {
    let finding = Finding::new(Check::HeavyPage, megabytes(bytes));
    match bytes {
        VERY_HEAVY_PAGE.. => Some(finding.rated(Severity::Error)),
        HEAVY_PAGE.. => Some(finding),
        _ => None,
    }
}

fn single(site: &Site) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut plain = Vec::new();
    for loaded in &site.resources {
        if let Some(why) = loaded.outcome.broken() {
            findings
                .push(Finding::new(Check::BrokenResource, format!("{} {why}", loaded.url)).at(&loaded.url));
        }
        let Some(got) = loaded.outcome.got() else { continue };
        if loaded.kind == Kind::Image && got.wire_bytes > HEAVY_IMAGE {
            let seen = format!("{} is {}", loaded.url, megabytes(got.wire_bytes));
            findings.push(Finding::new(Check::HeavyImage, seen).at(&loaded.url));
        }
        findings.extend(slow(&loaded.url, got));
        if is_plain_text(loaded, got) {
            plain.push(loaded.url.clone());
        }
    }
    if let Ok(landing) = &site.landing
        && !landing.compressed
        && landing.wire_bytes > WORTH_COMPRESSING
    {
        plain.insert(0, landing.url.clone());
    }
    if !plain.is_empty() {
        findings.push(Finding::new(Check::Uncompressed, some(&plain)));
    }
    findings
}

fn slow(url: &Url, got: &Got) -> Option<Finding> {
    let seen = format!("{url} took {} ms", got.took.as_millis());
    (got.took > SLOW_LOAD).then(|| Finding::new(Check::SlowResource, seen).at(url))
}

fn is_plain_text(loaded: &Loaded, got: &Got) -> bool {
    matches!(loaded.kind, Kind::Script | Kind::Stylesheet)
        && got.is_success()
        && !got.compressed
        && got.wire_bytes > WORTH_COMPRESSING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_what_they_say() {
        let severity = |finding: Option<Finding>| finding.map(|finding| finding.severity);
        assert_eq!(severity(weight(HEAVY_PAGE - 1)), None);
        assert_eq!(severity(weight(HEAVY_PAGE)), Some(Severity::Warning));
        assert_eq!(severity(weight(VERY_HEAVY_PAGE)), Some(Severity::Error));
        assert_eq!(weight(4_260_000).unwrap().seen, "4.2 MB");
        let url = Url::parse("https://example.com/").unwrap();
        let after = |milliseconds| {
            let time = Duration::from_millis(milliseconds);
            Got { first_byte: time, took: time, ..Got::plain(url.clone()) }
        };
        assert_eq!(severity(answer(&after(800))), None);
        assert_eq!(severity(answer(&after(801))), Some(Severity::Note));
        assert_eq!(severity(answer(&after(1_801))), Some(Severity::Warning));
        assert_eq!((slow(&url, &after(1_500)), slow(&url, &after(1_501)).is_some()), (None, true));
    }
}
