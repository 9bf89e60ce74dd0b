//! Bodies as Microsoft takes them: JSON in which amounts are numbers (Microsoft, `platforms/microsoft.md` §2).

use super::money::NUMBERS;
use rust_decimal::Decimal;
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};

/// Parameters by name.
pub(super) type Params = BTreeMap<String, Value>;

/// Builds parameters from pairs.
pub(super) fn params<const N: usize>(pairs: [(&str, Value); N]) -> Params {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `params` as one JSON object. Amounts, which are text in our hands, become numbers digit by digit.
pub(super) fn body(params: &Params) -> String {
    let mut text = String::new();
    write_members(&mut text, params.iter());
    text
}

fn write_members<'a>(out: &mut String, members: impl Iterator<Item = (&'a String, &'a Value)>) {
    out.push('{');
    for (index, (name, value)) in members.enumerate() {
        let separator = if index == 0 { "" } else { "," };
        // Writing to a text cannot fail.
        let _ = write!(out, "{separator}{}:", Value::from(name.as_str()));
        write_value(out, name, value);
    }
    out.push('}');
}

fn write_value(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::String(text) if NUMBERS.contains(&name) && text.parse::<Decimal>().is_ok() => {
            out.push_str(text);
        }
        Value::Object(members) => write_members(out, members.iter()),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, name, item);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_amount_is_a_number_with_every_digit_and_other_digits_stay_text() {
        let params = params([
            ("AccountId", json!("180001")),
            (
                "Campaigns",
                json!([{"BiddingScheme": {"MaxCpc": {"Amount": "0.10"}, "Type": "MaxClicks"},
                "DailyBudget": "99999999999.01", "Name": "100", "Settings": []}]),
            ),
        ]);
        assert_eq!(
            body(&params),
            r#"{"AccountId":"180001","Campaigns":[{"BiddingScheme":{"MaxCpc":{"Amount":0.10},"Type":"MaxClicks"},"DailyBudget":99999999999.01,"Name":"100","Settings":[]}]}"#
        );
        assert_eq!(body(&Params::new()), "{}");
    }
}
