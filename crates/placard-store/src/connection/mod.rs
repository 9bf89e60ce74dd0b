//! Granted accesses to ad accounts. Tokens come in and go out as secrets and rest sealed.

mod reseal;
mod tokens;

pub use reseal::reseal;
pub use tokens::{Tokens, renew, tokens};

use crate::{StoreError, TenantTx, Vault, audit, stored};
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, ConnectionId, Platform, status::ConnectionStatus};
use secrecy::SecretString;
use tokens::{page_token_place, refresh_token_place, seal, token_place};
use uuid::Uuid;

/// An access as it is granted.
#[derive(Clone, Debug)]
pub struct Grant {
    /// To which account, which must be stored already ([`crate::ad_account::upsert`]).
    pub account: AccountRef,
    /// Base address of the platform's API where it is not the public one: the sandbox.
    pub endpoint: Option<String>,
    /// The user's or system user's token.
    pub token: SecretString,
    /// The token of the page that speaks.
    pub page_token: Option<SecretString>,
    /// What a new token is asked for with, where the platform has such.
    pub refresh_token: Option<SecretString>,
    /// When the token dies; `None` if it does not.
    pub token_expires_at: Option<DateTime<Utc>>,
    /// What it goes with.
    pub profile: Profile,
}

/// Who granted an access, and what it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The platform's id of the person or system user.
    pub remote_user_id: Option<String>,
    /// Permissions that were granted.
    pub permissions: Vec<String>,
    /// The page that speaks in ads.
    pub page: Option<Named>,
    /// The Instagram account that does.
    pub instagram: Option<Named>,
    /// The business behind the account.
    pub business: Option<Named>,
    /// Whether an admin of the business agreed.
    pub admin_connected: bool,
    /// Whether the user's own token was obtained through our app.
    pub app_connected: bool,
}

/// A platform's id with the name for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name; empty if the platform gave none.
    pub name: String,
}

/// A stored access, without its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// To which account.
    pub account: AccountRef,
    /// Base address of the platform's API where it is not the public one.
    pub endpoint: Option<String>,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// When the token dies.
    pub token_expires_at: Option<DateTime<Utc>>,
    /// Who granted it, and what it covers.
    pub profile: Profile,
    /// When it last worked.
    pub last_validated_at: Option<DateTime<Utc>>,
    /// Why it does not work, for people.
    pub last_error: Option<String>,
}

/// Stores an access, in place of an earlier one to the same account. It is active afterwards.
pub async fn upsert(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &audit::Actor,
    grant: &Grant,
) -> Result<ConnectionId, StoreError> {
    let (account_id, id) = place_of(tx, &grant.account).await?;
    let token = vault.seal(tx, token_place(id), &grant.token).await?;
    let page_token = seal(tx, vault, page_token_place(id), grant.page_token.as_ref()).await?;
    let refresh_token = seal(tx, vault, refresh_token_place(id), grant.refresh_token.as_ref()).await?;
    let profile = &grant.profile;
    let (page, instagram, business) = (&profile.page, &profile.instagram, &profile.business);
    sqlx::query!(
        r#"
        insert into connection (
            tenant_id, id, ad_account_id, platform, endpoint, status, token, page_token, token_expires_at,
            remote_user_id, permissions, page_id, page_name, instagram_id, instagram_name, business_id,
            business_name, admin_connected, app_connected, created_by, refresh_token, last_validated_at
        )
        values (
            $1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            now()
        )
        on conflict on constraint connection_pkey do update
        set
            endpoint = excluded.endpoint,
            status = excluded.status,
            token = excluded.token,
            page_token = excluded.page_token,
            refresh_token = excluded.refresh_token,
            token_expires_at = excluded.token_expires_at,
            remote_user_id = excluded.remote_user_id,
            permissions = excluded.permissions,
            page_id = excluded.page_id,
            page_name = excluded.page_name,
            instagram_id = excluded.instagram_id,
            instagram_name = excluded.instagram_name,
            business_id = excluded.business_id,
            business_name = excluded.business_name,
            admin_connected = excluded.admin_connected,
            app_connected = excluded.app_connected,
            last_validated_at = excluded.last_validated_at,
            last_error = null,
            updated_at = now()
        "#,
        tx.tenant().0,
        id.0,
        account_id,
        grant.account.platform.as_str(),
        grant.endpoint,
        token,
        page_token,
        grant.token_expires_at,
        profile.remote_user_id,
        &profile.permissions,
        page.as_ref().map(|page| &page.id),
        page.as_ref().map(|page| &page.name),
        instagram.as_ref().map(|instagram| &instagram.id),
        instagram.as_ref().map(|instagram| &instagram.name),
        business.as_ref().map(|business| &business.id),
        business.as_ref().map(|business| &business.name),
        profile.admin_connected,
        profile.app_connected,
        actor.user().map(|user| user.0),
        refresh_token,
    )
    .execute(tx.conn())
    .await?;
    let entry = audit::Entry {
        action: audit::Action::Update,
        entity_type: "connection",
        entity_id: id.to_string(),
        old: None,
        new: Some(
            serde_json::json!({"account": grant.account.to_string(), "permissions": profile.permissions}),
        ),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(id)
}

/// The access to one account.
pub async fn find(tx: &mut TenantTx, account: &AccountRef) -> Result<Option<Connection>, StoreError> {
    Ok(select(tx, Some(account)).await?.pop())
}

/// Every access of the tenant, by platform and account.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Connection>, StoreError> {
    select(tx, None).await
}

