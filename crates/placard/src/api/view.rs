//! Stored things as the API shows them, and as the command line reads them from a server.

use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef, CampaignId, Currency, DeploymentId, Money, PlanId, RemoteId,
    objective::Objective,
    plan::{Action, ObjectKey, Observation, StepKey},
    spec::{Budget, RunState},
    status::{CampaignStatus, DeploymentKind, DeploymentStatus, StepStatus},
};
use placard_store::{
    campaign::Campaign,
    deployment::{Deployment, Failure, Step},
    platform_object::PlatformObject,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An amount in a currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Amount {
    /// In minor units: cents of EUR, whole JPY.
    pub(crate) minor: i64,
    /// ISO 4217.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency() }
    }
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        Self::new(amount.minor, amount.currency)
    }
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CampaignView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: CampaignId,
    /// What makes it the same campaign when its name changes.
    pub(crate) key: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    #[schema(value_type = String)]
    pub(crate) objective: Objective,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: CampaignStatus,
    /// Whether the spec wants it to run: `active` or `paused`.
    #[schema(value_type = String)]
    pub(crate) run: RunState,
    /// The currency of its amounts.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BudgetView {
    /// `daily` or `lifetime`.
    #[schema(value_type = String)]
    pub(crate) kind: BudgetKind,
    /// How much.
    #[serde(flatten)]
    pub(crate) amount: Amount,
}

/// Whether a budget is for each day or for the whole flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BudgetKind {
    Daily,
    Lifetime,
}

impl From<Budget> for BudgetView {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::Daily(amount) => Self { kind: BudgetKind::Daily, amount: amount.into() },
            Budget::Lifetime(amount) => Self { kind: BudgetKind::Lifetime, amount: amount.into() },
        }
    }
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            key: campaign.key,
            name: campaign.name,
            objective: campaign.objective,
            status: campaign.status,
            run: campaign.run,
            currency: campaign.currency,
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

/// A campaign in an ad account where it is or should be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlaceView {
    /// The platform, and its id of the ad account.
    #[schema(value_type = Object)]
    pub(crate) account: AccountRef,
    /// The account's currency.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
    /// What of the campaign is there by our record.
    pub(crate) objects: Vec<ObjectView>,
    /// A deployment that waits to be resumed or rolled back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unfinished: Option<DeploymentView>,
}

/// An object of a campaign on a platform.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ObjectView {
    /// Its name within the campaign: its kind, a colon and its path.
    #[schema(value_type = String)]
    pub(crate) key: ObjectKey,
    /// Its name for people.
    pub(crate) name: String,
    /// The platform's id of it.
    #[schema(value_type = String)]
    pub(crate) remote_id: RemoteId,
    /// Whether we told it to run: `active` or `paused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) run: Option<RunState>,
    /// How the platform said it stands when it was read last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effective: Option<String>,
}

impl From<PlatformObject> for ObjectView {
    fn from(object: PlatformObject) -> Self {
        let effective = object.observation.and_then(|seen| match seen {
            Observation::Present(seen) => seen.effective,
            Observation::Gone => Some("gone".to_owned()),
        });
        let PlatformObject { key, name, remote_id, applied, .. } = object;
        Self { key, name, remote_id, run: applied.run, effective }
    }
}

/// A plan. Nothing was sent yet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlanView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: PlanId,
    /// The campaign's id.
    #[schema(value_type = Uuid)]
    pub(crate) campaign_id: CampaignId,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// Steps, drift, conflicts, warnings and what it costs.
    #[schema(value_type = Object)]
    pub(crate) plan: Value,
    /// The exact requests that would be sent, without tokens.
    #[schema(value_type = Vec<Object>)]
    pub(crate) requests: Value,
}

/// How something that was watched live came out.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "came", rename_all = "snake_case")]
pub(crate) enum Ended {
    /// There was nothing to do.
    Nothing,
    /// Every step is done and verified.
    Applied {
        /// The deployment.
        #[schema(value_type = Uuid)]
        deployment: DeploymentId,
        /// How many steps it had.
        steps: usize,
        /// How many writing calls it took.
        calls: usize,
    },
    /// What an unfinished deployment had made is removed.
    TakenBack {
        /// How many objects were removed from the platform.
        removed: usize,
    },
}
