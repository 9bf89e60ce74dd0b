//! Deployments and their steps.

use chrono::{DateTime, Utc};
use placard_domain::{
    CampaignId, DeploymentId, PlanId, RemoteId,
    plan::{Action, StepKey},
    status::{DeploymentKind, DeploymentStatus, StepStatus},
};
use placard_store::deployment::{Deployment, Failure, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A deployment with its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeploymentView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: DeploymentId,
    /// The campaign's id.
    #[schema(value_type = Uuid)]
    pub(crate) campaign_id: CampaignId,
    /// The plan that it carries out.
    #[schema(value_type = Uuid)]
    pub(crate) plan_id: PlanId,
    /// Where: `meta:act_1001`.
    pub(crate) account: String,
    /// What for.
    #[schema(value_type = String)]
    pub(crate) kind: DeploymentKind,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: DeploymentStatus,
    /// How many steps are done.
    pub(crate) done: usize,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<FailureView>,
    /// How often it was taken up again.
    pub(crate) retry_count: i32,
    /// Who asked for it.
    pub(crate) actor: String,
    /// When it was stored.
    pub(crate) created_at: DateTime<Utc>,
    /// When its first step was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// Its steps in the plan's order.
    pub(crate) steps: Vec<StepView>,
}

/// What stopped a step or a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FailureView {
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) step: Option<StepKey>,
    /// What happened.
    pub(crate) message: String,
    /// The field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The platform's own words, its codes and trace id included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) platform: Option<Value>,
}

/// A step of a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StepView {
    /// Its stable name.
    #[schema(value_type = String)]
    pub(crate) key: StepKey,
    /// What it does.
    #[schema(value_type = String)]
    pub(crate) action: Action,
    /// The object's name.
    pub(crate) name: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: StepStatus,
    /// How often it was sent.
    pub(crate) attempt: i32,
    /// The platform's id of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) remote_id: Option<RemoteId>,
    /// The platform's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) response: Option<Value>,
    /// Why it was refused, or what was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<FailureView>,
}

impl From<Failure> for FailureView {
    fn from(failure: Failure) -> Self {
        let Failure { step, field, message, platform } = failure;
        Self { step, message, field, platform }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self {
            key: step.key,
            action: step.action,
            name: step.name,
            status: step.status,
            attempt: step.attempt,
            remote_id: step.remote_id,
            response: step.response,
            error: step.error.map(Into::into),
        }
    }
}

impl DeploymentView {
    /// Whether it may still change by itself.
    pub(crate) const fn under_way(&self) -> bool {
        matches!(self.status, DeploymentStatus::Pending | DeploymentStatus::Running)
    }
}

impl From<Deployment> for DeploymentView {
    fn from(deployment: Deployment) -> Self {
        Self {
            id: deployment.id,
            campaign_id: deployment.campaign,
            plan_id: deployment.plan,
            account: deployment.account.to_string(),
            kind: deployment.kind,
            status: deployment.status,
            done: deployment.steps.iter().filter(|step| step.status == StepStatus::Done).count(),
            error: deployment.error.map(Into::into),
            retry_count: deployment.retry_count,
            actor: deployment.actor,
            created_at: deployment.created_at,
            started_at: deployment.started_at,
            finished_at: deployment.finished_at,
            steps: deployment.steps.into_iter().map(Into::into).collect(),
        }
    }
}
