//! Logins and the refresh tokens that keep them alive. Each token is good once: whoever presents it gets the next one.
//! A token that comes a second time was stolen, by one of the two who had it, so the whole login ends.

use crate::{StoreError, SystemTx, TokenHash, stored};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{SessionId, TenantId, UserId};
use sqlx::PgConnection;
use std::net::IpAddr;
use uuid::Uuid;

/// Two tabs of one browser may present the same token at one moment; the second is refused without alarm for as long.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(10);
/// How long a login is still shown to whoever looks into what happened.
const KEPT_AFTER_EXPIRY: TimeDelta = TimeDelta::days(30);

stored::words! {
    /// Why a login ended before its time.
    RevokedReason {
        /// The person signed out.
        Logout = "logout",
        /// The person or an admin ended it from elsewhere.
        Revoked = "revoked",
        /// A refresh token was presented twice.
        Reuse = "reuse",
        /// The password changed.
        PasswordChanged = "password_changed",
        /// It was not used for too long.
        Expired = "expired",
    }
}

/// A login as it begins.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who signed in.
    pub user: UserId,
    /// The tenant to work in.
    pub tenant: Option<TenantId>,
    /// The first refresh token.
    pub refresh: TokenHash,
    /// When that token dies.
    pub expires_at: DateTime<Utc>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With which program.
    pub user_agent: Option<String>,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The tenant that the person works in.
    pub tenant: Option<TenantId>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was renewed last.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is renewed.
    pub expires_at: DateTime<Utc>,
    /// When and why it ended early.
    pub revoked: Option<(DateTime<Utc>, RevokedReason)>,
    /// From where the person signed in.
    pub ip: Option<IpAddr>,
    /// With which program.
    pub user_agent: Option<String>,
}

/// What came of presenting a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The next token is good.
    Renewed {
        /// The login.
        session: SessionId,
        /// Whose it is.
        user: UserId,
        /// The tenant that the person works in, while the person belongs to it.
        tenant: Option<TenantId>,
    },
    /// It was used a moment ago by someone who asked at the same time. The login lives.
    JustUsed,
    /// It was used before. The login is revoked once this transaction is committed, and must be.
    Reused {
        /// The login that ended.
        session: SessionId,
        /// Whose it was.
        user: UserId,
    },
    /// There is no such token.
    Unknown,
    /// It is too old.
    Expired,
    /// Its login has ended.
    Revoked,
}

/// Begins a login.
pub async fn open(tx: &mut SystemTx, new: &NewSession, now: DateTime<Utc>) -> Result<SessionId, StoreError> {
    let id = SessionId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into login_session (
            id, user_id, tenant_id, created_at, last_used_at, expires_at, ip_address, user_agent
        )
        values ($1, $2, $3, $4, $4, $5, $6::text::inet, $7)
        "#,
        id.0,
        new.user.0,
        new.tenant.map(|tenant| tenant.0),
        now,
        new.expires_at,
        new.ip.map(|ip| ip.to_string()),
        new.user_agent,
    )
    .execute(tx.conn())
    .await?;
    insert_token(tx.conn(), id, &new.refresh, now, new.expires_at).await?;
    Ok(id)
}

