//! Two leads that are one person, and parting them again.

use super::{
    lead, lock, resolve,
    sealed::{moment, touches_of},
};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    vault::Held,
};
use chrono::{DateTime, Utc};
use placard_domain::{LeadId, MergeId, crm::lead::LeadStatus, status::IllegalTransition};
use serde_json::json;
use uuid::Uuid;

/// A merge as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// The lead that stayed.
    pub winner: LeadId,
    /// The lead that went into it.
    pub loser: LeadId,
    /// By whom, for people.
    pub merged_by: String,
    /// When.
    pub merged_at: DateTime<Utc>,
    /// When it was undone, if it was.
    pub undone_at: Option<DateTime<Utc>>,
}

/// Puts `loser` into `winner`, with everything that is known of it.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::IllegalTransition`] if one of them is merged or erased already.
pub async fn merge(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    winner: LeadId,
    loser: LeadId,
) -> Result<MergeId, StoreError> {
    lock(tx).await?;
    let mut held = vault.hold(tx).await?;
    join(tx, &mut held, actor, winner, loser).await
}

/// As [`merge()`], within whoever holds the lock.
pub(super) async fn join(
    tx: &mut TenantTx,
    held: &mut Held<'_>,
    actor: &Actor,
    winner: LeadId,
    loser: LeadId,
) -> Result<MergeId, StoreError> {
    if winner == loser {
        return Err(StoreError::Duplicate { what: format!("lead {winner}") });
    }
    let (before, _) = lead::alive(tx, winner, "merged").await?;
    let (other, _) = lead::alive(tx, loser, "merged").await?;
    let (id, merged) = (MergeId(Uuid::now_v7()), before.merged(other));
    sqlx::query!(
        r#"
        insert into lead_merge (tenant_id, id, winner_id, loser_id, winner_status, merged_status, merged_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        tx.tenant().0,
        id.0,
        winner.0,
        loser.0,
        before.as_str(),
        merged.as_str(),
        actor.name(),
    )
    .execute(tx.conn())
    .await?;
    move_rows(tx, id, winner, loser).await?;
    sqlx::query!(
        r#"
        update lead
        set
            status = case when id = $2 then $4 else status end,
            merged_into = case when id = $3 then $2 else merged_into end,
            version = version + 1,
            updated_at = now()
        where tenant_id = $1 and id in ($2, $3)
        "#,
        tx.tenant().0,
        winner.0,
        loser.0,
        merged.as_str(),
    )
    .execute(tx.conn())
    .await?;
    let touches = touches_of(tx, held, &[winner]).await?;
    resolve::store(tx, held, &touches).await?;
    let new = json!({"merge": id, "merged": loser, "status": merged});
    let entry = Entry {
        action: Action::Update,
        entity_type: "lead",
        entity_id: winner.to_string(),
        old: Some(json!({"status": before})),
        new: Some(new),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(id)
}

/// Gives the winner what is the loser's, and notes what that was.
async fn move_rows(tx: &mut TenantTx, id: MergeId, winner: LeadId, loser: LeadId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with touches as (
            update lead_touch set lead_id = $3 where tenant_id = $1 and lead_id = $4 returning id
        ),
        identities as (
            update lead_identity set lead_id = $3 where tenant_id = $1 and lead_id = $4 returning id
        ),
        deals as (
            update deal set lead_id = $3 where tenant_id = $1 and lead_id = $4 returning id
        ),
        activities as (
            update activity set lead_id = $3 where tenant_id = $1 and lead_id = $4 returning id
        )
        insert into lead_merge_moved (tenant_id, merge_id, kind, row_id)
        select $1::uuid, $2::uuid, 'touch', id from touches
        union all
        select $1, $2, 'identity', id from identities
        union all
        select $1, $2, 'deal', id from deals
        union all
        select $1, $2, 'activity', id from activities
        "#,
        tx.tenant().0,
        id.0,
        winner.0,
        loser.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Parts two leads again: each has what it had. What came in since stays with the winner. They are not merged by rule
/// again.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::IllegalTransition`] if it is undone, or the winner was merged itself since.
pub async fn undo_merge(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    id: MergeId,
    now: DateTime<Utc>,
) -> Result<Merge, StoreError> {
    lock(tx).await?;
    let found = find(tx, id).await?.ok_or_else(|| StoreError::not_found("merge", id))?;
    let refuse = |from| StoreError::from(IllegalTransition { what: "merge", from, event: "undone" });
    if found.undone_at.is_some() {
        return Err(refuse("undone already"));
    }
    let (status, _) = lead::alive(tx, found.winner, "parted").await.map_err(|error| match error {
        StoreError::IllegalTransition(_) => refuse("followed by another one of the same lead"),
        other => other,
    })?;
    give_back(tx, id, found.loser).await?;
    let mut held = vault.hold(tx).await?;
    let undone_at = moment(now);
    part(tx, actor, &found, status, undone_at).await?;
    let touches = touches_of(tx, &mut held, &[found.winner, found.loser]).await?;
    resolve::store(tx, &held, &touches).await?;
    let entry = Entry {
        action: Action::Update,
        entity_type: "lead",
        entity_id: found.winner.to_string(),
        old: None,
        new: Some(json!({"undone": id, "parted": found.loser})),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(Merge { undone_at: Some(undone_at), ..found })
}

/// Marks the merge as undone. The winner stands again where it stood, unless it was moved since.
async fn part(
    tx: &mut TenantTx,
    actor: &Actor,
    found: &Merge,
    status: LeadStatus,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with undone as (
            update lead_merge
            set undone_at = $5, undone_by = $6
            where tenant_id = $1 and id = $2
            returning winner_status, merged_status
        )
        update lead as l
        set
            status = case when l.id = $3 and u.merged_status = $7 then u.winner_status else l.status end,
            merged_into = case when l.id = $4 then null else l.merged_into end,
            version = l.version + 1,
            updated_at = now()
        from undone as u
        where l.tenant_id = $1 and l.id in ($3, $4)
        "#,
        tx.tenant().0,
        found.id.0,
        found.winner.0,
        found.loser.0,
        at,
        actor.name(),
        status.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn give_back(tx: &mut TenantTx, id: MergeId, loser: LeadId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with moved as (
            delete from lead_merge_moved where tenant_id = $1 and merge_id = $2 returning kind, row_id
        ),
        touches as (
            update lead_touch set lead_id = $3
            where tenant_id = $1 and id in (select row_id from moved where kind = 'touch')
        ),
        identities as (
            update lead_identity set lead_id = $3
            where tenant_id = $1 and id in (select row_id from moved where kind = 'identity')
        ),
        deals as (
            update deal set lead_id = $3
            where tenant_id = $1 and id in (select row_id from moved where kind = 'deal')
        )
        update activity set lead_id = $3
        where tenant_id = $1 and id in (select row_id from moved where kind = 'activity')
        "#,
        tx.tenant().0,
        id.0,
        loser.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn find(tx: &mut TenantTx, id: MergeId) -> Result<Option<Merge>, StoreError> {
    Ok(select(tx, Some(id), None).await?.pop())
}

/// Every merge in which a lead was the winner or the loser, the newest first.
pub async fn merges(tx: &mut TenantTx, lead: LeadId) -> Result<Vec<Merge>, StoreError> {
    select(tx, None, Some(lead)).await
}

async fn select(
    tx: &mut TenantTx,
    id: Option<MergeId>,
    lead: Option<LeadId>,
) -> Result<Vec<Merge>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, winner_id, loser_id, merged_by, merged_at, undone_at
        from lead_merge
        where tenant_id = $1
            and ($2::uuid is null or id = $2)
            and ($3::uuid is null or winner_id = $3 or loser_id = $3)
        order by id desc
        "#,
        tx.tenant().0,
        id.map(|id| id.0),
        lead.map(|lead| lead.0),
    )
    .fetch_all(tx.conn())
    .await?;
    let merge = rows.into_iter().map(|row| Merge {
        id: MergeId(row.id),
        winner: LeadId(row.winner_id),
        loser: LeadId(row.loser_id),
        merged_by: row.merged_by,
        merged_at: row.merged_at,
        undone_at: row.undone_at,
    });
    Ok(merge.collect())
}
