//! Ceilings, rates and kill switches.

use super::Amount;
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    AccountRef, Currency,
    guardrail::{ExchangeRate, Scope},
};
use placard_store::{ceiling, exchange_rate, kill_switch};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a ceiling or a switch holds for: an account, a campaign, or the whole tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct OverView {
    /// An ad account, by its id on the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// A campaign, by its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) campaign: Option<String>,
}

impl OverView {
    fn of(scope: &Scope, key: Option<String>) -> Self {
        match scope {
            Scope::Tenant => Self::default(),
            Scope::Account(account) => Self { account: Some(account.id.clone()), campaign: None },
            Scope::Campaign(id) => {
                Self { account: None, campaign: Some(key.unwrap_or_else(|| id.to_string())) }
            }
        }
    }
}

/// A ceiling and what stands under it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CeilingView {
    /// What it holds for.
    pub(crate) over: OverView,
    /// The same with its kind and ids: `tenant`, `account` or `campaign`.
    #[schema(value_type = Object)]
    pub(crate) scope: Scope,
    /// The most that may be committed for a day.
    pub(crate) daily: Amount,
    /// What is committed, in the ceiling's currency, rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) committed: Option<Amount>,
    /// Why what is committed cannot be told: a rate is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unknown: Option<String>,
    /// Whether more is committed than it allows. Nothing can be raised then.
    pub(crate) exceeded: bool,
    /// Who set it.
    pub(crate) set_by: String,
    /// When.
    pub(crate) set_at: DateTime<Utc>,
}

impl CeilingView {
    /// The key of the campaign that it is for, if it is for one.
    pub(crate) fn campaign(&self) -> Option<&str> {
        self.over.campaign.as_deref()
    }
}

impl From<ceiling::Standing> for CeilingView {
    fn from(standing: ceiling::Standing) -> Self {
        let exceeded = standing.is_exceeded();
        let (committed, unknown) = match standing.committed {
            Ok(committed) => (Some(committed.amount.into()), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            over: OverView::of(&standing.ceiling.scope, standing.campaign),
            scope: standing.ceiling.scope,
            daily: standing.ceiling.daily.into(),
            committed,
            unknown,
            exceeded,
            set_by: standing.set_by,
            set_at: standing.set_at,
        }
    }
}

/// Whether something was there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Removed {
    /// Whether something was there.
    pub(crate) removed: bool,
}

/// A rate on a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RateView {
    /// The currency that is converted.
    #[schema(value_type = String)]
    pub(crate) from: Currency,
    /// The currency that comes out.
    #[schema(value_type = String)]
    pub(crate) to: Currency,
    /// The day.
    pub(crate) date: NaiveDate,
    /// Major units of `to` for one of `from`.
    pub(crate) rate: Decimal,
    /// Who set it.
    pub(crate) set_by: String,
}

impl From<exchange_rate::Stored> for RateView {
    fn from(stored: exchange_rate::Stored) -> Self {
        let ExchangeRate { from, to, date, rate } = stored.rate;
        Self { from, to, date, rate, set_by: stored.set_by }
    }
}

impl RateView {
    /// The rate itself.
    pub(crate) const fn rate(&self) -> ExchangeRate {
        ExchangeRate { from: self.from, to: self.to, date: self.date, rate: self.rate }
    }
}

/// A kill switch that is engaged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SwitchView {
    /// What it stops.
    pub(crate) over: OverView,
    /// The same with its kind and ids: `tenant`, `account` or `campaign`.
    #[schema(value_type = Object)]
    pub(crate) scope: Scope,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Who engaged it.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

impl SwitchView {
    /// The key of the campaign that it is for, if it is for one.
    pub(crate) fn campaign(&self) -> Option<&str> {
        self.over.campaign.as_deref()
    }
}

impl From<kill_switch::Engaged> for SwitchView {
    fn from(one: kill_switch::Engaged) -> Self {
        let over = OverView::of(&one.scope, one.campaign);
        Self { over, scope: one.scope, reason: one.reason, by: one.by, at: one.at }
    }
}

/// What was engaged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct EngagedView {
    /// Whether it was free before.
    pub(crate) new: bool,
    /// How many campaigns are being paused on their platforms.
    pub(crate) pausing: usize,
    /// Each of them in each of its ad accounts.
    pub(crate) campaigns: Vec<Halting>,
}

/// A campaign that is being paused in an ad account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Halting {
    /// The campaign's key.
    pub(crate) campaign: String,
    /// The platform, and its id of the ad account.
    #[schema(value_type = Object)]
    pub(crate) account: AccountRef,
    /// Whether the campaign ran until now.
    pub(crate) ran: bool,
}
