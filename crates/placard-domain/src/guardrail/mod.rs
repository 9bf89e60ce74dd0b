//! Guardrails: how much budget may be committed at once, and when nothing more may be.
//!
//! Pure: the store reads the ceilings, commitments and rates under one lock and asks here.

mod rate;

pub use rate::{Converted, ExchangeRate, InvalidRate, NoRate, Rates};

use crate::{AccountRef, CampaignId, Currency, Money, money::MoneyError, objective::words};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// How far a ceiling or a kill switch reaches.
    ScopeKind {
        /// Everything.
        Tenant = "tenant",
        /// One ad account.
        Account = "account",
        /// One campaign, in every account.
        Campaign = "campaign",
    }
}

/// What a ceiling or a kill switch is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Scope {
    /// Everything that the tenant runs.
    Tenant,
    /// One ad account.
    Account(AccountRef),
    /// One campaign, in every account.
    Campaign(CampaignId),
}

impl Scope {
    /// Its kind.
    pub const fn kind(&self) -> ScopeKind {
        match self {
            Self::Tenant => ScopeKind::Tenant,
            Self::Account(_) => ScopeKind::Account,
            Self::Campaign(_) => ScopeKind::Campaign,
        }
    }

    /// Whether it covers `campaign` in `account`.
    pub fn covers(&self, campaign: CampaignId, account: &AccountRef) -> bool {
        match self {
            Self::Tenant => true,
            Self::Account(own) => own == account,
            Self::Campaign(own) => *own == campaign,
        }
    }

    /// The words for people, seen from a campaign that it covers.
    const fn nearby(&self) -> &'static str {
        match self {
            Self::Tenant => "for everything",
            Self::Account(_) => "of this ad account",
            Self::Campaign(_) => "of this campaign",
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tenant => f.write_str("everything"),
            Self::Account(account) => write!(f, "account {account}"),
            Self::Campaign(campaign) => write!(f, "campaign {campaign}"),
        }
    }
}

/// The most that may be committed for a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// For what.
    pub scope: Scope,
    /// How much.
    pub daily: Money,
}

/// What a campaign can spend in a day in one account, by what was committed and may have been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// Which campaign.
    pub campaign: CampaignId,
    /// Where.
    pub account: AccountRef,
    /// How much, in the account's currency.
    pub daily: Money,
}

/// Why a guardrail refused. Nothing was committed and nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More would be committed than the ceiling allows.
    #[error("{0}")]
    OverCeiling(OverCeiling),
    /// A ceiling cannot be compared without a rate.
    #[error("the ceiling {} is in {}: {source}", .ceiling.scope.nearby(), .ceiling.daily.currency())]
    NoRate {
        /// The ceiling.
        ceiling: Ceiling,
        /// Which rate is missing.
        source: NoRate,
    },
    /// Someone stopped everything in this scope.
    #[error(
        "{by} engaged the kill switch {} at {}{}",
        .scope.nearby(), .at.format("%Y-%m-%d %H:%M:%S UTC"), .reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
    )]
    Stopped {
        /// What was stopped.
        scope: Scope,
        /// Who did it.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// Why.
        reason: Option<String>,
    },
    /// Amounts past what can be counted.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// A ceiling and what would stand above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverCeiling {
    /// The ceiling.
    pub ceiling: Ceiling,
    /// What others have committed under it, in its currency, rounded up.
    pub others: Money,
    /// What was wanted, as it was wanted.
    pub wanted: Money,
    /// Both together, in the ceiling's currency, rounded up.
    pub total: Money,
    /// The rates that were used.
    pub rates: Vec<ExchangeRate>,
}

impl std::fmt::Display for OverCeiling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ceiling, others, wanted, total, rates } = self;
        write!(
            f,
            "this would commit {total} a day; the ceiling {} is {}",
            ceiling.scope.nearby(),
            ceiling.daily
        )?;
        if others.minor() != 0 {
            write!(f, " (others have committed {others}, and {wanted} is wanted)")?;
        } else if wanted != total {
            write!(f, " ({wanted} is wanted)")?;
        }
        for rate in rates {
            write!(f, "; {rate}")?;
        }
        Ok(())
    }
}

/// The sum of `amounts` in `currency`, each rounded up, so that it is never below what they are worth together.
///
/// # Errors
/// [`TotalError`] if a rate is missing, or past what can be counted.
pub fn total(amounts: &[Money], rates: &Rates, currency: Currency) -> Result<Converted, TotalError> {
    let mut sum = Converted { amount: Money::zero(currency), rates: Vec::new() };
    for amount in amounts {
        let converted = rates.convert(*amount, currency)?;
        sum.amount = sum.amount.checked_add(converted.amount)?;
        sum.note(converted.rates);
    }
    Ok(sum)
}

/// Why amounts could not be summed in one currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TotalError {
    /// A rate is missing.
    #[error(transparent)]
    NoRate(#[from] NoRate),
    /// Past what can be counted.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Ceiling {
    /// Whether `own` fits under this ceiling beside `others`, one amount for each currency.
    ///
    /// # Errors
    /// [`Refusal`] if it does not, or if that cannot be known.
    pub fn admit(&self, others: &[Money], own: Money, rates: &Rates) -> Result<(), Refusal> {
        let currency = self.daily.currency();
        let refused = |error| match error {
            TotalError::NoRate(source) => Refusal::NoRate { ceiling: self.clone(), source },
            TotalError::Money(error) => Refusal::Money(error),
        };
        let mut taken = total(others, rates, currency).map_err(refused)?;
        let wanted = total(&[own], rates, currency).map_err(refused)?;
        let both = taken.amount.checked_add(wanted.amount)?;
        if both.minor() <= self.daily.minor() {
            return Ok(());
        }
        taken.note(wanted.rates);
        Err(Refusal::OverCeiling(OverCeiling {
            ceiling: self.clone(),
            others: taken.amount,
            wanted: own,
            total: both,
            rates: taken.rates,
        }))
    }
}

#[cfg(test)]
mod tests;
