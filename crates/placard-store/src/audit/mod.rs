//! The audit log: who changed what. It is appended to in the transaction that makes the change. Its rows form a chain
//! for each tenant, which [`verify`] walks.

mod read;
mod verify;

pub use read::{Filter, Line, list_for, page};
pub use verify::{Break, BreakKind, Verified, verify};

use crate::{StoreError, SystemTx, TenantTx, stored};
use placard_domain::{TenantId, UserId};
use serde_json::Value;
use sqlx::PgConnection;
use std::net::IpAddr;
use uuid::Uuid;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User {
        /// Who.
        id: UserId,
        /// The name to show.
        name: String,
    },
    /// Placard itself; the text says which part of it.
    System(String),
    /// A rule; the text is its name.
    Rule(String),
}

impl Actor {
    /// The person, if it is one.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::System(_) | Self::Rule(_) => None,
        }
    }

    /// The name to show.
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::System(name) | Self::Rule(name) => name,
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::System(_) => "system",
            Self::Rule(_) => "rule",
        }
    }
}

/// From where someone acts. A transaction carries it: see [`TenantTx::come_from`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The network address.
    pub ip: Option<IpAddr>,
    /// The program, as it calls itself.
    pub agent: Option<String>,
}

stored::words! {
    /// What was done.
    Action {
        /// Something was made.
        Create = "create",
        /// Something was changed.
        Update = "update",
        /// Something was removed.
        Delete = "delete",
        /// Someone signed in.
        Login = "login",
        /// Someone signed out.
        Logout = "logout",
        /// A campaign was brought to a platform.
        Publish = "publish",
        /// Something was stopped.
        Pause = "pause",
        /// Something was let run again.
        Resume = "resume",
        /// Something found on a platform was taken as ours.
        Adopt = "adopt",
        /// A deployment was taken back.
        RollBack = "roll_back",
        /// Rows were read from a file.
        Import = "import",
        /// Someone was not let in.
        Refuse = "refuse",
        /// A right was taken back.
        Revoke = "revoke",
        /// A key was replaced by another.
        Rotate = "rotate",
        /// Someone was asked to join.
        Invite = "invite",
        /// Someone joined.
        Accept = "accept",
        /// Everything was stopped.
        Kill = "kill",
        /// Somebody said whether something works.
        Validate = "validate",
        /// A secret was handed out.
        Use = "use",
        /// Something was removed for good.
        Purge = "purge",
        /// Something was put away.
        Archive = "archive",
        /// Something that was put away was fetched back.
        Restore = "restore",
    }
}

/// One change.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was done.
    pub action: Action,
    /// To what kind of thing: the table's name.
    pub entity_type: &'static str,
    /// To which one.
    pub entity_id: String,
    /// How it was, without secrets.
    pub old: Option<Value>,
    /// How it is now, without secrets.
    pub new: Option<Value>,
}

/// Appends `entry`.
pub async fn append(tx: &mut TenantTx, actor: &Actor, entry: &Entry) -> Result<(), StoreError> {
    let (tenant, origin) = (tx.tenant(), tx.origin().clone());
    insert(tx.conn(), tenant, actor, &origin, entry).await
}

/// Appends `entry` to the log of `tenant` from a transaction that crosses tenants.
pub async fn append_from_system(
    tx: &mut SystemTx,
    tenant: TenantId,
    actor: &Actor,
    entry: &Entry,
) -> Result<(), StoreError> {
    let origin = tx.origin().clone();
    tx.lower(tenant).await?;
    insert(tx.conn(), tenant, actor, &origin, entry).await?;
    tx.raise().await
}

async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    actor: &Actor,
    origin: &Origin,
    entry: &Entry,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into audit_log (
            tenant_id, id, actor_kind, actor_id, actor_name, action, entity_type, entity_id, old_values, new_values,
            ip_address, user_agent
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::inet, $12)
        "#,
        tenant.0,
        Uuid::now_v7(),
        actor.kind(),
        actor.user().map(|user| user.0),
        actor.name(),
        entry.action.as_str(),
        entry.entity_type,
        entry.entity_id,
        entry.old,
        entry.new,
        origin.ip.map(|ip| ip.to_string()),
        origin.agent,
    )
    .execute(conn)
    .await?;
    Ok(())
}
