//! A checked campaign as Microsoft's objects, and what stands against it.
//!
//! One pass maps and checks, so that a rule and the field that it is about stand together. What is found is collected;
//! objects are only used if no error is among it. Budget, bidding, languages and what is aimed at belong to the campaign
//! here, so ad groups that differ in them are refused; a flight belongs to the ad group.

mod ad;
mod ad_group;
mod audience;
mod bidding;
mod campaign;
mod keyword;
mod places;
#[cfg(test)]
mod tests;
mod texts;

use super::{canonical, money};
use crate::{AccountContext, spec_paths::Paths};
use placard_domain::{
    Money,
    plan::{DesiredObject, Fields},
    spec::{Campaign, Diagnostic, MicrosoftSpec, Severity},
};
use serde_json::Value;

/// What a campaign comes to at Microsoft.
pub(super) struct Mapped {
    pub(super) objects: Vec<DesiredObject>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Maps `campaign`. The objects are complete only if no error is among the findings.
pub(super) fn map(campaign: &Campaign, context: &AccountContext) -> Mapped {
    let Some(microsoft) = &campaign.platforms.microsoft else {
        let finding = Diagnostic::error("platforms.microsoft", "the campaign is not meant for Microsoft")
            .help("Add `platforms: {microsoft: {}}`.");
        return Mapped { objects: Vec::new(), findings: vec![finding] };
    };
    let mut mapper = Mapper {
        campaign,
        context,
        microsoft,
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
    microsoft: &'a MicrosoftSpec,
    paths: Paths<'a>,
    objects: Vec<DesiredObject>,
    findings: Vec<Diagnostic>,
}

/// An ad with its place in the spec.
#[derive(Clone, Copy)]
struct Place {
    group: usize,
    ad: usize,
}

impl Mapper<'_> {
    fn run(&mut self) {
        self.account();
        let campaign_key = self.campaign_object();
        self.targets(&campaign_key);
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            let key = self.ad_group_object(index, group, &campaign_key);
            self.keywords(index, group, &key);
            self.ads(index, group, &key);
        }
        // In the order in which Microsoft needs them; within a kind, the order of the spec.
        self.objects.sort_by_key(|object| object.key.kind);
    }

    /// What concerns the account and the campaign as a whole.
    fn account(&mut self) {
        let (currency, account) = (self.campaign.currency, self.context.currency);
        if currency != account {
            self.error("currency", format!("the ad account counts in {account}, not in {currency}"));
        }
    }

    /// Names with Placard's marker behind them have to fit.
    fn name(&mut self, path: &str, name: &str, longest: usize) {
        let longest = longest - MARKER;
        if name.chars().count() > longest {
            let message =
                format!("Microsoft takes names of up to {longest} characters beside Placard's marker");
            self.error(path, message);
        }
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

    /// `amount` as Microsoft's decimal.
    fn amount(&mut self, path: &str, amount: Money) -> Option<String> {
        let wire = money::to_wire(amount);
        if wire.is_none() {
            self.error(path, format!("{amount} is too precise: Microsoft counts two decimals"));
        }
        wire
    }
}

/// What a marker adds to a name.
const MARKER: usize = 18;

/// Fields in the form in which they are compared; what says no more than its absence is left out.
fn canonical_fields(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Fields {
    let canonical =
        |(name, value): (&'static str, Value)| Some((name.to_owned(), canonical::field(name, &value)?));
    fields.into_iter().filter_map(canonical).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
