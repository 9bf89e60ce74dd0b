//! `placard sync`: numbers from the platforms.

use super::{ExitCode, paint::Paint, progress_bar};
use crate::{
    session::{Reach, Session},
    settings::Settings,
    sync::{self, Read},
    work::SyncAccount,
};
use anyhow::Result;
use chrono::NaiveDate;
use placard_store::{
    connection::{self, Connection},
    jobs,
    tenant::Tenant,
};
use serde_json::json;

/// `placard sync`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Only this account.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Read again from this day on, instead of from where numbers may still change.
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Leave it to a `placard worker`.
    #[arg(long, conflicts_with = "since")]
    later: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard sync").await?;
    let outcome = sync(&session, settings, &args).await;
    session.close().await?;
    outcome
}

async fn sync(session: &Session, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut tx = session.db().tenant(tenant.id).await?;
    let mut connections = connection::list(&mut tx).await?;
    tx.commit().await?;
    connections.retain(|one| args.account.as_ref().is_none_or(|wanted| *wanted == one.account.id));
    anyhow::ensure!(!connections.is_empty(), "no such account is connected; `placard accounts` lists them");
    if args.later {
        return enqueue(session, &tenant, &connections).await;
    }
    for connection in &connections {
        let reach = session.reach(&tenant, connection).await?;
        let reads = account(session, &tenant, &reach, args.since).await?;
        if settings.json {
            for read in &reads {
                let Read { level, cut, since, ingested } = read;
                println!(
                    "{}",
                    json!({"account": connection.account.id, "level": level, "cut": cut.title(), "since": since, "inserted": ingested.inserted, "changed": ingested.changed, "unchanged": ingested.unchanged})
                );
            }
        } else {
            println!("{}", summary(&connection.account.id, &reads, Paint::for_stdout()));
        }
    }
    Ok(ExitCode::Done)
}

async fn enqueue(session: &Session, tenant: &Tenant, connections: &[Connection]) -> Result<ExitCode> {
    let wanted: Vec<_> =
        connections.iter().map(|one| SyncAccount { account: one.account.clone() }.in_background()).collect();
    let mut tx = session.db().tenant(tenant.id).await?;
    jobs::enqueue(&mut tx, &wanted).await?;
    tx.commit().await?;
    println!("{} syncs wait for a `placard worker`.", wanted.len());
    Ok(ExitCode::Done)
}

/// Syncs one account with a bar that moves.
pub(super) async fn account(
    session: &Session,
    tenant: &Tenant,
    reach: &Reach,
    since: Option<NaiveDate>,
) -> Result<Vec<Read>> {
    let (bar, _) = progress_bar::bar(Some(sync::kinds(reach) as u64));
    let reads = sync::account(session.db(), tenant.id, reach, since, |read| {
        bar.set_message(format!("{} of level {}", read.cut.title(), read.level));
        bar.inc(1);
    })
    .await;
    bar.finish_and_clear();
    reads
}

pub(super) fn summary(account: &str, reads: &[Read], paint: Paint) -> String {
    let sum = |count: fn(&Read) -> u64| reads.iter().map(count).sum::<u64>();
    let (new, changed, same) = (
        sum(|read| read.ingested.inserted),
        sum(|read| read.ingested.changed),
        sum(|read| read.ingested.unchanged),
    );
    let account = paint.bold(account);
    if new + changed == 0 {
        return format!("{} {account}: nothing new; {same} rows are as they were", paint.green("✓"));
    }
    format!("{} {account}: {new} new rows, {changed} restated, {same} as they were", paint.green("✓"))
}
