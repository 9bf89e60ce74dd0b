//! Cookies as browsers export them.

use serde_json::{Map, Value};
use std::fmt;

/// How many cookies a login may have.
const MOST: usize = 300;
/// How many bytes they may be together, as JSON.
const LARGEST: usize = 128 * 1024;
/// How many bytes a cookie's name and value may be together: more is taken by no browser (RFC 6265bis, section 5.6).
const LARGEST_PAIR: usize = 4096;

/// The cookies of a login: a JSON list of objects with `name`, `value` and `domain`; what else a browser wrote into them
/// stays. They are shown by nothing but [`Cookies::as_str`].
#[derive(Clone, PartialEq, Eq)]
pub struct Cookies(String);

/// Why a text is no list of cookies. It repeats nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CookiesError {
    /// It is no JSON.
    #[error("line {line}, column {column}: the cookies are no JSON")]
    NotJson {
        /// Where it stops being JSON.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// It is no list, or an empty one.
    #[error("cookies are a JSON list of at least one object with `name`, `value` and `domain`")]
    NotAList,
    /// It is too long.
    #[error("there are more than {MOST} cookies, or they have more than {LARGEST} bytes")]
    TooLarge,
    /// A cookie is wrong.
    #[error("cookie {}: {rule}", index + 1)]
    Wrong {
        /// Which, counted from 0.
        index: usize,
        /// What is wrong.
        rule: &'static str,
    },
}

impl Cookies {
    /// Reads cookies as a browser exported them.
    ///
    /// # Errors
    /// [`CookiesError`].
    pub fn parse(text: &str) -> Result<Self, CookiesError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| CookiesError::NotJson { line: error.line(), column: error.column() })?;
        Self::of(&value)
    }

    /// The same from JSON that was read already.
    ///
    /// # Errors
    /// [`CookiesError`].
    pub fn of(value: &Value) -> Result<Self, CookiesError> {
        let list = value.as_array().filter(|list| !list.is_empty()).ok_or(CookiesError::NotAList)?;
        if list.len() > MOST {
            return Err(CookiesError::TooLarge);
        }
        for (index, cookie) in list.iter().enumerate() {
            let cookie = cookie.as_object().ok_or(CookiesError::NotAList)?;
            check(cookie).map_err(|rule| CookiesError::Wrong { index, rule })?;
        }
        let text = value.to_string();
        if text.len() > LARGEST { Err(CookiesError::TooLarge) } else { Ok(Self(text)) }
    }

    /// The JSON list.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies(…)")
    }
}

fn check(cookie: &Map<String, Value>) -> Result<(), &'static str> {
    let text = |name: &str| cookie.get(name).and_then(Value::as_str);
    let (Some(name), Some(value), Some(domain)) = (text("name"), text("value"), text("domain")) else {
        return Err("`name`, `value` and `domain` are texts");
    };
    let plain = |text: &str| !text.contains(|letter: char| letter.is_control() || letter == ';');
    if name.is_empty() || !plain(name) || !plain(value) {
        return Err("a name is not empty, and neither name nor value holds a semicolon or control character");
    }
    if name.len() + value.len() > LARGEST_PAIR {
        return Err("name and value have more than 4096 bytes");
    }
    let host = domain.strip_prefix('.').unwrap_or(domain);
    let named = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
    if host.is_empty() || host.len() > 253 || !host.chars().all(named) {
        return Err("`domain` is the name of a host");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_browser_wrote_beside_stays() {
        let text = r#"[{"domain":".example.com","expirationDate":1800000000.5,"name":"sid","value":"x"}]"#;
        let cookies = Cookies::parse(text).unwrap();
        assert_eq!(Cookies::parse(cookies.as_str()).unwrap(), cookies);
        assert!(cookies.as_str().contains("expirationDate"));
        assert_eq!(format!("{cookies:?}"), "Cookies(…)");
    }

    #[test]
    fn what_is_no_list_of_cookies_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "[5]",
            r#"[{"name": "a", "value": "b"}]"#,
            r#"[{"name": "", "value": "b", "domain": "example.com"}]"#,
            r#"[{"name": "a", "value": "b;c", "domain": "example.com"}]"#,
            r#"[{"name": "a", "value": "b\n", "domain": "example.com"}]"#,
            r#"[{"name": "a", "value": "b", "domain": "https://example.com"}]"#,
        ] {
            assert!(Cookies::parse(text).is_err(), "{text}");
        }
        let long = format!(r#"[{{"name": "a", "value": "{}", "domain": "example.com"}}]"#, "x".repeat(4096));
        assert!(matches!(Cookies::parse(&long), Err(CookiesError::Wrong { index: 0, .. })));
    }

    proptest! {
        #[test]
        fn a_refusal_repeats_nothing(secret in "[a-z]{12}", before in "[\\[{\"]{0,3}") {
            let text = format!("{before}{secret}");
            let said = Cookies::parse(&text).unwrap_err().to_string();
            prop_assert!(!said.contains(&secret), "{}", said);
        }
    }
}