/// Exchanges the token `old` for `new`, which dies at `expires_at`. However many ask at once, one statement decides
/// which of them it is. Commit whatever the answer: [`Refreshed::Reused`] revokes the login.
pub async fn refresh(
    tx: &mut SystemTx,
    old: &TokenHash,
    new: &TokenHash,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Refreshed, StoreError> {
    let won = sqlx::query_scalar!(
        r#"
        update refresh_token as t
        set used_at = $2
        from login_session as s
        where t.hash = $1 and t.used_at is null and t.expires_at > $2 and s.id = t.session_id and s.revoked_at is null
        returning t.session_id
        "#,
        old.as_bytes(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(session) = won.map(SessionId) else { return refuse(tx, old, now).await };

    let renewed = sqlx::query!(
        r#"
        update login_session as s
        set last_used_at = $2, expires_at = $3
        where id = $1 and revoked_at is null
        returning
            user_id,
            (
                select m.tenant_id
                from membership as m
                where m.tenant_id = s.tenant_id and m.user_id = s.user_id
            ) as tenant_id
        "#,
        session.0,
        now,
        expires_at,
    )
    .fetch_optional(tx.conn())
    .await?;
    // It may have been revoked between the two statements.
    let Some(renewed) = renewed else { return Ok(Refreshed::Revoked) };
    insert_token(tx.conn(), session, new, now, expires_at).await?;
    Ok(Refreshed::Renewed { session, user: UserId(renewed.user_id), tenant: renewed.tenant_id.map(TenantId) })
}

/// Says why a token is refused, and ends its login if it was stolen.
async fn refuse(tx: &mut SystemTx, old: &TokenHash, now: DateTime<Utc>) -> Result<Refreshed, StoreError> {
    let found = sqlx::query!(
        r#"
        select t.session_id, t.used_at, s.user_id, s.revoked_at
        from refresh_token as t
        join login_session as s on s.id = t.session_id
        where t.hash = $1
        "#,
        old.as_bytes(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(found) = found else { return Ok(Refreshed::Unknown) };
    let session = SessionId(found.session_id);
    match (found.revoked_at, found.used_at) {
        (Some(_), _) => Ok(Refreshed::Revoked),
        (None, Some(used_at)) if now < used_at + SAME_MOMENT => Ok(Refreshed::JustUsed),
        (None, Some(_)) => {
            revoke(tx, session, RevokedReason::Reuse, now).await?;
            Ok(Refreshed::Reused { session, user: UserId(found.user_id) })
        }
        (None, None) => Ok(Refreshed::Expired),
    }
}

async fn insert_token(
    conn: &mut PgConnection,
    session: SessionId,
    token: &TokenHash,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into refresh_token (hash, session_id, created_at, expires_at)
        values ($1, $2, $3, $4)
        "#,
        token.as_bytes(),
        session.0,
        now,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One login, ended or not.
pub async fn find(tx: &mut SystemTx, session: SessionId) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, user_id, tenant_id, created_at, last_used_at, expires_at, revoked_at, revoked_reason,
            host(ip_address) as ip_address, user_agent
        from login_session
        where id = $1
        "#,
        session.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Session::try_from).transpose()
}

/// The living logins of a person, the one used last first.
pub async fn list(tx: &mut SystemTx, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, user_id, tenant_id, created_at, last_used_at, expires_at, revoked_at, revoked_reason,
            host(ip_address) as ip_address, user_agent
        from login_session
        where user_id = $1 and revoked_at is null and expires_at > $2
        order by last_used_at desc, id desc
        "#,
        user.0,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Session::try_from).collect()
}

/// Ends a login. Returns whether it was still alive; the first reason stands.
pub async fn revoke(
    tx: &mut SystemTx,
    session: SessionId,
    reason: RevokedReason,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let revoked = sqlx::query!(
        r#"
        update login_session
        set revoked_at = $2, revoked_reason = $3
        where id = $1 and revoked_at is null
        "#,
        session.0,
        now,
        reason.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Ends every login of a person, except one if it is named. Returns how many it was.
pub async fn revoke_all(
    tx: &mut SystemTx,
    user: UserId,
    except: Option<SessionId>,
    reason: RevokedReason,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let revoked = sqlx::query!(
        r#"
        update login_session
        set revoked_at = $3, revoked_reason = $4
        where user_id = $1 and revoked_at is null and ($2::uuid is null or id <> $2)
        "#,
        user.0,
        except.map(|session| session.0),
        now,
        reason.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(revoked.rows_affected())
}

/// Lets the person work in another tenant from now on.
///
/// # Errors
/// [`StoreError::NotFound`] if the login has ended or the person does not belong to `tenant`.
pub async fn switch_tenant(
    tx: &mut SystemTx,
    session: SessionId,
    tenant: TenantId,
) -> Result<(), StoreError> {
    let switched = sqlx::query!(
        r#"
        update login_session as s
        set tenant_id = $2
        where s.id = $1 and s.revoked_at is null
            and exists (select from membership as m where m.tenant_id = $2 and m.user_id = s.user_id)
        "#,
        session.0,
        tenant.0,
    )
    .execute(tx.conn())
    .await?;
    if switched.rows_affected() == 0 {
        return Err(StoreError::not_found("membership in tenant", tenant));
    }
    Ok(())
}

/// Forgets logins and tokens that died a month ago. Returns how many logins it was.
pub async fn purge(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let before = now - KEPT_AFTER_EXPIRY;
    sqlx::query!("delete from refresh_token where expires_at < $1", before).execute(tx.conn()).await?;
    let gone =
        sqlx::query!("delete from login_session where expires_at < $1", before).execute(tx.conn()).await?;
    Ok(gone.rows_affected())
}

struct Row {
    id: Uuid,
    user_id: Uuid,
    tenant_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    revoked_reason: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl TryFrom<Row> for Session {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let reason = stored::word_or_none("login_session.revoked_reason", row.revoked_reason.as_deref())?;
        Ok(Self {
            id: SessionId(row.id),
            user: UserId(row.user_id),
            tenant: row.tenant_id.map(TenantId),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked: row.revoked_at.zip(reason),
            ip: stored::parsed_or_none("login_session.ip_address", row.ip_address.as_deref())?,
            user_agent: row.user_agent,
        })
    }
}
