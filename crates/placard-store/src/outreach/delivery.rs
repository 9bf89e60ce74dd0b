//! Messages that were committed to.

use super::enrolment::step;
use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{DeliveryId, EnrolmentId, OutreachId, outreach::DeliveryStatus};
use uuid::Uuid;

/// A message that was committed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub enrolment: EnrolmentId,
    /// Which step, from 0.
    pub step: u16,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was committed to last.
    pub intended_at: DateTime<Utc>,
    /// When the channel answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// What the channel said.
    pub answer: Option<String>,
    /// When they replied.
    pub replied_at: Option<DateTime<Utc>>,
}

/// Messages of a campaign after one, in the order of their ids, which are random.
pub async fn deliveries(
    tx: &mut TenantTx,
    campaign: OutreachId,
    after: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select id, enrolment_id, step, status, attempts, intended_at, answered_at, answer, replied_at
        from outreach_delivery
        where tenant_id = $1 and campaign_id = $2 and ($3::uuid is null or id > $3)
        order by id
        limit $4
        "#,
        tx.tenant().0,
        campaign.0,
        after.map(|id| id.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Delivery::try_from).collect()
}

struct Row {
    id: Uuid,
    enrolment_id: Uuid,
    step: i16,
    status: String,
    attempts: i16,
    intended_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
    answer: Option<String>,
    replied_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Delivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(row.id),
            enrolment: EnrolmentId(row.enrolment_id),
            step: step(row.step)?,
            status: stored::word("outreach_delivery.status", &row.status)?,
            attempts: row.attempts.into(),
            intended_at: row.intended_at,
            answered_at: row.answered_at,
            answer: row.answer,
            replied_at: row.replied_at,
        })
    }
}

/// Whether there is a message with this id.
pub async fn is_sent(tx: &mut TenantTx, id: DeliveryId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from outreach_delivery where tenant_id = $1 and id = $2) as "found!""#,
        tx.tenant().0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}
