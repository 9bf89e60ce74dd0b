//! Ad accounts.

use crate::{
    checking::{self, Checked},
    session::SANDBOX,
};
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, Currency, Platform, notice::Topic, status::ConnectionStatus};
use placard_platforms::{Blocker, permissions};
use placard_store::{ad_account, connection::Connection, webhook::Subscribed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a connection fares.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HealthView {
    /// When the token ends; it is renewed before by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_expires_at: Option<DateTime<Utc>>,
    /// When the connection was last found to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_validated_at: Option<DateTime<Utc>>,
    /// Why it does not work, with what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_error: Option<String>,
    /// Permissions that were asked for and not granted.
    pub(crate) missing_permissions: Vec<String>,
    /// Whether an admin of the business agreed.
    pub(crate) admin_connected: bool,
    /// Whether the token was obtained through our app.
    pub(crate) app_connected: bool,
    /// Whether it leads to the sandbox, which has a clock of its own.
    pub(crate) sandbox: bool,
    /// What the platform tells by itself.
    #[schema(value_type = Vec<String>)]
    pub(crate) told_of: Vec<Topic>,
    /// The command that connects it again.
    pub(crate) reconnect: String,
}

impl HealthView {
    fn of(connection: &Connection, subscriptions: &[Subscribed]) -> Self {
        let granted = &connection.profile.permissions;
        let asked = permissions(connection.account.platform).iter();
        let own = subscriptions.iter().filter(|one| one.connection == connection.id);
        let mut told_of: Vec<Topic> = own.map(|one| one.topic).collect();
        told_of.dedup();
        Self {
            token_expires_at: connection.token_expires_at,
            last_validated_at: connection.last_validated_at,
            last_error: connection.last_error.clone(),
            missing_permissions: asked
                .filter(|asked| !granted.iter().any(|have| have == *asked))
                .map(|&asked| asked.to_owned())
                .collect(),
            admin_connected: connection.profile.admin_connected,
            app_connected: connection.profile.app_connected,
            sandbox: connection.endpoint.as_deref() == Some(SANDBOX),
            told_of,
            reconnect: checking::reconnect(connection),
        }
    }
}

/// What a check of a connection found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CheckedView {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// The ad account's id on it.
    pub(crate) account: String,
    /// How the connection stands: `active`, `expired`, `revoked`, `error`; absent if the platform could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) status: Option<ConnectionStatus>,
    /// What is wrong.
    pub(crate) problems: Vec<BlockerView>,
}

/// One thing that is wrong with a connection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BlockerView {
    /// What.
    pub(crate) problem: String,
    /// What to do.
    pub(crate) fix: String,
}

impl CheckedView {
    /// What checking the connection to `account` gave.
    pub(crate) fn of(account: &AccountRef, checked: anyhow::Result<Checked>) -> Self {
        let (status, problems) = match checked {
            Ok(checked) => (Some(checked.status), checked.problems),
            Err(error) => {
                let fix = "this says nothing about the connection; try again".to_owned();
                (None, vec![Blocker { problem: format!("{error:#}"), fix }])
            }
        };
        let shown = |one: Blocker| BlockerView { problem: one.problem, fix: one.fix };
        Self {
            platform: account.platform,
            account: account.id.clone(),
            status,
            problems: problems.into_iter().map(shown).collect(),
        }
    }
}

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
    /// How its connection fares, if it is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) health: Option<HealthView>,
    /// When its numbers were last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_synced_at: Option<DateTime<Utc>>,
}

impl AccountView {
    /// An account with its connection among `connections` and what its platform tells by itself.
    pub(crate) fn of(
        stored: ad_account::Stored,
        connections: &[Connection],
        subscriptions: &[Subscribed],
    ) -> Self {
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
            health: connected.map(|one| HealthView::of(one, subscriptions)),
            last_synced_at: stored.last_synced_at,
        }
    }

    /// The account as everything else names it.
    pub(crate) fn account(&self) -> AccountRef {
        AccountRef { platform: self.platform, id: self.id.clone() }
    }
}
