//! Phone numbers in the international spelling of ITU-T E.164.

use crate::country;

/// A country, by its ISO 3166-1 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(&'static Plan);

/// How a country's numbers are written at home and abroad.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    code: &'static str,
    /// What stands behind the `+`.
    calling: &'static str,
    /// What is dialled before a number within the country and falls away abroad.
    trunk: &'static str,
}

/// A text that names no country whose numbers are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no country code such as DE or US")]
pub struct UnknownCountry(pub String);

impl std::str::FromStr for Country {
    type Err = UnknownCountry;
    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        let code = text.trim().to_ascii_uppercase();
        let plan = PLANS.iter().find(|plan| plan.code == code).filter(|_| country::exists(&code));
        plan.map(Self).ok_or_else(|| UnknownCountry(text.to_owned()))
    }
}

impl Country {
    /// Its ISO 3166-1 code.
    pub const fn code(self) -> &'static str {
        self.0.code
    }

    /// What stands behind the `+` of its numbers.
    pub const fn calling_code(self) -> &'static str {
        self.0.calling
    }

    /// What is dialled to leave it, beside the `00` that most of the world uses.
    const fn exits(self) -> &'static [&'static str] {
        match self.0.calling.as_bytes() {
            b"1" => &["011"],
            b"61" => &["0011"],
            b"81" => &["010"],
            b"7" => &["810"],
            _ => &[],
        }
    }
}

/// A phone number in the one spelling by which a person is found again: `+493012345678`.
///
/// Assumed: `00` is dialled to leave a country (with the exceptions in this file), a trunk prefix such as the German
/// `0` falls away behind a country code, and an extension does not make another person. Whether a number is given out
/// is not known; the calling code must exist and the number have 7 to 15 digits (E.164 §6.1 sets the upper bound).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// A text that is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Letters, or signs that no number has.
    #[error("holds something that no phone number has")]
    Strange,
    /// Without `+` or `00`, and nobody said of which country.
    #[error("has no country code; begin it with +, or say of which country numbers are")]
    NoCountry,
    /// The code behind the `+` is nobody's.
    #[error("begins with a country code that does not exist")]
    UnknownCode,
    /// Too few or too many digits.
    #[error("has {0} digits behind the +; there are 7 to 15")]
    Length(usize),
}

impl PhoneNumber {
    /// Reads a number as people write it. One without a country code is one of `country`.
    pub fn parse(text: &str, country: Option<Country>) -> Result<Self, PhoneError> {
        let (international, digits) = digits(text)?;
        let number = if international { digits } else { abroad(&digits, country)? };
        let calling = longest_code(&number).ok_or(PhoneError::UnknownCode)?;
        let plan = PLANS.iter().rfind(|plan| plan.calling == calling).ok_or(PhoneError::UnknownCode)?;
        // `+49 (0)30` and `+49 030` both carry a trunk prefix that is dialled at home only.
        let national = &number[plan.calling.len()..];
        let national = if plan.trunk == "0" { national.trim_start_matches('0') } else { national };
        let number = format!("{}{national}", plan.calling);
        match number.len() {
            7..=15 => Ok(Self(format!("+{number}"))),
            other => Err(PhoneError::Length(other)),
        }
    }

    /// The number, with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The countries whose code it begins with, some of which share one, and what stands behind that.
    pub fn parts(&self) -> (Vec<Country>, &str) {
        let digits = &self.0[1..];
        let calling = longest_code(digits).unwrap_or_default();
        let countries = PLANS.iter().filter(|plan| plan.calling == calling).map(Country);
        (countries.collect(), &digits[calling.len()..])
    }
}

/// The calling code that `digits` begin with.
fn longest_code(digits: &str) -> Option<&'static str> {
    let codes = PLANS.iter().map(|plan| plan.calling).filter(|code| digits.starts_with(code));
    codes.max_by_key(|code| code.len())
}

/// Whether `text` is a number in the one international spelling, such as `+493012345678`.
pub fn is_international(text: &str) -> bool {
    PhoneNumber::parse(text, None).is_ok_and(|number| number.as_str() == text)
}

/// Not the number, so that it does not end up in a log.
impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

