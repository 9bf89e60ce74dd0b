//! Deployments: what was meant to be sent, what was sent, and what came of it.
//!
//! [`record_intents`] must be committed before a request leaves, [`record_outcomes`] as soon as its answer is there.
//! A step that is `sent` may or may not have reached the platform; whoever resumes must look before sending again.

mod read;
mod record;

pub use read::{Deployment, Step, abandoned, get, history, page, unfinished};
pub use record::{Failure, Intent, Outcome, StepResult, record_intents, record_outcomes};

use crate::{Fence, StoreError, TenantTx, audit::Actor, stored};
use placard_domain::{
    AccountRef, CampaignId, DeploymentId, PlanId,
    marker::Marker,
    plan::Step as PlannedStep,
    status::{DeploymentKind, DeploymentStatus},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A deployment to create.
#[derive(Clone, Copy, Debug)]
pub struct NewDeployment<'a> {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// The plan that it carries out.
    pub plan: PlanId,
    /// Where.
    pub account: &'a AccountRef,
    /// What for.
    pub kind: DeploymentKind,
    /// Every step of the plan in its order, with the marker of its object.
    pub steps: &'a [(&'a PlannedStep, Marker)],
}

/// Stores a deployment with every step pending.
///
/// # Errors
/// [`Constraint::RunningDeployment`](crate::Constraint) if another one of this campaign is pending or running in the
/// account; [`StoreError::StaleFence`] if the lease is lost.
pub async fn create(
    tx: &mut TenantTx,
    fence: &Fence,
    actor: &Actor,
    new: &NewDeployment<'_>,
) -> Result<DeploymentId, StoreError> {
    fence.check(tx).await?;
    let id = DeploymentId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into deployment (tenant_id, id, campaign_id, plan_id, platform, account, kind, actor)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        tx.tenant().0,
        id.0,
        new.campaign.0,
        new.plan.0,
        new.account.platform.as_str(),
        new.account.id,
        new.kind.as_str(),
        actor.name(),
    )
    .execute(tx.conn())
    .await?;

    let steps = new.steps.iter().enumerate().map(|(seq, (step, marker))| {
        json!({
            "seq": seq,
            "step_key": step.key,
            "action": step.action,
            "object_key": step.object,
            "name": step.name,
            "marker": marker,
        })
    });
    sqlx::query!(
        r#"
        insert into deployment_step (tenant_id, deployment_id, seq, step_key, action, object_key, name, marker)
        select $1, $2, seq, step_key, action, object_key, name, marker
        from jsonb_to_recordset($3::jsonb) as s (
            seq integer, step_key text, action text, object_key text, name text, marker text
        )
        "#,
        tx.tenant().0,
        id.0,
        Value::Array(steps.collect()),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Marks a deployment as running: the first time, or again when it is resumed, which is counted.
///
/// # Errors
/// [`StoreError::NotFound`] if it has ended for good.
pub async fn begin(tx: &mut TenantTx, fence: &Fence, id: DeploymentId) -> Result<(), StoreError> {
    fence.check(tx).await?;
    let begun = sqlx::query!(
        r#"
        update deployment
        set
            status = 'running',
            retry_count = retry_count + case when status = 'pending' then 0 else 1 end,
            started_at = coalesce(started_at, now()),
            finished_at = null,
            error = null
        where tenant_id = $1 and id = $2 and status in ('pending', 'running', 'failed', 'interrupted')
        "#,
        tx.tenant().0,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    if begun.rows_affected() == 0 {
        return Err(StoreError::not_found("unfinished deployment", id));
    }
    Ok(())
}

/// Ends a deployment, or sets it down until someone takes it up again.
///
/// # Errors
/// [`StoreError::NotFound`] if it has ended already.
pub async fn finish(
    tx: &mut TenantTx,
    fence: &Fence,
    id: DeploymentId,
    status: DeploymentStatus,
    error: Option<&Failure>,
) -> Result<(), StoreError> {
    fence.check(tx).await?;
    let finished = sqlx::query!(
        r#"
        update deployment
        set status = $3, error = $4, finished_at = now()
        where tenant_id = $1 and id = $2 and status in ('pending', 'running', 'failed', 'interrupted')
        "#,
        tx.tenant().0,
        id.0,
        status.as_str(),
        error.map(stored::json),
    )
    .execute(tx.conn())
    .await?;
    if finished.rows_affected() == 0 {
        return Err(StoreError::not_found("unfinished deployment", id));
    }
    Ok(())
}
