//! `placard accounts`: which ad accounts are connected.

use super::{ExitCode, paint::Paint};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use placard_store::{ad_account, connection};
use serde_json::json;

pub(super) async fn run(settings: &Settings) -> Result<ExitCode> {
    let session = Session::open(settings, "placard accounts").await?;
    let outcome = list(&session, settings.json).await;
    session.close().await?;
    outcome
}

async fn list(session: &Session, as_json: bool) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut tx = session.db().tenant(tenant.id).await?;
    let accounts = ad_account::list(&mut tx).await?;
    let connections = connection::list(&mut tx).await?;
    tx.commit().await?;
    let paint = Paint::for_stdout();
    if accounts.is_empty() && !as_json {
        println!("No ad account is connected yet; run {}", paint.cyan("placard connect meta"));
    }
    for account in &accounts {
        let said = &account.description;
        let connected = connections.iter().find(|connection| connection.account == said.account);
        if as_json {
            let status = connected.map(|one| one.status);
            println!(
                "{}",
                json!({
                    "account": said.account.id, "platform": said.account.platform, "name": said.name,
                    "currency": said.currency, "time_zone": said.zone.name(), "status": said.status,
                    "connection": status, "last_synced_at": account.last_synced_at,
                })
            );
            continue;
        }
        let connection = match connected {
            Some(one) => paint.green(one.status),
            None => paint.dim("not connected"),
        };
        println!(
            "{:<10} {:<14} {:<26} {:<4} {:<18} {connection}",
            said.account.platform.title(),
            paint.bold(&said.account.id),
            said.name,
            said.currency,
            said.zone.name(),
        );
    }
    Ok(ExitCode::Done)
}
