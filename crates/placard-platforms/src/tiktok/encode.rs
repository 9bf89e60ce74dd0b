//! Parameters as TikTok takes them: JSON in bodies, and in addresses with lists and objects as JSON text (TikTok,
//! `platforms/tiktok.md` §1).

use super::money::AMOUNTS;
use rust_decimal::Decimal;
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};

/// Parameters by name.
pub(super) type Params = BTreeMap<String, Value>;

/// A ratio, which is text in our hands as amounts are, so that no float touches it (§8).
const ROAS: &str = "roas_bid";

/// Builds parameters from pairs.
pub(super) fn params<const N: usize>(pairs: [(&str, Value); N]) -> Params {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// All values as parameters of an address.
pub(super) fn query(params: &Params) -> Vec<(&str, String)> {
    params.iter().map(|(name, value)| (name.as_str(), super::wire::plain(value))).collect()
}

/// `params` as one JSON object. Amounts, which are text here, become numbers digit by digit.
pub(super) fn body(params: &Params) -> String {
    let mut text = String::new();
    write_members(&mut text, params.iter());
    text
}

fn write_members<'a>(out: &mut String, members: impl Iterator<Item = (&'a String, &'a Value)>) {
    let mut separator = '{';
    for (name, value) in members {
        // Writing to a text cannot fail.
        let _ = write!(out, "{separator}{}:", Value::from(name.as_str()));
        write_value(out, name, value);
        separator = ',';
    }
    if separator == '{' {
        out.push('{');
    }
    out.push('}');
}

fn write_value(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::String(text) if is_number(name) && text.parse::<Decimal>().is_ok() => out.push_str(text),
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

fn is_number(name: &str) -> bool {
    name == ROAS || AMOUNTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_amount_is_a_number_with_every_digit_and_a_name_of_digits_is_none() {
        let params = params([
            ("budget", json!("99999999999.01")),
            ("campaign_name", json!("100")),
            ("creatives", json!([{"ad_text": "a \"b\"", "image_ids": ["x"], "utm_params": []}])),
            ("targeting", json!({})),
        ]);
        assert_eq!(
            body(&params),
            r#"{"budget":99999999999.01,"campaign_name":"100","creatives":[{"ad_text":"a \"b\"","image_ids":["x"],"utm_params":[]}],"targeting":{}}"#
        );
        assert_eq!(body(&Params::new()), "{}");
    }

    #[test]
    fn lists_in_an_address_are_json_text() {
        let params =
            params([("advertiser_ids", json!(["7001"])), ("page", json!(2)), ("app_id", json!("1"))]);
        let expected = [("advertiser_ids", r#"["7001"]"#), ("app_id", "1"), ("page", "2")];
        assert_eq!(query(&params), expected.map(|(name, text)| (name, text.to_owned())));
    }
}
