//! Least and greatest amounts (Microsoft, `platforms/microsoft.md` §11).

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};

use super::error::{Code, Judged, Problem};
use super::write::{decimal, number};

/// Least bid, greatest bid and least daily budget of a currency. The fact sheet has those of dollars, euros, pounds,
/// the least bid of Australian dollars and the least budget of yuan; the others are in proportion.
pub(super) fn bounds(currency: &str) -> (Decimal, Decimal, Decimal) {
    let whole = |number: i64| Decimal::new(number, 0);
    let cents = |number: i64| Decimal::new(number, 2);
    match currency {
        "AUD" => (cents(1), whole(1000), cents(5)),
        "CNY" => (cents(30), whole(6000), whole(30)),
        "JPY" => (whole(5), whole(100_000), whole(5)),
        _ => (cents(5), whole(1000), cents(5)),
    }
}

/// The smallest unit of a currency in micros.
pub(super) fn unit(currency: &str) -> i64 {
    if currency == "JPY" { 1_000_000 } else { 10_000 }
}

/// An amount in micros.
pub(super) fn micros(value: &Value) -> Option<i64> {
    decimal(value)?.checked_mul(Decimal::from(1_000_000))?.to_i64()
}

/// Micros as a decimal of the currency, with two places.
pub(super) fn told(micros: i64) -> Decimal {
    let mut amount = Decimal::new(micros, 6).round_dp(2);
    amount.rescale(2);
    amount
}

/// Checks a daily budget (1106).
pub(super) fn check_budget(value: &Value, currency: &str) -> Judged<()> {
    let invalid = |text: String| Problem::at(Code::InvalidDailyBudget, "DailyBudget", text);
    let amount = decimal(value).ok_or_else(|| invalid("The daily budget is not an amount.".into()))?;
    let (_, _, least) = bounds(currency);
    if amount < least || amount > Decimal::from(10_000_000) {
        return Err(invalid(format!("The daily budget has to be at least {least} {currency}.")));
    }
    match amount.scale() <= 2 {
        true => Ok(()),
        false => Err(invalid("The daily budget has more than two decimals.".into())),
    }
}

/// Checks a bid such as `{"Amount": 0.5}` (1515, 1516, 1538).
pub(super) fn check_bid(item: &Map<String, Value>, name: &str, currency: &str) -> Judged<()> {
    let Some(value) = item.get(name).map(|bid| &bid["Amount"]).filter(|value| !value.is_null()) else {
        return Ok(());
    };
    let at = |code: Code, text: String| Err(Problem::at(code, name, text));
    let (least, most, _) = bounds(currency);
    match decimal(value) {
        Some(amount) if amount.is_sign_negative() || amount.scale() > 2 => {
            at(Code::InvalidBid, format!("{amount} is not a bid."))
        }
        Some(amount) if amount < least => at(Code::BidBelowFloor, format!("The least bid is {least}.")),
        Some(amount) if amount > most => at(Code::BidAboveCeiling, format!("The greatest bid is {most}.")),
        Some(_) => Ok(()),
        None => at(Code::InvalidBid, "The bid is not an amount.".into()),
    }
}

/// The bid that is used where none is given.
pub(super) fn least_bid(currency: &str) -> Value {
    number(bounds(currency).0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_exact_and_bids_have_bounds() {
        assert_eq!(micros(&json!(50.55)), Some(50_550_000));
        assert!(check_budget(&json!(50.555), "EUR").is_err());
        let bid = |amount: Value| {
            let item = json!({ "CpcBid": { "Amount": amount } });
            check_bid(item.as_object().unwrap(), "CpcBid", "EUR").is_ok()
        };
        assert!(bid(json!(0.05)) && bid(json!(1000)) && bid(Value::Null));
        assert!(!bid(json!(0.04)) && !bid(json!(1000.01)) && !bid(json!(0.555)));
    }
}
