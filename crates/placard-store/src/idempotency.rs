//! Requests that a caller may repeat without their effect being repeated. Begin in a transaction of its own and commit
//! it, so that others see that someone is at it; complete in the transaction that has the effect.

use crate::{Place, StoreError, SystemTx, TenantTx, Vault, stored};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::days(1);
/// After which time a run that did not end is taken to be dead.
const LOCKED: TimeDelta = TimeDelta::minutes(5);

stored::words! {
    /// Where a request stands.
    State {
        /// Someone is at it.
        Running = "running",
        /// Its answer is known.
        Done = "done",
    }
}

/// The right to carry a request out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    caller: String,
    key: String,
    id: Uuid,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The kind of body, if it was said.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Carry it out. It was not seen before, or whoever began it died.
    Fresh(Ticket),
    /// Someone is at it: ask again later.
    Running,
    /// It was carried out: answer the same.
    Done(Answer),
    /// The key was used for another request.
    Mismatch,
}

/// Asks what to do with the request of `caller` under `key`; `hash` is the SHA-256 of the request. Of many who ask at
/// once, one is told to carry it out.
pub async fn begin(
    tx: &mut TenantTx,
    vault: &Vault,
    caller: &str,
    key: &str,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Begun, StoreError> {
    let id = Uuid::now_v7();
    let taken = sqlx::query!(
        r#"
        insert into idempotency_key as k (
            tenant_id, caller, key, id, request_hash, state, created_at, expires_at, locked_until
        )
        values ($1, $2, $3, $4, $5, 'running', $6, $7, $8)
        on conflict on constraint idempotency_key_pkey do update
        set
            id = excluded.id,
            request_hash = excluded.request_hash,
            state = excluded.state,
            status = null,
            content_type = null,
            sealed_body = null,
            created_at = excluded.created_at,
            expires_at = excluded.expires_at,
            locked_until = excluded.locked_until
        where k.expires_at <= $6
            or (k.state = 'running' and k.locked_until <= $6 and k.request_hash = excluded.request_hash)
        "#,
        tx.tenant().0,
        caller,
        key,
        id,
        hash.as_slice(),
        now,
        now + KEPT,
        now + LOCKED,
    )
    .execute(tx.conn())
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Begun::Fresh(Ticket { caller: caller.to_owned(), key: key.to_owned(), id }));
    }
    standing(tx, vault, caller, key, hash).await
}

async fn standing(
    tx: &mut TenantTx,
    vault: &Vault,
    caller: &str,
    key: &str,
    hash: &[u8; 32],
) -> Result<Begun, StoreError> {
    let row = sqlx::query!(
        r#"
        select id, request_hash, state, status, content_type, sealed_body
        from idempotency_key
        where tenant_id = $1 and caller = $2 and key = $3
        "#,
        tx.tenant().0,
        caller,
        key,
    )
    .fetch_optional(tx.conn())
    .await?;
    // Whoever was at it gave up between the two statements; asking again will tell.
    let Some(row) = row else { return Ok(Begun::Running) };
    if row.request_hash != hash {
        return Ok(Begun::Mismatch);
    }
    match (stored::word("idempotency_key.state", &row.state)?, row.status, row.sealed_body) {
        (State::Running, ..) => Ok(Begun::Running),
        (State::Done, Some(status), Some(sealed)) => {
            let status = u16::try_from(status)
                .map_err(|error| StoreError::corrupt("idempotency_key.status", error))?;
            let body = vault.open_bytes(tx, place(row.id), &sealed).await?;
            Ok(Begun::Done(Answer { status, content_type: row.content_type, body }))
        }
        (State::Done, ..) => Err(StoreError::corrupt("idempotency_key.state", "an answer is missing")),
    }
}

/// Keeps the answer to a request.
///
/// # Errors
/// [`StoreError::NotFound`] if the request was taken over because this run was thought dead. Its effect must not be
/// committed then.
pub async fn complete(
    tx: &mut TenantTx,
    vault: &Vault,
    ticket: &Ticket,
    answer: &Answer,
) -> Result<(), StoreError> {
    let body = vault.seal_bytes(tx, place(ticket.id), &answer.body).await?;
    let kept = sqlx::query!(
        r#"
        update idempotency_key
        set state = 'done', status = $5, content_type = $6, sealed_body = $7, locked_until = null
        where tenant_id = $1 and caller = $2 and key = $3 and id = $4 and state = 'running'
        "#,
        tx.tenant().0,
        ticket.caller,
        ticket.key,
        ticket.id,
        i16::try_from(answer.status).map_err(|error| StoreError::corrupt("idempotency_key.status", error))?,
        answer.content_type,
        body,
    )
    .execute(tx.conn())
    .await?;
    if kept.rows_affected() == 0 {
        return Err(StoreError::not_found("running request", &ticket.key));
    }
    Ok(())
}

/// Lets the next one carry the request out, because it had no effect.
pub async fn abandon(tx: &mut TenantTx, ticket: &Ticket) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from idempotency_key
        where tenant_id = $1 and caller = $2 and key = $3 and id = $4 and state = 'running'
        "#,
        tx.tenant().0,
        ticket.caller,
        ticket.key,
        ticket.id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets answers that are too old. Returns how many it was.
pub async fn purge(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let gone =
        sqlx::query!("delete from idempotency_key where expires_at <= $1", now).execute(tx.conn()).await?;
    Ok(gone.rows_affected())
}

const fn place(id: Uuid) -> Place {
    Place { table: "idempotency_key", column: "sealed_body", row: id }
}
