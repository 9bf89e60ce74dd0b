//! The half of an audit that judges: functions of what was found, without a request.

mod content;
mod people;
mod reach;
mod search;
mod speed;
mod tracking;

use crate::{finding::Finding, site::Site};

/// Everything that is to be said about `site`, the worst first.
pub(crate) fn all(site: &Site) -> Vec<Finding> {
    let mut findings = reach::check(site);
    findings.extend(search::robots(site));
    if site.page.is_some() {
        findings.extend(search::check(site));
        findings.extend(content::check(site));
        findings.extend(speed::check(site));
        findings.extend(people::check(site));
        findings.extend(tracking::check(site));
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.check));
    findings
}

/// "1 picture", "3 pictures".
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The first of them, and how many more there are.
fn some<T: ToString>(items: &[T]) -> String {
    let mut text = items.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if items.len() > 3 {
        text.push_str(&format!(" and {} more", items.len() - 3));
    }
    text
}
