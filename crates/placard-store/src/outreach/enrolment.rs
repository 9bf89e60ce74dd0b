//! Those who are in a campaign.

use super::setting::address_key;
use crate::{
    Place, StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    jobs::interval,
    stored,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use placard_domain::{
    EnrolmentId, OutreachId,
    outreach::{EnrolmentStatus, StopReason, Values},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// Somebody to speak to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Their address, of the kind that the campaign's channels take.
    pub address: String,
    /// What is known of them.
    pub values: Values,
}

/// Who is to be enrolled.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Whom.
    pub recipient: Recipient,
    /// Their profile, if there is one.
    pub profile: Option<Uuid>,
    /// Their zone, if it is known.
    pub zone: Option<Tz>,
}

/// Somebody in a campaign, opened.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Their place in the campaign.
    pub id: EnrolmentId,
    /// Who it is.
    pub recipient: Recipient,
    /// Where they stand.
    pub status: EnrolmentStatus,
    /// Why it was stopped.
    pub stop_reason: Option<StopReason>,
    /// The step to be sent next.
    pub step: u16,
    /// When.
    pub due_at: DateTime<Utc>,
}

/// Whom to show.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Where they stand.
    pub status: EnrolmentStatus,
    /// Only those after this one.
    pub after: Option<EnrolmentId>,
    /// How many at most.
    pub limit: i64,
}

impl Wanted {
    /// The first `limit` who stand at `status`.
    pub const fn first(status: EnrolmentStatus, limit: i64) -> Self {
        Self { status, after: None, limit }
    }
}

/// What a person decides about someone who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The sequence begins.
    Approve,
    /// They are not spoken to.
    Reject,
}

/// An enrolment under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The campaign.
    pub campaign: OutreachId,
    /// The enrolment.
    pub id: EnrolmentId,
    /// Who holds the lease.
    pub holder: String,
    /// For how long at a time.
    pub lease: Duration,
}

pub(super) const fn place(id: EnrolmentId) -> Place {
    Place { table: "enrolment", column: "recipient", row: id.0 }
}

