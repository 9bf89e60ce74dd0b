//! How much each person did in the tenant.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::UserId;

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The person.
    pub user: UserId,
    /// The address.
    pub email: String,
    /// How many changes the audit log holds.
    pub changes: i64,
    /// When the person signed in last.
    pub last_login_at: Option<DateTime<Utc>>,
}

/// What each member did since `since`, by id, from behind `after` on.
pub async fn list(
    tx: &mut TenantTx,
    since: DateTime<Utc>,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Usage>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            u.id, u.email, u.last_login_at,
            (
                select count(*)
                from audit_log as l
                where l.tenant_id = $1 and l.actor_id = u.id and l.at >= $2 and l.action not in ('login', 'logout')
            ) as "changes!"
        from membership as m
        join users as u on u.id = m.user_id
        where m.tenant_id = $1 and u.deleted_at is null and ($3::uuid is null or u.id > $3)
        order by u.id
        limit $4
        "#,
        tx.tenant().0,
        since,
        after.map(|after| after.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let usage = rows.into_iter().map(|row| Usage {
        user: UserId(row.id),
        email: row.email,
        changes: row.changes,
        last_login_at: row.last_login_at,
    });
    Ok(usage.collect())
}
