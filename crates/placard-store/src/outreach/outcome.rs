//! What came of a message: what the channel said, what people answered, what a person decided.

use super::Claimed;
use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    DeliveryId, EnrolmentId,
    outreach::{DeliveryStatus, EnrolmentStatus, Sequence, Step, StopReason, schedule::backoff},
};

/// The longest answer that is kept, in characters.
const LONGEST_ANSWER: usize = 500;

/// What the channel said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has taken the message.
    HandedOver,
    /// Not now; what it said.
    Deferred(String),
    /// Never; what it said.
    Refused(String),
    /// It may have taken the message; what is known.
    Unknown(String),
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// They answered.
    Reply,
    /// It could not be delivered.
    Bounce,
    /// They asked to be left alone.
    Unsubscribe,
    /// They complained.
    Complaint,
}

/// What a person decides about somebody who is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The message arrived; the sequence goes on.
    Arrived,
    /// It did not; send it again, whatever that may do.
    Again,
    /// Say no more.
    Stop,
}

/// Whether something that came back belongs to a message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It does, and the sequence is stopped.
    Stopped,
    /// No message has this id.
    Stranger,
}

/// Notes what the channel said of the message that `claimed` was committed to. The truth may come late: a message that
/// was given up as unknown is still noted as what it is.
pub async fn record(
    tx: &mut TenantTx,
    claimed: &Claimed,
    delivery: DeliveryId,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (status, answer) = match outcome {
        Outcome::HandedOver => (DeliveryStatus::HandedOver, None),
        Outcome::Deferred(answer) => (DeliveryStatus::Deferred, Some(answer)),
        Outcome::Refused(answer) => (DeliveryStatus::Refused, Some(answer)),
        Outcome::Unknown(answer) => (DeliveryStatus::Unknown, Some(answer)),
    };
    let answer: Option<String> = answer.map(|answer| answer.chars().take(LONGEST_ANSWER).collect());
    let changed = sqlx::query!(
        r#"
        update outreach_delivery
        set status = $3, answered_at = $4, answer = $5
        where tenant_id = $1 and id = $2 and status in ('intended', 'unknown')
        "#,
        tx.tenant().0,
        delivery.0,
        status.as_str(),
        now,
        answer,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        // It bounced or was answered before we noted that it went out.
        return Ok(());
    }
    match outcome {
        Outcome::HandedOver => advance(tx, claimed.id, now).await,
        Outcome::Deferred(_) => defer(tx, claimed.id, now).await,
        Outcome::Refused(_) => stop(tx, claimed.id, StopReason::Refused).await,
        Outcome::Unknown(_) => hold(tx, claimed.id).await,
    }
}

