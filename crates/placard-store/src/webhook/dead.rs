//! Notices that were put aside, because trying again would change nothing until somebody has looked.

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, notice::NoticeKind};
use serde_json::json;
use uuid::Uuid;

/// A notice that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Its id.
    pub id: Uuid,
    /// The account behind the connection that it is for.
    pub account: AccountRef,
    /// What it is about.
    pub kind: NoticeKind,
    /// The platform's id of the object or lead.
    pub subject: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was put aside.
    pub dead_at: DateTime<Utc>,
    /// Why.
    pub problem: String,
}

/// Puts a notice aside.
pub async fn bury(tx: &mut TenantTx, id: Uuid, problem: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update webhook_notice
        set dead_at = $3, problem = $4
        where tenant_id = $1 and id = $2 and handled_at is null
        "#,
        tx.tenant().0,
        id,
        at,
        problem,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notices that were put aside after `after`, the first first, `limit` at most.
pub async fn dead(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Dead>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            n.id, n.platform, a.remote_id, n.kind, n.subject, n.received_at, n.dead_at as "dead_at!",
            n.problem as "problem!"
        from webhook_notice as n
        join connection as c on c.tenant_id = n.tenant_id and c.id = n.connection_id
        join ad_account as a on a.tenant_id = c.tenant_id and a.id = c.ad_account_id
        where n.tenant_id = $1
            and n.dead_at is not null
            and ($2::timestamptz is null or (n.dead_at, n.id) > ($2, $3))
        order by n.dead_at, n.id
        limit $4
        "#,
        tx.tenant().0,
        after.map(|(at, _)| at),
        after.map(|(_, id)| id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut dead = Vec::with_capacity(rows.len());
    for row in rows {
        let platform = stored::word("webhook_notice.platform", &row.platform)?;
        dead.push(Dead {
            id: row.id,
            account: AccountRef { platform, id: row.remote_id },
            kind: stored::word("webhook_notice.kind", &row.kind)?,
            subject: row.subject,
            received_at: row.received_at,
            dead_at: row.dead_at,
            problem: row.problem,
        });
    }
    Ok(dead)
}

/// Lets notices that were put aside wait again: that with `only`, or every one. Gives the accounts that they are for;
/// enqueue what looks after these in the same transaction.
pub async fn replay(
    tx: &mut TenantTx,
    actor: &Actor,
    only: Option<Uuid>,
) -> Result<Vec<AccountRef>, StoreError> {
    let rows = sqlx::query!(
        r#"
        update webhook_notice as n
        set dead_at = null, problem = null
        from connection as c
        join ad_account as a on a.tenant_id = c.tenant_id and a.id = c.ad_account_id
        where n.tenant_id = $1
            and n.dead_at is not null
            and ($2::uuid is null or n.id = $2)
            and c.tenant_id = n.tenant_id
            and c.id = n.connection_id
        returning n.id, n.platform, a.remote_id
        "#,
        tx.tenant().0,
        only,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut accounts = Vec::with_capacity(rows.len());
    for row in rows {
        let entry = Entry {
            action: Action::Resume,
            entity_type: "webhook_notice",
            entity_id: row.id.to_string(),
            old: None,
            new: Some(json!({"waits": true})),
        };
        audit::append(tx, actor, &entry).await?;
        let platform = stored::word("webhook_notice.platform", &row.platform)?;
        accounts.push(AccountRef { platform, id: row.remote_id });
    }
    Ok(accounts)
}
