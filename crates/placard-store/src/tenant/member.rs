//! Who belongs to a tenant, and as what. A tenant always has an admin.

use crate::{StoreError, SystemTx, TenantTx, api_key, audit, stored, subscription};
use chrono::{DateTime, Utc};
use placard_domain::{ApiKeyId, TenantId, UserId, limits::Limited};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

stored::words! {
    /// What a member may do. A viewer changes nothing.
    Role {
        /// Everything, people and connections included.
        Admin = "admin",
        /// Campaigns and everything about them.
        Operator = "operator",
        /// Look.
        Viewer = "viewer",
    }
}

/// A person's membership in one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// The person's address.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// What the person may do beyond the role.
    pub permissions: Vec<String>,
}

/// Makes a person a member.
///
/// # Errors
/// [`StoreError::PlanLimit`] if the tenant's plan has no seat left.
pub async fn join(tx: &mut SystemTx, tenant: TenantId, user: UserId, role: Role) -> Result<(), StoreError> {
    subscription::allow_one_more(tx.conn(), tenant, Limited::Seats, Utc::now()).await?;
    sqlx::query!(
        r#"
        insert into membership (tenant_id, user_id, role)
        values ($1, $2, $3)
        "#,
        tenant.0,
        user.0,
        role.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The tenants that a person belongs to.
pub async fn memberships_of(tx: &mut SystemTx, user: UserId) -> Result<Vec<Membership>, StoreError> {
    let rows = sqlx::query_as!(
        MembershipRow,
        r#"
        select m.tenant_id, m.user_id, u.email, m.role, m.permissions
        from membership as m
        join users as u on u.id = m.user_id
        where m.user_id = $1 and u.deleted_at is null
        order by m.tenant_id
        "#,
        user.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

/// Everybody in the tenant.
pub async fn members(tx: &mut TenantTx) -> Result<Vec<Membership>, StoreError> {
    let rows = sqlx::query_as!(
        MembershipRow,
        r#"
        select m.tenant_id, m.user_id, u.email, m.role, m.permissions
        from membership as m
        join users as u on u.id = m.user_id
        where m.tenant_id = $1 and u.deleted_at is null
        order by u.email
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

/// One member.
pub async fn find_member(tx: &mut TenantTx, user: UserId) -> Result<Option<Membership>, StoreError> {
    let row = sqlx::query_as!(
        MembershipRow,
        r#"
        select m.tenant_id, m.user_id, u.email, m.role, m.permissions
        from membership as m
        join users as u on u.id = m.user_id
        where m.tenant_id = $1 and m.user_id = $2 and u.deleted_at is null
        "#,
        tx.tenant().0,
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Membership::try_from).transpose()
}

/// Lets a member be something else from now on.
///
/// # Errors
/// [`StoreError::LastAdmin`] if nobody else is an admin.
pub async fn set_role(
    tx: &mut TenantTx,
    actor: &audit::Actor,
    user: UserId,
    role: Role,
    permissions: &[String],
) -> Result<(), StoreError> {
    let tenant = tx.tenant();
    subscription::lock(tx.conn(), tenant).await?;
    let before = find_member(tx, user).await?.ok_or_else(|| StoreError::not_found("member", user))?;
    if role != Role::Admin {
        keep_an_admin(tx.conn(), tenant, user).await?;
    }
    sqlx::query!(
        r#"
        update membership
        set role = $3, permissions = $4
        where tenant_id = $1 and user_id = $2
        "#,
        tenant.0,
        user.0,
        role.as_str(),
        permissions,
    )
    .execute(tx.conn())
    .await?;
    let entry = audit::Entry {
        action: audit::Action::Update,
        entity_type: "membership",
        entity_id: user.to_string(),
        old: Some(json!({"role": before.role.as_str(), "permissions": before.permissions})),
        new: Some(json!({"role": role.as_str(), "permissions": permissions})),
    };
    audit::append(tx, actor, &entry).await
}

/// Lets a person belong to the tenant no longer, and takes back the API keys that the person made.
///
/// # Errors
/// [`StoreError::LastAdmin`] if nobody else is an admin.
pub async fn remove_member(
    tx: &mut TenantTx,
    actor: &audit::Actor,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tenant = tx.tenant();
    let keys = leave(tx.conn(), tenant, user, now).await?;
    audit::append(tx, actor, &left(user, &keys)).await
}

/// Takes a person's membership away, and the API keys that the person made. Returns those.
pub(crate) async fn leave(
    conn: &mut PgConnection,
    tenant: TenantId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<ApiKeyId>, StoreError> {
    subscription::lock(conn, tenant).await?;
    keep_an_admin(conn, tenant, user).await?;
    let gone = sqlx::query!(
        r#"
        delete from membership
        where tenant_id = $1 and user_id = $2
        "#,
        tenant.0,
        user.0,
    )
    .execute(&mut *conn)
    .await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::not_found("member", user));
    }
    api_key::revoke_all_of(conn, tenant, user, now).await
}

/// What the log says of someone who left.
pub(crate) fn left(user: UserId, revoked_keys: &[ApiKeyId]) -> audit::Entry {
    audit::Entry {
        action: audit::Action::Delete,
        entity_type: "membership",
        entity_id: user.to_string(),
        old: None,
        new: Some(json!({"revoked_api_keys": revoked_keys})),
    }
}

/// Refuses if `user` is the only admin left. The members must be locked.
async fn keep_an_admin(conn: &mut PgConnection, tenant: TenantId, user: UserId) -> Result<(), StoreError> {
    let last = sqlx::query_scalar!(
        r#"
        select
            coalesce(bool_or(m.user_id = $2), false) and not coalesce(bool_or(m.user_id <> $2), false) as "last!"
        from membership as m
        join users as u on u.id = m.user_id
        where m.tenant_id = $1 and m.role = 'admin' and u.deleted_at is null
        "#,
        tenant.0,
        user.0,
    )
    .fetch_one(conn)
    .await?;
    if last { Err(StoreError::LastAdmin) } else { Ok(()) }
}

struct MembershipRow {
    tenant_id: Uuid,
    user_id: Uuid,
    email: String,
    role: String,
    permissions: Vec<String>,
}

impl TryFrom<MembershipRow> for Membership {
    type Error = StoreError;
    fn try_from(row: MembershipRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: TenantId(row.tenant_id),
            user: UserId(row.user_id),
            email: row.email,
            role: stored::word("membership.role", &row.role)?,
            permissions: row.permissions,
        })
    }
}
