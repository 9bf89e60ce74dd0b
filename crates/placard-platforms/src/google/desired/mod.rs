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

use crate::{AccountContext, mapper::Mapped};
use placard_domain::{
    Money,
    plan::Fields,
    spec::{Campaign, Diagnostic, GoogleChannel, GoogleSpec},
};
use serde_json::Value;

type Mapper<'a> = crate::mapper::Mapper<'a, GoogleSpec>;

/// Maps `campaign`. The objects are complete only if no error is among the findings.
pub(super) fn map(campaign: &Campaign, context: &AccountContext) -> Mapped {
    let Some(google) = &campaign.platforms.google else {
        let finding = Diagnostic::error("platforms.google", "the campaign is not meant for Google")
            .help("Add `platforms: {google: {}}`.");
        return Mapped::unmeant(finding);
    };
    let mut mapper = Mapper::new(campaign, context, google);
    mapper.run();
    mapper.finish()
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
        self.own.channel == GoogleChannel::Search
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
