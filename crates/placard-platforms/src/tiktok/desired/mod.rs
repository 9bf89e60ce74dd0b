//! A checked campaign as TikTok's objects, and what stands against it.
//!
//! One pass maps and checks, so that a rule and the field that it is about stand together. What is found is collected;
//! objects are only used if no error is among it.

mod ad;
mod ad_group;
mod audience;
mod bidding;
mod budget;
mod campaign;
mod copy;
mod goal;
mod places;

#[cfg(test)]
mod tests;

use super::{
    canonical,
    goals::{self, Row, TargetKind},
    money,
};
use crate::{AccountContext, mapper::Mapped};
use placard_domain::{
    Money,
    copy::emoji,
    plan::Fields,
    spec::{AdGroup, Campaign, Diagnostic, TiktokIdentity, TiktokSpec},
};
use serde_json::Value;

type Mapper<'a> = crate::mapper::Mapper<'a, TiktokSpec>;

/// Maps `campaign`. The objects are complete only if no error is among the findings.
pub(super) fn map(campaign: &Campaign, context: &AccountContext) -> Mapped {
    let Some(tiktok) = &campaign.platforms.tiktok else {
        let finding = Diagnostic::error("platforms.tiktok", "the campaign is not meant for TikTok")
            .help("Add `platforms: {tiktok: {identity: \"<identity id>\"}}`.");
        return Mapped::unmeant(finding);
    };
    let mut mapper = Mapper::new(campaign, context, tiktok);
    mapper.run();
    mapper.finish()
}

/// An ad group with its place in the spec.
#[derive(Clone, Copy)]
struct Group<'a> {
    index: usize,
    group: &'a AdGroup,
    /// What it is optimised for; `None` if TikTok has no such goal, which is a finding.
    row: Option<&'static Row>,
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
        self.identity();
        let campaign_key = self.campaign_object();
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            let row = self.goal(index, group);
            let group = Group { index, group, row };
            let key = self.ad_group_object(group, &campaign_key);
            self.ads(group, &key);
        }
    }

    /// What concerns the account and the campaign as a whole.
    fn account(&mut self) {
        let currency = self.campaign.currency;
        if money::ratio(currency).is_none() {
            self.error("currency", format!("no ad account at TikTok can have {currency} as its currency"));
        } else if currency != self.context.currency {
            let account = self.context.currency;
            self.error("currency", format!("the ad account counts in {account}, not in {currency}"));
        }
        self.name("name", &self.campaign.name);
    }

    /// As whom the ads speak (§4, §12).
    fn identity(&mut self) {
        if self.own.identity.trim().is_empty() {
            let finding = Diagnostic::error(
                "platforms.tiktok.identity",
                "ads at TikTok speak as an identity, whose id is missing",
            );
            self.found(finding.help("`placard connect tiktok` shows the identities of your account."));
        }
        let through_center = self.own.identity_type == TiktokIdentity::BcAuthTt;
        let path = "platforms.tiktok.business_center";
        match (through_center, &self.own.business_center) {
            (true, None) => self.found(
                Diagnostic::error(
                    path,
                    "an identity of the kind `bc_auth_tt` is used through a business centre",
                )
                .help("Name the business centre's id."),
            ),
            (false, Some(_)) => {
                self.error(
                    path,
                    "only an identity of the kind `bc_auth_tt` is used through a business centre",
                );
            }
            (true, Some(_)) | (false, None) => {}
        }
        if self.own.identity_type == TiktokIdentity::AuthCode {
            let finding = Diagnostic::error(
                "platforms.tiktok.identity_type",
                "an identity of the kind `auth_code` shows a creator's post, and a spec brings its own pictures",
            );
            self.found(finding.help("Use another identity."));
        }
    }

    fn goal(&mut self, index: usize, group: &AdGroup) -> Option<&'static Row> {
        let target = group.ads.first().map(|ad| &ad.creative.target)?;
        self.row(index, TargetKind::of(target), group.optimize_for)
    }

    /// Names hold letters of all scripts and signs, but no emoji (§2). The longest that a spec takes fits twice.
    fn name(&mut self, path: &str, name: &str) {
        if let Some(sign) = emoji(name) {
            self.error(path, format!("TikTok takes no emoji in names, and this has {sign}"));
        }
    }

    /// `amount` as TikTok's decimal.
    fn amount(&mut self, path: &str, amount: Money) -> Option<Value> {
        let wire = money::to_wire(amount);
        if wire.is_none() {
            let currency = amount.currency();
            self.error(path, format!("{amount} is too precise: TikTok counts {currency} in whole units"));
        }
        wire.map(Value::from)
    }
}

/// Fields in the form in which they are compared; what says no more than its absence is left out.
fn canonical_fields(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Fields {
    let canonical =
        |(name, value): (&'static str, Value)| Some((name.to_owned(), canonical::field(name, &value)?));
    fields.into_iter().filter_map(canonical).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The words of `rows`, for messages.
fn goal_words(rows: impl Iterator<Item = &'static goals::Row>) -> String {
    rows.map(|row| row.goal.as_str()).collect::<Vec<_>>().join(", ")
}
