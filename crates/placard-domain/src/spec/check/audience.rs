//! Where and who people are.

use super::{Checker, Diagnostic};
use crate::{
    country,
    spec::model::{Audience, Location, Locations},
    suggest,
};

impl Checker<'_> {
    pub(super) fn locations(&mut self, locations: &Locations, path: &str) {
        for (list, name) in [(&locations.include, "include"), (&locations.exclude, "exclude")] {
            for (index, location) in list.iter().enumerate() {
                self.location(location, &format!("{path}.{name}[{index}]"));
            }
        }
    }

    fn location(&mut self, location: &Location, path: &str) {
        let given = [
            location.country.is_some(),
            location.region.is_some(),
            location.city.is_some(),
            location.postal_code.is_some(),
            location.point.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            self.error(
                path,
                "a place is exactly one of country, region, city, postal_code, point",
                "use one list entry for each",
            );
        }
        if let Some(code) = &location.country {
            self.country(code, &format!("{path}.country"));
        }
        if let Some(code) = &location.postal_code {
            let well_formed =
                code.split_once(':').is_some_and(|(land, rest)| country::exists(land) && !rest.is_empty());
            if !well_formed {
                self.error(
                    format!("{path}.postal_code"),
                    format!("`{code}` is not a postal code"),
                    "write US:94304",
                );
            }
        }
        if location.region.as_ref().is_some_and(|region| region.radius_km.is_some()) {
            self.error(
                format!("{path}.region.radius_km"),
                "a region has no radius",
                "remove it, or use `city`",
            );
        }
        if let Some(point) = &location.point {
            for (value, limit, name) in
                [(point.latitude, 90, "latitude"), (point.longitude, 180, "longitude")]
            {
                if value.0.abs() > limit.into() {
                    let message = format!("{} is off the map", value.0);
                    self.error(
                        format!("{path}.point.{name}"),
                        message,
                        &format!("between -{limit} and {limit}"),
                    );
                }
            }
        }
    }

    fn country(&mut self, code: &str, path: &str) {
        if country::exists(code) {
            return;
        }
        let help = match code.to_uppercase().as_str() {
            "UK" => "the code of the United Kingdom is `GB`".to_owned(),
            upper if country::exists(upper) => format!("did you mean `{upper}`?"),
            upper => match suggest::closest(upper, country::CODES.iter().copied()) {
                Some(close) => format!("a code has two capital letters; did you mean `{close}`?"),
                None => "use the two letters of ISO 3166, such as `DE`".to_owned(),
            },
        };
        self.findings.push(Diagnostic::error(path, format!("there is no country `{code}`")).help(help));
    }

    pub(super) fn audience(&mut self, audience: &Audience, path: &str) {
        if let (Some(youngest), Some(oldest)) = (audience.age_min, audience.age_max)
            && youngest > oldest
        {
            self.error(
                format!("{path}.age_max"),
                format!("the oldest age ({oldest}) is below the youngest ({youngest})"),
                "swap them",
            );
        }
        for (index, language) in audience.languages.iter().enumerate() {
            if language.len() != 2 || !language.bytes().all(|byte| byte.is_ascii_lowercase()) {
                let message = format!("`{language}` is not a language code");
                self.error(
                    format!("{path}.languages[{index}]"),
                    message,
                    "use two small letters, such as `de`",
                );
            }
        }
    }
}
