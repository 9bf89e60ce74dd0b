//! Ad accounts.

use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, Currency, Platform, status::ConnectionStatus};
use placard_store::{ad_account, connection::Connection};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An ad account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountView {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// The platform's id of it.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// ISO 4217.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
    /// IANA name; its days belong to it.
    pub(crate) time_zone: String,
    /// The platform's word for its state.
    pub(crate) status: String,
    /// Whether it can advertise.
    pub(crate) active: bool,
    /// Whether a payment method is connected.
    pub(crate) payment_connected: bool,
    /// How its connection stands, if it is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) connection: Option<ConnectionStatus>,
    /// When its numbers were last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_synced_at: Option<DateTime<Utc>>,
}

impl AccountView {
    /// An account with its connection among `connections`.
    pub(crate) fn of(stored: ad_account::Stored, connections: &[Connection]) -> Self {
        let said = stored.description;
        let connected = connections.iter().find(|connection| connection.account == said.account);
        Self {
            platform: said.account.platform,
            id: said.account.id,
            name: said.name,
            currency: said.currency,
            time_zone: said.zone.name().to_owned(),
            status: said.status,
            active: said.active,
            payment_connected: said.payment_connected,
            connection: connected.map(|one| one.status),
            last_synced_at: stored.last_synced_at,
        }
    }

    /// The account as everything else names it.
    pub(crate) fn account(&self) -> AccountRef {
        AccountRef { platform: self.platform, id: self.id.clone() }
    }
}
