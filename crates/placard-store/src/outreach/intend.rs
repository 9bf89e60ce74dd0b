//! Deciding about one message, and committing to it before it is handed over.

use super::{Claimed, Recipient, enrolment, known};
use crate::{StoreError, TenantTx, Vault, guardrail, jobs::interval, kill_switch, stored};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use placard_domain::{
    DeliveryId,
    outreach::{
        EnrolmentStatus, OutreachStatus, Sequence, Settings, Step, StopReason,
        schedule::{self, Decision, State, Traffic, Wait},
    },
};
use rand::RngExt as _;
use uuid::{Builder, Uuid};

/// What comes of asking whether a message may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Once this is committed: hand it over, and [`record`](super::record) what came of it.
    Send(Box<Outgoing>),
    /// Not yet; when to ask again is noted.
    Later,
    /// The whole campaign waits: a cap, the gap, or a person.
    Resting,
    /// The sequence is over.
    Over,
    /// Someone else has the lease, or the sequence was stopped meanwhile.
    Lost,
}

/// A message that is committed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, the same with each attempt.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: Recipient,
    /// What.
    pub step: Step,
    /// The campaign's name.
    pub campaign: String,
}

/// Decides at `now` about the next message to somebody who is claimed. `chance` makes the jitter.
///
/// Campaign and counters are locked until the transaction ends, so the caps hold whoever else sends.
pub async fn intend(
    tx: &mut TenantTx,
    vault: &Vault,
    claimed: &Claimed,
    now: DateTime<Utc>,
    chance: u32,
) -> Result<Intent, StoreError> {
    // Once a kill switch for everything is committed, no message is.
    guardrail::lock_shared(tx).await?;
    let mut campaign = Locked::campaign(tx, claimed).await?;
    if campaign.status == OutreachStatus::Active && kill_switch::stops_everything(tx).await? {
        campaign.status = OutreachStatus::Paused;
    }
    let Some(person) = Person::lock(tx, vault, claimed).await? else { return Ok(Intent::Lost) };
    let days = (campaign.settings.day(now), now.date_naive());
    let (today, tenant_today) =
        (sent(tx, claimed.campaign.0, days.0).await?, sent(tx, tx.tenant().0, days.1).await?);
    let traffic = Traffic {
        campaign_today: today,
        tenant_today,
        tenant_cap: tenant_cap(tx).await?,
        last_at: campaign.last_sent_at,
        chance,
    };
    let state = State { campaign: campaign.status, ..person.state };
    match schedule::next(&state, &campaign.sequence, &campaign.settings, &traffic, now) {
        Decision::Send(number) => {
            let step = campaign.sequence.step(number).cloned();
            let step = step.ok_or_else(|| StoreError::not_found("step", number))?;
            let id = commit_to(tx, claimed, number, now, days).await?;
            let recipient = person.recipient;
            Ok(Intent::Send(Box::new(Outgoing { id, recipient, step, campaign: campaign.name })))
        }
        Decision::WaitUntil(at, Wait::Due | Wait::Quiet) => {
            let_go(tx, claimed, EnrolmentStatus::Approved, None, at).await?;
            Ok(Intent::Later)
        }
        Decision::WaitUntil(at, Wait::CampaignCap | Wait::TenantCap | Wait::Gap) => {
            rest(tx, claimed, at).await?;
            let_go(tx, claimed, EnrolmentStatus::Approved, None, state.due_at).await?;
            Ok(Intent::Resting)
        }
        Decision::Rest => {
            let_go(tx, claimed, EnrolmentStatus::Approved, None, state.due_at).await?;
            Ok(Intent::Resting)
        }
        Decision::Stop(reason) => {
            let_go(tx, claimed, EnrolmentStatus::Stopped, Some(reason), state.due_at).await?;
            Ok(Intent::Over)
        }
        Decision::Finished => {
            let_go(tx, claimed, EnrolmentStatus::Finished, None, state.due_at).await?;
            Ok(Intent::Over)
        }
    }
}

struct Locked {
    name: String,
    status: OutreachStatus,
    settings: Settings,
    sequence: Sequence,
    last_sent_at: Option<DateTime<Utc>>,
}

impl Locked {
    async fn campaign(tx: &mut TenantTx, claimed: &Claimed) -> Result<Self, StoreError> {
        let row = sqlx::query!(
            r#"
            select name, status, settings, sequence, last_sent_at
            from outreach_campaign
            where tenant_id = $1 and id = $2
            for no key update
            "#,
            tx.tenant().0,
            claimed.campaign.0,
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| StoreError::not_found("outreach campaign", claimed.campaign))?;
        Ok(Self {
            name: row.name,
            status: stored::word("outreach_campaign.status", &row.status)?,
            settings: stored::document("outreach_campaign.settings", row.settings)?,
            sequence: stored::document("outreach_campaign.sequence", row.sequence)?,
            last_sent_at: row.last_sent_at,
        })
    }
}

struct Person {
    state: State,
    recipient: Recipient,
}

