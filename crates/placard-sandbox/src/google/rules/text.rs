//! Names, widths, addresses and parameters of addresses (Google, `platforms/google.md` §4).

use serde_json::{Value, json};
use url::Url;

use super::{Errors, Fields, missing, string};
use crate::google::error::AdsError;
use crate::google::store::Resource;

/// Characters of a name.
pub(super) const NAME: usize = 255;

/// Checks a required name of `least` to `most` characters; says whether it is there.
pub(super) fn name(old: Option<&Resource>, fields: &Fields, most: usize, errors: &mut Errors) -> bool {
    if !fields.contains_key("name") {
        errors.push(missing(old, "name"));
        return false;
    }
    let text = string(fields, "name");
    match length(text, most) {
        None => true,
        Some(error) => {
            errors.push(error.at("name").trigger(json!(text)));
            false
        }
    }
}

/// Why a text's length is wrong: empty, or more than `most` characters.
pub(super) fn length(text: &str, most: usize) -> Option<AdsError> {
    match text.chars().count() {
        0 => Some(AdsError::new("stringLengthError", "EMPTY", "The text is empty.")),
        count if count > most => {
            Some(AdsError::new("stringLengthError", "TOO_LONG", format!("The text is longer than {most}.")))
        }
        _ => None,
    }
}

/// The width of an ad's text: wide characters count double, keyword insertion counts its default only.
pub(super) fn width(text: &str) -> usize {
    let mut total = 0;
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, inside) = rest.split_at(open);
        let insertion = inside.find('}').and_then(|close| {
            let (head, default) = inside[1..close].split_once(':')?;
            head.eq_ignore_ascii_case("keyword").then_some((default, close))
        });
        total += before.chars().map(columns).sum::<usize>();
        match insertion {
            Some((default, close)) => {
                total += default.chars().map(columns).sum::<usize>();
                rest = &inside[close + 1..];
            }
            None => {
                total += 1;
                rest = &inside[1..];
            }
        }
    }
    total + rest.chars().map(columns).sum::<usize>()
}

fn columns(letter: char) -> usize {
    let wide = matches!(u32::from(letter),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    if wide { 2 } else { 1 }
}

/// Bytes of an address.
const URL: usize = 2048;

/// Checks a list of final addresses.
pub(super) fn urls(fields: &Fields, member: &str, place: &str, errors: &mut Errors) {
    let list = fields.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, url) in list.iter().enumerate() {
        let text = url.as_str().unwrap_or_default();
        let at = format!("{place}[{index}]");
        let error =
            |code, message: &str| AdsError::new("urlFieldError", code, message).at(&at).trigger(json!(text));
        match Url::parse(text) {
            _ if text.len() > URL => {
                let message = "The URL is longer than 2048 bytes.";
                errors.push(
                    AdsError::new("stringLengthError", "TOO_LONG", message).at(&at).trigger(json!(text)),
                );
            }
            _ if !text.contains("://") => {
                errors.push(error("MISSING_PROTOCOL_IN_FINAL_URL", "The final URL has no protocol."));
            }
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                errors.push(error("INVALID_FINAL_URL", "The final URL is neither http nor https."));
            }
            Ok(url) if url.host_str().is_none_or(str::is_empty) => {
                errors.push(error("MALFORMED_FINAL_URL", "The final URL has no host."));
            }
            Ok(_) => {}
            Err(_) => errors.push(error("MALFORMED_FINAL_URL", "The final URL is malformed.")),
        }
    }
}

/// Most custom parameters of one resource.
const PARAMETERS: usize = 8;

/// Checks `urlCustomParameters`: at most eight, keys of 16 letters and digits, values of 250.
pub(super) fn parameters(fields: &Fields, place: &str, errors: &mut Errors) {
    let list =
        fields.get("urlCustomParameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let base = format!("{place}url_custom_parameters");
    if list.len() > PARAMETERS {
        let message = format!("At most {PARAMETERS} custom parameters.");
        errors.push(AdsError::new("collectionSizeError", "TOO_MANY", message).at(&base));
    }
    for (index, parameter) in list.iter().enumerate() {
        let (key, value) = (parameter["key"].as_str(), parameter["value"].as_str());
        let at = |part: &str| format!("{base}[{index}].{part}");
        match key {
            None => errors.push(AdsError::required(&at("key"))),
            Some(key) if key.len() > 16 => {
                let error = AdsError::new("stringLengthError", "TOO_LONG", "The key is longer than 16.");
                errors.push(error.at(&at("key")).trigger(json!(key)));
            }
            Some(key) if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                let error =
                    AdsError::new("stringFormatError", "ILLEGAL_CHARS", "A key has letters and digits.");
                errors.push(error.at(&at("key")).trigger(json!(key)));
            }
            Some(_) => {}
        }
        if value.is_some_and(|value| value.chars().count() > 250) {
            let error = AdsError::new("stringLengthError", "TOO_LONG", "The value is longer than 250.");
            errors.push(error.at(&at("value")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_counts_wide_characters_twice_and_insertion_by_its_default() {
        assert_eq!(width("Stiefel für alle"), 16);
        assert_eq!(width("登山靴"), 6);
        assert_eq!(width("Buy {KeyWord:boots} now"), 13);
        assert_eq!(width("a {brace"), 8);
    }
}