/// Puts people into a campaign, to wait for approval. Whoever is in it already stays as he is. Returns how many are new.
pub async fn enrol(
    tx: &mut TenantTx,
    vault: &Vault,
    campaign: OutreachId,
    people: &[Enrolled],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let key = address_key(tx, vault).await?;
    let mut enrolled = 0;
    for person in people {
        let id = EnrolmentId(Uuid::now_v7());
        let text = stored::json(&person.recipient).to_string().into();
        let recipient = vault.seal(tx, place(id), &text).await?;
        let inserted = sqlx::query!(
            r#"
            insert into enrolment (tenant_id, id, campaign_id, profile_id, recipient, address_hash, zone, due_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict on constraint enrolment_address_unique do nothing
            "#,
            tx.tenant().0,
            id.0,
            campaign.0,
            person.profile,
            recipient,
            key.hash(&person.recipient.address),
            person.zone.map(Tz::name),
            now,
        )
        .execute(tx.conn())
        .await?;
        enrolled += inserted.rows_affected();
    }
    Ok(enrolled)
}

/// Decides about people who wait for it: about `who`, or everybody in the campaign. Returns how many it was.
pub async fn decide(
    tx: &mut TenantTx,
    actor: &Actor,
    campaign: OutreachId,
    who: Option<&[EnrolmentId]>,
    decided: Decided,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let status = match decided {
        Decided::Approve => EnrolmentStatus::Approved,
        Decided::Reject => EnrolmentStatus::Rejected,
    };
    let who: Option<Vec<Uuid>> = who.map(|who| who.iter().map(|id| id.0).collect());
    let changed = sqlx::query!(
        r#"
        update enrolment as e
        set status = $4, updated_at = now(), due_at = $5::timestamptz + make_interval(
            mins => coalesce((
                select (c.sequence -> 0 ->> 'delay_minutes')::int
                from outreach_campaign as c
                where c.tenant_id = e.tenant_id and c.id = e.campaign_id
            ), 0)
        )
        where tenant_id = $1 and campaign_id = $2 and status = 'pending' and ($3::uuid[] is null or id = any ($3))
        "#,
        tx.tenant().0,
        campaign.0,
        who.as_deref(),
        status.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    let count = changed.rows_affected();
    if count > 0 {
        let entry = Entry {
            action: Action::Update,
            entity_type: "outreach_campaign",
            entity_id: campaign.to_string(),
            old: None,
            new: Some(json!({status.as_str(): count})),
        };
        audit::append(tx, actor, &entry).await?;
    }
    Ok(count)
}

/// People of a campaign, the longest waiting first.
pub async fn queue(
    tx: &mut TenantTx,
    vault: &Vault,
    campaign: OutreachId,
    wanted: &Wanted,
) -> Result<Vec<Queued>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, recipient as "recipient!", status, stop_reason, step, due_at
        from enrolment
        where tenant_id = $1 and campaign_id = $2 and status = $3 and recipient is not null
            and ($4::uuid is null or id > $4)
        order by id
        limit $5
        "#,
        tx.tenant().0,
        campaign.0,
        wanted.status.as_str(),
        wanted.after.map(|id| id.0),
        wanted.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut queued = Vec::with_capacity(rows.len());
    for row in rows {
        let id = EnrolmentId(row.id);
        queued.push(Queued {
            id,
            recipient: open(tx, vault, id, &row.recipient).await?,
            status: stored::word("enrolment.status", &row.status)?,
            stop_reason: stored::word_or_none("enrolment.stop_reason", row.stop_reason.as_deref())?,
            step: step(row.step)?,
            due_at: row.due_at,
        });
    }
    Ok(queued)
}

/// Takes up to `limit` people of a campaign whose step is due at `now`, under a lease of `holder`.
///
/// Whoever's lease ran out over an intent is held first: nobody knows what became of that message.
pub async fn claim(
    tx: &mut TenantTx,
    campaign: OutreachId,
    holder: &str,
    now: DateTime<Utc>,
    limit: i64,
    lease: Duration,
) -> Result<Vec<Claimed>, StoreError> {
    hold_abandoned(tx, campaign).await?;
    let ids = sqlx::query_scalar!(
        r#"
        update enrolment
        set locked_by = $4, locked_until = clock_timestamp() + $6
        where (tenant_id, id) in (
            select e.tenant_id, e.id
            from enrolment as e
            join outreach_campaign as c on c.tenant_id = e.tenant_id and c.id = e.campaign_id
            where e.tenant_id = $1 and e.campaign_id = $2 and e.status = 'approved' and e.due_at <= $3
                and (e.locked_until is null or e.locked_until < clock_timestamp())
                and c.status = 'active' and (c.resumes_at is null or c.resumes_at <= $3)
                and not exists (select from kill_switch as k where k.tenant_id = $1 and k.scope = 'tenant')
            order by e.due_at, e.id
            limit $5
            for update of e skip locked
        )
        returning id
        "#,
        tx.tenant().0,
        campaign.0,
        now,
        holder,
        limit,
        interval(lease),
    )
    .fetch_all(tx.conn())
    .await?;
    let claimed = |id| Claimed { campaign, id: EnrolmentId(id), holder: holder.to_owned(), lease };
    Ok(ids.into_iter().map(claimed).collect())
}

/// Lets go of people who were claimed and of whom nothing was decided, so that others need not wait for the lease.
pub async fn release(tx: &mut TenantTx, claimed: &[Claimed]) -> Result<(), StoreError> {
    let Some(holder) = claimed.first().map(|one| one.holder.as_str()) else { return Ok(()) };
    let ids: Vec<Uuid> = claimed.iter().map(|one| one.id.0).collect();
    sqlx::query!(
        r#"
        update enrolment
        set locked_by = null, locked_until = null
        where tenant_id = $1 and id = any ($2) and locked_by = $3
        "#,
        tx.tenant().0,
        &ids,
        holder,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn hold_abandoned(tx: &mut TenantTx, campaign: OutreachId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with abandoned as (
            select e.tenant_id, e.id
            from enrolment as e
            where e.tenant_id = $1 and e.campaign_id = $2 and e.status = 'approved'
                and e.locked_until < clock_timestamp()
                and exists (
                    select from outreach_delivery as d
                    where d.tenant_id = e.tenant_id and d.enrolment_id = e.id and d.status = 'intended'
                )
            for update of e skip locked
        ),
        unknown as (
            update outreach_delivery as d
            set status = 'unknown', answer = 'the process ended before the channel answered'
            from abandoned as a
            where d.tenant_id = a.tenant_id and d.enrolment_id = a.id and d.status = 'intended'
        )
        update enrolment as e
        set status = 'held', locked_by = null, locked_until = null, updated_at = now()
        from abandoned as a
        where e.tenant_id = a.tenant_id and e.id = a.id
        "#,
        tx.tenant().0,
        campaign.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn open(
    tx: &mut TenantTx,
    vault: &Vault,
    id: EnrolmentId,
    sealed: &[u8],
) -> Result<Recipient, StoreError> {
    let opened = vault.open_bytes(tx, place(id), sealed).await?;
    serde_json::from_slice(&opened).map_err(|error| StoreError::corrupt("enrolment.recipient", error))
}

pub(super) fn step(step: i16) -> Result<u16, StoreError> {
    u16::try_from(step).map_err(|error| StoreError::corrupt("enrolment.step", error))
}