impl Person {
    /// Locks the enrolment; `None` if the lease is not ours any more or the sequence does not run.
    async fn lock(tx: &mut TenantTx, vault: &Vault, claimed: &Claimed) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query!(
            r#"
            select e.recipient as "recipient!", e.step, e.failures, e.due_at, e.zone,
                exists (
                    select from suppression as s
                    where s.tenant_id = e.tenant_id and s.address_hash = e.address_hash
                ) as "suppressed!",
                c.state as "consent?", c.at as "consent_at?"
            from enrolment as e
            left join consent as c on c.tenant_id = e.tenant_id and c.address_hash = e.address_hash
            where e.tenant_id = $1 and e.id = $2 and e.status = 'approved' and e.locked_by = $3
                and e.locked_until > clock_timestamp()
            for update of e
            "#,
            tx.tenant().0,
            claimed.id.0,
            claimed.holder,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let recipient = enrolment::open(tx, vault, claimed.id, &row.recipient).await?;
        let here = stored::word_or_none("consent.state", row.consent.as_deref())?.zip(row.consent_at);
        let consent = known::consent(tx, vault, &recipient.address, here).await?;
        let state = State {
            campaign: OutreachStatus::Active,
            stopped: None,
            suppressed: row.suppressed,
            consent,
            step: enrolment::step(row.step)?,
            due_at: row.due_at,
            failures: u8::try_from(row.failures)
                .map_err(|error| StoreError::corrupt("enrolment.failures", error))?,
            zone: stored::parsed_or_none::<Tz>("enrolment.zone", row.zone.as_deref())?,
        };
        Ok(Some(Self { state, recipient }))
    }
}

/// How much went out, with the counter locked.
async fn sent(tx: &mut TenantTx, scope: Uuid, day: NaiveDate) -> Result<u32, StoreError> {
    let sent = sqlx::query_scalar!(
        r#"
        insert into outreach_sent as s (tenant_id, scope, day)
        values ($1, $2, $3)
        on conflict on constraint outreach_sent_pkey do update set sent = s.sent
        returning sent
        "#,
        tx.tenant().0,
        scope,
        day,
    )
    .fetch_one(tx.conn())
    .await?;
    u32::try_from(sent).map_err(|error| StoreError::corrupt("outreach_sent.sent", error))
}

async fn tenant_cap(tx: &mut TenantTx) -> Result<u32, StoreError> {
    let tenant = tx.tenant();
    let cap = sqlx::query_scalar!("select daily_cap from outreach_setting where tenant_id = $1", tenant.0)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| StoreError::not_found("outreach setting", tenant))?;
    u32::try_from(cap).map_err(|error| StoreError::corrupt("outreach_setting.daily_cap", error))
}

/// Writes the intent, counts it, and prolongs the lease until its outcome.
async fn commit_to(
    tx: &mut TenantTx,
    claimed: &Claimed,
    step: u16,
    now: DateTime<Utc>,
    (day, tenant_day): (NaiveDate, NaiveDate),
) -> Result<DeliveryId, StoreError> {
    let fresh = Builder::from_random_bytes(rand::rng().random()).into_uuid();
    let step = i16::try_from(step).map_err(|error| StoreError::corrupt("enrolment.step", error))?;
    let id = sqlx::query_scalar!(
        r#"
        insert into outreach_delivery as d (tenant_id, id, campaign_id, enrolment_id, step, status, intended_at)
        values ($1, $2, $3, $4, $5, 'intended', $6)
        on conflict on constraint outreach_delivery_once do update
        set status = 'intended', attempts = d.attempts + 1, intended_at = excluded.intended_at
        where d.status = 'deferred'
        returning id
        "#,
        tx.tenant().0,
        fresh,
        claimed.campaign.0,
        claimed.id.0,
        step,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::corrupt("enrolment.step", "this step has a message that was not deferred"))?;
    sqlx::query!(
        r#"
        update outreach_sent
        set sent = sent + 1
        where tenant_id = $1 and ((scope = $2 and day = $3) or (scope = $1 and day = $4))
        "#,
        tx.tenant().0,
        claimed.campaign.0,
        day,
        tenant_day,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update outreach_campaign set last_sent_at = $3 where tenant_id = $1 and id = $2",
        tx.tenant().0,
        claimed.campaign.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"
        update enrolment
        set locked_until = clock_timestamp() + $3
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        claimed.id.0,
        interval(claimed.lease),
    )
    .execute(tx.conn())
    .await?;
    Ok(DeliveryId(id))
}

async fn let_go(
    tx: &mut TenantTx,
    claimed: &Claimed,
    status: EnrolmentStatus,
    reason: Option<StopReason>,
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update enrolment
        set status = $3, stop_reason = $4, due_at = $5, locked_by = null, locked_until = null, updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        claimed.id.0,
        status.as_str(),
        reason.map(StopReason::as_str),
        due_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn rest(tx: &mut TenantTx, claimed: &Claimed, until: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update outreach_campaign set resumes_at = $3 where tenant_id = $1 and id = $2",
        tx.tenant().0,
        claimed.campaign.0,
        until,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
