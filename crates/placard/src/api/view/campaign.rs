//! Campaigns.

use chrono::{DateTime, Utc};
use placard_domain::{
    CampaignId, Currency, Money,
    objective::Objective,
    spec::{Budget, RunState},
    status::CampaignStatus,
};
use placard_store::campaign::Campaign;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Amount {
    /// In minor units: cents of EUR, whole JPY.
    pub(crate) minor: i64,
    /// ISO 4217.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency() }
    }
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        Self::new(amount.minor, amount.currency)
    }
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CampaignView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: CampaignId,
    /// What makes it the same campaign when its name changes.
    pub(crate) key: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    #[schema(value_type = String)]
    pub(crate) objective: Objective,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: CampaignStatus,
    /// Whether the spec wants it to run: `active` or `paused`.
    #[schema(value_type = String)]
    pub(crate) run: RunState,
    /// The currency of its amounts.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
    /// Its budget; absent when each ad group has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) budget: Option<BudgetView>,
    /// Which version of its spec stands.
    pub(crate) revision: i32,
    /// Why the last deployment failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// When its numbers were last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_synced_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last changed here.
    pub(crate) updated_at: DateTime<Utc>,
}

/// A budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BudgetView {
    /// `daily` or `lifetime`.
    #[schema(value_type = String)]
    pub(crate) kind: BudgetKind,
    /// How much.
    #[serde(flatten)]
    pub(crate) amount: Amount,
}

/// Whether a budget is for each day or for the whole flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BudgetKind {
    Daily,
    Lifetime,
}

impl From<Budget> for BudgetView {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::Daily(amount) => Self { kind: BudgetKind::Daily, amount: amount.into() },
            Budget::Lifetime(amount) => Self { kind: BudgetKind::Lifetime, amount: amount.into() },
        }
    }
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            key: campaign.key,
            name: campaign.name,
            objective: campaign.objective,
            status: campaign.status,
            run: campaign.run,
            currency: campaign.currency,
            budget: campaign.budget.map(Into::into),
            revision: campaign.revision,
            error: campaign.error,
            last_synced_at: campaign.last_synced_at,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
        }
    }
}

/// The entity tag of a campaign's spec.
pub(crate) fn tag_of(campaign: &Campaign) -> String {
    format!("\"{}-{}\"", campaign.revision, campaign.spec_hash.get(..16).unwrap_or("draft"))
}
