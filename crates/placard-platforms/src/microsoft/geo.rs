//! Countries and languages by Microsoft's ids and names (Microsoft, `platforms/microsoft.md` §4, criterions).

/// Countries whose location ids are known, with what reports call them; the rest stand in Microsoft's file of places.
const COUNTRIES: &[(&str, u32, &str)] = &[
    ("AU", 9, "Australia"),
    ("CA", 32, "Canada"),
    ("DE", 72, "Germany"),
    ("FR", 66, "France"),
    ("GB", 188, "United Kingdom"),
    ("IN", 90, "India"),
    ("US", 190, "United States"),
];

/// Languages by their code of two letters (§4, campaign).
#[rustfmt::skip]
const LANGUAGES: &[(&str, &str)] = &[
    ("ar", "Arabic"), ("bg", "Bulgarian"), ("bs", "Bosnian"), ("cs", "Czech"), ("da", "Danish"), ("de", "German"),
    ("el", "Greek"), ("en", "English"), ("es", "Spanish"), ("et", "Estonian"), ("fi", "Finnish"), ("fr", "French"),
    ("he", "Hebrew"), ("hi", "Hindi"), ("hr", "Croatian"), ("hu", "Hungarian"), ("id", "Indonesian"),
    ("is", "Icelandic"), ("it", "Italian"), ("ja", "Japanese"), ("ko", "Korean"), ("lt", "Lithuanian"),
    ("lv", "Latvian"), ("mk", "Macedonian"), ("ms", "Malay"), ("mt", "Maltese"), ("nl", "Dutch"),
    ("no", "Norwegian"), ("pl", "Polish"), ("pt", "Portuguese"), ("ro", "Romanian"), ("ru", "Russian"),
    ("sk", "Slovak"), ("sl", "Slovenian"), ("sq", "Albanian"), ("sr", "Serbian"), ("sv", "Swedish"),
    ("th", "Thai"), ("tl", "Tagalog"), ("tr", "Turkish"), ("vi", "Vietnamese"),
];

/// The location id of a country.
pub(super) fn of_country(code: &str) -> Option<String> {
    COUNTRIES.iter().find(|(known, _, _)| *known == code).map(|(_, id, _)| id.to_string())
}

/// The country behind the location id `id`, where it is one of a country.
pub(super) fn country_of(id: &str) -> Option<&'static str> {
    let number = id.parse::<u32>().ok()?;
    COUNTRIES.iter().find(|(_, known, _)| *known == number).map(|(code, _, _)| *code)
}

/// The country that Microsoft's reports call `name`.
pub(super) fn code_of_name(name: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|(_, _, known)| *known == name).map(|(code, _, _)| *code)
}

/// The name of a language.
pub(super) fn of_language(code: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// The codes of countries that [`of_country`] knows.
pub(super) fn countries() -> Vec<&'static str> {
    COUNTRIES.iter().map(|(code, _, _)| *code).collect()
}

/// The codes that [`of_language`] knows.
pub(super) fn languages() -> Vec<&'static str> {
    LANGUAGES.iter().map(|(code, _)| *code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::country;

    #[test]
    fn every_country_has_an_id_of_its_own_and_comes_back() {
        for code in countries() {
            assert!(country::exists(code));
            assert_eq!(country_of(&of_country(code).unwrap()), Some(code));
        }
        assert_eq!((of_country("US").as_deref(), of_country("XX")), (Some("190"), None));
        assert_eq!(country_of("4272"), None);
    }

    #[test]
    fn every_language_has_a_name_of_its_own() {
        let mut names: Vec<_> = languages().into_iter().filter_map(of_language).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LANGUAGES.len());
        assert_eq!(of_language("xx"), None);
    }
}
