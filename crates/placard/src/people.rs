//! What people and programs are given so that they can come in: invitations and API keys. The API and the command line
//! both hand them out here.

use crate::{
    api::access::{Permission, Permissions},
    session::Session,
};
use chrono::{DateTime, Duration, Utc};
use placard_domain::{ApiKeyId, InvitationId, TenantId};
use placard_store::{
    StoreError, TenantTx, TokenHash, api_key,
    audit::{Actor, Origin},
    invitation, outbox,
    tenant::{self, Role},
};
use secrecy::{ExposeSecret, SecretString};

/// What every API key begins with, so that it is recognised where it does not belong.
pub(crate) const KEY_PREFIX: &str = "plk_";

/// How long an invitation is good.
const WEEK: Duration = Duration::days(7);

/// 32 random bytes, as text.
pub(crate) fn fresh_token() -> SecretString {
    hex::encode(rand::random::<[u8; 32]>()).into()
}

/// Someone to invite.
pub(crate) struct Guest<'a> {
    /// The address.
    pub(crate) email: &'a str,
    /// What the person may do once there.
    pub(crate) role: Role,
}

/// Stores an invitation and the message with its code, both or neither.
///
/// # Errors
/// [`StoreError::PlanLimit`] if the tenant's plan has no seat left.
pub(crate) async fn invite(
    session: &Session,
    tenant: TenantId,
    actor: &Actor,
    origin: Origin,
    guest: &Guest<'_>,
    now: DateTime<Utc>,
) -> Result<InvitationId, StoreError> {
    let token = fresh_token();
    let mut tx = session.db().system().await?;
    tx.come_from(origin);
    let host = tenant::find_by_id(&mut tx, tenant).await?;
    let host = host.map_or_else(|| "Someone".to_owned(), |tenant| tenant.name);
    let message = outbox::NewMessage {
        tenant: Some(tenant),
        kind: outbox::Kind::Invitation,
        recipient: guest.email.to_owned(),
        subject: format!("{host} invites you to Placard"),
        body: format!("Your code is {}\nIt is good for a week.", token.expose_secret()).into(),
    };
    outbox::put(&mut tx, session.vault(), &message).await?;
    let new = invitation::NewInvitation {
        email: guest.email.to_owned(),
        role: guest.role,
        token: TokenHash::of(&token),
        expires_at: now + WEEK,
    };
    let mut tx = tx.into_tenant(tenant).await?;
    let id = invitation::create(&mut tx, actor, &new, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes an API key in the name of `actor`. The key itself is known only to the caller.
pub(crate) async fn make_key(
    tx: &mut TenantTx,
    actor: &Actor,
    name: String,
    scopes: &[Permission],
    expires_at: Option<DateTime<Utc>>,
) -> Result<(ApiKeyId, SecretString), StoreError> {
    let key = SecretString::from(format!("{KEY_PREFIX}{}", fresh_token().expose_secret()));
    let new = api_key::NewApiKey {
        name,
        prefix: key.expose_secret().chars().take(KEY_PREFIX.len() + 6).collect(),
        hash: TokenHash::of(&key),
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        expires_at,
    };
    Ok((api_key::create(tx, actor, &new).await?, key))
}

/// The first of `scopes` that someone with `permissions` may not hand on.
pub(crate) fn beyond(permissions: Permissions, scopes: &[Permission]) -> Option<Permission> {
    scopes.iter().copied().find(|scope| !permissions.allow(*scope))
}
