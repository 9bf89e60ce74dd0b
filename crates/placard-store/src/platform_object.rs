//! What exists on platforms, bound to what wants it. A row outlives its object: deleted ones stay, marked as such.

use crate::{Fence, StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef, CampaignId, DeploymentId, Money, RemoteId,
    marker::Naming,
    plan::{Bound, FieldRules, Fields, ObjectKey, Observation, RUN_FIELD},
    spec::RunState,
    status::PresenceStatus,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An object as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformObject {
    /// Its name within the campaign.
    pub key: ObjectKey,
    /// Its name for people.
    pub name: String,
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Whether its name is ours.
    pub naming: Naming,
    /// Whether it is there.
    pub presence: PresenceStatus,
    /// What we sent last.
    pub applied: Applied,
    /// What reading it back gave last; `None` before the first time.
    pub observation: Option<Observation>,
    /// When that was.
    pub observed_at: Option<DateTime<Utc>>,
    /// The deployment that made or adopted it.
    pub deployment: Option<DeploymentId>,
}

impl PlatformObject {
    /// The object as a plan compares it, with what was just observed.
    pub fn bind(self, observation: Observation) -> Bound {
        Bound {
            key: self.key,
            name: self.name,
            remote_id: self.remote_id,
            naming: self.naming,
            applied: self.applied.fields,
            applied_run: self.applied.run,
            accepted: self.applied.accepted,
            rules: self.applied.rules,
            daily_cost: self.applied.daily_cost,
            observation,
        }
    }
}

/// What we sent to an object last.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Its fields, references to other objects unresolved.
    pub fields: Fields,
    /// Whether we told it to run.
    pub run: Option<RunState>,
    /// Values that someone set on the platform and that were adopted.
    pub accepted: Fields,
    /// What may change.
    pub rules: FieldRules,
    /// What it can spend in a day on average, where it holds a budget.
    pub daily_cost: Option<Money>,
}

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It exists now: made, or found by its marker.
    Bound {
        /// Its name within the campaign.
        key: ObjectKey,
        /// Its name for people.
        name: String,
        /// The platform's id of it.
        remote_id: RemoteId,
        /// Whether its name is ours.
        naming: Naming,
        /// What we sent.
        applied: Applied,
        /// Whether it was found rather than made by an answered request.
        adopted: bool,
    },
    /// It was changed.
    Applied {
        /// Its name within the campaign.
        key: ObjectKey,
        /// Its name for people.
        name: String,
        /// What was sent.
        applied: Applied,
    },
    /// It was switched on or off.
    Run {
        /// Its name within the campaign.
        key: ObjectKey,
        /// What it was told.
        run: RunState,
    },
    /// Values that someone set on the platform were adopted.
    Accepted {
        /// Its name within the campaign.
        key: ObjectKey,
        /// Every adopted value, those from before included.
        accepted: Fields,
    },
    /// We deleted it.
    Deleted {
        /// Its name within the campaign.
        key: ObjectKey,
    },
    /// Someone else deleted it.
    Gone {
        /// Its name within the campaign.
        key: ObjectKey,
    },
}

/// Every object of a campaign in an account that is there, as far as we know, by key.
pub async fn list(
    tx: &mut TenantTx,
    campaign: CampaignId,
    account: &AccountRef,
) -> Result<Vec<PlatformObject>, StoreError> {
    let mut objects = list_all(tx, campaign, account).await?;
    objects.retain(|object| object.presence == PresenceStatus::Present);
    Ok(objects)
}

/// Every object that a campaign ever had in an account, deleted ones included.
pub async fn list_all(
    tx: &mut TenantTx,
    campaign: CampaignId,
    account: &AccountRef,
) -> Result<Vec<PlatformObject>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            object_key, name, remote_id, marker, presence, applied, applied_run, accepted, rules,
            daily_cost_minor, daily_cost_currency, observation, observed_at, deployment_id
        from platform_object
        where tenant_id = $1 and campaign_id = $2 and platform = $3 and account = $4
        order by object_key
        "#,
        tx.tenant().0,
        campaign.0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(PlatformObject::try_from).collect()
}

/// The accounts in which a campaign has or had objects.
pub async fn accounts_of(tx: &mut TenantTx, campaign: CampaignId) -> Result<Vec<AccountRef>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select distinct platform, account
        from platform_object
        where tenant_id = $1 and campaign_id = $2
        order by platform, account
        "#,
        tx.tenant().0,
        campaign.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AccountRef {
                platform: stored::word("platform_object.platform", &row.platform)?,
                id: row.account,
            })
        })
        .collect()
}

/// The campaigns to which objects called `ids` in an account belong.
pub async fn campaigns_of(
    tx: &mut TenantTx,
    account: &AccountRef,
    ids: &BTreeSet<RemoteId>,
) -> Result<Vec<CampaignId>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
    let rows = sqlx::query!(
        r#"
        select distinct campaign_id
        from platform_object
        where tenant_id = $1 and platform = $2 and account = $3 and remote_id = any($4)
        order by campaign_id
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        &ids as &[&str],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| CampaignId(row.campaign_id)).collect())
}

