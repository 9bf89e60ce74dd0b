//! People asked to join a tenant.

use crate::{
    StoreError, SystemTx, TenantTx, TokenHash,
    audit::{self, Actor},
    stored, subscription,
    tenant::{self, Role},
};
use chrono::{DateTime, Utc};
use placard_domain::{InvitationId, TenantId, UserId, limits::Limited};
use serde_json::json;
use uuid::Uuid;

/// An invitation as it is written.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// To whom it goes.
    pub email: String,
    /// What the person may do once there.
    pub role: Role,
    /// The hash of the token in the message.
    pub token: TokenHash,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

/// A stored invitation, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The tenant to join.
    pub tenant: TenantId,
    /// That tenant's name for people.
    pub tenant_name: String,
    /// To whom it went.
    pub email: String,
    /// What the person may do once there.
    pub role: Role,
    /// Who wrote it; `None` if Placard itself did.
    pub invited_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Invitation {
    /// Whether it can be accepted at `now`.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Stores an invitation, in place of an open one to the same address. It takes a seat while it is open.
///
/// # Errors
/// [`StoreError::PlanLimit`] if the tenant's plan has no seat left.
pub async fn create(
    tx: &mut TenantTx,
    actor: &Actor,
    new: &NewInvitation,
    now: DateTime<Utc>,
) -> Result<InvitationId, StoreError> {
    let tenant = tx.tenant();
    subscription::lock(tx.conn(), tenant).await?;
    sqlx::query!(
        r#"
        update invitation
        set revoked_at = $3
        where tenant_id = $1 and lower(email) = lower($2) and accepted_at is null and revoked_at is null
        "#,
        tenant.0,
        new.email.trim(),
        now,
    )
    .execute(tx.conn())
    .await?;
    subscription::allow_one_more(tx.conn(), tenant, Limited::Seats, now).await?;
    let id = InvitationId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into invitation (tenant_id, id, email, role, token_hash, invited_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        tenant.0,
        id.0,
        new.email.trim(),
        new.role.as_str(),
        new.token.as_bytes(),
        actor.user().map(|user| user.0),
        now,
        new.expires_at,
    )
    .execute(tx.conn())
    .await?;
    let values = json!({"email": new.email.trim(), "role": new.role.as_str(), "expires_at": new.expires_at});
    audit::append(tx, actor, &entry(audit::Action::Invite, id, Some(values))).await?;
    Ok(id)
}

/// Every invitation of the tenant, the newest first.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Invitation>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            i.id, i.tenant_id, t.name as tenant_name, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
            i.accepted_at, i.revoked_at
        from invitation as i
        join tenant as t on t.id = i.tenant_id
        where i.tenant_id = $1
        order by i.created_at desc, i.id desc
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Invitation::try_from).collect()
}

/// Takes an invitation back.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none that still waits.
pub async fn revoke(
    tx: &mut TenantTx,
    actor: &Actor,
    id: InvitationId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let revoked = sqlx::query!(
        r#"
        update invitation
        set revoked_at = $3
        where tenant_id = $1 and id = $2 and accepted_at is null and revoked_at is null
        "#,
        tx.tenant().0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if revoked.rows_affected() == 0 {
        return Err(StoreError::not_found("open invitation", id));
    }
    audit::append(tx, actor, &entry(audit::Action::Revoke, id, None)).await
}

/// The invitation with this token, open or not: see [`Invitation::is_open`].
pub async fn find_by_token(tx: &mut SystemTx, token: &TokenHash) -> Result<Option<Invitation>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            i.id, i.tenant_id, t.name as tenant_name, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
            i.accepted_at, i.revoked_at
        from invitation as i
        join tenant as t on t.id = i.tenant_id
        where i.token_hash = $1
        "#,
        token.as_bytes(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Invitation::try_from).transpose()
}

/// Makes `user` a member by the invitation with this token, which is used up. It does not ask whether the invitation
/// went to the person's own address: who has the token was trusted with it.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no open invitation with this token;
/// [`Constraint::Membership`](crate::Constraint) if the person is a member already.
pub async fn accept(
    tx: &mut SystemTx,
    token: &TokenHash,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Invitation, StoreError> {
    let gone = || StoreError::not_found("open invitation with this", "token");
    let invitation = find_by_token(tx, token).await?.ok_or_else(gone)?;
    subscription::lock(tx.conn(), invitation.tenant).await?;
    let accepted = sqlx::query!(
        r#"
        update invitation
        set accepted_at = $3
        where tenant_id = $1 and id = $2 and accepted_at is null and revoked_at is null and expires_at > $3
        "#,
        invitation.tenant.0,
        invitation.id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if accepted.rows_affected() == 0 {
        return Err(gone());
    }
    tenant::join(tx, invitation.tenant, user, invitation.role).await?;
    let person = crate::user::find(tx, user).await?.ok_or_else(|| StoreError::not_found("user", user))?;
    let actor = Actor::User { id: user, name: person.email };
    let values = json!({"role": invitation.role.as_str()});
    let entry = entry(audit::Action::Accept, invitation.id, Some(values));
    audit::append_from_system(tx, invitation.tenant, &actor, &entry).await?;
    Ok(Invitation { accepted_at: Some(now), ..invitation })
}

fn entry(action: audit::Action, id: InvitationId, new: Option<serde_json::Value>) -> audit::Entry {
    audit::Entry { action, entity_type: "invitation", entity_id: id.to_string(), old: None, new }
}

struct Row {
    id: Uuid,
    tenant_id: Uuid,
    tenant_name: String,
    email: String,
    role: String,
    invited_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Invitation {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id),
            tenant: TenantId(row.tenant_id),
            tenant_name: row.tenant_name,
            email: row.email,
            role: stored::word("invitation.role", &row.role)?,
            invited_by: row.invited_by.map(UserId),
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
        })
    }
}
