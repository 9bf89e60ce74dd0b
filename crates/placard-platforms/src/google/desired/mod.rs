//! A checked campaign as Google's objects, and what stands against it.
//!
//! One pass maps and checks, so that a rule and the field that it is about stand together. What is found is collected;
//! objects are only used if no error is among it. Google holds budget, bidding, flight, places and languages at the
//! campaign, so ad groups that differ in them are refused.

mod ad;
mod ad_group;
mod audience;
mod bidding;
mod campaign;
mod display_ad;
mod flight;
mod keyword;
mod places;
#[cfg(test)]
mod tests;
mod texts;

use crate::{AccountContext, spec_paths::Paths};
use placard_domain::{
    Money,
    plan::{DesiredObject, Fields},
    spec::{Campaign, Diagnostic, GoogleChannel, GoogleSpec, Severity},
};
use serde_json::Value;

/// What a campaign comes to at Google.
pub(super) struct Mapped {
    pub(super) objects: Vec<DesiredObject>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Maps `campaign`. The objects are complete only if no error is among the findings.
pub(super) fn map(campaign: &Campaign, context: &AccountContext) -> Mapped {
    let Some(google) = &campaign.platforms.google else {
        let finding = Diagnostic::error("platforms.google", "the campaign is not meant for Google")
            .help("Add `platforms: {google: {}}`.");
        return Mapped { objects: Vec::new(), findings: vec![finding] };
    };
    let mut mapper = Mapper {
        campaign,
        context,
        google,
        paths: Paths::new(&campaign.spec),
        objects: Vec::new(),
        findings: Vec::new(),
    };
    mapper.run();
    Mapped { objects: mapper.objects, findings: mapper.findings }
}

/// Whether `findings` make a campaign unusable.
pub(super) fn has_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

struct Mapper<'a> {
    campaign: &'a Campaign,
    context: &'a AccountContext,
    google: &'a GoogleSpec,
    paths: Paths<'a>,
    objects: Vec<DesiredObject>,
    findings: Vec<Diagnostic>,
}

/// An ad or ad group with its place in the spec.
#[derive(Clone, Copy)]
struct Place {
    group: usize,
    ad: usize,
}

impl<'a> Mapper<'a> {
    fn run(&mut self) {
        self.account();
        let campaign_key = self.campaign_object();
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            let key = self.ad_group_object(index, group, &campaign_key);
            self.keywords(index, group, &key);
            self.ads(index, group, &key);
        }
        // In the order in which Google needs them; within a kind, the order of the spec.
        self.objects.sort_by_key(|object| object.key.kind);
    }

    /// What concerns the account and the campaign as a whole.
    fn account(&mut self) {
        let (currency, account) = (self.campaign.currency, self.context.currency);
        if currency != account {
            self.error("currency", format!("the ad account counts in {account}, not in {currency}"));
        }
        self.name("name", &self.campaign.name);
    }

    fn name(&mut self, path: &str, name: &str) {
        if name.chars().count() > LONGEST_NAME {
            self.error(
                path,
                format!("Google takes names of up to {LONGEST_NAME} characters beside Placard's marker"),
            );
        }
        if name.contains(['\0', '\n', '\r']) {
            self.error(path, "Google takes no names of several lines");
        }
    }

    fn searches(&self) -> bool {
        self.google.channel == GoogleChannel::Search
    }

    fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.found(Diagnostic::error(path, message));
    }

    /// Keeps a finding, once: ad groups that inherit a field would repeat it.
    fn found(&mut self, finding: Diagnostic) {
        let known = |other: &Diagnostic| other.path == finding.path && other.message == finding.message;
        if !self.findings.iter().any(known) {
            self.findings.push(finding);
        }
    }

    fn object(&mut self, object: DesiredObject) {
        if self.objects.iter().all(|known| known.key != object.key) {
            self.objects.push(object);
        }
    }

    /// `amount` in micros, as text.
    fn micros(&mut self, path: &str, amount: Money) -> Option<Value> {
        let micros = super::money::to_micros(amount);
        if micros.is_none() {
            self.error(path, format!("{amount} is more than Google can count"));
        }
        micros.map(|micros| micros.to_string().into())
    }
}

/// Characters of a name (Google, `platforms/google.md` §4, §8), less what Placard's marker takes. An ad group's name has
/// one less than a campaign's, and one limit serves both.
const LONGEST_NAME: usize = 254 - 18;

fn fields(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn names(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|name| (*name).to_owned()).collect()
}
