//! Checks what a document says, once its shape is right. Everything wrong is found in one pass.

mod audience;
mod budget;
mod creative;
mod destination;
mod key;
mod keywords;
mod schedule;

use super::{
    campaign::{Ad, AdGroup, Campaign, Flight},
    diagnostic::{Diagnostic, Diagnostics},
    document::Document,
    media::Media,
    model::{AdGroupSpec, AdSpec, CampaignSpec},
};
use crate::{Currency, suggest};
use chrono::NaiveDate;
use key::Keys;
pub use key::slug;

/// Checks `document`. `media` holds what is known of each picture and video that it names; `today` is the date for people
/// who plan, used only to refuse flights that are over.
///
/// Gives the campaign with the warnings, or every error and warning there is.
pub fn check(
    document: &Document,
    media: &Media,
    today: NaiveDate,
) -> Result<(Campaign, Diagnostics), Diagnostics> {
    let mut checker = Checker { media, today, findings: Diagnostics::default() };
    let campaign = checker.campaign(document.draft());
    let findings = document.join(checker.findings);
    match campaign {
        Some(campaign) if !findings.has_errors() => Ok((campaign, findings)),
        _ => Err(findings),
    }
}

struct Checker<'a> {
    media: &'a Media,
    today: NaiveDate,
    findings: Diagnostics,
}

impl Checker<'_> {
    fn campaign(&mut self, spec: &CampaignSpec) -> Option<Campaign> {
        let currency = self.currency(&spec.currency);
        let key = self.key(spec.key.as_deref(), &spec.name, "");
        let flight = self.flight(spec.schedule.as_ref(), "schedule");
        self.locations(&spec.locations, "locations");
        self.audience(&spec.audience, "audience");
        self.platforms(spec);
        self.budget_levels(spec);
        let (currency, flight) = (currency?, flight.unwrap_or_default());
        let budget = self.budget(spec.budget.as_ref(), currency, &flight, "budget");
        let bid = self.bid(spec.bid.as_ref(), currency, "bid");
        let defaults = Defaults { spec, currency, flight };
        let mut keys = Keys::default();
        let ad_groups = spec.ad_groups.iter().enumerate();
        let ad_groups: Vec<_> =
            ad_groups.filter_map(|(i, group)| self.ad_group(group, &defaults, &mut keys, i)).collect();
        self.conversion(spec);
        Some(Campaign {
            key,
            name: spec.name.trim().to_owned(),
            objective: spec.goal,
            run: spec.status,
            currency,
            budget,
            bid,
            conversion: spec.conversion.clone(),
            ad_groups,
            platforms: spec.platforms.clone(),
            spec: spec.clone(),
        })
    }

    fn ad_group(
        &mut self,
        group: &AdGroupSpec,
        defaults: &Defaults<'_>,
        keys: &mut Keys,
        index: usize,
    ) -> Option<AdGroup> {
        let path = format!("ad_groups[{index}]");
        let key = self.key(group.key.as_deref(), &group.name, &path);
        self.unique(keys, &key, &path);
        let flight = match &group.schedule {
            Some(schedule) => self.flight(Some(schedule), &format!("{path}.schedule")).unwrap_or_default(),
            None => defaults.flight,
        };
        let budget =
            self.budget(group.budget.as_ref(), defaults.currency, &flight, &format!("{path}.budget"));
        let bid_spec = group.bid.as_ref().or(defaults.spec.bid.as_ref());
        let bid = match &group.bid {
            Some(bid) => self.bid(Some(bid), defaults.currency, &format!("{path}.bid")),
            None => budget::bid_rule(bid_spec, defaults.currency),
        };
        if let Some(locations) = &group.locations {
            self.locations(locations, &format!("{path}.locations"));
        }
        if let Some(audience) = &group.audience {
            self.audience(audience, &format!("{path}.audience"));
        }
        let mut ad_keys = Keys::default();
        let ads: Vec<Ad> = group
            .ads
            .iter()
            .enumerate()
            .filter_map(|(i, ad)| self.ad(ad, defaults, &mut ad_keys, &format!("{path}.ads[{i}]")))
            .collect();
        self.one_kind_of_target(&ads, &path);
        let keywords = self.keywords(&group.keywords, defaults.currency, &path);
        Some(AdGroup {
            key,
            name: group.name.trim().to_owned(),
            run: group.status,
            budget,
            bid,
            flight,
            locations: group.locations.clone().unwrap_or_else(|| defaults.spec.locations.clone()),
            audience: group.audience.clone().unwrap_or_else(|| defaults.spec.audience.clone()),
            optimize_for: group.optimize_for,
            keywords,
            ads,
        })
    }

    fn ad(&mut self, ad: &AdSpec, defaults: &Defaults<'_>, keys: &mut Keys, path: &str) -> Option<Ad> {
        let key = self.key(ad.key.as_deref(), &ad.name, path);
        self.unique(keys, &key, path);
        let creative = self.creative(ad, defaults.spec, path)?;
        Some(Ad { key, name: ad.name.trim().to_owned(), run: ad.status, creative })
    }

    fn currency(&mut self, code: &str) -> Option<Currency> {
        code.parse()
            .map_err(|error: crate::currency::UnknownCurrency| {
                let mut finding = Diagnostic::error("currency", error.to_string());
                let known = suggest::closest(code, Currency::codes());
                finding.help = known.map(|known| format!("did you mean `{known}`?"));
                self.findings.push(finding);
            })
            .ok()
    }

    fn platforms(&mut self, spec: &CampaignSpec) {
        if spec.platforms.named().is_empty() {
            self.findings.push(
                Diagnostic::error("platforms", "no platform is named").help(
                    "add `meta:` with the id of your page, `google: {}`, or `tiktok:` with your identity",
                ),
            );
        }
    }

    fn error(&mut self, path: impl Into<String>, message: impl Into<String>, help: &str) {
        self.findings.push(Diagnostic::error(path, message).help(help));
    }
}

/// What ad groups and ads take from the campaign.
struct Defaults<'a> {
    spec: &'a CampaignSpec,
    currency: Currency,
    flight: Flight,
}
