//! Whether what ads lead to is counted, and lawfully.

use super::some;
use crate::{
    finding::{Check, Finding, Severity},
    page::{
        Page,
        tags::{self, Seen, Tag},
    },
    site::{Clicked, Got, Outcome, Site},
};
use std::collections::BTreeMap;

pub(super) fn check(site: &Site) -> Vec<Finding> {
    let Some(page) = &site.page else { return Vec::new() };
    let found = tags::tags(page);
    let mut findings = presence(site, &found);
    findings.extend(consent(page, &found));
    if let (Ok(landing), Some(clicked)) = (&site.landing, &site.clicked) {
        findings.extend(parameters(landing, clicked));
    }
    findings
}

fn presence(site: &Site, found: &BTreeMap<Tag, Seen>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let managed = found.contains_key(&Tag::GoogleTagManager);
    for tag in site.expected.iter().filter(|tag| !found.contains_key(tag)) {
        let finding = Finding::new(Check::TagMissing, format!("no {}", tag.name())).at(tag.name());
        // Whatever the manager loads is not seen without running scripts.
        findings.push(if managed {
            let seen = format!("no {} on the page itself; Google Tag Manager may load it", tag.name());
            Finding { seen, ..finding.rated(Severity::Note) }
        } else {
            finding
        });
    }
    if found.is_empty() && site.expected.is_empty() {
        findings.push(Finding::new(Check::TagsNone, "none on the page itself"));
    }
    for (tag, _) in found.iter().filter(|(_, seen)| seen.ids.is_empty()) {
        findings.push(Finding::new(Check::TagWithoutId, tag.name()).at(tag.name()));
    }
    findings
}

fn consent(page: &Page, found: &BTreeMap<Tag, Seen>) -> Option<Finding> {
    let denied = tags::consent_mode(page);
    // Tag Manager sets nothing by itself; with consent mode, Google's tag waits by itself.
    let early = |(tag, seen): &(&Tag, &Seen)| {
        seen.at_once && **tag != Tag::GoogleTagManager && !(denied && **tag == Tag::GoogleTag)
    };
    let early: Vec<&str> = found.iter().filter(early).map(|(tag, _)| tag.name()).collect();
    if early.is_empty() {
        return None;
    }
    Some(match tags::consent(page) {
        None => {
            Finding::new(Check::ConsentMissing, format!("{}; no consent manager known to us", some(&early)))
        }
        Some(manager) => {
            Finding::new(Check::TagsBeforeConsent, format!("{}, beside {manager}", some(&early)))
        }
    })
}

fn parameters(landing: &Got, clicked: &Clicked) -> Vec<Finding> {
    let got = match &clicked.outcome {
        Outcome::Got(got) => got,
        Outcome::Failed(why) if landing.is_success() => {
            return vec![Finding::new(Check::ParametersBreak, why.to_string())];
        }
        Outcome::Failed(_) | Outcome::Skipped(_) => return Vec::new(),
    };
    if landing.is_success() && !got.is_success() {
        let seen = format!("{} without them, {} with them", landing.status, got.status);
        return vec![Finding::new(Check::ParametersBreak, seen)];
    }
    let lost: Vec<&str> = clicked
        .parameters
        .iter()
        .filter(|(name, value)| !got.url.query_pairs().any(|(own, is)| own == *name && is == *value))
        .map(|(name, _)| name.as_str())
        .collect();
    if !lost.is_empty() {
        return vec![Finding::new(
            Check::ParametersLost,
            format!("{} on the way to {}", some(&lost), got.url),
        )];
    }
    clicked.page.as_ref().and_then(|page| not_carried(page, clicked)).into_iter().collect()
}

/// Nothing on the page shows that the parameters go on: no link has them, no form has fields for them.
fn not_carried(page: &Page, clicked: &Clicked) -> Option<Finding> {
    let (name, value) = clicked.parameters.first()?;
    let linked = page.links.iter().any(|link| link.written.contains(value.as_str()));
    let asked = page.forms.iter().any(|form| form.hidden.iter().any(|hidden| hidden.contains(name.as_str())));
    let goes_on = page.forms.iter().any(|form| !form.search)
        || page.links.iter().any(|link| link.to.as_ref().is_some_and(|to| to.host() != page.url.host()));
    (goes_on && !linked && !asked).then(|| {
        Finding::new(Check::ParametersNotCarried, "no link has them and no form has hidden fields for them")
    })
}
