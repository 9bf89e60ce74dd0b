//! A checked campaign as Meta's objects, and what stands against it.
//!
//! One pass maps and checks, so that a rule and the field that it is about stand together. What is found is collected;
//! objects are only used if no error is among it.

mod ad;
mod ad_group;
mod audience;
mod budget;
mod campaign;
mod form;
mod minimum;
mod phone;
mod places;
mod regulation;

use super::{canonical, goals::TargetKind, money, wire::ordered_text};
use crate::{AccountContext, mapper::Mapped};
use placard_domain::{
    Money,
    plan::{Fields, ObjectKey, ObjectKind},
    spec::{AdGroup, Campaign, Diagnostic, MetaSpec},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

type Mapper<'a> = crate::mapper::Mapper<'a, MetaSpec>;

/// Maps `campaign`. The objects are complete only if no error is among the findings.
pub(super) fn map(campaign: &Campaign, context: &AccountContext) -> Mapped {
    let Some(meta) = &campaign.platforms.meta else {
        let finding = Diagnostic::error("platforms.meta", "the campaign is not meant for Meta")
            .help("Add `platforms: {meta: {page: \"<page id>\"}}`.");
        return Mapped::unmeant(finding);
    };
    let mut mapper = Mapper::new(campaign, context, meta);
    mapper.run();
    mapper.finish()
}

/// An ad group with its place in the spec.
#[derive(Clone, Copy)]
struct Group<'a> {
    index: usize,
    group: &'a AdGroup,
    target: Option<TargetKind>,
}

impl<'a> Mapper<'a> {
    fn run(&mut self) {
        self.account();
        self.regulation();
        let campaign_key = self.campaign_object();
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            let target = group.ads.first().map(|ad| TargetKind::of(&ad.creative.target));
            let group = Group { index, group, target };
            let key = self.ad_group_object(group, &campaign_key);
            self.ads(group, &key);
        }
    }

    /// What concerns the account and the campaign as a whole.
    fn account(&mut self) {
        let currency = self.campaign.currency;
        if !money::supports(currency) {
            self.error("currency", format!("no ad account at Meta can have {currency} as its currency"));
        } else if currency != self.context.currency {
            let account = self.context.currency;
            self.error("currency", format!("the ad account counts in {account}, not in {currency}"));
        }
        if self.own.page.is_empty() || !self.own.page.bytes().all(|byte| byte.is_ascii_digit()) {
            self.found(
                Diagnostic::error(
                    "platforms.meta.page",
                    "Meta needs the id of the page that speaks, digits only",
                )
                .help("`placard connect` lists your pages with their ids."),
            );
        }
        if self.campaign.ad_groups.len() > MOST_AD_GROUPS {
            self.error("ad_groups", format!("Meta takes at most {MOST_AD_GROUPS} ad groups in a campaign"));
        }
        self.name("name", &self.campaign.name);
    }

    fn name(&mut self, path: &str, name: &str) {
        if name.chars().count() > LONGEST_NAME {
            self.error(
                path,
                format!("Meta takes names of up to {LONGEST_NAME} characters beside Placard's marker"),
            );
        }
    }

    /// `amount` in Meta's whole units, as text.
    fn amount(&mut self, path: &str, amount: Money) -> Option<String> {
        let wire = money::to_wire(amount);
        if wire.is_none() {
            let currency = amount.currency();
            self.error(path, format!("{amount} is too precise: Meta counts {currency} in whole units"));
        }
        wire.map(|count| count.to_string())
    }
}

/// Ad sets in a campaign (Meta, `platforms/meta.md` §8, limits).
const MOST_AD_GROUPS: usize = 200;

/// Characters of a name (§8), less what Placard's marker takes.
const LONGEST_NAME: usize = 400 - 18;

/// `fields` of an object of `kind` in the form in which they are compared.
fn canonical_fields(kind: ObjectKind, fields: impl IntoIterator<Item = (&'static str, Value)>) -> Fields {
    let canonical =
        |(name, value): (&str, Value)| Some((name.to_owned(), canonical::field(kind, name, &value)?));
    fields.into_iter().filter_map(canonical).collect()
}

/// A key whose path ends in a hash of what the object says, for objects that cannot be changed.
fn content_key(kind: ObjectKind, path: &str, fields: &Fields) -> ObjectKey {
    let mut hash = Sha256::new();
    for (name, value) in fields {
        hash.update(format!("{name}={}\n", ordered_text(value)));
    }
    let digest = hex::encode(hash.finalize());
    ObjectKey::new(kind, format!("{path}@{}", &digest[..8]))
}
