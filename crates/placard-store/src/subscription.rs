//! What tenants pay for. How much that allows is checked in the transaction that would go beyond it.

use crate::{StoreError, SystemTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{
    TenantId,
    limits::{Limited, SubscriptionPlan},
};
use sqlx::PgConnection;
use uuid::Uuid;

stored::words! {
    /// Where a subscription stands.
    Status {
        /// It holds.
        Active = "active",
        /// It holds no longer.
        Cancelled = "cancelled",
    }
}

/// Puts the tenant on `plan` from now on, in place of what it had.
pub async fn start(
    tx: &mut SystemTx,
    tenant: TenantId,
    plan: SubscriptionPlan,
    now: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    end(tx, tenant, now, plan).await?;
    sqlx::query!(
        r#"
        insert into subscription (tenant_id, id, plan, status, started_at, ends_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        tenant.0,
        Uuid::now_v7(),
        plan.as_str(),
        Status::Active.as_str(),
        now,
        ends_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends what the tenant has. It is on the free plan from then on, and keeps what it made.
pub async fn cancel(tx: &mut SystemTx, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
    end(tx, tenant, now, SubscriptionPlan::Free).await
}

async fn end(
    tx: &mut SystemTx,
    tenant: TenantId,
    now: DateTime<Utc>,
    next: SubscriptionPlan,
) -> Result<(), StoreError> {
    // The tenant's row is changed first, so that two who do this at once follow each other.
    let found = sqlx::query!(
        r#"
        update tenant
        set plan = $2, updated_at = now()
        where id = $1
        "#,
        tenant.0,
        next.as_str(),
    )
    .execute(tx.conn())
    .await?;
    if found.rows_affected() == 0 {
        return Err(StoreError::not_found("tenant", tenant));
    }
    sqlx::query!(
        r#"
        update subscription
        set status = 'cancelled', ends_at = least(ends_at, $2)
        where tenant_id = $1 and status = 'active'
        "#,
        tenant.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Cancels the subscriptions whose end has come. Returns how many it was.
pub async fn expire(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let ended = sqlx::query_scalar!(
        r#"
        select tenant_id
        from subscription
        where status = 'active' and ends_at <= $1
        order by tenant_id
        "#,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    for tenant in &ended {
        cancel(tx, TenantId(*tenant), now).await?;
    }
    Ok(ended.len())
}

/// Refuses one more of `what` if the tenant's plan does not allow it. Until the transaction ends, nobody else of the
/// tenant comes past this point, so two who come at once do not both take the last place.
///
/// # Errors
/// [`StoreError::PlanLimit`].
pub(crate) async fn allow_one_more(
    conn: &mut PgConnection,
    tenant: TenantId,
    what: Limited,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let plan = sqlx::query_scalar!("select plan from tenant where id = $1", tenant.0)
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| StoreError::not_found("tenant", tenant))?;
    let plan: SubscriptionPlan = stored::word("tenant.plan", &plan)?;
    let Some(limit) = plan.limits().of(what) else { return Ok(()) };
    lock(conn, tenant).await?;
    if count(conn, tenant, what, now).await? >= i64::from(limit) {
        return Err(StoreError::PlanLimit { what, limit, plan });
    }
    Ok(())
}

/// Makes whoever changes what is counted wait for each other: counting and changing are one thing.
pub(crate) async fn lock(conn: &mut PgConnection, tenant: TenantId) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        r#"select pg_advisory_xact_lock(hashtextextended('placard.limits.' || $1::uuid::text, 0)) as "locked!: ()""#,
        tenant.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

async fn count(
    conn: &mut PgConnection,
    tenant: TenantId,
    what: Limited,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let count = match what {
        Limited::Accounts => {
            sqlx::query_scalar!(r#"select count(*) as "count!" from ad_account where tenant_id = $1"#, tenant.0)
                .fetch_one(conn)
                .await
        }
        Limited::Campaigns => {
            sqlx::query_scalar!(
                r#"select count(*) as "count!" from campaign where tenant_id = $1 and status <> 'archived'"#,
                tenant.0,
            )
            .fetch_one(conn)
            .await
        }
        Limited::Seats => {
            sqlx::query_scalar!(
                r#"
                select
                    (select count(*) from membership where tenant_id = $1)
                    + (
                        select count(*)
                        from invitation
                        where tenant_id = $1 and accepted_at is null and revoked_at is null and expires_at > $2
                    ) as "count!"
                "#,
                tenant.0,
                now,
            )
            .fetch_one(conn)
            .await
        }
    };
    Ok(count?)
}