/// Notes how an access fared: that it works, or why it does not.
pub async fn set_status(
    tx: &mut TenantTx,
    id: ConnectionId,
    status: ConnectionStatus,
    error: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let changed = sqlx::query!(
        r#"
        update connection
        set
            status = $3,
            last_error = $4,
            last_validated_at = case when $3 = 'active' then $5 else last_validated_at end,
            updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        status.as_str(),
        error,
        at,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found("connection", id));
    }
    Ok(())
}

/// Forgets an access and its tokens.
pub async fn delete(tx: &mut TenantTx, actor: &audit::Actor, id: ConnectionId) -> Result<(), StoreError> {
    let gone = sqlx::query!(
        r#"
        delete from connection
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::not_found("connection", id));
    }
    let entry = audit::Entry {
        action: audit::Action::Delete,
        entity_type: "connection",
        entity_id: id.to_string(),
        old: None,
        new: None,
    };
    audit::append(tx, actor, &entry).await
}

/// The stored account's id, and the id that its connection has or will have.
async fn place_of(tx: &mut TenantTx, account: &AccountRef) -> Result<(Uuid, ConnectionId), StoreError> {
    // Locked, so that two grants for one account follow each other and seal for the same row.
    let row = sqlx::query!(
        r#"
        select
            a.id as ad_account_id,
            (
                select c.id
                from connection as c
                where c.tenant_id = a.tenant_id and c.platform = a.platform and c.ad_account_id = a.id
            ) as connection_id
        from ad_account as a
        where a.tenant_id = $1 and a.platform = $2 and a.remote_id = $3
        for no key update of a
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("ad account", account))?;
    Ok((row.ad_account_id, ConnectionId(row.connection_id.unwrap_or_else(Uuid::now_v7))))
}

async fn select(tx: &mut TenantTx, account: Option<&AccountRef>) -> Result<Vec<Connection>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            c.id, c.platform, a.remote_id as account, c.endpoint, c.status, c.token_expires_at, c.remote_user_id,
            c.permissions, c.page_id, c.page_name, c.instagram_id, c.instagram_name, c.business_id, c.business_name,
            c.admin_connected, c.app_connected, c.last_validated_at, c.last_error
        from connection as c
        join ad_account as a on a.tenant_id = c.tenant_id and a.id = c.ad_account_id
        where c.tenant_id = $1
            and ($2::text is null or c.platform = $2)
            and ($3::text is null or a.remote_id = $3)
        order by c.platform, a.remote_id
        "#,
        tx.tenant().0,
        account.map(|account| account.platform.as_str()),
        account.map(|account| account.id.as_str()),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Connection::try_from).collect()
}

struct Row {
    id: Uuid,
    platform: String,
    account: String,
    endpoint: Option<String>,
    status: String,
    token_expires_at: Option<DateTime<Utc>>,
    remote_user_id: Option<String>,
    permissions: Vec<String>,
    page_id: Option<String>,
    page_name: Option<String>,
    instagram_id: Option<String>,
    instagram_name: Option<String>,
    business_id: Option<String>,
    business_name: Option<String>,
    admin_connected: bool,
    app_connected: bool,
    last_validated_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
}

impl TryFrom<Row> for Connection {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let platform: Platform = stored::word("connection.platform", &row.platform)?;
        let named = |id: Option<String>, name: Option<String>| {
            id.map(|id| Named { id, name: name.unwrap_or_default() })
        };
        Ok(Self {
            id: ConnectionId(row.id),
            account: AccountRef { platform, id: row.account },
            endpoint: row.endpoint,
            status: stored::word("connection.status", &row.status)?,
            token_expires_at: row.token_expires_at,
            profile: Profile {
                remote_user_id: row.remote_user_id,
                permissions: row.permissions,
                page: named(row.page_id, row.page_name),
                instagram: named(row.instagram_id, row.instagram_name),
                business: named(row.business_id, row.business_name),
                admin_connected: row.admin_connected,
                app_connected: row.app_connected,
            },
            last_validated_at: row.last_validated_at,
            last_error: row.last_error,
        })
    }
}
