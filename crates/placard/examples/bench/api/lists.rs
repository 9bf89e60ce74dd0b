//! What row-level security costs where many rows are looked at.

use super::stage::Stage;
use crate::{
    Size,
    figure::{Bar, Figure, grouped},
    timing::Samples,
};
use anyhow::{Result, ensure};
use placard_domain::TenantId;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use std::time::{Duration, Instant};

/// Of the same query without it.
const OF_OWNER: f64 = 0.8;

/// A page, as `campaign::list` reads it.
const LIST: &str = "select id, key, name, objective, status, run, currency, budget_kind, budget_minor, revision, \
                    spec_hash, error, last_synced_at, created_at, updated_at \
                    from campaign where tenant_id = $1 and status <> 'archived' order by key limit 51";

/// How many there are in each state.
const COUNT: &str =
    "select status, count(*) from campaign where tenant_id = $1 group by status order by status";

/// Lists and counts campaigns under row-level security and, without it, as the owner of everything.
pub(super) async fn measure(size: Size, stage: &Stage) -> Result<Vec<Figure>> {
    let mut connection = stage.database.superuser().await;
    let tenant = stage.tenant;
    let guarded = format!("begin; set local role placard_app; set local placard.tenant = '{tenant}'");
    let mut figures = Vec::new();
    for (measure, statement, times) in
        [("list a page of 50", LIST, size.queries), ("count by status", COUNT, size.queries / 10)]
    {
        let (mut ours, mut owners) = (Samples::default(), Samples::default());
        for round in 0..=size.rounds {
            let (took, seen) = repeat(&mut connection, &guarded, statement, tenant, times).await?;
            let (owner_took, owner_seen) = repeat(&mut connection, "begin", statement, tenant, times).await?;
            ensure!(seen == owner_seen && seen > 1, "one sees {seen} rows, the other {owner_seen}");
            // The first round warms up.
            if round > 0 {
                ours.push(took);
                owners.push(owner_took);
            }
        }
        let measure =
            format!("{measure}, {} campaigns of two tenants", grouped(stage.campaigns as f64 * 2.0));
        let baseline = ("without row-level security", &owners);
        figures.push(Figure::speeds(measure, (times, "queries"), &ours, baseline, Bar::AtLeast(OF_OWNER)));
    }
    connection.close().await?;
    let note = "a transaction for each query; ours also becomes the application's role and the tenant in it";
    Ok(figures.into_iter().map(|figure| figure.note(note)).collect())
}

/// How long so many transactions of one query take, and how many rows each gives.
async fn repeat(
    connection: &mut PgConnection,
    begin: &str,
    statement: &'static str,
    tenant: TenantId,
    times: usize,
) -> Result<(Duration, usize)> {
    let (began, mut seen) = (Instant::now(), 0);
    for _ in 0..times {
        connection.execute(AssertSqlSafe(begin)).await?;
        let rows = sqlx::query(statement).bind(tenant.0).fetch_all(&mut *connection).await?;
        seen = rows.iter().filter(|row| row.len() > 1).count();
        connection.execute("commit").await?;
    }
    Ok((began.elapsed(), seen))
}
