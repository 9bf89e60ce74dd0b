//! Ad accounts.

use crate::{AccountRef, Currency};
use chrono_tz::Tz;

/// An ad account as its platform describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdAccount {
    /// Where it is.
    pub account: AccountRef,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Its time zone; its days belong to it.
    pub zone: Tz,
    /// The platform's word for its state.
    pub status: String,
    /// Whether it can advertise, by that word.
    pub active: bool,
    /// Whether a payment method is connected.
    pub payment_connected: bool,
    /// The business it belongs to.
    pub business_id: Option<String>,
    /// Its own spending cap, minor units, if it has one.
    pub spend_cap_minor: Option<i64>,
}
