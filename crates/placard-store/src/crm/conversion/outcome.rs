//! What a platform said to what it was told.

use super::Intended;
use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::crm::conversion::ConversionStatus;
use uuid::Uuid;

/// The longest answer that is kept, in characters.
const LONGEST_ANSWER: usize = 500;

/// What it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has taken it.
    Accepted,
    /// It does not take it; why.
    Refused(String),
    /// It may have taken it; what is known.
    Unknown(String),
    /// It did not get it, or wants it later; what it said.
    Waiting {
        /// Why.
        answer: String,
        /// Not before this moment, if it said so.
        until: Option<DateTime<Utc>>,
    },
}

impl Outcome {
    /// Where it stands then.
    pub const fn status(&self) -> ConversionStatus {
        match self {
            Self::Accepted => ConversionStatus::Accepted,
            Self::Refused(_) => ConversionStatus::Refused,
            Self::Unknown(_) => ConversionStatus::Unknown,
            Self::Waiting { .. } => ConversionStatus::Waiting,
        }
    }

    /// Why it is not accepted.
    pub fn answer(&self) -> Option<&str> {
        match self {
            Self::Accepted => None,
            Self::Refused(answer) | Self::Unknown(answer) | Self::Waiting { answer, .. } => Some(answer),
        }
    }
}

/// Notes what the platform said to each. What belongs to an earlier attempt is believed only if it says that the platform
/// has taken it.
pub async fn record(
    tx: &mut TenantTx,
    outcomes: &[(&Intended, Outcome)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = outcomes.iter().map(|(one, _)| one.conversion.id.0).collect();
    let attempts: Vec<i16> = outcomes.iter().map(|(one, _)| one.attempt).collect();
    let statuses: Vec<&str> = outcomes.iter().map(|(_, outcome)| outcome.status().as_str()).collect();
    let answers: Vec<Option<String>> = outcomes
        .iter()
        .map(|(_, outcome)| outcome.answer().map(|text| text.chars().take(LONGEST_ANSWER).collect()))
        .collect();
    let until: Vec<Option<DateTime<Utc>>> = outcomes
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Waiting { until, .. } => *until,
            Outcome::Accepted | Outcome::Refused(_) | Outcome::Unknown(_) => None,
        })
        .collect();
    sqlx::query!(
        r#"
        update conversion as c
        set status = o.status, answered_at = $2, answer = o.answer, due_at = o.due_at
        from unnest($3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::timestamptz[])
            as o (id, attempt, status, answer, due_at)
        where c.tenant_id = $1 and c.id = o.id
            and (
                c.status = 'intended' and c.attempts = o.attempt
                or o.status = 'accepted' and c.status in ('intended', 'unknown')
            )
        "#,
        tx.tenant().0,
        now,
        &ids,
        &attempts,
        &statuses as &[&str],
        &answers as &[Option<String>],
        &until as &[Option<DateTime<Utc>>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
