//! Which won deals a platform is to be told of, and committing to it before.

use super::super::{
    key::LeadKey,
    lock, place,
    sealed::{moment, text, touches_of},
};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    kill_switch, stored,
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    AccountRef, ConversionId, DealId, LeadId, Money,
    crm::{
        conversion::{Conversion, second},
        merge::Known,
    },
};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// Which deals are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// For which account.
    pub account: &'a AccountRef,
    /// For which goal.
    pub goal: &'a str,
    /// Won at or after this moment.
    pub since: DateTime<Utc>,
    /// Also those that the platform refused.
    pub refused: bool,
    /// When this pass began: what it sent itself is not sent again.
    pub began: DateTime<Utc>,
}

/// A won deal that the platform was not told of, with what is known of its lead.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The deal.
    pub deal: DealId,
    /// With whom.
    pub lead: LeadId,
    /// What it is worth.
    pub amount: Money,
    /// When it was won.
    pub won_at: DateTime<Utc>,
    /// What is known of the lead, with the clicks that it came by.
    pub touches: Vec<Known>,
    /// Our id of what was to be told before, and did not reach the platform or was refused.
    pub before: Option<ConversionId>,
}

/// What a platform is to be told.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Of which deal.
    pub deal: DealId,
    /// [`Candidate::before`].
    pub before: Option<ConversionId>,
    /// The click that brought it.
    pub click: String,
    /// When it was won.
    pub won_at: DateTime<Utc>,
    /// What it is worth.
    pub value: Money,
}

/// What is committed to. Once that is committed: tell the platform, and [`record`](super::record) what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intended {
    /// What the platform is told, the same with each attempt.
    pub conversion: Conversion,
    /// Of which deal.
    pub deal: DealId,
    /// Which attempt this is.
    pub attempt: i16,
}

/// Up to `limit` won deals that were not told, the first won first, after one of the page before.
pub async fn candidates(
    tx: &mut TenantTx,
    vault: &Vault,
    wanted: &Wanted<'_>,
    after: Option<(DateTime<Utc>, DealId)>,
    limit: i64,
) -> Result<Vec<Candidate>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select d.id, d.lead_id, d.amount_minor, d.currency, d.closed_at as "won_at!", c.id as "before?"
        from deal as d
        join pipeline_stage as s on s.tenant_id = d.tenant_id and s.id = d.stage_id and s.kind = 'won'
        left join conversion as c
            on c.tenant_id = d.tenant_id and c.deal_id = d.id and c.platform = $2 and c.account = $3 and c.goal = $4
        where d.tenant_id = $1 and d.closed_at >= $5
            and (
                c.id is null
                or c.status = 'waiting' and (c.due_at is null or c.due_at <= $6)
                or c.status = 'refused' and $7
            )
            and ($8::timestamptz is null or (d.closed_at, d.id) > ($8, $9))
        order by d.closed_at, d.id
        limit $10
        "#,
        tx.tenant().0,
        wanted.account.platform.as_str(),
        wanted.account.id,
        wanted.goal,
        wanted.since,
        wanted.began,
        wanted.refused,
        after.map(|(at, _)| at),
        after.map(|(_, deal)| deal.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let leads: HashSet<LeadId> = rows.iter().map(|row| LeadId(row.lead_id)).collect();
    let mut held = vault.hold(tx).await?;
    let touches = touches_of(tx, &mut held, &leads.into_iter().collect::<Vec<_>>()).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let lead = LeadId(row.lead_id);
        found.push(Candidate {
            deal: DealId(row.id),
            lead,
            amount: Money::new(row.amount_minor, stored::parsed("deal.currency", &row.currency)?),
            won_at: row.won_at,
            // One person may have bought several times.
            touches: touches.get(&lead).cloned().unwrap_or_default(),
            before: row.before.map(ConversionId),
        });
    }
    Ok(found)
}

/// Commits to telling the account's goal of each of `fresh`. What somebody else told meanwhile is left out.
///
/// # Errors
/// [`StoreError::Guardrail`] if a kill switch is engaged over the account.
pub async fn intend(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    wanted: &Wanted<'_>,
    fresh: &[Fresh],
) -> Result<Vec<Intended>, StoreError> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    kill_switch::permit_in(tx, wanted.account).await?;
    // Nobody is forgotten meanwhile, and no two take the same second.
    lock(tx).await?;
    let key = LeadKey::of(tx, vault).await?;
    let held = vault.hold(tx).await?;
    let mut intended = Vec::with_capacity(fresh.len());
    for one in fresh {
        let id = one.before.unwrap_or_else(|| ConversionId(Uuid::now_v7()));
        let hash = key.click(&one.click);
        let at = free_second(tx, wanted, one, &hash).await?;
        let currency = one.value.currency();
        let attempt = sqlx::query_scalar!(
            r#"
            insert into conversion as c (
                tenant_id, id, deal_id, platform, account, goal, status, click, click_hash, at, amount_minor, currency,
                intended_at
            )
            select $1, $2, d.id, $4, $5, $6, 'intended', $7, $8, $9, $10, $11, $12
            from deal as d
            join lead as l on l.tenant_id = d.tenant_id and l.id = d.lead_id and l.erased_at is null
            where d.tenant_id = $1 and d.id = $3
            on conflict on constraint conversion_once do update
            set
                status = 'intended', attempts = least(c.attempts + 1, 32767), click = excluded.click,
                click_hash = excluded.click_hash, at = excluded.at, amount_minor = excluded.amount_minor,
                currency = excluded.currency, intended_at = excluded.intended_at, due_at = null
            where c.id = excluded.id and c.status in ('waiting', 'refused')
            returning attempts
            "#,
            tx.tenant().0,
            id.0,
            one.deal.0,
            wanted.account.platform.as_str(),
            wanted.account.id,
            wanted.goal,
            held.seal(place::conversion(id), one.click.as_bytes()),
            hash,
            at,
            one.value.minor(),
            currency.code(),
            moment(wanted.began),
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(attempt) = attempt else { continue };
        let (click, goal) = (one.click.clone(), wanted.goal.to_owned());
        let conversion = Conversion { id, click, goal, at, value: one.value };
        intended.push(Intended { conversion, deal: one.deal, attempt });
    }
    note(tx, actor, wanted, &intended).await?;
    Ok(intended)
}

