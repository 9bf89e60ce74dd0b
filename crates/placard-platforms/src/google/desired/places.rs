//! Places to reach and to leave out, and languages (Google, `platforms/google.md` §4, campaign criteria).

use super::Mapper;
use crate::google::{canonical, geo};
use placard_domain::spec::{Amount, Diagnostic, Location, Place, Point};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value;

/// Whether a place is reached or left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Include,
    Exclude,
}

impl Mapper<'_> {
    /// The places of the campaign. Ad groups that differ are refused: Google aims a campaign as a whole here.
    pub(super) fn locations(&mut self) -> Value {
        let Some(first) = self.campaign.ad_groups.first() else { return canonical::sorted(Vec::new()) };
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.locations != first.locations {
                let message = "at Google, all ad groups of a campaign are shown in the same places";
                let finding = Diagnostic::error(self.paths.locations(index), message);
                self.found(finding.help("Write the locations once, at the campaign."));
            }
        }
        let base = self.paths.locations(0);
        let sides = [
            (Side::Include, "include", &first.locations.include),
            (Side::Exclude, "exclude", &first.locations.exclude),
        ];
        let mut places = Vec::new();
        for (side, word, locations) in sides {
            for (index, location) in locations.iter().enumerate() {
                places.extend(self.place(&format!("{base}.{word}[{index}]"), location, side));
            }
        }
        canonical::sorted(places)
    }

    fn place(&mut self, path: &str, location: &Location, side: Side) -> Option<Value> {
        let negative = side == Side::Exclude;
        if let Some(code) = &location.country {
            return geo::of_country(code).map(|constant| canonical::location(&constant, negative));
        }
        if let Some(region) = &location.region {
            return self.constant(&format!("{path}.region"), region, negative);
        }
        if let Some(city) = &location.city {
            if city.radius_km.is_some() {
                let finding = Diagnostic::error(
                    format!("{path}.city.radius_km"),
                    "Google aims at a city itself, without what lies around it",
                );
                self.found(finding.help("Leave the radius out, or give a `point`."));
            }
            return self.constant(&format!("{path}.city"), city, negative);
        }
        if location.postal_code.is_some() {
            let finding = Diagnostic::error(
                format!("{path}.postal_code"),
                "Placard does not know Google's keys of postal codes",
            );
            self.found(finding.help("Name the city or region by its key, or give a `point`."));
            return None;
        }
        let point = location.point.as_ref()?;
        if negative {
            self.error(format!("{path}.point"), "Google cannot leave a circle out");
            return None;
        }
        circle(point)
    }

    fn constant(&mut self, path: &str, place: &Place, negative: bool) -> Option<Value> {
        let key = place.keys.get("google").filter(|key| is_number(key));
        if key.is_none() {
            let finding = Diagnostic::error(
                format!("{path}.keys.google"),
                format!("Google's key of `{}` is missing, or is no number", place.name),
            );
            self.found(
                finding.help(
                    "Google knows places by geo target constants, such as `keys: {google: \"1023191\"}`.",
                ),
            );
        }
        key.map(|key| canonical::location(&geo::geo_target(key), negative))
    }

    /// The languages of the campaign; none is all of them.
    pub(super) fn languages(&mut self) -> Value {
        let Some(first) = self.campaign.ad_groups.first() else { return canonical::sorted(Vec::new()) };
        let wanted = &first.audience.languages;
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.audience.languages != *wanted {
                let path = format!("{}.languages", self.paths.audience(index));
                let message = "at Google, all ad groups of a campaign are shown in the same languages";
                self.found(
                    Diagnostic::error(path, message).help("Give each language a campaign of its own."),
                );
            }
        }
        let path = self.paths.audience(0);
        let mut languages = Vec::new();
        for (index, code) in wanted.iter().enumerate() {
            match geo::of_language(code) {
                Some(constant) => languages.push(canonical::language(&constant)),
                None => self.found(
                    Diagnostic::error(
                        format!("{path}.languages[{index}]"),
                        format!("Placard does not know Google's key of the language `{code}`"),
                    )
                    .help(format!("Known are: {}.", geo::languages().join(", "))),
                ),
            }
        }
        canonical::sorted(languages)
    }
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// A circle in millionths of degrees. What lies beyond is a tenth of a metre.
fn circle(point: &Point) -> Option<Value> {
    let millionths = |degrees: Amount| (degrees.0 * Decimal::from(1_000_000)).round().to_i64();
    Some(canonical::proximity(
        millionths(point.latitude)?,
        millionths(point.longitude)?,
        point.radius_km.into(),
    ))
}
