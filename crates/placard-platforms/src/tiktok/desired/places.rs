//! Places to reach (TikTok, `platforms/tiktok.md` §4, §8).

use super::Mapper;
use crate::tiktok::geo;
use placard_domain::spec::{Diagnostic, Location, Locations, Place};
use serde_json::Value;

impl Mapper<'_> {
    /// The ids of the places that an ad group reaches.
    pub(super) fn places(&mut self, group: usize, locations: &Locations) -> Value {
        let base = self.paths.locations(group);
        if !locations.exclude.is_empty() {
            let finding = Diagnostic::error(format!("{base}.exclude"), "TikTok leaves no places out");
            self.found(finding.help("Include only the places that you want."));
        }
        let mut ids: Vec<String> = Vec::new();
        for (index, location) in locations.include.iter().enumerate() {
            ids.extend(self.place(&format!("{base}.include[{index}]"), location));
        }
        self.check_overlap(&base, &locations.include);
        ids.into()
    }

    fn place(&mut self, path: &str, location: &Location) -> Option<String> {
        if let Some(country) = &location.country {
            return geo::of_country(country);
        }
        if let Some(region) = &location.region {
            return self.place_key(&format!("{path}.region"), region);
        }
        if let Some(city) = &location.city {
            let path = format!("{path}.city");
            if city.radius_km.is_some() {
                let message = "TikTok reaches a city as it is, without what lies around it";
                self.error(format!("{path}.radius_km"), message);
            }
            return self.place_key(&path, city);
        }
        let (field, what) =
            if location.point.is_some() { ("point", "circles") } else { ("postal_code", "postal codes") };
        let finding =
            Diagnostic::error(format!("{path}.{field}"), format!("Placard cannot reach {what} at TikTok"));
        self.found(finding.help("Name a country, or a region or city with `keys.tiktok`."));
        None
    }

    fn place_key(&mut self, path: &str, place: &Place) -> Option<String> {
        let key = place.keys.get("tiktok").cloned();
        if key.is_none() {
            let message = format!("TikTok's key of `{}` is missing", place.name);
            let finding = Diagnostic::error(format!("{path}.keys.tiktok"), message);
            self.found(
                finding.help("TikTok knows places by location ids, such as `keys: {tiktok: \"5332921\"}`."),
            );
        }
        key
    }

    /// TikTok refuses a country together with a place inside it (§8). Where a place lies is not known here.
    fn check_overlap(&mut self, base: &str, locations: &[Location]) {
        let countries: Vec<&str> =
            locations.iter().filter_map(|location| location.country.as_deref()).collect();
        if countries.is_empty() {
            return;
        }
        for (index, location) in locations.iter().enumerate() {
            if location.city.is_some() || location.region.is_some() {
                let message = format!("TikTok refuses this if it lies in {}", countries.join(" or "));
                let finding = Diagnostic::warning(format!("{base}.include[{index}]"), message);
                self.found(finding.help("Include either the country or places inside it."));
            }
        }
    }
}
