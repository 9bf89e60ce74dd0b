//! Deployments and their steps, for resuming and for people.

use super::Failure;
use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef, CampaignId, DeploymentId, PlanId, Platform, RemoteId,
    marker::Marker,
    plan::{Action, ObjectKey, StepKey},
    status::{DeploymentKind, DeploymentStatus, StepStatus},
};
use serde_json::Value;
use uuid::Uuid;

/// A deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// The plan that it carries out.
    pub plan: PlanId,
    /// Where.
    pub account: AccountRef,
    /// What for.
    pub kind: DeploymentKind,
    /// Where it stands.
    pub status: DeploymentStatus,
    /// What stopped it.
    pub error: Option<Failure>,
    /// How often it was taken up again.
    pub retry_count: i32,
    /// Who asked for it.
    pub actor: String,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// When its first step was sent.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its steps in the plan's order.
    pub steps: Vec<Step>,
}

/// A step of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its stable name.
    pub key: StepKey,
    /// What it does.
    pub action: Action,
    /// To which object.
    pub object: ObjectKey,
    /// The object's name for people.
    pub name: String,
    /// The code in the object's name.
    pub marker: Marker,
    /// Where it stands.
    pub status: StepStatus,
    /// How often it was sent.
    pub attempt: i32,
    /// The request as it was sent last, without tokens.
    pub request: Option<Value>,
    /// The platform's answer.
    pub response: Option<Value>,
    /// Why it was refused, or what was lost.
    pub error: Option<Failure>,
    /// The platform's id of the object.
    pub remote_id: Option<RemoteId>,
    /// When it was sent last.
    pub sent_at: Option<DateTime<Utc>>,
    /// When its outcome was recorded.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A deployment by its id.
pub async fn get(tx: &mut TenantTx, id: DeploymentId) -> Result<Deployment, StoreError> {
    let found = select(tx, &Choice { id: Some(id), ..Choice::default() }, 1).await?.pop();
    found.ok_or_else(|| StoreError::not_found("deployment", id))
}

/// The last deployment of a campaign in an account, if it waits for someone to go on with it or take it back.
pub async fn unfinished(
    tx: &mut TenantTx,
    campaign: CampaignId,
    account: &AccountRef,
) -> Result<Option<Deployment>, StoreError> {
    let choice = Choice { campaign: Some(campaign), account: Some(account), ..Choice::default() };
    let last = select(tx, &choice, 1).await?.pop();
    Ok(last.filter(|deployment| deployment.status.is_unfinished()))
}

/// The last `limit` deployments, newest first: a campaign's, or everybody's.
pub async fn history(
    tx: &mut TenantTx,
    campaign: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<Deployment>, StoreError> {
    select(tx, &Choice { campaign, ..Choice::default() }, limit).await
}

/// Up to `limit` deployments of every campaign, newest first, from behind `after` on.
pub async fn page(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, DeploymentId)>,
    limit: i64,
) -> Result<Vec<Deployment>, StoreError> {
    select(tx, &Choice { after, ..Choice::default() }, limit).await
}

/// Campaigns whose last deployment in an account came to rest unfinished before `before`: by key, with the account.
pub async fn abandoned(
    tx: &mut TenantTx,
    before: DateTime<Utc>,
) -> Result<Vec<(String, AccountRef)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select c.key, last.platform, last.account
        from (
            select distinct on (campaign_id, platform, account)
                campaign_id, platform, account, status, coalesce(finished_at, started_at, created_at) as rests_since
            from deployment
            where tenant_id = $1
            order by campaign_id, platform, account, created_at desc, id desc
        ) as last
        join campaign as c on c.tenant_id = $1 and c.id = last.campaign_id
        where last.status in ('pending', 'running', 'failed', 'interrupted') and last.rests_since < $2
        order by c.key, last.platform, last.account
        "#,
        tx.tenant().0,
        before,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let platform: Platform = stored::word("deployment.platform", &row.platform)?;
            Ok((row.key, AccountRef { platform, id: row.account }))
        })
        .collect()
}