/// Takes in what came back for the message `delivery`, and stops its sequence at once. The address goes on the list of
/// those who must not be written to, unless it was an answer.
pub async fn take(
    tx: &mut TenantTx,
    delivery: DeliveryId,
    response: Response,
    now: DateTime<Utc>,
) -> Result<Taken, StoreError> {
    let enrolment = sqlx::query_scalar!(
        r#"
        update outreach_delivery
        set status = case when $3 then 'bounced' when status in ('intended', 'unknown') then 'handed_over' else status end,
            replied_at = case when $4 then coalesce(replied_at, $5) else replied_at end
        where tenant_id = $1 and id = $2
        returning enrolment_id
        "#,
        tx.tenant().0,
        delivery.0,
        response == Response::Bounce,
        response == Response::Reply,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(enrolment) = enrolment.map(EnrolmentId) else { return Ok(Taken::Stranger) };
    let (reason, listed) = match response {
        Response::Reply => (StopReason::Reply, None),
        Response::Bounce => (StopReason::Bounce, Some("bounce")),
        Response::Unsubscribe => (StopReason::Unsubscribe, Some("unsubscribe")),
        Response::Complaint => (StopReason::Complaint, Some("complaint")),
    };
    if let Some(listed) = listed {
        sqlx::query!(
            r#"
            insert into suppression as s (tenant_id, address_hash, reason, at)
            select tenant_id, address_hash, $3, $4
            from enrolment
            where tenant_id = $1 and id = $2
            on conflict on constraint suppression_pkey do update
            set reason = excluded.reason
            where s.reason = 'manual'
            "#,
            tx.tenant().0,
            enrolment.0,
            listed,
            now,
        )
        .execute(tx.conn())
        .await?;
    }
    stop(tx, enrolment, reason).await?;
    Ok(Taken::Stopped)
}

/// Does what a person decided about somebody who is held.
///
/// # Errors
/// [`StoreError::NotFound`] if nobody of this id is held.
pub async fn resolve(
    tx: &mut TenantTx,
    id: EnrolmentId,
    resolution: Resolution,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let status = match resolution {
        Resolution::Arrived => DeliveryStatus::HandedOver,
        Resolution::Again => DeliveryStatus::Deferred,
        Resolution::Stop => DeliveryStatus::Unknown,
    };
    let changed = sqlx::query!(
        r#"
        update outreach_delivery as d
        set status = $3, answered_at = $4
        from enrolment as e
        where d.tenant_id = $1 and d.enrolment_id = $2 and d.status = 'unknown'
            and e.tenant_id = d.tenant_id and e.id = d.enrolment_id and e.status = 'held' and e.step = d.step
        "#,
        tx.tenant().0,
        id.0,
        status.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found("held enrolment", id));
    }
    match resolution {
        Resolution::Arrived => advance(tx, id, now).await,
        Resolution::Again => {
            sqlx::query!(
                r#"
                update enrolment
                set status = 'approved', due_at = $3, updated_at = now()
                where tenant_id = $1 and id = $2
                "#,
                tx.tenant().0,
                id.0,
                now,
            )
            .execute(tx.conn())
            .await?;
            Ok(())
        }
        Resolution::Stop => stop(tx, id, StopReason::Manual).await,
    }
}

/// Goes to the next step, which is due its delay after this one; after the last there is nothing more to say.
async fn advance(tx: &mut TenantTx, id: EnrolmentId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = sqlx::query!(
        r#"
        select c.sequence, e.step
        from enrolment as e
        join outreach_campaign as c on c.tenant_id = e.tenant_id and c.id = e.campaign_id
        where e.tenant_id = $1 and e.id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let sequence: Sequence = stored::document("outreach_campaign.sequence", row.sequence)?;
    let next = sequence.step(super::enrolment::step(row.step)?.saturating_add(1));
    let status = if next.is_some() { EnrolmentStatus::Approved } else { EnrolmentStatus::Finished };
    sqlx::query!(
        r#"
        update enrolment
        set status = $3, step = step + 1, failures = 0, due_at = $4, locked_by = null, locked_until = null,
            updated_at = now()
        where tenant_id = $1 and id = $2 and status in ('approved', 'held')
        "#,
        tx.tenant().0,
        id.0,
        status.as_str(),
        now + next.map_or(TimeDelta::zero(), Step::delay),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn defer(tx: &mut TenantTx, id: EnrolmentId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let failures = sqlx::query_scalar!(
        r#"
        update enrolment
        set status = 'approved', failures = failures + 1, locked_by = null, locked_until = null, updated_at = now()
        where tenant_id = $1 and id = $2 and status in ('approved', 'held')
        returning failures
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(failures) = failures else { return Ok(()) };
    let wait = backoff(u8::try_from(failures).unwrap_or(u8::MAX));
    sqlx::query!(
        "update enrolment set due_at = $3 where tenant_id = $1 and id = $2",
        tx.tenant().0,
        id.0,
        now + wait,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn hold(tx: &mut TenantTx, id: EnrolmentId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update enrolment
        set status = 'held', locked_by = null, locked_until = null, updated_at = now()
        where tenant_id = $1 and id = $2 and status = 'approved'
        "#,
        tx.tenant().0,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stops a sequence, unless it was stopped before: the first reason stays, but that somebody answered.
async fn stop(tx: &mut TenantTx, id: EnrolmentId, reason: StopReason) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update enrolment
        set status = 'stopped', stop_reason = $3, locked_by = null, locked_until = null, updated_at = now()
        where tenant_id = $1 and id = $2 and (status <> 'stopped' or stop_reason = 'reply')
        "#,
        tx.tenant().0,
        id.0,
        reason.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
