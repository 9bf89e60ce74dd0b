//! What ads cost and what was sold to the people who came by them.

use crate::{
    Currency,
    guardrail::{ExchangeRate, NoRate, Rates},
};
use rust_decimal::Decimal;

/// An amount in major units of a currency, as reported or sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// How much.
    pub value: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// What is known of one ad, ad group or campaign before anything is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// What was spent, an amount for each currency.
    pub spend: Vec<Amount>,
    /// How many leads came by it.
    pub leads: u64,
    /// How many deals with them were won.
    pub won: u64,
    /// What those are worth, an amount for each currency.
    pub revenue: Vec<Amount>,
}

/// The same in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The currency of every amount.
    pub currency: Currency,
    /// What was spent.
    pub spend: Decimal,
    /// How many leads came by it.
    pub leads: u64,
    /// What one of them cost; nothing without leads or spend.
    pub cost_per_lead: Option<Decimal>,
    /// How many deals were won.
    pub won: u64,
    /// What those are worth.
    pub revenue: Decimal,
    /// What came back for each unit spent; nothing without spend.
    pub roas: Option<Decimal>,
}

/// Why amounts cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevenueError {
    /// There is no rate, or none that is young enough.
    #[error(transparent)]
    NoRate(#[from] NoRate),
    /// More than one, and nobody said in which to compare.
    #[error("amounts are in {}; say in which currency to compare them", .0.iter().map(Currency::code).collect::<Vec<_>>().join(", "))]
    Several(Vec<Currency>),
    /// Past what can be counted.
    #[error("the amounts are too large")]
    Overflow,
}

/// The only currency of all amounts; none if there are no amounts.
///
/// # Errors
/// [`RevenueError::Several`].
pub fn only_currency<'a>(
    rows: impl IntoIterator<Item = &'a Counted>,
) -> Result<Option<Currency>, RevenueError> {
    let mut found: Vec<Currency> = rows
        .into_iter()
        .flat_map(|row| row.spend.iter().chain(&row.revenue))
        .map(|amount| amount.currency)
        .collect();
    found.sort_by_key(|currency| currency.code().to_owned());
    found.dedup();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        _ => Err(RevenueError::Several(found)),
    }
}

impl Counted {
    /// Everything in `currency`. Rates that were used are added to `used`.
    pub fn compare(
        &self,
        currency: Currency,
        rates: &Rates,
        used: &mut Vec<ExchangeRate>,
    ) -> Result<Compared, RevenueError> {
        let mut sum = |amounts: &[Amount]| {
            amounts.iter().try_fold(Decimal::ZERO, |sum, amount| {
                let (value, rate) = rates.exchange(amount.value, amount.currency, currency)?;
                if let Some(rate) = rate.filter(|rate| !used.contains(rate)) {
                    used.push(rate.clone());
                }
                sum.checked_add(value.ok_or(RevenueError::Overflow)?).ok_or(RevenueError::Overflow)
            })
        };
        let (spend, revenue) = (sum(&self.spend)?, sum(&self.revenue)?);
        let per =
            |amount: Decimal, by: Decimal| amount.checked_div(by).map(|ratio| ratio.round_dp(6).normalize());
        Ok(Compared {
            currency,
            spend,
            leads: self.leads,
            cost_per_lead: per(spend, self.leads.into()).filter(|cost| !cost.is_zero()),
            won: self.won,
            revenue,
            roas: per(revenue, spend),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn amount(value: &str, code: &str) -> Amount {
        Amount { value: value.parse().unwrap(), currency: code.parse().unwrap() }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rates(of: &str) -> Rates {
        let rate = ExchangeRate::new(
            "EUR".parse().unwrap(),
            "USD".parse().unwrap(),
            day(of),
            "1.25".parse().unwrap(),
        );
        Rates { known: vec![rate.unwrap()], today: day("2026-03-31"), max_age_days: 7 }
    }

    #[test]
    fn ratios_come_from_sums_in_one_currency() {
        let counted = Counted {
            spend: vec![amount("100", "EUR")],
            leads: 4,
            won: 1,
            revenue: vec![amount("250", "USD"), amount("50", "EUR")],
        };
        let mut used = Vec::new();
        let row = counted.compare("EUR".parse().unwrap(), &rates("2026-03-30"), &mut used).unwrap();
        assert_eq!((row.spend, row.revenue), (100.into(), 250.into()));
        assert_eq!((row.cost_per_lead, row.roas), (Some(25.into()), Some("2.5".parse().unwrap())));
        assert_eq!(used.len(), 1, "the rate that was used is named");
    }

    #[test]
    fn a_currency_without_a_rate_is_refused_and_not_added() {
        let counted = Counted { revenue: vec![amount("250", "USD")], ..Counted::default() };
        let compared = counted.compare("EUR".parse().unwrap(), &rates("2026-03-01"), &mut Vec::new());
        assert!(matches!(compared, Err(RevenueError::NoRate(_))), "the rate is a month old");
    }

    #[test]
    fn without_leads_or_spend_there_is_no_ratio() {
        let row = Counted::default()
            .compare("EUR".parse().unwrap(), &rates("2026-03-30"), &mut Vec::new())
            .unwrap();
        assert_eq!((row.cost_per_lead, row.roas), (None, None));
    }

    #[test]
    fn which_currency_is_not_guessed() {
        let both = Counted { spend: vec![amount("1", "EUR"), amount("1", "USD")], ..Counted::default() };
        assert!(matches!(only_currency([&both]), Err(RevenueError::Several(_))));
        assert_eq!(only_currency([&Counted::default()]), Ok(None));
    }
}
