//! Forgetting people: on request, and when it is long ago.

use super::setting::find_address_key;
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// So long is kept who was spoken to, from the end of the sequence on (requirement P5).
const NAMED: TimeDelta = TimeDelta::days(365);
/// So long is kept that somebody was (requirement P5).
const KEPT: TimeDelta = TimeDelta::days(730);

/// What was forgotten, in rows, as proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Places in campaigns that are nobody's now.
    pub enrolments: i64,
    /// Messages to them, of which no answer is kept any more.
    pub deliveries: i64,
    /// Words on being written to that are gone.
    pub consents: i64,
    /// Rows that can still be found by the address after all that. That it must not be written to stays on the list, as
    /// a keyed hash.
    pub left: i64,
}

/// The profiles of whoever has this address.
pub async fn profiles_of(tx: &mut TenantTx, vault: &Vault, address: &str) -> Result<Vec<Uuid>, StoreError> {
    let Some(key) = find_address_key(tx, vault).await? else { return Ok(Vec::new()) };
    let profiles = sqlx::query_scalar!(
        r#"
        select distinct profile_id as "profile_id!"
        from enrolment
        where tenant_id = $1 and address_hash = $2 and profile_id is not null
        "#,
        tx.tenant().0,
        key.hash(address),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(profiles)
}

/// Those of `profiles` that a sequence runs for, or something of outreach happened to since `since`.
pub async fn spoken_to(
    tx: &mut TenantTx,
    profiles: &[Uuid],
    since: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoreError> {
    let spoken_to = sqlx::query_scalar!(
        r#"
        select distinct profile_id as "profile_id!"
        from enrolment
        where tenant_id = $1
            and profile_id = any($2)
            and (status in ('pending', 'approved', 'held') or updated_at >= $3)
        "#,
        tx.tenant().0,
        profiles,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(spoken_to)
}

/// Forgets whoever has this address. A sequence that runs ends.
pub async fn erase_person(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    address: &str,
) -> Result<Erased, StoreError> {
    let Some(key) = find_address_key(tx, vault).await? else { return Ok(Erased::default()) };
    let hash = key.hash(address);
    let ids = sqlx::query_scalar!(
        "select id from enrolment where tenant_id = $1 and address_hash = $2 for update",
        tx.tenant().0,
        hash,
    )
    .fetch_all(tx.conn())
    .await?;
    let deliveries = forget(tx, &ids).await?;
    let consents =
        sqlx::query!("delete from consent where tenant_id = $1 and address_hash = $2", tx.tenant().0, hash,)
            .execute(tx.conn())
            .await?;
    let left = sqlx::query_scalar!(
        r#"
        select (
            (select count(*) from enrolment where tenant_id = $1 and address_hash = $2)
            + (select count(*) from consent where tenant_id = $1 and address_hash = $2)
        ) as "left!"
        "#,
        tx.tenant().0,
        hash,
    )
    .fetch_one(tx.conn())
    .await?;
    let erased = Erased {
        enrolments: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        deliveries,
        consents: consents.rows_affected().cast_signed(),
        left,
    };
    if let Some(first) = ids.first() {
        let entry = Entry {
            action: Action::Delete,
            entity_type: "enrolment",
            entity_id: first.to_string(),
            old: None,
            new: Some(stored::json(&json!({"erased": erased, "enrolments": ids}))),
        };
        audit::append(tx, actor, &entry).await?;
    }
    Ok(erased)
}

/// Makes places in campaigns nobody's. Returns how many messages that concerned.
async fn forget(tx: &mut TenantTx, ids: &[Uuid]) -> Result<i64, StoreError> {
    // Nobody is found by a random hash, and a campaign has each only once.
    let hashes: Vec<Vec<u8>> = ids.iter().map(|_| rand::rng().random::<[u8; 32]>().to_vec()).collect();
    sqlx::query!(
        r#"
        update enrolment as e
        set recipient = null, erased_at = now(), address_hash = new.hash, profile_id = null, locked_by = null,
            locked_until = null,
            status = case when e.status in ('rejected', 'stopped', 'finished') then e.status else 'stopped' end,
            stop_reason = case
                when e.status in ('rejected', 'stopped', 'finished') then e.stop_reason
                else 'erased'
            end
        from unnest($2::uuid[], $3::bytea[]) as new (id, hash)
        where e.tenant_id = $1 and e.id = new.id
        "#,
        tx.tenant().0,
        ids,
        &hashes,
    )
    .execute(tx.conn())
    .await?;
    let deliveries = sqlx::query!(
        "update outreach_delivery set answer = null where tenant_id = $1 and enrolment_id = any ($2)",
        tx.tenant().0,
        ids,
    )
    .execute(tx.conn())
    .await?;
    Ok(deliveries.rows_affected().cast_signed())
}

/// What upkeep has forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aged {
    /// Places in campaigns that are nobody's now.
    pub anonymised: u64,
    /// Places in campaigns that are gone, with their messages.
    pub removed: u64,
}

/// Forgets to whom sequences were that ended a year before `now`, and after two years that there were any. Does up to
/// `limit` of each; run it again while it does as many.
pub async fn age(tx: &mut TenantTx, now: DateTime<Utc>, limit: i64) -> Result<Aged, StoreError> {
    let removed = sqlx::query!(
        r#"
        delete from enrolment
        where (tenant_id, id) in (
            select tenant_id, id
            from enrolment
            where tenant_id = $1 and status in ('rejected', 'stopped', 'finished') and updated_at < $2
            limit $3
        )
        "#,
        tx.tenant().0,
        now - KEPT,
        limit,
    )
    .execute(tx.conn())
    .await?;
    let ids = sqlx::query_scalar!(
        r#"
        select id
        from enrolment
        where tenant_id = $1 and status in ('rejected', 'stopped', 'finished') and updated_at < $2
            and recipient is not null
        limit $3
        for update skip locked
        "#,
        tx.tenant().0,
        now - NAMED,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    forget(tx, &ids).await?;
    sqlx::query!(
        "delete from outreach_sent where tenant_id = $1 and day < $2",
        tx.tenant().0,
        (now - KEPT).date_naive(),
    )
    .execute(tx.conn())
    .await?;
    Ok(Aged { anonymised: u64::try_from(ids.len()).unwrap_or(u64::MAX), removed: removed.rows_affected() })
}
