//! What laws and Meta's own rules ask for (Meta, `platforms/meta.md` §8–§10, §24).

use super::Mapper;
use placard_domain::{
    country,
    spec::{AdGroup, Diagnostic, Location, SpecialAdCategory},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Kilometres around a place that special categories need: 15 miles in the US and Canada, 10 miles elsewhere (§10).
const SPECIAL_RADIUS_KM: u32 = 25;

/// Countries whose advertisers must show a verified identity that a spec cannot name (§9, regional regulation).
const IDENTITY_COUNTRIES: &[&str] = &["TW", "SG"];

/// The same, for financial products only.
const FINANCE_IDENTITY_COUNTRIES: &[&str] = &["AU", "IN"];

impl Mapper<'_> {
    /// Checks what depends on where ads are shown and what they are about.
    pub(super) fn regulation(&mut self) {
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            self.check_disclosure(index, group);
            self.check_identities(index, group);
            self.check_category(index, group);
        }
        let other = [SpecialAdCategory::Politics, SpecialAdCategory::Gambling];
        if self.own.special_ad_categories.iter().any(|category| other.contains(category)) {
            self.found(
                Diagnostic::warning(
                    "platforms.meta.special_ad_categories",
                    "politics and gambling need Meta's authorisation of the page and the account, country by country",
                )
                .help("Meta refuses the ads until the authorisation is complete."),
            );
        }
    }

    /// The names shown with ads in the European Union; sent whenever they are known, because delivery may touch it
    /// without being aimed there (§24).
    pub(super) fn disclosure_fields(&self) -> Vec<(&'static str, Value)> {
        let beneficiary = self.own.beneficiary.clone().map(|name| ("dsa_beneficiary", name.into()));
        let payor = self.own.payor.clone().map(|name| ("dsa_payor", name.into()));
        beneficiary.into_iter().chain(payor).collect()
    }

    /// Countries in which a special category's ads run (§8), which Meta wants to know.
    pub(super) fn category_countries(&mut self) -> Vec<String> {
        if self.own.special_ad_categories.is_empty() {
            return Vec::new();
        }
        let locations = self.campaign.ad_groups.iter().flat_map(|group| &group.locations.include);
        let countries: BTreeSet<String> = locations.filter_map(country_of).map(str::to_owned).collect();
        if countries.is_empty() {
            self.found(
                Diagnostic::error(
                    "locations.include",
                    "with a special ad category, Meta wants to know the country, and these places do not say theirs",
                )
                .help("Include a whole country."),
            );
        }
        countries.into_iter().collect()
    }

    fn check_disclosure(&mut self, index: usize, group: &AdGroup) {
        let missing = [
            ("beneficiary", "who benefits from the ads", self.own.beneficiary.is_none()),
            ("payor", "who pays for the ads", self.own.payor.is_none()),
        ];
        let european = group
            .locations
            .include
            .iter()
            .filter_map(country_of)
            .find(|code| country::in_european_union(code));
        let unknown = group.locations.include.iter().any(|place| country_of(place).is_none());
        for (field, what, missing) in missing {
            let path = format!("platforms.meta.{field}");
            if !missing {
                continue;
            }
            if let Some(code) = european {
                let message = format!("ads shown in the European Union ({code}) must say {what}");
                self.found(Diagnostic::error(path, message).help("Give the name of the company or person."));
            } else if unknown {
                let place = self.paths.locations(index);
                let message =
                    format!("if a place in `{place}` lies in the European Union, ads must say {what}");
                self.found(Diagnostic::warning(path, message));
            }
        }
    }

    fn check_identities(&mut self, index: usize, group: &AdGroup) {
        let finance = self.own.special_ad_categories.contains(&SpecialAdCategory::FinancialProducts);
        for (place, location) in group.locations.include.iter().enumerate() {
            let Some(code) = country_of(location) else { continue };
            let needed =
                IDENTITY_COUNTRIES.contains(&code) || (finance && FINANCE_IDENTITY_COUNTRIES.contains(&code));
            if needed {
                let path = format!("{}.include[{place}]", self.paths.locations(index));
                let message =
                    format!("{code} wants a verified identity of advertisers, which a spec cannot name");
                self.found(Diagnostic::warning(path, message).help("Meta may refuse the ad group there."));
            }
        }
    }

    /// Credit, employment and housing may not be aimed finely (§10).
    fn check_category(&mut self, index: usize, group: &AdGroup) {
        let protected =
            [SpecialAdCategory::FinancialProducts, SpecialAdCategory::Employment, SpecialAdCategory::Housing];
        let Some(category) =
            self.own.special_ad_categories.iter().find(|category| protected.contains(category))
        else {
            return;
        };
        let path = self.paths.audience(index);
        let audience = &group.audience;
        if audience.age_min.is_some_and(|age| age != 18) {
            self.error(
                format!("{path}.age_min"),
                format!("ads about `{category}` are shown to everybody from 18 on"),
            );
        }
        if audience.age_max.is_some_and(|age| age != 65) {
            self.error(
                format!("{path}.age_max"),
                format!("ads about `{category}` are shown to people of every age"),
            );
        }
        if !audience.genders.is_empty() {
            self.error(
                format!("{path}.genders"),
                format!("ads about `{category}` are shown to every gender"),
            );
        }
        if !audience.interests.is_empty() {
            let message =
                format!("for `{category}`, Meta allows only some interests and no lookalike audiences");
            self.found(Diagnostic::warning(format!("{path}.interests"), message));
        }
        let base = self.paths.locations(index);
        let sides = [("include", &group.locations.include), ("exclude", &group.locations.exclude)];
        for (side, locations) in sides {
            for (place, location) in locations.iter().enumerate() {
                self.check_category_place(&format!("{base}.{side}[{place}]"), location, *category);
            }
        }
    }

    fn check_category_place(&mut self, path: &str, location: &Location, category: SpecialAdCategory) {
        if location.postal_code.is_some() {
            self.error(
                format!("{path}.postal_code"),
                format!("ads about `{category}` cannot be aimed at postal codes"),
            );
        }
        if location.point.as_ref().is_some_and(|point| point.radius_km < SPECIAL_RADIUS_KM) {
            let message =
                format!("ads about `{category}` need {SPECIAL_RADIUS_KM} kilometres around a point");
            self.error(format!("{path}.point.radius_km"), message);
        }
        let city = location.city.as_ref();
        if city.is_some_and(|city| city.radius_km.is_none_or(|radius| radius < SPECIAL_RADIUS_KM)) {
            let message = format!("ads about `{category}` need {SPECIAL_RADIUS_KM} kilometres around a city");
            self.error(format!("{path}.city.radius_km"), message);
        }
    }
}

/// The country of a place, where the place says it.
pub(super) fn country_of(location: &Location) -> Option<&str> {
    let of_code = || location.postal_code.as_deref()?.split_once(':').map(|(country, _)| country);
    location.country.as_deref().or_else(of_code)
}
