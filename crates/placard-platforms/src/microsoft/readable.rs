//! How people read what Microsoft counts and numbers.

use super::{
    canonical::BIDDING,
    geo, money,
    target::CRITERION,
    wire::{at, plain, text_at},
};
use placard_domain::Currency;
use serde_json::Value;

/// `value` of `field` in words; `None` if it reads well as it is.
pub(super) fn readable(field: &str, value: &Value, currency: Currency) -> Option<String> {
    match field {
        BIDDING => bidding(value, currency),
        CRITERION => criterion(value),
        _ if money::AMOUNTS.contains(&field) => {
            money::from_wire(value, currency).map(|amount| amount.to_string())
        }
        _ => {
            let items: Vec<String> = value.as_array()?.iter().map(plain).collect();
            Some(if items.is_empty() { "none".to_owned() } else { items.join(", ") })
        }
    }
}

fn bidding(value: &Value, currency: Currency) -> Option<String> {
    let mut words = vec![text_at(value, "Type")?.trim_end_matches("BiddingScheme").to_owned()];
    for (name, path) in [("MaxCpc", "MaxCpc.Amount"), ("TargetCpa", "TargetCpa")] {
        let amount = at(value, path).and_then(|amount| money::from_wire(amount, currency));
        words.extend(amount.map(|amount| format!("{name} {amount}")));
    }
    words.extend(text_at(value, "TargetRoas").map(|ratio| format!("TargetRoas {ratio}")));
    Some(words.join(", "))
}

fn criterion(value: &Value) -> Option<String> {
    let text = |name: &str| text_at(value, name);
    let place = |id: String| geo::country_of(&id).map_or(id, str::to_owned);
    text("LocationId").map(place).or_else(|| text("AgeRange")).or_else(|| text("GenderType")).or_else(|| {
        let (latitude, longitude) = (text("LatitudeDegrees")?, text("LongitudeDegrees")?);
        Some(format!("{} {} around {latitude}, {longitude}", text("Radius")?, text("RadiusUnit")?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::target;
    use serde_json::json;

    #[test]
    fn amounts_and_places_read_as_people_write_them() {
        let read = |field: &str, value: Value| readable(field, &value, "EUR".parse().unwrap());
        assert_eq!(read("DailyBudget", json!("25.5")).as_deref(), Some("25.50 EUR"));
        let scheme = json!({"Type": "MaxClicks", "MaxCpc": {"Amount": "1.5"}});
        assert_eq!(read(BIDDING, scheme).as_deref(), Some("MaxClicks, MaxCpc 1.50 EUR"));
        assert_eq!(read(CRITERION, target::location("72")).as_deref(), Some("DE"));
        assert_eq!(read("Languages", json!(["English", "German"])).as_deref(), Some("English, German"));
        assert_eq!(read("Name", json!("Spring")), None);
    }
}
