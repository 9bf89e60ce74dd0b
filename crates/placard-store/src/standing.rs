//! What a session may do right now, for every request that it makes.

use crate::{StoreError, SystemTx, stored, tenant::Role};
use chrono::{DateTime, Utc};
use placard_domain::{SessionId, TenantId, UserId};

/// Who holds a session, and what they are in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub user: UserId,
    /// The address, to show.
    pub email: String,
    /// The role in the tenant; nothing if the person is no member.
    pub role: Option<Role>,
    /// What is granted beyond the role.
    pub permissions: Vec<String>,
}

/// The standing of a session that lives, in `tenant` if one is named. Nothing if it has ended.
pub async fn of_session(
    tx: &mut SystemTx,
    session: SessionId,
    tenant: Option<TenantId>,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, StoreError> {
    let row = sqlx::query!(
        r#"
        select u.id, u.email, m.role as "role?", coalesce(m.permissions, '{}') as "permissions!"
        from login_session as s
        join users as u on u.id = s.user_id
        left join membership as m on m.user_id = u.id and m.tenant_id = $2
        where s.id = $1 and s.revoked_at is null and s.expires_at > $3 and u.deleted_at is null
        "#,
        session.0,
        tenant.map(|tenant| tenant.0),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Standing {
            user: UserId(row.id),
            email: row.email,
            role: row.role.map(|role| stored::word("membership.role", &role)).transpose()?,
            permissions: row.permissions,
        })
    })
    .transpose()
}