/// The campaigns that are there in `account` by our record: the key of each by its id on the platform.
pub async fn campaigns_in(
    tx: &mut TenantTx,
    account: &AccountRef,
) -> Result<BTreeMap<RemoteId, String>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select o.remote_id, c.key
        from platform_object as o
        join campaign as c on c.tenant_id = o.tenant_id and c.id = o.campaign_id
        where o.tenant_id = $1 and o.platform = $2 and o.account = $3
            and o.kind = 'campaign' and o.presence = 'present'
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (RemoteId(row.remote_id), row.key)).collect())
}

/// Records what happened to objects of `campaign` in the account that `fence` is for, in one round trip for each kind
/// of change. `deployment` is what made it happen; `None` when objects are adopted outside of one.
///
/// # Errors
/// [`StoreError::StaleFence`] if the lease is lost; [`StoreError::NotFound`] if a changed object was never bound.
pub async fn record(
    tx: &mut TenantTx,
    fence: &Fence,
    campaign: CampaignId,
    deployment: Option<DeploymentId>,
    changes: &[Change],
) -> Result<(), StoreError> {
    fence.check(tx).await?;
    write(tx, &fence.account, campaign, deployment, changes).await
}

/// Stores what reading objects back gave. No lease is needed: it only says what was seen, and `at` lets a newer sight
/// win over an older one.
pub async fn observe(
    tx: &mut TenantTx,
    campaign: CampaignId,
    account: &AccountRef,
    seen: &[(ObjectKey, Observation)],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let keys: Vec<String> = seen.iter().map(|(key, _)| key.to_string()).collect();
    let observations: Vec<Value> = seen.iter().map(|(_, observation)| stored::json(observation)).collect();
    sqlx::query!(
        r#"
        update platform_object as o
        set observation = s.observation, observed_at = $7
        from unnest($5::text[], $6::jsonb[]) as s (object_key, observation)
        where o.tenant_id = $1 and o.campaign_id = $2 and o.platform = $3 and o.account = $4
            and o.object_key = s.object_key
            and (o.observed_at is null or o.observed_at < $7)
        "#,
        tx.tenant().0,
        campaign.0,
        account.platform.as_str(),
        account.id,
        &keys,
        &observations,
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn write(
    tx: &mut TenantTx,
    account: &AccountRef,
    campaign: CampaignId,
    deployment: Option<DeploymentId>,
    changes: &[Change],
) -> Result<(), StoreError> {
    let bound: Vec<Value> = changes.iter().filter_map(bound_document).collect();
    if !bound.is_empty() {
        bind(tx, account, campaign, deployment, Value::Array(bound)).await?;
    }
    let updates: Vec<Value> = changes.iter().filter_map(update_document).collect();
    if updates.is_empty() {
        return Ok(());
    }
    let count = updates.len();
    let updated = update(tx, account, campaign, Value::Array(updates)).await?;
    if updated != count as u64 {
        return Err(StoreError::not_found("one of the changed objects of campaign", campaign));
    }
    Ok(())
}

async fn bind(
    tx: &mut TenantTx,
    account: &AccountRef,
    campaign: CampaignId,
    deployment: Option<DeploymentId>,
    bound: Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into platform_object (
            tenant_id, campaign_id, platform, account, deployment_id, id, object_key, kind, name, remote_id, marker,
            applied, applied_run, accepted, rules, daily_cost_minor, daily_cost_currency, adopted
        )
        select
            $1, $2, $3, $4, $5, b.id, b.object_key, b.kind, b.name, b.remote_id, b.marker, b.applied, b.applied_run,
            b.accepted, b.rules, b.daily_cost_minor, b.daily_cost_currency, b.adopted
        from jsonb_to_recordset($6::jsonb) as b (
            id uuid, object_key text, kind text, name text, remote_id text, marker text, applied jsonb,
            applied_run text, accepted jsonb, rules jsonb, daily_cost_minor bigint, daily_cost_currency text, adopted boolean
        )
        on conflict on constraint platform_object_key_unique do update
        set
            deployment_id = excluded.deployment_id,
            name = excluded.name,
            remote_id = excluded.remote_id,
            marker = excluded.marker,
            presence = 'present',
            applied = excluded.applied,
            applied_run = excluded.applied_run,
            accepted = excluded.accepted,
            rules = excluded.rules,
            daily_cost_minor = excluded.daily_cost_minor,
            daily_cost_currency = excluded.daily_cost_currency,
            adopted = excluded.adopted,
            observation = null,
            observed_at = null,
            updated_at = now()
        "#,
        tx.tenant().0,
        campaign.0,
        account.platform.as_str(),
        account.id,
        deployment.map(|deployment| deployment.0),
        bound,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn update(
    tx: &mut TenantTx,
    account: &AccountRef,
    campaign: CampaignId,
    updates: Value,
) -> Result<u64, StoreError> {
    // A member that is absent leaves its column alone; one that is null empties it.
    let updated = sqlx::query!(
        r#"
        update platform_object as o
        set
            name = coalesce(u.change ->> 'name', o.name),
            presence = coalesce(u.change ->> 'presence', o.presence),
            applied = coalesce(u.change -> 'applied', o.applied),
            accepted = coalesce(u.change -> 'accepted', o.accepted - coalesce(u.change ->> 'settles', '')),
            rules = coalesce(u.change -> 'rules', o.rules),
            applied_run =
                case when u.change ? 'applied_run' then u.change ->> 'applied_run' else o.applied_run end,
            daily_cost_minor =
                case
                    when u.change ? 'daily_cost_minor' then (u.change ->> 'daily_cost_minor')::bigint
                    else o.daily_cost_minor
                end,
            daily_cost_currency =
                case
                    when u.change ? 'daily_cost_currency' then u.change ->> 'daily_cost_currency'
                    else o.daily_cost_currency
                end,
            updated_at = now()
        from jsonb_array_elements($5::jsonb) as u (change)
        where o.tenant_id = $1 and o.campaign_id = $2 and o.platform = $3 and o.account = $4
            and o.object_key = u.change ->> 'object_key'
        "#,
        tx.tenant().0,
        campaign.0,
        account.platform.as_str(),
        account.id,
        updates,
    )
    .execute(tx.conn())
    .await?;
    Ok(updated.rows_affected())
}

fn bound_document(change: &Change) -> Option<Value> {
    let Change::Bound { key, name, remote_id, naming, applied, adopted } = change else { return None };
    Some(json!({
        "id": Uuid::now_v7(),
        "object_key": key,
        "kind": key.kind,
        "name": name,
        "remote_id": remote_id,
        "marker": naming.marker(),
        "applied": applied.fields,
        "applied_run": applied.run,
        "accepted": applied.accepted,
        "rules": applied.rules,
        "daily_cost_minor": applied.daily_cost.map(Money::minor),
        "daily_cost_currency": applied.daily_cost.map(Money::currency),
        "adopted": adopted,
    }))
}

fn update_document(change: &Change) -> Option<Value> {
    match change {
        Change::Bound { .. } => None,
        Change::Applied { key, name, applied } => Some(json!({
            "object_key": key,
            "name": name,
            "applied": applied.fields,
            "applied_run": applied.run,
            "accepted": applied.accepted,
            "rules": applied.rules,
            "daily_cost_minor": applied.daily_cost.map(Money::minor),
            "daily_cost_currency": applied.daily_cost.map(Money::currency),
        })),
        Change::Run { key, run } => {
            // Whoever switched it before us is overruled, so what was adopted from them no longer stands.
            Some(json!({"object_key": key, "applied_run": run, "settles": RUN_FIELD}))
        }
        Change::Accepted { key, accepted } => Some(json!({"object_key": key, "accepted": accepted})),
        Change::Deleted { key } => Some(json!({"object_key": key, "presence": PresenceStatus::Deleted})),
        Change::Gone { key } => Some(json!({"object_key": key, "presence": PresenceStatus::Gone})),
    }
}

struct Row {
    object_key: String,
    name: String,
    remote_id: String,
    marker: Option<String>,
    presence: String,
    applied: Value,
    applied_run: Option<String>,
    accepted: Value,
    rules: Value,
    daily_cost_minor: Option<i64>,
    daily_cost_currency: Option<String>,
    observation: Option<Value>,
    observed_at: Option<DateTime<Utc>>,
    deployment_id: Option<Uuid>,
}

impl TryFrom<Row> for PlatformObject {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let (minor, currency) = (row.daily_cost_minor, row.daily_cost_currency.as_deref());
        Ok(Self {
            key: stored::parsed("platform_object.object_key", &row.object_key)?,
            name: row.name,
            remote_id: RemoteId(row.remote_id),
            naming: Naming::from_stored(row.marker),
            presence: stored::word("platform_object.presence", &row.presence)?,
            applied: Applied {
                fields: stored::document("platform_object.applied", row.applied)?,
                run: stored::word_or_none("platform_object.applied_run", row.applied_run.as_deref())?,
                accepted: stored::document("platform_object.accepted", row.accepted)?,
                rules: stored::document("platform_object.rules", row.rules)?,
                daily_cost: stored::money("platform_object.daily_cost_currency", minor, currency)?,
            },
            observation: row
                .observation
                .map(|observation| stored::document("platform_object.observation", observation))
                .transpose()?,
            observed_at: row.observed_at,
            deployment: row.deployment_id.map(DeploymentId),
        })
    }
}