/// The second in which the deal was won, or the one before it if another deal of the same click has that: the platform
/// would take the two for one.
async fn free_second(
    tx: &mut TenantTx,
    wanted: &Wanted<'_>,
    one: &Fresh,
    hash: &[u8],
) -> Result<DateTime<Utc>, StoreError> {
    let mut at = second(one.won_at);
    loop {
        let taken = sqlx::query_scalar!(
            r#"
            select exists (
                select from conversion
                where tenant_id = $1 and platform = $2 and account = $3 and goal = $4 and click_hash = $5 and at = $6
                    and deal_id <> $7
            ) as "taken!"
            "#,
            tx.tenant().0,
            wanted.account.platform.as_str(),
            wanted.account.id,
            wanted.goal,
            hash,
            at,
            one.deal.0,
        )
        .fetch_one(tx.conn())
        .await?;
        if !taken {
            return Ok(at);
        }
        at -= TimeDelta::seconds(1);
    }
}

/// Commits again to up to `limit` of which nobody knows whether they arrived, as they were. Those of deals that are open
/// again, of people who were forgotten, and from before `oldest`, which the platform would refuse, stay unknown. Only
/// whoever has the [`Turn`](super::Turn) may ask.
///
/// # Errors
/// [`StoreError::Guardrail`] if a kill switch is engaged over the account.
pub async fn intend_again(
    tx: &mut TenantTx,
    vault: &Vault,
    wanted: &Wanted<'_>,
    oldest: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Intended>, StoreError> {
    kill_switch::permit_in(tx, wanted.account).await?;
    let rows = sqlx::query!(
        r#"
        update conversion as c
        set status = 'intended', attempts = least(c.attempts + 1, 32767), intended_at = $5
        where c.tenant_id = $1
            and c.id in (
                select u.id
                from conversion as u
                join deal as d on d.tenant_id = u.tenant_id and d.id = u.deal_id
                join pipeline_stage as s on s.tenant_id = d.tenant_id and s.id = d.stage_id and s.kind = 'won'
                where u.tenant_id = $1 and u.platform = $2 and u.account = $3 and u.goal = $4
                    and u.status in ('intended', 'unknown') and u.intended_at < $5 and u.click is not null
                    and u.at > $6
                order by u.id
                limit $7
            )
        returning c.id, c.deal_id, c.attempts, c.click as "click!", c.at, c.amount_minor, c.currency
        "#,
        tx.tenant().0,
        wanted.account.platform.as_str(),
        wanted.account.id,
        wanted.goal,
        moment(wanted.began),
        oldest,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut held = vault.hold(tx).await?;
    let mut intended = Vec::with_capacity(rows.len());
    for row in rows {
        let id = ConversionId(row.id);
        let click = text(held.open(tx, place::conversion(id), &row.click).await?, "conversion.click")?;
        let value = Money::new(row.amount_minor, stored::parsed("conversion.currency", &row.currency)?);
        let conversion = Conversion { id, click, goal: wanted.goal.to_owned(), at: row.at, value };
        intended.push(Intended { conversion, deal: DealId(row.deal_id), attempt: row.attempts });
    }
    intended.sort_by_key(|one| one.conversion.id);
    Ok(intended)
}

/// One line for a whole call, as for rows of a file.
async fn note(
    tx: &mut TenantTx,
    actor: &Actor,
    wanted: &Wanted<'_>,
    intended: &[Intended],
) -> Result<(), StoreError> {
    if intended.is_empty() {
        return Ok(());
    }
    let deals: Vec<DealId> = intended.iter().map(|one| one.deal).collect();
    let entry = Entry {
        action: Action::Create,
        entity_type: "conversion",
        entity_id: wanted.account.to_string(),
        old: None,
        new: Some(json!({"goal": wanted.goal, "deals": deals})),
    };
    audit::append(tx, actor, &entry).await
}
