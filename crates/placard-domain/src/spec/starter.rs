//! The commented spec that `placard init` writes.

use super::Amount;
use crate::Currency;

/// A spec to start from, for the campaign `name` in `currency`.
pub fn starter(name: &str, currency: Currency) -> String {
    TEMPLATE
        .replace("@NAME@", &serde_json::Value::from(name).to_string())
        .replace("@CURRENCY@", currency.code())
        .replace("@DAILY@", &Amount(rust_decimal::Decimal::new(4000, 2)).0.to_string())
}

const TEMPLATE: &str = include_str!("starter.yaml");
