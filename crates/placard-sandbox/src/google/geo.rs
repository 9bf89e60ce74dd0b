//! Places and languages that criteria may name (Google, `platforms/google.md` §1).

/// A geo target constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    /// The region of a city, as its canonical name lists it.
    pub(crate) region: Option<&'static str>,
}

impl Place {
    pub(crate) fn is_country(&self) -> bool {
        self.id < 3000
    }

    pub(crate) fn canonical(&self) -> String {
        match self.region {
            None => self.name.to_owned(),
            Some(region) => {
                let country = country(self.country).map_or(self.country, |country| country.name);
                format!("{},{region},{country}", self.name)
            }
        }
    }
}

const fn nation(id: u32, name: &'static str, country: &'static str) -> Place {
    Place { id, name, country, region: None }
}

const fn city(id: u32, name: &'static str, region: &'static str, country: &'static str) -> Place {
    Place { id, name, country, region: Some(region) }
}

/// Countries, whose ids are 2000 and their ISO number, and some cities.
pub(crate) const PLACES: &[Place] = &[
    nation(2036, "Australia", "AU"),
    nation(2040, "Austria", "AT"),
    nation(2056, "Belgium", "BE"),
    nation(2076, "Brazil", "BR"),
    nation(2124, "Canada", "CA"),
    nation(2203, "Czechia", "CZ"),
    nation(2208, "Denmark", "DK"),
    nation(2246, "Finland", "FI"),
    nation(2250, "France", "FR"),
    nation(2276, "Germany", "DE"),
    nation(2300, "Greece", "GR"),
    nation(2348, "Hungary", "HU"),
    nation(2356, "India", "IN"),
    nation(2372, "Ireland", "IE"),
    nation(2380, "Italy", "IT"),
    nation(2392, "Japan", "JP"),
    nation(2410, "South Korea", "KR"),
    nation(2442, "Luxembourg", "LU"),
    nation(2484, "Mexico", "MX"),
    nation(2528, "Netherlands", "NL"),
    nation(2554, "New Zealand", "NZ"),
    nation(2578, "Norway", "NO"),
    nation(2616, "Poland", "PL"),
    nation(2620, "Portugal", "PT"),
    nation(2642, "Romania", "RO"),
    nation(2702, "Singapore", "SG"),
    nation(2724, "Spain", "ES"),
    nation(2752, "Sweden", "SE"),
    nation(2756, "Switzerland", "CH"),
    nation(2826, "United Kingdom", "GB"),
    nation(2840, "United States", "US"),
    city(1003854, "Berlin", "Berlin", "DE"),
    city(1004054, "Munich", "Bavaria", "DE"),
    city(1004437, "Hamburg", "Hamburg", "DE"),
    city(1004074, "Nuremberg", "Bavaria", "DE"),
    city(1004625, "Cologne", "North Rhine-Westphalia", "DE"),
    city(1004234, "Frankfurt", "Hesse", "DE"),
    city(1004824, "Leipzig", "Saxony", "DE"),
    city(1004087, "Stuttgart", "Baden-Württemberg", "DE"),
    city(1000997, "Vienna", "Vienna", "AT"),
    city(1000937, "Graz", "Styria", "AT"),
    city(1003297, "Zurich", "Zurich", "CH"),
    city(1003252, "Geneva", "Geneva", "CH"),
    city(1006094, "Paris", "Ile-de-France", "FR"),
    city(1006410, "Lyon", "Auvergne-Rhone-Alpes", "FR"),
    city(1006468, "Marseille", "Provence-Alpes-Cote d'Azur", "FR"),
    city(1005493, "Madrid", "Community of Madrid", "ES"),
    city(1005424, "Barcelona", "Catalonia", "ES"),
    city(1008736, "Rome", "Lazio", "IT"),
    city(1008463, "Milan", "Lombardy", "IT"),
    city(1010543, "Amsterdam", "North Holland", "NL"),
    city(1001004, "Brussels", "Brussels", "BE"),
    city(1006886, "London", "England", "GB"),
    city(1006912, "Manchester", "England", "GB"),
    city(1007850, "Dublin", "County Dublin", "IE"),
    city(1012086, "Lisbon", "Lisbon", "PT"),
    city(1011419, "Warsaw", "Masovian Voivodeship", "PL"),
    city(1012511, "Stockholm", "Stockholm County", "SE"),
    city(1009310, "Tokyo", "Tokyo", "JP"),
    city(1009544, "Osaka", "Osaka", "JP"),
    city(1023191, "New York", "New York", "US"),
    city(1013962, "Los Angeles", "California", "US"),
    city(1016367, "Chicago", "Illinois", "US"),
    city(1027744, "Seattle", "Washington", "US"),
    city(1026201, "Portland", "Oregon", "US"),
    city(1014221, "San Francisco", "California", "US"),
    city(1002451, "Toronto", "Ontario", "CA"),
    city(1000286, "Sydney", "New South Wales", "AU"),
];

/// Languages by the id of their constant.
pub(crate) const LANGUAGES: &[(u32, &str)] = &[
    (1000, "English"),
    (1001, "German"),
    (1002, "French"),
    (1003, "Spanish"),
    (1004, "Italian"),
    (1005, "Japanese"),
    (1009, "Danish"),
    (1010, "Dutch"),
    (1011, "Finnish"),
    (1012, "Korean"),
    (1013, "Norwegian"),
    (1014, "Portuguese"),
    (1015, "Swedish"),
    (1021, "Czech"),
    (1030, "Polish"),
];

/// The country with an ISO code.
pub(crate) fn country(code: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.is_country() && place.country == code)
}

/// The place that a resource name such as `geoTargetConstants/2276` stands for.
pub(crate) fn by_name(name: &str) -> Option<&'static Place> {
    let id: u32 = name.strip_prefix("geoTargetConstants/")?.parse().ok()?;
    PLACES.iter().find(|place| place.id == id)
}

/// The language that a resource name such as `languageConstants/1001` stands for.
pub(crate) fn language(name: &str) -> Option<(u32, &'static str)> {
    let id: u32 = name.strip_prefix("languageConstants/")?.parse().ok()?;
    LANGUAGES.iter().find(|(known, _)| *known == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_given_once_and_every_city_has_its_country() {
        let mut ids: Vec<u32> = PLACES.iter().map(|place| place.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PLACES.len());
        assert!(PLACES.iter().all(|place| country(place.country).is_some()));
    }
}
