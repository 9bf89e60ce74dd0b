//! Forgetting a person on request.

use super::{lead::find_by, lock};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
};
use placard_domain::{LeadId, crm::contact::Identity};
use serde::Serialize;
use uuid::Uuid;

/// What was forgotten, in rows, as proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Leads that are empty now. What remains of them says how many came by which ad, not who.
    pub leads: i64,
    /// Touches that are gone.
    pub touches: i64,
    /// Hashes of addresses and numbers that are gone.
    pub identities: i64,
    /// Notes, calls and tasks that are gone.
    pub activities: i64,
    /// Deals whose title is gone. Their amounts stay.
    pub deals: i64,
    /// Forms as platforms told of them, of which what was filled in is gone.
    pub forms: i64,
    /// Marks of clicks, by which platforms were told of deals, that are gone.
    pub clicks: i64,
    /// Records of merges that are gone.
    pub merges: i64,
    /// Rows with something of the person in them that were counted after all that.
    pub left: i64,
}

/// Forgets whoever has this address or number, with every lead that was merged into theirs. Nothing is counted if
/// nobody has it.
pub async fn erase_person(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    identity: &Identity,
) -> Result<Erased, StoreError> {
    lock(tx).await?;
    let Some(lead) = find_by(tx, vault, identity).await? else { return Ok(Erased::default()) };
    let leads = with_merged(tx, lead).await?;
    let erased = Erased {
        merges: delete_merges(tx, &leads).await?,
        activities: delete_activities(tx, &leads).await?,
        deals: empty_deals(tx, &leads).await?,
        clicks: empty_conversions(tx, &leads).await?,
        forms: empty_forms(tx, &leads).await?,
        identities: delete_identities(tx, &leads).await?,
        touches: delete_touches(tx, &leads).await?,
        leads: empty_leads(tx, &leads).await?,
        left: 0,
    };
    let erased = Erased { left: left(tx, &leads).await?, ..erased };
    let entry = Entry {
        action: Action::Delete,
        entity_type: "lead",
        entity_id: lead.to_string(),
        old: None,
        new: Some(crate::stored::json(&serde_json::json!({"erased": erased, "leads": leads}))),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(erased)
}

async fn with_merged(tx: &mut TenantTx, lead: LeadId) -> Result<Vec<Uuid>, StoreError> {
    let leads = sqlx::query_scalar!(
        r#"
        with recursive same as (
            select id
            from lead
            where tenant_id = $1 and id = $2
            union
            select l.id
            from lead as l
            join same as s on l.merged_into = s.id
            where l.tenant_id = $1
        )
        select id as "id!"
        from same
        "#,
        tx.tenant().0,
        lead.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(leads)
}

/// Runs a statement about some leads and counts the rows.
macro_rules! rows {
    ($tx:ident, $leads:ident, $statement:literal) => {{
        let done = sqlx::query!($statement, $tx.tenant().0, $leads).execute($tx.conn()).await?;
        Ok(done.rows_affected().cast_signed())
    }};
}

async fn delete_merges(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(
        tx,
        leads,
        "delete from lead_merge where tenant_id = $1 and (winner_id = any($2) or loser_id = any($2))"
    )
}

async fn delete_activities(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(tx, leads, "delete from activity where tenant_id = $1 and lead_id = any($2)")
}

async fn empty_deals(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(
        tx,
        leads,
        "update deal set title = null, version = version + 1, updated_at = now()
         where tenant_id = $1 and lead_id = any($2)"
    )
}

async fn empty_conversions(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(
        tx,
        leads,
        "update conversion set click = null, click_hash = null
         where tenant_id = $1 and click is not null
            and deal_id in (select id from deal where tenant_id = $1 and lead_id = any($2))"
    )
}

async fn empty_forms(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(
        tx,
        leads,
        "update lead_event set fields = null
         where tenant_id = $1 and lead_id = any($2) and fields is not null"
    )
}

async fn delete_identities(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(tx, leads, "delete from lead_identity where tenant_id = $1 and lead_id = any($2)")
}

async fn delete_touches(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(tx, leads, "delete from lead_touch where tenant_id = $1 and lead_id = any($2)")
}

async fn empty_leads(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    rows!(
        tx,
        leads,
        "update lead
         set sealed = null, erased_at = now(), utm = '{}', consent_state = null, consent_basis = null,
            consent_at = null, version = version + 1, updated_at = now()
         where tenant_id = $1 and id = any($2)"
    )
}

async fn left(tx: &mut TenantTx, leads: &[Uuid]) -> Result<i64, StoreError> {
    let left = sqlx::query_scalar!(
        r#"
        select (
            (select count(*) from lead where tenant_id = $1 and id = any($2) and sealed is not null)
            + (select count(*) from lead_touch where tenant_id = $1 and lead_id = any($2))
            + (select count(*) from lead_identity where tenant_id = $1 and lead_id = any($2))
            + (select count(*) from activity where tenant_id = $1 and lead_id = any($2))
            + (select count(*) from lead_event
                where tenant_id = $1 and lead_id = any($2) and fields is not null)
            + (select count(*) from deal where tenant_id = $1 and lead_id = any($2) and title is not null)
            + (select count(*) from conversion as c
                join deal as d on d.tenant_id = c.tenant_id and d.id = c.deal_id
                where c.tenant_id = $1 and d.lead_id = any($2) and c.click is not null)
        ) as "left!"
        "#,
        tx.tenant().0,
        leads,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(left)
}
