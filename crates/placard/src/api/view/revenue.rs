//! What ads cost and what was sold to the people who came by them.

use crate::crm::Revenue;
use placard_domain::{Currency, Platform, crm::revenue::Compared};
use placard_store::crm::RevenueRow;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One ad, ad group or campaign; without an id, leads that came by none.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RevenueLine {
    /// The platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) platform: Option<Platform>,
    /// The ad account, as the platform calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The platform's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What was spent, in major units.
    #[schema(value_type = String)]
    pub(crate) spend: Decimal,
    /// Leads that came in.
    pub(crate) leads: u64,
    /// What one of them cost; absent without leads or spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) cost_per_lead: Option<Decimal>,
    /// Deals that were won.
    pub(crate) won: u64,
    /// What they are worth, in major units.
    #[schema(value_type = String)]
    pub(crate) revenue: Decimal,
    /// What came back for each unit spent; absent without spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) roas: Option<Decimal>,
}

/// Revenue beside spend.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RevenueView {
    /// The currency of every amount; absent if there are no amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) currency: Option<Currency>,
    /// Each ad, ad group or campaign, the most spent on first; leads that came by none are last.
    pub(crate) rows: Vec<RevenueLine>,
    /// The rates by which other currencies were converted, for people.
    pub(crate) rates: Vec<String>,
}

impl From<Revenue> for RevenueView {
    fn from(revenue: Revenue) -> Self {
        let line = |(row, compared): (RevenueRow, Option<Compared>)| {
            let (leads, won) = (row.counted.leads, row.counted.won);
            RevenueLine {
                platform: row.account.as_ref().map(|account| account.platform),
                account: row.account.map(|account| account.id).filter(|id| !id.is_empty()),
                id: row.remote_id,
                name: row.name,
                spend: compared.as_ref().map(|one| one.spend.normalize()).unwrap_or_default(),
                leads,
                cost_per_lead: compared.as_ref().and_then(|one| one.cost_per_lead),
                won,
                revenue: compared.as_ref().map(|one| one.revenue.normalize()).unwrap_or_default(),
                roas: compared.and_then(|one| one.roas),
            }
        };
        Self {
            currency: revenue.currency,
            rows: revenue.rows.into_iter().map(line).collect(),
            rates: revenue.rates.iter().map(ToString::to_string).collect(),
        }
    }
}