/// The digits of a number, and whether a `+` stood before them.
fn digits(text: &str) -> Result<(bool, String), PhoneError> {
    let text = text.trim();
    // Downloads of Meta's lead forms write `p:+49…`.
    let text =
        ["tel:", "p:"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text).trim_start();
    let lower = text.to_ascii_lowercase();
    let extension = ["ext", ";", "#", "x"].iter().filter_map(|mark| lower.find(mark)).min();
    let text = &text[..extension.unwrap_or(text.len())];
    let international = text.starts_with('+');
    let mut digits = String::with_capacity(text.len());
    for char in text.strip_prefix('+').unwrap_or(text).chars() {
        match char {
            '0'..='9' => digits.push(char),
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' => {}
            space if space.is_whitespace() => {}
            _ => return Err(PhoneError::Strange),
        }
    }
    Ok((international, digits))
}

/// What stands behind the `+` of a number that was written without one.
fn abroad(digits: &str, country: Option<Country>) -> Result<String, PhoneError> {
    let exits = country.map(Country::exits).unwrap_or_default();
    let exit = exits.iter().copied().chain(["00"]).find_map(|exit| digits.strip_prefix(exit));
    if let Some(number) = exit {
        return Ok(number.to_owned());
    }
    let Country(plan) = country.ok_or(PhoneError::NoCountry)?;
    let national = digits.strip_prefix(plan.trunk).unwrap_or(digits);
    Ok(format!("{}{national}", plan.calling))
}

const fn plan(code: &'static str, calling: &'static str, trunk: &'static str) -> Plan {
    Plan { code, calling, trunk }
}

