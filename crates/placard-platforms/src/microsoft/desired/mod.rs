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
use crate::{AccountContext, mapper::Mapped};
use placard_domain::{
    Money,
    plan::Fields,
    spec::{Campaign, Diagnostic, MicrosoftSpec},
};
use serde_json::Value;

type Mapper<'a> = crate::mapper::Mapper<'a, MicrosoftSpec>;

/// Maps `campaign`. The objects are complete only if no error is among the findings.
pub(super) fn map(campaign: &Campaign, context: &AccountContext) -> Mapped {
    let Some(microsoft) = &campaign.platforms.microsoft else {
        let finding = Diagnostic::error("platforms.microsoft", "the campaign is not meant for Microsoft")
            .help("Add `platforms: {microsoft: {}}`.");
        return Mapped::unmeant(finding);
    };
    let mut mapper = Mapper::new(campaign, context, microsoft);
    mapper.run();
    mapper.finish()
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
