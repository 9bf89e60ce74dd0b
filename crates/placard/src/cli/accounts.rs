//! `placard accounts`: which ad accounts are connected.

use super::{
    ExitCode,
    desk::{self, Desk},
    paint::Paint,
};
use crate::{api::view::AccountView, settings::Settings};
use anyhow::Result;
use serde_json::json;

pub(super) async fn run(settings: &Settings) -> Result<ExitCode> {
    desk::at(settings, "placard accounts", async |desk| list(desk, settings.json).await).await
}

async fn list(desk: &dyn Desk, as_json: bool) -> Result<ExitCode> {
    let accounts = desk.accounts().await?;
    let paint = Paint::for_stdout();
    if accounts.is_empty() && !as_json {
        println!("No ad account is connected yet; run {}", paint.cyan("placard connect meta"));
    }
    for account in &accounts {
        let AccountView { platform, id, name, currency, time_zone, .. } = account;
        if as_json {
            println!(
                "{}",
                json!({
                    "account": id, "platform": platform, "name": name, "currency": currency,
                    "time_zone": time_zone, "status": account.status, "connection": account.connection,
                    "last_synced_at": account.last_synced_at,
                })
            );
            continue;
        }
        let connection = match account.connection {
            Some(status) => paint.green(status),
            None => paint.dim("not connected"),
        };
        println!(
            "{:<10} {:<14} {name:<26} {currency:<4} {time_zone:<18} {connection}",
            platform.title(),
            paint.bold(id),
        );
    }
    Ok(ExitCode::Done)
}
