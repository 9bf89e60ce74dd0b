//! How people read what Google counts.

use super::{canonical, geo, money, wire::at};
use placard_domain::Currency;
use serde_json::Value;

/// `value` of `field` in words; `None` if it reads well as it is.
pub(super) fn readable(field: &str, value: &Value, currency: Currency) -> Option<String> {
    let last = field.rsplit('.').next().unwrap_or(field);
    match last {
        name if name.ends_with("Micros") => {
            money::from_micros(value, currency).map(|amount| amount.to_string())
        }
        canonical::BIDDING => bidding(value, currency),
        canonical::LOCATIONS
        | canonical::LANGUAGES
        | canonical::EXCLUDED_AGES
        | canonical::EXCLUDED_GENDERS => {
            let entries: Vec<String> = value.as_array()?.iter().map(criterion).collect();
            Some(if entries.is_empty() { "none".to_owned() } else { entries.join(", ") })
        }
        _ => None,
    }
}

fn bidding(value: &Value, currency: Currency) -> Option<String> {
    let (strategy, settings) = value.as_object()?.iter().next()?;
    let settings: Vec<String> = settings
        .as_object()?
        .iter()
        .map(|(name, setting)| {
            let amount = name.ends_with("Micros").then(|| money::from_micros(setting, currency)).flatten();
            format!("{name} {}", amount.map_or_else(|| setting.to_string(), |amount| amount.to_string()))
        })
        .collect();
    Some(if settings.is_empty() { strategy.clone() } else { format!("{strategy}, {}", settings.join(", ")) })
}

fn criterion(body: &Value) -> String {
    let negative = body.get("negative").and_then(Value::as_bool).unwrap_or_default();
    let text = |path: &str| at(body, path).and_then(Value::as_str);
    if let Some(constant) = text("location.geoTargetConstant") {
        let id = constant.rsplit('/').next().unwrap_or(constant);
        let place = geo::country_of(id).unwrap_or(constant);
        return if negative { format!("not {place}") } else { place.to_owned() };
    }
    let constant = text("language.languageConstant").or(text("ageRange.type")).or(text("gender.type"));
    constant.map_or_else(
        || body.to_string(),
        |constant| constant.rsplit('/').next().unwrap_or(constant).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_and_places_read_as_people_write_them() {
        let eur = "EUR".parse().unwrap();
        let read = |field: &str, value: Value| readable(field, &value, eur);
        assert_eq!(read("budget.amountMicros", json!("25500000")).as_deref(), Some("25.50 EUR"));
        assert_eq!(
            read("bidding", json!({"targetSpend": {"cpcBidCeilingMicros": "1500000"}})).as_deref(),
            Some("targetSpend, cpcBidCeilingMicros 1.50 EUR")
        );
        let places = json!([
            canonical::location("geoTargetConstants/2276", false),
            canonical::location("geoTargetConstants/2040", true)
        ]);
        assert_eq!(read("locations", places).as_deref(), Some("DE, not AT"));
        assert_eq!(read("excludedAgeRanges", json!([])).as_deref(), Some("none"));
        assert_eq!(read("name", json!("Spring")), None);
    }
}
