//! How people read what TikTok counts and numbers.

use super::{geo, money};
use placard_domain::Currency;
use serde_json::Value;

/// `value` of `field` in words; `None` if it reads well as it is.
pub(super) fn readable(field: &str, value: &Value, currency: Currency) -> Option<String> {
    if money::AMOUNTS.contains(&field) {
        return money::from_wire(value, currency).map(|amount| amount.to_string());
    }
    let items = value.as_array()?;
    if items.is_empty() {
        return Some("none".to_owned());
    }
    let word = |item: &Value| {
        let text = item.as_str()?;
        Some(match field {
            "location_ids" => geo::country_of(text).unwrap_or(text).to_owned(),
            "age_groups" => text.trim_start_matches("AGE_").replace('_', "–"),
            _ => text.to_owned(),
        })
    };
    let words: Option<Vec<String>> = items.iter().map(word).collect();
    words.map(|words| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_places_and_ages_read_as_people_write_them() {
        let read = |field: &str, value: Value| readable(field, &value, "EUR".parse().unwrap());
        assert_eq!(read("budget", json!("50.5")).as_deref(), Some("50.50 EUR"));
        assert_eq!(read("location_ids", json!(["2921044", "5332921"])).as_deref(), Some("DE, 5332921"));
        assert_eq!(read("age_groups", json!(["AGE_18_24"])).as_deref(), Some("18–24"));
        assert_eq!(read("languages", json!([])).as_deref(), Some("none"));
        assert_eq!(read("ad_text", json!("Text")), None);
    }
}
