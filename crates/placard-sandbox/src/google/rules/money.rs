//! Amounts in micros (Google, `platforms/google.md` §10).

use serde_json::json;

use super::{Errors, Fields};
use crate::google::error::AdsError;
use crate::google::store::{Customer, int_at};

/// The largest amount, a thousand million units of any currency.
pub(super) const MOST: i64 = 1_000_000_000_000_000;

/// Micros of the smallest amount that a day's budget may have.
pub(super) fn least_budget(customer: &Customer) -> i64 {
    10 * customer.unit()
}

/// Checks a bid or target that is set: positive, whole units of the currency, not absurd.
pub(super) fn bid(customer: &Customer, fields: &Fields, path: &[&str], errors: &mut Errors) {
    let Some(micros) = int_at(fields, path) else { return };
    let place = path.iter().map(|part| crate::google::schema::snake(part)).collect::<Vec<_>>().join(".");
    let error = match micros {
        _ if micros < customer.unit() => AdsError::new(
            "biddingError",
            "BID_TOO_SMALL",
            "The bid is below the smallest unit of the currency.",
        ),
        _ if micros > MOST => AdsError::new("biddingError", "BID_TOO_BIG", "The bid is too big."),
        _ if micros % customer.unit() != 0 => AdsError::new(
            "currencyError",
            "VALUE_NOT_MULTIPLE_OF_BILLABLE_UNIT",
            "The amount is not a multiple of the smallest billable unit.",
        ),
        _ => return,
    };
    errors.push(error.at(&place).trigger(json!(micros)));
}
