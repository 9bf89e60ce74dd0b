//! The audit log: who changed what. It is appended to in the transaction that makes the change.

use crate::{StoreError, SystemTx, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, UserId};
use serde_json::Value;
use sqlx::PgConnection;
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
    let tenant = tx.tenant();
    insert(tx.conn(), tenant, actor, entry).await
}

/// Appends `entry` to the log of `tenant` from a transaction that crosses tenants.
pub async fn append_from_system(
    tx: &mut SystemTx,
    tenant: TenantId,
    actor: &Actor,
    entry: &Entry,
) -> Result<(), StoreError> {
    tx.lower(tenant).await?;
    insert(tx.conn(), tenant, actor, entry).await?;
    tx.raise().await
}

async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    actor: &Actor,
    entry: &Entry,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into audit_log (
            tenant_id, id, actor_kind, actor_id, actor_name, action, entity_type, entity_id, old_values, new_values
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
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
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as shown.
    pub actor: String,
    /// What was done: the word of an [`Action`].
    pub action: String,
    /// To what kind of thing.
    pub entity_type: String,
    /// To which one.
    pub entity_id: String,
    /// How it was.
    pub old: Option<Value>,
    /// How it became.
    pub new: Option<Value>,
}

/// The last `limit` lines about one thing, newest first.
pub async fn list_for(
    tx: &mut TenantTx,
    entity_type: &str,
    entity_id: &str,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let lines = sqlx::query_as!(
        Line,
        r#"
        select at, actor_name as actor, action, entity_type, entity_id, old_values as old, new_values as new
        from audit_log
        where tenant_id = $1 and entity_type = $2 and entity_id = $3
        order by at desc, id desc
        limit $4
        "#,
        tx.tenant().0,
        entity_type,
        entity_id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(lines)
}
