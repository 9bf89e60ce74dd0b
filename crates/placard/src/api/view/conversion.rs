//! What platforms are told of won deals.

use super::Amount;
use crate::conversions::{LeftOut, Planned, Sent, Sight, with_advice};
use chrono::{DateTime, Utc};
use placard_domain::crm::conversion::{ConversionStatus, masked_mark};
use placard_store::crm::conversion::{Goal, Outcome, Since, Told};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An ad account that is told of won deals.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConversionGoalView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The platform.
    pub(crate) platform: String,
    /// The ad account's id on the platform.
    pub(crate) account: String,
    /// The goal that counts the deals, by its name there.
    pub(crate) goal: String,
    /// Days after a click in which the goal counts what came of it, rounded down.
    pub(crate) window_days: i64,
    /// Deals that were won before are not told.
    pub(crate) since: DateTime<Utc>,
    /// Who chose it.
    pub(crate) by: String,
}

impl From<Goal> for ConversionGoalView {
    fn from(goal: Goal) -> Self {
        Self {
            id: goal.id.0,
            platform: goal.account.platform.to_string(),
            account: goal.account.id,
            goal: goal.name,
            window_days: goal.window.num_days(),
            since: goal.since,
            by: goal.created_by,
        }
    }
}

/// What a platform was told of a deal, or is to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConversionView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Of which deal.
    pub(crate) deal: Uuid,
    /// Which platform.
    pub(crate) platform: String,
    /// Which ad account.
    pub(crate) account: String,
    /// Under which goal.
    pub(crate) goal: String,
    /// Where it stands: `intended`, `accepted`, `refused`, `unknown`, `waiting`.
    #[schema(value_type = String)]
    pub(crate) status: ConversionStatus,
    /// How often it was sent, or was about to be.
    pub(crate) attempts: i16,
    /// The beginning of the click's mark; absent once the person was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) click: Option<String>,
    /// When the deal was won, as it was told.
    pub(crate) at: DateTime<Utc>,
    /// What it was worth, as it was told.
    pub(crate) value: Amount,
    /// When it was last committed to.
    pub(crate) intended_at: DateTime<Utc>,
    /// Not before this moment, where the platform wants it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_at: Option<DateTime<Utc>>,
    /// When the platform answered, or was found not to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<DateTime<Utc>>,
    /// What the platform said last, and what helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    /// What became of the deal since, where it differs from what was told. Nobody tells the platform of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
}

impl From<Told> for ConversionView {
    fn from(told: Told) -> Self {
        let since = since(&told);
        Self {
            id: told.id.0,
            deal: told.deal.0,
            platform: told.account.platform.to_string(),
            account: told.account.id,
            goal: told.goal,
            status: told.status,
            attempts: told.attempts,
            click: told.click.as_deref().map(masked_mark),
            at: told.at,
            value: told.value.into(),
            intended_at: told.intended_at,
            due_at: told.due_at.filter(|_| told.status == ConversionStatus::Waiting),
            answered_at: told.answered_at,
            answer: told.answer,
            since,
        }
    }
}

/// What became of a deal since, for people.
fn since(told: &Told) -> Option<String> {
    let there = told.account.platform.title();
    let may_count = matches!(told.status, ConversionStatus::Accepted | ConversionStatus::Unknown);
    match told.since {
        Since::Same => None,
        _ if !may_count => None,
        Since::Reopened => Some(format!(
            "the deal is not won any more; {there} goes on counting {}, and Placard sends no adjustments: take it back there",
            told.value
        )),
        Since::Worth(worth) => Some(format!(
            "the deal is worth {worth} now; {there} counts {}, and Placard sends no adjustments: correct it there",
            told.value
        )),
    }
}

/// A deal that a platform is told of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlannedView {
    /// The deal.
    pub(crate) deal: Uuid,
    /// The beginning of the click's mark.
    pub(crate) click: String,
    /// When it was won.
    pub(crate) at: DateTime<Utc>,
    /// What it is worth.
    pub(crate) value: Amount,
    /// Where it stands once it was told: `accepted`, `refused`, `unknown`, `waiting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) status: Option<ConversionStatus>,
    /// What the platform said, and what helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
}

impl PlannedView {
    fn of(planned: &Planned, outcome: Option<&Outcome>) -> Self {
        Self {
            deal: planned.deal.0,
            click: masked_mark(&planned.click),
            at: planned.at,
            value: planned.value.into(),
            status: outcome.map(Outcome::status),
            answer: outcome.and_then(Outcome::answer).map(str::to_owned),
        }
    }
}

/// A won deal that is not told, though it came by a click.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeftOutView {
    /// The deal.
    pub(crate) deal: Uuid,
    /// Why not.
    pub(crate) reason: String,
}

impl From<LeftOut> for LeftOutView {
    fn from(left: LeftOut) -> Self {
        Self { deal: left.deal.0, reason: left.reason }
    }
}

/// What an account is told, or would be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TellingView {
    /// The platform.
    pub(crate) platform: String,
    /// The ad account.
    pub(crate) account: String,
    /// The goal.
    pub(crate) goal: String,
    /// Deals that are told.
    pub(crate) deals: Vec<PlannedView>,
    /// Deals that came by a click and are not told.
    pub(crate) left_out: Vec<LeftOutView>,
    /// How many won deals came by no click of the platform.
    pub(crate) without_click: usize,
    /// How many were sent before, or were about to be, and are not settled. They are said again first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unsettled: Option<usize>,
    /// Why it ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) setback: Option<String>,
}

impl TellingView {
    /// What would be told.
    pub(crate) fn planned(goal: &Goal, sight: Sight) -> Self {
        Self {
            deals: sight.planned.iter().map(|one| PlannedView::of(one, None)).collect(),
            left_out: sight.left_out.into_iter().map(Into::into).collect(),
            without_click: sight.without_click,
            unsettled: Some(sight.unsettled),
            ..Self::empty(goal)
        }
    }

    /// What was told.
    pub(crate) fn sent(goal: &Goal, sent: Sent) -> Self {
        Self {
            deals: sent.told.iter().map(|(one, outcome)| PlannedView::of(one, Some(outcome))).collect(),
            left_out: sent.left_out.into_iter().map(Into::into).collect(),
            without_click: sent.without_click,
            setback: sent.setback.as_ref().map(with_advice),
            ..Self::empty(goal)
        }
    }

    fn empty(goal: &Goal) -> Self {
        Self {
            platform: goal.account.platform.to_string(),
            account: goal.account.id.clone(),
            goal: goal.name.clone(),
            deals: Vec::new(),
            left_out: Vec::new(),
            without_click: 0,
            unsettled: None,
            setback: None,
        }
    }

    /// How many stand like this.
    pub(crate) fn count(&self, status: ConversionStatus) -> usize {
        self.deals.iter().filter(|deal| deal.status == Some(status)).count()
    }
}