#[derive(Default)]
struct Choice<'a> {
    id: Option<DeploymentId>,
    campaign: Option<CampaignId>,
    account: Option<&'a AccountRef>,
    after: Option<(DateTime<Utc>, DeploymentId)>,
}

async fn select(tx: &mut TenantTx, choice: &Choice<'_>, limit: i64) -> Result<Vec<Deployment>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, campaign_id, plan_id, platform, account, kind, status, error, retry_count, actor, created_at,
            started_at, finished_at
        from deployment
        where tenant_id = $1
            and ($2::uuid is null or id = $2)
            and ($3::uuid is null or campaign_id = $3)
            and ($4::text is null or platform = $4)
            and ($5::text is null or account = $5)
            and ($6::timestamptz is null or (created_at, id) < ($6, $7))
        order by created_at desc, id desc
        limit $8
        "#,
        tx.tenant().0,
        choice.id.map(|id| id.0),
        choice.campaign.map(|campaign| campaign.0),
        choice.account.map(|account| account.platform.as_str()),
        choice.account.map(|account| account.id.as_str()),
        choice.after.map(|(at, _)| at),
        choice.after.map(|(_, id)| id.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut deployments = rows.into_iter().map(Deployment::try_from).collect::<Result<Vec<_>, _>>()?;

    for (of, step) in select_steps(tx, &ids).await? {
        let owner = deployments.iter_mut().find(|deployment| deployment.id == of);
        owner.expect("only steps of these deployments were asked for").steps.push(step);
    }
    Ok(deployments)
}

async fn select_steps(tx: &mut TenantTx, of: &[Uuid]) -> Result<Vec<(DeploymentId, Step)>, StoreError> {
    let rows = sqlx::query_as!(
        StepRow,
        r#"
        select
            deployment_id, step_key, action, object_key, name, marker, status, attempt, request, response, error,
            remote_id, sent_at, finished_at
        from deployment_step
        where tenant_id = $1 and deployment_id = any($2)
        order by deployment_id, seq
        "#,
        tx.tenant().0,
        of,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((DeploymentId(row.deployment_id), row.try_into()?))).collect()
}

struct Row {
    id: Uuid,
    campaign_id: Uuid,
    plan_id: Uuid,
    platform: String,
    account: String,
    kind: String,
    status: String,
    error: Option<Value>,
    retry_count: i32,
    actor: String,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Deployment {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let platform: Platform = stored::word("deployment.platform", &row.platform)?;
        Ok(Self {
            id: DeploymentId(row.id),
            campaign: CampaignId(row.campaign_id),
            plan: PlanId(row.plan_id),
            account: AccountRef { platform, id: row.account },
            kind: stored::word("deployment.kind", &row.kind)?,
            status: stored::word("deployment.status", &row.status)?,
            error: row.error.map(|error| stored::document("deployment.error", error)).transpose()?,
            retry_count: row.retry_count,
            actor: row.actor,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            steps: Vec::new(),
        })
    }
}

struct StepRow {
    deployment_id: Uuid,
    step_key: String,
    action: String,
    object_key: String,
    name: String,
    marker: String,
    status: String,
    attempt: i32,
    request: Option<Value>,
    response: Option<Value>,
    error: Option<Value>,
    remote_id: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<StepRow> for Step {
    type Error = StoreError;
    fn try_from(row: StepRow) -> Result<Self, StoreError> {
        Ok(Self {
            key: StepKey(row.step_key),
            action: stored::word("deployment_step.action", &row.action)?,
            object: stored::parsed("deployment_step.object_key", &row.object_key)?,
            name: row.name,
            marker: Marker::from_stored(row.marker),
            status: stored::word("deployment_step.status", &row.status)?,
            attempt: row.attempt,
            request: row.request,
            response: row.response,
            error: row.error.map(|error| stored::document("deployment_step.error", error)).transpose()?,
            remote_id: row.remote_id.map(RemoteId),
            sent_at: row.sent_at,
            finished_at: row.finished_at,
        })
    }
}
