//! Pipelines, and the deals on them.

use super::Amount;
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::crm::{
    deal::weighted,
    pipeline::{Stage, StageKind},
};
use placard_store::crm::{deal, pipeline};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A stage of a pipeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StageView {
    /// Its name.
    pub(crate) name: String,
    /// What it means to stand there: `open`, `won`, `lost`.
    #[schema(value_type = String)]
    pub(crate) kind: StageKind,
    /// How likely a deal that stands there is won, in percent.
    pub(crate) probability: u8,
}

impl From<Stage> for StageView {
    fn from(stage: Stage) -> Self {
        Self { name: stage.name, kind: stage.kind, probability: stage.probability }
    }
}

/// A pipeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PipelineView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// Its stages, in order.
    pub(crate) stages: Vec<StageView>,
}

impl From<pipeline::Stored> for PipelineView {
    fn from(stored: pipeline::Stored) -> Self {
        let stages = stored.stages.into_iter().map(|(_, stage)| stage.into()).collect();
        Self { id: stored.id.0, name: stored.name, stages }
    }
}

/// One time a deal was moved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MovedView {
    /// From which stage; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// To which.
    pub(crate) to: String,
    /// By whom.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

impl From<deal::Moved> for MovedView {
    fn from(moved: deal::Moved) -> Self {
        Self { from: moved.from, to: moved.to, by: moved.by, at: moved.at }
    }
}

/// A deal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DealView {
    /// Its id.
    pub(crate) id: Uuid,
    /// With which lead.
    pub(crate) lead: Uuid,
    /// What it is, for whoever may see personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// On which pipeline.
    pub(crate) pipeline: String,
    /// Where it stands.
    pub(crate) stage: StageView,
    /// What it is worth.
    pub(crate) amount: Amount,
    /// What can be counted on: the amount times the stage's chance.
    pub(crate) weighted: Amount,
    /// When it is likely to be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_close: Option<NaiveDate>,
    /// When it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// Counts changes; whoever changes it says which was seen.
    pub(crate) version: i32,
    /// Where it stood when, if one deal was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) history: Vec<MovedView>,
}

impl DealView {
    /// A deal as whoever `sees_people` sees it, or anybody else: people write names into titles.
    pub(crate) fn of(deal: deal::Stored, sees_people: bool) -> Self {
        Self {
            id: deal.id.0,
            lead: deal.lead.0,
            title: deal.title.filter(|_| sees_people),
            pipeline: deal.pipeline.1,
            weighted: weighted(deal.amount, deal.stage.1.probability).into(),
            stage: deal.stage.1.into(),
            amount: deal.amount.into(),
            expected_close: deal.expected_close,
            closed_at: deal.closed_at,
            created_at: deal.created_at,
            version: deal.version,
            history: Vec::new(),
        }
    }
}
