//! Which goal counts the deals that an ad account is told of.

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{AccountRef, ConversionGoalId};
use serde_json::json;
use uuid::Uuid;

/// A goal that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Our id of the choice.
    pub id: ConversionGoalId,
    /// The ad account that is told.
    pub account: AccountRef,
    /// The goal's name, by which the platform knows it.
    pub name: String,
    /// How long after a click it counts what came of it.
    pub window: TimeDelta,
    /// Deals that were won before are not told.
    pub since: DateTime<Utc>,
    /// Who chose it, for people.
    pub created_by: String,
}

/// A goal to choose.
#[derive(Clone, Debug)]
pub struct NewGoal<'a> {
    /// The ad account that is told.
    pub account: &'a AccountRef,
    /// The goal's name.
    pub name: &'a str,
    /// The platform's id of the goal.
    pub remote_id: &'a str,
    /// How long after a click it counts what came of it.
    pub window: TimeDelta,
    /// Deals that were won before are not told. Without it those are told that are won from now on, or from when the same
    /// goal was chosen before.
    pub since: Option<DateTime<Utc>>,
}

/// Chooses the goal of an account at `now`, in place of an earlier one.
pub async fn choose(
    tx: &mut TenantTx,
    actor: &Actor,
    new: &NewGoal<'_>,
    now: DateTime<Utc>,
) -> Result<Goal, StoreError> {
    let minutes = i32::try_from(new.window.num_minutes())
        .map_err(|error| StoreError::corrupt("conversion_goal.window_minutes", error))?;
    let id = sqlx::query_scalar!(
        r#"
        insert into conversion_goal as g (
            tenant_id, id, platform, account, name, remote_id, window_minutes, since, created_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, coalesce($8::timestamptz, $10::timestamptz), $9)
        on conflict on constraint conversion_goal_account_unique do update
        set
            name = excluded.name, remote_id = excluded.remote_id, window_minutes = excluded.window_minutes,
            since = coalesce($8, case when g.name = excluded.name then g.since else $10 end),
            created_by = excluded.created_by, created_at = now()
        returning id
        "#,
        tx.tenant().0,
        Uuid::now_v7(),
        new.account.platform.as_str(),
        new.account.id,
        new.name,
        new.remote_id,
        minutes,
        new.since,
        actor.name(),
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    let chosen = of(tx, new.account).await?;
    let chosen = chosen.ok_or_else(|| StoreError::not_found("conversion goal", id))?;
    let told = json!({"account": new.account, "goal": new.name, "since": chosen.since});
    note(tx, actor, Action::Update, id, told).await?;
    Ok(chosen)
}

/// Tells an account of no further deals. Gives what was chosen for it.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn remove(tx: &mut TenantTx, actor: &Actor, id: ConversionGoalId) -> Result<Goal, StoreError> {
    let found = list(tx).await?.into_iter().find(|goal| goal.id == id);
    let found = found.ok_or_else(|| StoreError::not_found("conversion goal", id))?;
    sqlx::query!("delete from conversion_goal where tenant_id = $1 and id = $2", tx.tenant().0, id.0)
        .execute(tx.conn())
        .await?;
    let told = json!({"account": found.account, "goal": found.name});
    note(tx, actor, Action::Delete, id.0, told).await?;
    Ok(found)
}

/// The goal of an account, if one was chosen.
pub async fn of(tx: &mut TenantTx, account: &AccountRef) -> Result<Option<Goal>, StoreError> {
    Ok(list(tx).await?.into_iter().find(|goal| goal.account == *account))
}

/// Every goal that was chosen, by account.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Goal>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, platform, account, name, window_minutes, since, created_by
        from conversion_goal
        where tenant_id = $1
        order by platform, account
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut goals = Vec::with_capacity(rows.len());
    for row in rows {
        let platform = stored::word("conversion_goal.platform", &row.platform)?;
        goals.push(Goal {
            id: ConversionGoalId(row.id),
            account: AccountRef { platform, id: row.account },
            name: row.name,
            window: TimeDelta::minutes(row.window_minutes.into()),
            since: row.since,
            created_by: row.created_by,
        });
    }
    Ok(goals)
}

async fn note(
    tx: &mut TenantTx,
    actor: &Actor,
    action: Action,
    id: Uuid,
    told: serde_json::Value,
) -> Result<(), StoreError> {
    let (old, new) = if action == Action::Delete { (Some(told), None) } else { (None, Some(told)) };
    let entry = Entry { action, entity_type: "conversion_goal", entity_id: id.to_string(), old, new };
    audit::append(tx, actor, &entry).await
}
