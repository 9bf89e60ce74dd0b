//! Dated exchange rates, and converting without ever counting too little.

use super::TotalError;
use crate::{Currency, Money, money::MoneyError};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What one major unit of `from` was worth in `to` on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    /// The currency that is converted.
    pub from: Currency,
    /// The currency that comes out.
    pub to: Currency,
    /// The day it is of.
    pub date: NaiveDate,
    /// Major units of `to` for one of `from`.
    pub rate: Decimal,
}

/// A rate that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRate {
    /// Zero or less, or past what is sensible.
    #[error("a rate lies between 0.000001 and 1000000, with at most 10 decimals, and {0} does not")]
    OutOfRange(Decimal),
    /// From a currency to itself.
    #[error("{0} needs no rate to itself")]
    SameCurrency(Currency),
}

impl ExchangeRate {
    /// A rate, if it can be one.
    pub fn new(from: Currency, to: Currency, date: NaiveDate, rate: Decimal) -> Result<Self, InvalidRate> {
        let rate = rate.normalize();
        let sensible = Decimal::new(1, 6)..=Decimal::from(1_000_000);
        if !sensible.contains(&rate) || rate.scale() > 10 {
            return Err(InvalidRate::OutOfRange(rate));
        }
        if from == to {
            return Err(InvalidRate::SameCurrency(from));
        }
        Ok(Self { from, to, date, rate })
    }

    /// `amount` in the other currency, rounded up to a whole minor unit. It goes both ways.
    fn convert(&self, amount: Money) -> Result<Money, MoneyError> {
        let (mantissa, scale) = (self.rate.mantissa(), power(self.rate.scale())?);
        let (to, factor, divisor) = if amount.currency() == self.from {
            (self.to, mantissa, scale)
        } else {
            (self.from, scale, mantissa)
        };
        let times = |left: i128, right: i128| left.checked_mul(right).ok_or(MoneyError::Overflow);
        let dividend = times(times(i128::from(amount.minor()), factor)?, power(to.exponent())?)?;
        let divisor = times(divisor, power(amount.currency().exponent())?)?;
        // Both are above zero, except that an amount can be below it.
        let whole = dividend.div_euclid(divisor) + i128::from(dividend.rem_euclid(divisor) != 0);
        Ok(Money::new(i64::try_from(whole).map_err(|_| MoneyError::Overflow)?, to))
    }
}

fn power(exponent: u32) -> Result<i128, MoneyError> {
    10_i128.checked_pow(exponent).ok_or(MoneyError::Overflow)
}

impl std::fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1 {} = {} {} on {}", self.from, self.rate, self.to, self.date)
    }
}

/// The newest rate of each pair, and how old one may be.
#[derive(Clone, Debug)]
pub struct Rates {
    /// The rates, none of them of a later day than `today`.
    pub known: Vec<ExchangeRate>,
    /// The day for which amounts are compared.
    pub today: NaiveDate,
    /// A rate of an earlier day than this many before is not used.
    pub max_age_days: i64,
}

/// An amount in another currency, with the rates that were used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The amount, rounded up.
    pub amount: Money,
    /// How it was converted; empty if it was in this currency already.
    pub rates: Vec<ExchangeRate>,
}

impl Converted {
    /// Adds rates that are not named yet.
    pub(super) fn note(&mut self, rates: Vec<ExchangeRate>) {
        for rate in rates {
            if !self.rates.contains(&rate) {
                self.rates.push(rate);
            }
        }
    }
}

/// There is no rate, or none that is young enough.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no rate from {from} to {to} for {today}{}",
    .newest.map(|date| format!("; the newest is of {date} and may be {max_age_days} days old at most")).unwrap_or_default()
)]
pub struct NoRate {
    /// The currency of the amount.
    pub from: Currency,
    /// The currency that is wanted.
    pub to: Currency,
    /// The day for which.
    pub today: NaiveDate,
    /// The newest rate that there is, if there is one.
    pub newest: Option<NaiveDate>,
    /// How old a rate may be.
    pub max_age_days: i64,
}

impl Rates {
    /// `amount` in `to`, rounded up. The newest rate of the pair counts, in whichever direction it is given.
    ///
    /// # Errors
    /// [`TotalError`] without a rate that is young enough, or past what can be counted.
    pub fn convert(&self, amount: Money, to: Currency) -> Result<Converted, TotalError> {
        let from = amount.currency();
        if from == to {
            return Ok(Converted { amount, rates: Vec::new() });
        }
        let rate = self.find(from, to)?;
        Ok(Converted { amount: rate.convert(amount)?, rates: vec![rate.clone()] })
    }

    /// An amount in major units of `from`, in major units of `to`, and the rate by which. It is not rounded beyond what
    /// a decimal holds; nothing if it is past that.
    ///
    /// # Errors
    /// [`NoRate`] without a rate that is young enough.
    pub fn exchange(
        &self,
        amount: Decimal,
        from: Currency,
        to: Currency,
    ) -> Result<(Option<Decimal>, Option<&ExchangeRate>), NoRate> {
        if from == to {
            return Ok((Some(amount), None));
        }
        let rate = self.find(from, to)?;
        let value =
            if rate.from == from { amount.checked_mul(rate.rate) } else { amount.checked_div(rate.rate) };
        Ok((value, Some(rate)))
    }

    /// The newest rate of a pair, in whichever direction it is given.
    fn find(&self, from: Currency, to: Currency) -> Result<&ExchangeRate, NoRate> {
        // On the same day, the direction that was asked for counts.
        let newest = self
            .known
            .iter()
            .filter(|rate| (rate.from, rate.to) == (from, to) || (rate.from, rate.to) == (to, from))
            .filter(|rate| rate.date <= self.today)
            .max_by_key(|rate| (rate.date, rate.from == from));
        match newest {
            Some(rate) if (self.today - rate.date).num_days() <= self.max_age_days => Ok(rate),
            other => {
                let (today, max_age_days) = (self.today, self.max_age_days);
                Err(NoRate { from, to, today, newest: other.map(|rate| rate.date), max_age_days })
            }
        }
    }
}
