//! `placard assets purge`.

use crate::{
    cli::{ExitCode, office::Office, paint::Paint, words::counted},
    library::{KEPT_DAYS, Purge, Purged},
    settings::Settings,
};
use anyhow::Result;
use chrono::{TimeDelta, Utc};
use indicatif::BinaryBytes;
use placard_store::asset::Asset;
use serde_json::json;

/// `placard assets purge`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// How many days an asset must have been aside.
    #[arg(long, default_value_t = KEPT_DAYS, value_name = "DAYS")]
    older_than: u16,
    /// Only say what would go.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(settings: &Settings, args: &Args) -> Result<ExitCode> {
    Office::at(settings, "placard assets", async |office| act(office, settings.json, args).await).await
}

async fn act(office: &Office, as_json: bool, args: &Args) -> Result<ExitCode> {
    let (session, actor) = (&office.session, office.session.actor());
    let library = session.library().await?;
    let purge = Purge {
        db: session.db(),
        tenant: office.tenant,
        actor: &actor,
        older_than: TimeDelta::days(args.older_than.into()),
        now: Utc::now(),
    };
    let purged =
        if args.dry_run { library.would_purge(&purge).await? } else { library.purge(&purge).await? };
    if as_json {
        println!("{}", as_value(&purged, args.dry_run));
    } else {
        tell(&purged, args.dry_run);
    }
    Ok(ExitCode::Done)
}

fn as_value(purged: &Purged, dry_run: bool) -> serde_json::Value {
    let asset = |asset: &Asset| json!({"id": asset.id, "name": asset.name, "deleted_at": asset.deleted_at});
    let all = |assets: &[Asset]| assets.iter().map(asset).collect::<Vec<_>>();
    json!({
        "dry_run": dry_run,
        "assets": all(&purged.assets),
        "shown": all(&purged.shown),
        "strays": purged.strays,
        "unfinished": purged.unfinished,
        "bytes": purged.bytes,
    })
}

fn tell(purged: &Purged, dry_run: bool) {
    let paint = Paint::for_stdout();
    for asset in &purged.assets {
        let since = asset.deleted_at.map(|moment| moment.format("aside since %Y-%m-%d").to_string());
        println!("  {:<32} {}  {}", asset.name, since.unwrap_or_default(), paint.dim(asset.id));
    }
    for asset in &purged.shown {
        println!("  {:<32} stays, because a campaign that is on a platform shows it", asset.name);
    }
    let mut parts = vec![format!("the bytes of {}", counted(purged.assets.len(), "asset"))];
    if purged.strays > 0 {
        parts.push(format!("{} without a record", counted(purged.strays, "content")));
    }
    if purged.unfinished > 0 {
        parts.push(format!("{} half written", counted(purged.unfinished, "file")));
    }
    let (what, bytes) = (parts.join(", "), BinaryBytes(purged.bytes));
    if dry_run {
        println!("{what} would go ({bytes})");
    } else {
        println!("{} {what} are gone ({bytes})", paint.green("✓"));
    }
}
