//! Places, languages and interests that targeting may name (Meta, `platforms/meta.md` §4, §10).

/// ISO 3166-1 alpha-2, officially assigned, with XK.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI \
FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS \
IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA \
RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT \
TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Where the Digital Services Act asks for payor and beneficiary, with the associated territories.
const EU: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK AX BL GF GP MF MQ RE YT";

/// Where ads cannot be delivered (2641).
const RESTRICTED: &[&str] = &["CU", "IR", "KP", "SY", "RU"];

/// Groups that `country_groups` may name.
pub(crate) const GROUPS: &[&str] = &[
    "worldwide",
    "europe",
    "eea",
    "nafta",
    "asia",
    "oceania",
    "africa",
    "south_america",
    "north_america",
    "central_america",
    "caribbean",
    "mercosur",
    "gcc",
    "apec",
    "afta",
    "emerging_markets",
];

/// Names of the countries a search is likely to ask for.
const NAMES: &[(&str, &str)] = &[
    ("AT", "Austria"),
    ("AU", "Australia"),
    ("BE", "Belgium"),
    ("BR", "Brazil"),
    ("CA", "Canada"),
    ("CH", "Switzerland"),
    ("CZ", "Czech Republic"),
    ("DE", "Germany"),
    ("DK", "Denmark"),
    ("ES", "Spain"),
    ("FI", "Finland"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("GR", "Greece"),
    ("IE", "Ireland"),
    ("IN", "India"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("LU", "Luxembourg"),
    ("MX", "Mexico"),
    ("NL", "Netherlands"),
    ("NO", "Norway"),
    ("NZ", "New Zealand"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("SE", "Sweden"),
    ("SG", "Singapore"),
    ("TW", "Taiwan"),
    ("US", "United States"),
];

/// A region or city.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) country: &'static str,
    pub(crate) region: Option<(&'static str, &'static str)>,
}

const fn region(key: &'static str, name: &'static str, country: &'static str) -> Place {
    Place { key, name, kind: "region", country, region: None }
}

const fn city(
    key: &'static str,
    name: &'static str,
    country: &'static str,
    region: (&'static str, &'static str),
) -> Place {
    Place { key, name, kind: "city", country, region: Some(region) }
}

/// Regions and cities of the simulated world.
pub(crate) const PLACES: &[Place] = &[
    region("528", "Baden-Württemberg", "DE"),
    region("529", "Bavaria", "DE"),
    region("530", "Berlin", "DE"),
    region("538", "Hamburg", "DE"),
    region("3847", "California", "US"),
    region("3867", "New York", "US"),
    region("4025", "Île-de-France", "FR"),
    region("1306", "Tokyo", "JP"),
    region("4081", "Community of Madrid", "ES"),
    city("562731", "Berlin", "DE", ("530", "Berlin")),
    city("565374", "Munich", "DE", ("529", "Bavaria")),
    city("563886", "Hamburg", "DE", ("538", "Hamburg")),
    city("2420605", "Los Angeles", "US", ("3847", "California")),
    city("2490299", "New York", "US", ("3867", "New York")),
    city("774208", "Paris", "FR", ("4025", "Île-de-France")),
    city("1108237", "Tokyo", "JP", ("1306", "Tokyo")),
    city("668673", "Madrid", "ES", ("4081", "Community of Madrid")),
];

/// Languages by key.
pub(crate) const LOCALES: &[(i64, &str)] = &[
    (1001, "English (All)"),
    (1002, "Spanish (All)"),
    (1003, "French (All)"),
    (5, "German"),
    (6, "English (US)"),
    (9, "French (France)"),
    (10, "Italian"),
    (11, "Japanese"),
    (12, "Korean"),
    (14, "Dutch"),
    (15, "Norwegian"),
    (16, "Portuguese (Brazil)"),
    (18, "Swedish"),
    (23, "Spanish"),
    (24, "English (UK)"),
    (31, "Portuguese (Portugal)"),
];

/// An interest: id, name, audience size in thousands, topic.
pub(crate) struct Interest(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) i64,
    pub(crate) &'static str,
);

/// Interests that exist.
pub(crate) const INTERESTS: &[Interest] = &[
    Interest("6003397425735", "Hiking", 212_000, "Sports and outdoors"),
    Interest("6003160059017", "Outdoor recreation", 355_000, "Sports and outdoors"),
    Interest("6003397496347", "Running", 402_000, "Fitness and wellness"),
    Interest("6003109198633", "Camping", 268_000, "Sports and outdoors"),
    Interest("6003582500438", "Mountain biking", 121_000, "Sports and outdoors"),
    Interest("6003384248805", "Physical fitness", 910_000, "Fitness and wellness"),
    Interest("6003277229371", "Physical exercise", 780_000, "Fitness and wellness"),
    Interest("6003353550130", "Backpacking (wilderness)", 96_000, "Sports and outdoors"),
    Interest("6003102988840", "Climbing", 88_000, "Sports and outdoors"),
    Interest("6003167425934", "Shopping", 1_100_000, "Shopping and fashion"),
    Interest("6003346592981", "Online shopping", 990_000, "Shopping and fashion"),
    Interest("6003107902433", "Football", 1_200_000, "Sports and outdoors"),
    Interest("6003020834693", "Music", 1_600_000, "Entertainment"),
    Interest("6003139266461", "Movies", 1_400_000, "Entertainment"),
    Interest("6003659420716", "Cooking", 870_000, "Food and drink"),
    Interest("6004160395895", "Travel", 1_300_000, "Travel"),
];

pub(crate) fn countries() -> impl Iterator<Item = &'static str> {
    COUNTRIES.split_ascii_whitespace()
}

pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && countries().any(|known| known == code)
}

pub(crate) fn is_eu(country: &str) -> bool {
    EU.split_ascii_whitespace().any(|known| known == country)
}

pub(crate) fn is_restricted(country: &str) -> bool {
    RESTRICTED.contains(&country)
}

pub(crate) fn country_name(code: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

pub(crate) fn place(kind: &str, key: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.kind == kind && place.key == key)
}

pub(crate) fn interest(id: &str) -> Option<&'static Interest> {
    INTERESTS.iter().find(|interest| interest.0 == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_table_is_whole_and_valid() {
        assert_eq!(countries().count(), 250);
        assert!(countries().all(|code| code.len() == 2));
        assert!(EU.split_ascii_whitespace().all(is_country));
    }
}
