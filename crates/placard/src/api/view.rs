//! Stored things as the API shows them.

use chrono::{DateTime, Utc};
use placard_domain::spec::Budget;
use placard_store::{
    campaign::Campaign,
    deployment::{Deployment, Failure, Step},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An amount in a currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Amount {
    /// In minor units: cents of EUR, whole JPY.
    pub(crate) minor: i64,
    /// ISO 4217.
    pub(crate) currency: String,
}

impl From<placard_domain::Money> for Amount {
    fn from(money: placard_domain::Money) -> Self {
        Self { minor: money.minor(), currency: money.currency().code().to_owned() }
    }
}

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignView {
    /// Its id.
    pub(crate) id: Uuid,
    /// What makes it the same campaign when its name changes.
    pub(crate) key: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) objective: String,
    /// Where it stands.
    pub(crate) status: String,
    /// Whether the spec wants it to run: `active` or `paused`.
    pub(crate) run: String,
    /// The currency of its amounts.
    pub(crate) currency: String,
    /// Its budget; absent when each ad group has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) budget: Option<BudgetView>,
    /// Which version of its spec stands.
    pub(crate) revision: i32,
    /// Why the last deployment failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// When its numbers were last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_synced_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last changed here.
    pub(crate) updated_at: DateTime<Utc>,
}

/// A budget.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetView {
    /// `daily` or `lifetime`.
    pub(crate) kind: &'static str,
    /// How much.
    #[serde(flatten)]
    pub(crate) amount: Amount,
}

impl From<Budget> for BudgetView {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::Daily(amount) => Self { kind: "daily", amount: amount.into() },
            Budget::Lifetime(amount) => Self { kind: "lifetime", amount: amount.into() },
        }
    }
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id.0,
            key: campaign.key,
            name: campaign.name,
            objective: campaign.objective.as_str().to_owned(),
            status: campaign.status.as_str().to_owned(),
            run: campaign.run.as_str().to_owned(),
            currency: campaign.currency.code().to_owned(),
            budget: campaign.budget.map(Into::into),
            revision: campaign.revision,
            error: campaign.error,
            last_synced_at: campaign.last_synced_at,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
        }
    }
}

/// The entity tag of a campaign's spec.
pub(crate) fn tag_of(campaign: &Campaign) -> String {
    format!("\"{}-{}\"", campaign.revision, campaign.spec_hash.get(..16).unwrap_or("draft"))
}

/// A deployment with its steps.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct DeploymentView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The campaign's id.
    pub(crate) campaign_id: Uuid,
    /// The plan that it carries out.
    pub(crate) plan_id: Uuid,
    /// Where: `meta:act_1001`.
    pub(crate) account: String,
    /// What for.
    pub(crate) kind: String,
    /// Where it stands.
    pub(crate) status: String,
    /// Whether it may still change by itself.
    #[serde(skip)]
    pub(crate) under_way: bool,
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
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct FailureView {
    /// What happened.
    pub(crate) message: String,
    /// The field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
}

/// A step of a deployment.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// Its stable name.
    pub(crate) key: String,
    /// What it does.
    pub(crate) action: String,
    /// The object's name.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) status: String,
    /// How often it was sent.
    pub(crate) attempt: i32,
    /// The platform's id of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote_id: Option<String>,
    /// Why it was refused, or what was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<FailureView>,
}

impl From<Failure> for FailureView {
    fn from(failure: Failure) -> Self {
        Self { message: failure.message, field: failure.field }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self {
            key: step.key.0,
            action: step.action.as_str().to_owned(),
            name: step.name,
            status: step.status.as_str().to_owned(),
            attempt: step.attempt,
            remote_id: step.remote_id.map(|id| id.0),
            error: step.error.map(Into::into),
        }
    }
}

impl From<Deployment> for DeploymentView {
    fn from(deployment: Deployment) -> Self {
        use placard_domain::status::{DeploymentStatus, StepStatus};
        let under_way = matches!(deployment.status, DeploymentStatus::Pending | DeploymentStatus::Running);
        Self {
            id: deployment.id.0,
            campaign_id: deployment.campaign.0,
            plan_id: deployment.plan.0,
            account: deployment.account.to_string(),
            kind: deployment.kind.as_str().to_owned(),
            status: deployment.status.as_str().to_owned(),
            under_way,
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
