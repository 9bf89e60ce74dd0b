//! Places that criterions may name, and the file that lists them (Microsoft, `platforms/microsoft.md` §3, §4).

/// A location.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    /// The id of Google's that the file names beside it.
    google: u32,
    /// Part of the country's people who live there.
    pub(crate) share: f64,
}

impl Place {
    pub(crate) fn is_country(&self) -> bool {
        self.google < 3000
    }
}

const fn nation(id: u64, name: &'static str, country: &'static str, google: u32) -> Place {
    Place { id, name, country, google, share: 1.0 }
}

const fn city(id: u64, name: &'static str, country: &'static str, google: u32, share: f64) -> Place {
    Place { id, name, country, google, share }
}

/// Only the file says which id is whose; most of these ids are the sandbox's own.
pub(crate) const PLACES: &[Place] = &[
    nation(9, "Australia", "AU", 2036),
    nation(10, "Austria", "AT", 2040),
    nation(17, "Belgium", "BE", 2056),
    nation(25, "Brazil", "BR", 2076),
    nation(32, "Canada", "CA", 2124),
    nation(49, "Czechia", "CZ", 2203),
    nation(50, "Denmark", "DK", 2208),
    nation(65, "Finland", "FI", 2246),
    nation(66, "France", "FR", 2250),
    nation(72, "Germany", "DE", 2276),
    nation(89, "Hungary", "HU", 2348),
    nation(90, "India", "IN", 2356),
    nation(93, "Ireland", "IE", 2372),
    nation(96, "Italy", "IT", 2380),
    nation(98, "Japan", "JP", 2392),
    nation(119, "Mexico", "MX", 2484),
    nation(129, "Netherlands", "NL", 2528),
    nation(135, "Norway", "NO", 2578),
    nation(144, "Poland", "PL", 2616),
    nation(145, "Portugal", "PT", 2620),
    nation(164, "South Korea", "KR", 2410),
    nation(166, "Spain", "ES", 2724),
    nation(171, "Sweden", "SE", 2752),
    nation(172, "Switzerland", "CH", 2756),
    nation(188, "United Kingdom", "GB", 2826),
    nation(190, "United States", "US", 2840),
    city(40101, "Berlin|Berlin|Germany", "DE", 1003854, 0.045),
    city(40102, "Munich|Bavaria|Germany", "DE", 1004054, 0.018),
    city(40103, "Hamburg|Hamburg|Germany", "DE", 1004437, 0.022),
    city(40104, "Vienna|Vienna|Austria", "AT", 1000997, 0.21),
    city(40105, "Paris|Ile-de-France|France", "FR", 1006094, 0.17),
    city(40106, "Madrid|Community of Madrid|Spain", "ES", 1005493, 0.14),
    city(40107, "London|England|United Kingdom", "GB", 1006886, 0.13),
    city(40108, "Tokyo|Tokyo|Japan", "JP", 1009310, 0.11),
    city(40109, "New York|New York|United States", "US", 1023191, 0.025),
    city(40110, "Los Angeles|California|United States", "US", 1013962, 0.012),
];

/// The place with an id.
pub(crate) fn place(id: u64) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.id == id)
}

/// The name of a country.
pub(crate) fn country_name(code: &str) -> &'static str {
    let found = PLACES.iter().find(|place| place.is_country() && place.country == code);
    found.map_or("Unknown", |place| place.name)
}

/// The file of all places, in format 2.0.
pub(crate) fn file() -> String {
    let mut out =
        "Location Id,Bing Display Name,Location Type,Replaces,Status,AdWords Location Id\r\n".to_owned();
    for place in PLACES {
        let kind = if place.is_country() { "Country" } else { "City" };
        out.push_str(&format!("{},{},{kind},,Active,{}\r\n", place.id, place.name, place.google));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_given_once_and_every_city_has_its_country() {
        let mut ids: Vec<u64> = PLACES.iter().map(|place| place.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PLACES.len());
        assert!(PLACES.iter().all(|place| country_name(place.country) != "Unknown"));
    }
}
