//! Whether people can do what the ad promises, and know with whom.

use super::{counted, some};
use crate::{
    finding::{Check, Finding, Severity},
    page::{Field, Form, Page},
    site::{Outcome, Site},
    text::{Policy, digits, leads_to, phones},
};
use std::collections::BTreeSet;

pub(super) fn check(site: &Site) -> Vec<Finding> {
    let Some(page) = &site.page else { return Vec::new() };
    let mut findings = forms(page);
    findings.extend(phone_links(page));
    findings.extend(policies(page));
    findings.extend(links(site));
    findings
}

/// Fields by which people are known.
fn is_personal(field: &Field) -> bool {
    matches!(field.kind.as_str(), "email" | "tel" | "password")
        || ["email", "e-mail", "phone", "telefon", "vorname", "nachname", "firstname", "lastname", "surname"]
            .iter()
            .any(|word| field.name.replace(['_', '-'], "").contains(&word.replace('-', "")))
}

fn asks_people(form: &Form) -> bool {
    !form.search && form.fields.iter().any(is_personal)
}

fn forms(page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    let asked = || page.forms.iter().filter(|form| !form.search).flat_map(|form| &form.fields);
    let named = |fields: Vec<&Field>| {
        let names: Vec<&str> = fields
            .iter()
            .map(|field| if field.name.is_empty() { field.kind.as_str() } else { &field.name })
            .collect();
        format!("{}: {}", counted(names.len(), "field"), some(&names))
    };
    let bare: Vec<&Field> = asked().filter(|field| !field.labelled).collect();
    if !bare.is_empty() {
        findings.push(Finding::new(Check::FieldUnlabelled, named(bare)));
    }
    let slow: Vec<&Field> = asked()
        .filter(|field| is_personal(field) && matches!(field.autocomplete.as_str(), "" | "off"))
        .collect();
    if !slow.is_empty() {
        findings.push(Finding::new(Check::AutocompleteMissing, named(slow)));
    }
    // A form without an address of its own is most often sent by a script.
    let told = |form: &&Form| !form.posted && form.action.as_ref().is_some_and(|action| *action != page.url);
    if page.forms.iter().filter(told).any(asks_people) {
        findings.push(Finding::new(Check::PersonalDataInAddress, "a form without method=post"));
    }
    let reach = ["tel:", "mailto:", "sms:", "https://wa.me/"];
    let linked = page.links.iter().any(|link| reach.iter().any(|begin| link.written.starts_with(begin)));
    if !linked && page.forms.iter().all(|form| form.search) {
        findings.push(Finding::new(Check::NoWayToAct, "none on the page"));
    }
    findings
}

fn phone_links(page: &Page) -> Vec<Finding> {
    let links: Vec<&str> = page.links.iter().filter_map(|link| link.written.strip_prefix("tel:")).collect();
    let mut findings = Vec::new();
    let linked: BTreeSet<String> = links.iter().map(|link| tail(&digits(link))).collect();
    let loose: Vec<String> =
        phones(&page.text).into_iter().filter(|number| !linked.contains(&tail(number))).collect();
    if !loose.is_empty() {
        findings.push(Finding::new(Check::PhoneNotLinked, some(&loose)));
    }
    // RFC 3966 allows hyphens, dots and parentheses, and parameters after a semicolon.
    let broken = |link: &&&str| {
        let number = link.split(';').next().unwrap_or_default().replace("%20", " ");
        let known = |letter: char| letter.is_ascii_digit() || "+-.() *#".contains(letter);
        !number.chars().all(known) || digits(&number).len() < 3
    };
    let wrong: Vec<&&str> = links.iter().filter(broken).collect();
    if !wrong.is_empty() {
        findings.push(Finding::new(Check::PhoneInvalid, format!("tel:{}", some(&wrong))));
    }
    findings
}

/// What numbers have in common whether or not they name their country.
fn tail(number: &str) -> String {
    number[number.len().saturating_sub(7)..].to_owned()
}

fn policies(page: &Page) -> Vec<Finding> {
    let links_to = |policy| {
        page.links.iter().any(|link| link.to.as_ref().is_some_and(|to| leads_to(policy, &link.text, to)))
    };
    let mut findings = Vec::new();
    if !links_to(Policy::Privacy) {
        let asks = page.forms.iter().any(asks_people);
        let finding = Finding::new(
            Check::PrivacyMissing,
            if asks { "the page asks for personal data and links none" } else { "none on the page" },
        );
        findings.push(if asks { finding.rated(Severity::Error) } else { finding });
    }
    if !links_to(Policy::Terms) {
        findings.push(Finding::new(Check::TermsMissing, "none on the page"));
    }
    if !links_to(Policy::Imprint) {
        let finding = Finding::new(Check::ImprintMissing, "none on the page");
        // § 5 DDG in Germany, § 5 ECG in Austria.
        let required = page.lang.to_ascii_lowercase().starts_with("de");
        findings.push(if required { finding.rated(Severity::Warning) } else { finding });
    }
    findings
}

fn links(site: &Site) -> Vec<Finding> {
    let pages = site.pages.iter().map(|page| (&page.url, &page.outcome));
    let links = site.links.iter().map(|link| (&link.url, &link.outcome));
    let broken = |(url, outcome): (&url::Url, &Outcome)| {
        outcome.broken().map(|why| Finding::new(Check::BrokenLink, format!("{url} {why}")).at(url))
    };
    pages.chain(links).filter_map(broken).collect()
}