/// Calling codes are those that ITU-T assigned (list of E.164 country codes); trunk prefixes those that national
/// numbering plans name. Italy's leading zero is part of the number.
#[rustfmt::skip]
const PLANS: &[Plan] = &[
    plan("AD", "376", ""), plan("AE", "971", "0"), plan("AF", "93", "0"), plan("AG", "1", "1"),
    plan("AI", "1", "1"), plan("AL", "355", "0"), plan("AM", "374", "0"), plan("AO", "244", ""),
    plan("AR", "54", "0"), plan("AS", "1", "1"), plan("AT", "43", "0"), plan("AU", "61", "0"),
    plan("AW", "297", ""), plan("AX", "358", "0"), plan("AZ", "994", "0"), plan("BA", "387", "0"),
    plan("BB", "1", "1"), plan("BD", "880", "0"), plan("BE", "32", "0"), plan("BF", "226", ""),
    plan("BG", "359", "0"), plan("BH", "973", ""), plan("BI", "257", ""), plan("BJ", "229", ""),
    plan("BL", "590", "0"), plan("BM", "1", "1"), plan("BN", "673", ""), plan("BO", "591", "0"),
    plan("BQ", "599", "0"), plan("BR", "55", "0"), plan("BS", "1", "1"), plan("BT", "975", ""),
    plan("BW", "267", ""), plan("BY", "375", "8"), plan("BZ", "501", ""), plan("CA", "1", "1"),
    plan("CC", "61", "0"), plan("CD", "243", "0"), plan("CF", "236", ""), plan("CG", "242", ""),
    plan("CH", "41", "0"), plan("CI", "225", ""), plan("CK", "682", ""), plan("CL", "56", ""),
    plan("CM", "237", ""), plan("CN", "86", "0"), plan("CO", "57", ""), plan("CR", "506", ""),
    plan("CU", "53", "0"), plan("CV", "238", ""), plan("CW", "599", "0"), plan("CX", "61", "0"),
    plan("CY", "357", ""), plan("CZ", "420", ""), plan("DE", "49", "0"), plan("DJ", "253", ""),
    plan("DK", "45", ""), plan("DM", "1", "1"), plan("DO", "1", "1"), plan("DZ", "213", "0"),
    plan("EC", "593", "0"), plan("EE", "372", ""), plan("EG", "20", "0"), plan("EH", "212", "0"),
    plan("ER", "291", "0"), plan("ES", "34", ""), plan("ET", "251", "0"), plan("FI", "358", "0"),
    plan("FJ", "679", ""), plan("FK", "500", ""), plan("FM", "691", ""), plan("FO", "298", ""),
    plan("FR", "33", "0"), plan("GA", "241", ""), plan("GB", "44", "0"), plan("GD", "1", "1"),
    plan("GE", "995", "0"), plan("GF", "594", "0"), plan("GG", "44", "0"), plan("GH", "233", "0"),
    plan("GI", "350", ""), plan("GL", "299", ""), plan("GM", "220", ""), plan("GN", "224", ""),
    plan("GP", "590", "0"), plan("GQ", "240", ""), plan("GR", "30", ""), plan("GT", "502", ""),
    plan("GU", "1", "1"), plan("GW", "245", ""), plan("GY", "592", ""), plan("HK", "852", ""),
    plan("HN", "504", ""), plan("HR", "385", "0"), plan("HT", "509", ""), plan("HU", "36", "06"),
    plan("ID", "62", "0"), plan("IE", "353", "0"), plan("IL", "972", "0"), plan("IM", "44", "0"),
    plan("IN", "91", "0"), plan("IO", "246", ""), plan("IQ", "964", "0"), plan("IR", "98", "0"),
    plan("IS", "354", ""), plan("IT", "39", ""), plan("JE", "44", "0"), plan("JM", "1", "1"),
    plan("JO", "962", "0"), plan("JP", "81", "0"), plan("KE", "254", "0"), plan("KG", "996", "0"),
    plan("KH", "855", "0"), plan("KI", "686", ""), plan("KM", "269", ""), plan("KN", "1", "1"),
    plan("KP", "850", "0"), plan("KR", "82", "0"), plan("KW", "965", ""), plan("KY", "1", "1"),
    plan("KZ", "7", "8"), plan("LA", "856", "0"), plan("LB", "961", "0"), plan("LC", "1", "1"),
    plan("LI", "423", ""), plan("LK", "94", "0"), plan("LR", "231", "0"), plan("LS", "266", ""),
    plan("LT", "370", "0"), plan("LU", "352", ""), plan("LV", "371", ""), plan("LY", "218", "0"),
    plan("MA", "212", "0"), plan("MC", "377", ""), plan("MD", "373", "0"), plan("ME", "382", "0"),
    plan("MF", "590", "0"), plan("MG", "261", "0"), plan("MH", "692", "1"), plan("MK", "389", "0"),
    plan("ML", "223", ""), plan("MM", "95", "0"), plan("MN", "976", "0"), plan("MO", "853", ""),
    plan("MP", "1", "1"), plan("MQ", "596", "0"), plan("MR", "222", ""), plan("MS", "1", "1"),
    plan("MT", "356", ""), plan("MU", "230", ""), plan("MV", "960", ""), plan("MW", "265", "0"),
    plan("MX", "52", ""), plan("MY", "60", "0"), plan("MZ", "258", ""), plan("NA", "264", "0"),
    plan("NC", "687", ""), plan("NE", "227", ""), plan("NF", "672", ""), plan("NG", "234", "0"),
    plan("NI", "505", ""), plan("NL", "31", "0"), plan("NO", "47", ""), plan("NP", "977", "0"),
    plan("NR", "674", ""), plan("NU", "683", ""), plan("NZ", "64", "0"), plan("OM", "968", ""),
    plan("PA", "507", ""), plan("PE", "51", "0"), plan("PF", "689", ""), plan("PG", "675", ""),
    plan("PH", "63", "0"), plan("PK", "92", "0"), plan("PL", "48", ""), plan("PM", "508", "0"),
    plan("PR", "1", "1"), plan("PS", "970", "0"), plan("PT", "351", ""), plan("PW", "680", ""),
    plan("PY", "595", "0"), plan("QA", "974", ""), plan("RE", "262", "0"), plan("RO", "40", "0"),
    plan("RS", "381", "0"), plan("RU", "7", "8"), plan("RW", "250", "0"), plan("SA", "966", "0"),
    plan("SB", "677", ""), plan("SC", "248", ""), plan("SD", "249", "0"), plan("SE", "46", "0"),
    plan("SG", "65", ""), plan("SH", "290", ""), plan("SI", "386", "0"), plan("SJ", "47", ""),
    plan("SK", "421", "0"), plan("SL", "232", "0"), plan("SM", "378", ""), plan("SN", "221", ""),
    plan("SO", "252", "0"), plan("SR", "597", "0"), plan("SS", "211", "0"), plan("ST", "239", ""),
    plan("SV", "503", ""), plan("SX", "1", "1"), plan("SY", "963", "0"), plan("SZ", "268", ""),
    plan("TC", "1", "1"), plan("TD", "235", ""), plan("TG", "228", ""), plan("TH", "66", "0"),
    plan("TJ", "992", ""), plan("TK", "690", ""), plan("TL", "670", ""), plan("TM", "993", "8"),
    plan("TN", "216", ""), plan("TO", "676", ""), plan("TR", "90", "0"), plan("TT", "1", "1"),
    plan("TV", "688", ""), plan("TW", "886", "0"), plan("TZ", "255", "0"), plan("UA", "380", "0"),
    plan("UG", "256", "0"), plan("US", "1", "1"), plan("UY", "598", "0"), plan("UZ", "998", ""),
    plan("VA", "39", ""), plan("VC", "1", "1"), plan("VE", "58", "0"), plan("VG", "1", "1"),
    plan("VI", "1", "1"), plan("VN", "84", "0"), plan("VU", "678", ""), plan("WF", "681", ""),
    plan("WS", "685", ""), plan("YE", "967", "0"), plan("YT", "262", "0"), plan("ZA", "27", "0"),
    plan("ZM", "260", "0"), plan("ZW", "263", "0"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, country: &str) -> Result<String, PhoneError> {
        let country = Some(country).filter(|code| !code.is_empty()).map(|code| code.parse().unwrap());
        PhoneNumber::parse(text, country).map(|number| number.as_str().to_owned())
    }

    #[test]
    fn spellings_of_one_number_are_one() {
        for text in [
            "+49 30 1234567",
            "0049301234567",
            "+49 (0)30 / 123 45-67",
            "030 1234567",
            "tel:+49-30-1234567",
            "p:+49301234567",
            "030 1234567 ext. 12",
        ] {
            assert_eq!(read(text, "DE").as_deref(), Ok("+49301234567"), "{text}");
        }
        for text in ["(212) 555-0123", "1 212 555 0123", "+1 212 555 0123", "011 1 212 555 0123"] {
            assert_eq!(read(text, "US").as_deref(), Ok("+12125550123"), "{text}");
        }
        assert_eq!(read("8 495 123-45-67", "RU").as_deref(), Ok("+74951234567"));
        assert_eq!(read("612 345 678", "ES").as_deref(), Ok("+34612345678"));
    }

    #[test]
    fn a_number_names_the_countries_that_its_code_can_mean() {
        let parts = |text: &str| {
            let number = PhoneNumber::parse(text, None).unwrap();
            let (countries, national) = number.parts();
            (countries.iter().map(|country| country.code()).collect::<Vec<_>>(), national.to_owned())
        };
        assert_eq!(parts("+4930123456"), (vec!["DE"], "30123456".to_owned()));
        let (shared, national) = parts("+12125550100");
        assert!(shared.contains(&"US") && shared.contains(&"CA") && national == "2125550100");
        assert_eq!("FR".parse::<Country>().unwrap().calling_code(), "33");
    }

    #[test]
    fn only_the_one_spelling_is_international() {
        assert!(is_international("+4930123456"));
        for wrong in ["030123456", "+49 30 123456", "+49030123456", "+0301234567", "+49", "+1234567890123456"]
        {
            assert!(!is_international(wrong), "{wrong}");
        }
    }

    #[test]
    fn italys_zero_is_part_of_the_number() {
        assert_eq!(read("06 1234 5678", "IT").as_deref(), Ok("+390612345678"));
        assert_eq!(read("+39 06 1234 5678", "").as_deref(), Ok("+390612345678"));
    }

    #[test]
    fn a_number_without_a_country_is_refused_and_not_guessed() {
        assert_eq!(read("030 1234567", ""), Err(PhoneError::NoCountry));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "call me",
            "+999 123 456 789",
            "+49",
            "+49 12345678901234567",
            "1234",
            "=1+1",
            "+4-9a1234567",
        ] {
            assert!(read(text, "DE").is_err(), "{text}");
        }
    }

    #[test]
    fn every_country_has_a_numbering_plan() {
        let missing: Vec<_> = country::CODES.iter().filter(|code| code.parse::<Country>().is_err()).collect();
        assert_eq!(
            missing,
            ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"].iter().collect::<Vec<_>>(),
            "uninhabited or without a plan"
        );
    }

    proptest! {
        #[test]
        fn reading_twice_changes_nothing_whatever_the_country(text in "[+0-9 ()/x.-]{0,24}", first in 0_usize..PLANS.len(), second in 0_usize..PLANS.len()) {
            if let Ok(number) = PhoneNumber::parse(&text, Some(Country(&PLANS[first]))) {
                prop_assert_eq!(&PhoneNumber::parse(number.as_str(), Some(Country(&PLANS[second]))).unwrap(), &number);
                prop_assert_eq!(PhoneNumber::parse(number.as_str(), None).unwrap(), number);
            }
        }

        #[test]
        fn signs_between_digits_make_no_other_number(digits in "[1-9][0-9]{6,9}") {
            let spaced: String = digits.chars().flat_map(|digit| [digit, '-', ' ']).collect();
            prop_assert_eq!(read(&format!("+49{digits}"), ""), read(&format!("+49 {spaced}"), ""));
        }
    }
}
