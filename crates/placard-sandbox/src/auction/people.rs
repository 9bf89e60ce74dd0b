//! Who there is to be reached.

/// Age groups: label, first and last year, share, price.
pub(crate) const AGES: &[(&str, i64, i64, f64, f64)] = &[
    ("13-17", 13, 17, 0.04, 0.7),
    ("18-24", 18, 24, 0.17, 0.85),
    ("25-34", 25, 34, 0.25, 0.98),
    ("35-44", 35, 44, 0.20, 1.05),
    ("45-54", 45, 54, 0.15, 1.1),
    ("55-64", 55, 64, 0.11, 1.12),
    ("65+", 65, 120, 0.08, 1.1),
];

/// Genders: label, Meta's targeting code, share, price.
pub(crate) const GENDERS: &[(&str, i64, f64, f64)] =
    &[("female", 2, 0.49, 1.05), ("male", 1, 0.495, 0.96), ("unknown", 0, 0.015, 0.9)];

/// Adults with an account, in thousands; the rest count as ten million.
const PEOPLE: &[(&str, i64)] = &[
    ("DE", 46_000),
    ("FR", 42_000),
    ("ES", 30_000),
    ("IT", 38_000),
    ("GB", 48_000),
    ("US", 215_000),
    ("JP", 48_000),
    ("AT", 5_200),
    ("CH", 5_000),
    ("NL", 11_500),
    ("BE", 7_800),
    ("PL", 23_000),
    ("SE", 7_200),
    ("PT", 7_000),
    ("CA", 27_000),
    ("AU", 18_000),
    ("BR", 130_000),
    ("IN", 420_000),
    ("MX", 90_000),
    ("IE", 3_600),
    ("DK", 4_300),
];

/// Adults of a country.
pub(crate) fn people(country: &str) -> i64 {
    PEOPLE.iter().find(|(code, _)| *code == country).map_or(10_000, |(_, thousands)| *thousands) * 1000
}
