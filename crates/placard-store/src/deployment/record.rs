//! Writing down what is about to be sent and what came of it.

use crate::{
    Fence, StoreError, TenantTx,
    platform_object::{self, Change},
    stored,
};
use placard_domain::{CampaignId, DeploymentId, RemoteId, plan::StepKey, status::StepStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// A request that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// For which step.
    pub step: &'a StepKey,
    /// The request as it will be sent, references resolved, without tokens.
    pub request: &'a Value,
}

/// What came of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Of which step.
    pub step: StepKey,
    /// What came of it.
    pub result: StepResult,
    /// What it did to objects, written in the same transaction.
    pub changes: Vec<Change>,
}

/// What came of a step.
#[derive(Clone, Debug)]
pub enum StepResult {
    /// The platform did it.
    Done {
        /// The id of the object it was about.
        remote_id: Option<RemoteId>,
        /// The platform's answer, without tokens.
        response: Option<Value>,
    },
    /// The platform refused.
    Failed {
        /// Why.
        error: Failure,
        /// The platform's answer, without tokens.
        response: Option<Value>,
    },
    /// Nobody knows. The step stays `sent`, and the error says what was lost.
    Unknown {
        /// What was lost.
        error: Failure,
    },
    /// Looking showed that the request never took effect. It can be sent again.
    NotSent,
    /// It was done, and is taken back.
    RolledBack {
        /// The platform's answer to taking it back, without tokens.
        response: Option<Value>,
    },
}

/// What stopped a step or a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The step, for a deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepKey>,
    /// The spec's or platform's field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What happened, for people.
    pub message: String,
    /// The platform's own words, its codes and trace id included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Value>,
}

/// Records that these requests are about to be sent. Commit before sending.
///
/// # Errors
/// [`StoreError::StaleFence`] if the lease is lost; [`StoreError::NotFound`] if a step is not of this running
/// deployment, or done already. Nothing may be sent then.
pub async fn record_intents(
    tx: &mut TenantTx,
    fence: &Fence,
    deployment: DeploymentId,
    intents: &[Intent<'_>],
) -> Result<(), StoreError> {
    fence.check(tx).await?;
    let keys: Vec<String> = intents.iter().map(|intent| intent.step.0.clone()).collect();
    let requests: Vec<Value> = intents.iter().map(|intent| intent.request.clone()).collect();
    let recorded = sqlx::query!(
        r#"
        update deployment_step as s
        set
            status = 'sent',
            attempt = s.attempt + 1,
            request = i.request,
            response = null,
            error = null,
            sent_at = now(),
            finished_at = null
        from unnest($3::text[], $4::jsonb[]) as i (step_key, request), deployment as d
        where s.tenant_id = $1 and s.deployment_id = $2 and s.step_key = i.step_key
            and s.status in ('pending', 'sent', 'failed')
            and d.tenant_id = s.tenant_id and d.id = s.deployment_id and d.status = 'running'
        "#,
        tx.tenant().0,
        deployment.0,
        &keys,
        &requests,
    )
    .execute(tx.conn())
    .await?;
    expect_all(recorded.rows_affected(), intents.len(), deployment)
}

/// Records what came of steps, and in the same transaction what they did to objects.
///
/// # Errors
/// [`StoreError::StaleFence`] if the lease is lost; [`StoreError::NotFound`] if a step is not of this deployment or
/// in a state that the result does not fit.
pub async fn record_outcomes(
    tx: &mut TenantTx,
    fence: &Fence,
    deployment: DeploymentId,
    outcomes: &[Outcome],
) -> Result<(), StoreError> {
    fence.check(tx).await?;
    let results = outcomes.iter().map(result_document);
    let recorded = sqlx::query!(
        r#"
        update deployment_step as s
        set
            status = o.status,
            remote_id = coalesce(o.remote_id, s.remote_id),
            response = coalesce(o.response, s.response),
            error = o.error,
            finished_at = case when o.status in ('done', 'failed', 'rolled_back') then now() end
        from jsonb_to_recordset($3::jsonb) as o (
            step_key text, status text, remote_id text, response jsonb, error jsonb
        )
        where s.tenant_id = $1 and s.deployment_id = $2 and s.step_key = o.step_key
            and case o.status
                -- A step may be found done without having been sent by this deployment: its object was adopted.
                when 'done' then s.status in ('pending', 'sent', 'failed')
                when 'rolled_back' then s.status in ('sent', 'done')
                when 'pending' then s.status in ('sent', 'failed')
                else s.status = 'sent'
            end
        "#,
        tx.tenant().0,
        deployment.0,
        Value::Array(results.collect()),
    )
    .execute(tx.conn())
    .await?;
    expect_all(recorded.rows_affected(), outcomes.len(), deployment)?;

    let changes: Vec<Change> = outcomes.iter().flat_map(|outcome| outcome.changes.iter().cloned()).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let campaign = campaign_of(tx, deployment).await?;
    platform_object::write(tx, &fence.account, campaign, Some(deployment), &changes).await
}

async fn campaign_of(tx: &mut TenantTx, deployment: DeploymentId) -> Result<CampaignId, StoreError> {
    let campaign: Option<Uuid> = sqlx::query_scalar!(
        r#"
        select campaign_id
        from deployment
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        deployment.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    campaign.map(CampaignId).ok_or_else(|| StoreError::not_found("deployment", deployment))
}

fn result_document(outcome: &Outcome) -> Value {
    let (status, remote_id, response, error) = match &outcome.result {
        StepResult::Done { remote_id, response } => {
            (StepStatus::Done, remote_id.as_ref(), response.as_ref(), None)
        }
        StepResult::Failed { error, response } => (StepStatus::Failed, None, response.as_ref(), Some(error)),
        StepResult::Unknown { error } => (StepStatus::Sent, None, None, Some(error)),
        StepResult::NotSent => (StepStatus::Pending, None, None, None),
        StepResult::RolledBack { response } => (StepStatus::RolledBack, None, response.as_ref(), None),
    };
    json!({
        "step_key": outcome.step,
        "status": status,
        "remote_id": remote_id,
        "response": response,
        "error": error.map(stored::json),
    })
}

fn expect_all(recorded: u64, wanted: usize, deployment: DeploymentId) -> Result<(), StoreError> {
    if recorded == wanted as u64 {
        return Ok(());
    }
    Err(StoreError::not_found("step in a fitting state of deployment", deployment))
}
