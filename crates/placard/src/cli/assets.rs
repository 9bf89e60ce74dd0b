//! `placard assets`: pictures, videos and documents.

mod purge;
mod show;
mod told;

use super::{
    ExitCode,
    desk::{self, Holdings, MOST_LISTED, Wanted},
    failure::WrongInput,
    paint::Paint,
    website::Reach,
    words,
};
use crate::settings::Settings;
use anyhow::Result;
use clap::Subcommand;
use placard_domain::{AssetId, asset::AssetKind};
use serde_json::json;
use told::{in_words, tell_added, tell_refreshed};

/// `placard assets`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

impl Args {
    /// Whether this is about what lies on this machine.
    pub(super) const fn is_purge(&self) -> bool {
        matches!(self.command, Command::Purge(_))
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Add files, or fetch them: `placard assets add hero.png https://example.com/film.mp4`.
    Add {
        /// Pictures (JPEG, PNG, GIF, WebP), videos (MP4, MOV) or documents (PDF).
        #[arg(required = true, value_name = "FILE|URL")]
        from: Vec<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// List assets, the newest first.
    List {
        /// Only those whose name contains this.
        text: Option<String>,
        /// Only this sort.
        #[arg(long, value_name = "KIND", value_parser = words::one_of(AssetKind::ALL, AssetKind::as_str))]
        kind: Option<AssetKind>,
        /// Those put aside instead of the others.
        #[arg(long)]
        deleted: bool,
        /// Only those that `refresh` can ask for again.
        #[arg(long)]
        fetched: bool,
    },
    /// Show an asset, where it fits, where it is and what shows it.
    Show {
        /// Its name or id.
        asset: String,
    },
    /// Ask the addresses of assets that were fetched whether they still give the same.
    Refresh {
        /// Its name or id; without one, every asset that was fetched.
        asset: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Put an asset aside, unless a campaign that is on a platform shows it. For 30 days it can be restored.
    Rm {
        /// Its name or id.
        asset: String,
    },
    /// Take back that an asset was put aside.
    Restore {
        /// Its name or id.
        asset: String,
    },
    /// Remove the bytes of assets that were put aside long ago, and what uploads left that died. A worker does so daily.
    Purge(purge::Args),
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let as_json = settings.json;
    let reach = match &args.command {
        Command::Purge(args) => return purge::run(settings, args).await,
        Command::Add { reach, .. } | Command::Refresh { reach, .. } => reach.vouched.clone(),
        _ => Vec::new(),
    };
    desk::at(settings, "placard assets", async |desk| {
        act(&*desk.holdings(&reach).await?, as_json, &args.command).await
    })
    .await
}

async fn act(assets: &dyn Holdings, as_json: bool, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Add { from, .. } => {
            for from in from {
                let added = assets.add(from).await?;
                if as_json {
                    println!("{}", serde_json::to_string(&added)?);
                } else {
                    tell_added(&added);
                }
            }
            Ok(ExitCode::Done)
        }
        Command::List { text, kind, deleted, fetched } => {
            let wanted = Wanted { text: text.clone(), kind: *kind, deleted: *deleted, fetched: *fetched };
            list(assets, as_json, &wanted).await
        }
        Command::Show { asset } => show::run(assets, as_json, asset).await,
        Command::Refresh { asset: Some(asset), .. } => {
            let asset = assets.resolve(asset, false).await?;
            refresh(assets, as_json, AssetId(asset.id)).await?;
            Ok(ExitCode::Done)
        }
        Command::Refresh { asset: None, .. } => refresh_all(assets, as_json).await,
        Command::Rm { asset } => remove(assets, as_json, asset).await,
        Command::Restore { asset } => restore(assets, as_json, asset).await,
        // Done before there was a desk.
        Command::Purge(_) => Ok(ExitCode::Done),
    }
}

async fn list(assets: &dyn Holdings, as_json: bool, wanted: &Wanted) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    let found = assets.list(wanted, MOST_LISTED + 1).await?;
    if found.is_empty() && !as_json {
        println!("There is none. `placard assets add FILE` adds one.");
    }
    let more = found.len() > MOST_LISTED;
    for asset in found.into_iter().take(MOST_LISTED) {
        if as_json {
            println!("{}", serde_json::to_string(&asset)?);
        } else {
            let purged = if asset.purged_at.is_some() { "  its bytes are purged" } else { "" };
            println!("{:<32} {:<34} {}{purged}", asset.name, in_words(&asset), paint.dim(asset.id));
        }
    }
    if more {
        eprintln!("There are more; a part of the name narrows the list.");
    }
    Ok(ExitCode::Done)
}

async fn refresh(assets: &dyn Holdings, as_json: bool, id: AssetId) -> Result<()> {
    let refreshed = assets.refresh(id).await?;
    if as_json {
        println!("{}", serde_json::to_string(&refreshed)?);
    } else {
        tell_refreshed(&refreshed);
    }
    Ok(())
}

/// One that cannot be asked for keeps nobody else waiting.
async fn refresh_all(assets: &dyn Holdings, as_json: bool) -> Result<ExitCode> {
    let all = assets.list(&Wanted { fetched: true, ..Wanted::default() }, MOST_LISTED).await?;
    if all.is_empty() && !as_json {
        println!("No asset was fetched. `placard assets add URL` fetches one.");
    }
    let mut code = ExitCode::Done;
    for asset in all {
        let outcome = refresh(assets, as_json, AssetId(asset.id)).await;
        match outcome {
            Err(error) if error.is::<WrongInput>() => {
                eprintln!("{} {}: {error}", Paint::for_stderr().red("✗"), asset.name);
                code = ExitCode::Failed;
            }
            other => other?,
        }
    }
    Ok(code)
}

async fn remove(assets: &dyn Holdings, as_json: bool, wanted: &str) -> Result<ExitCode> {
    let asset = assets.resolve(wanted, false).await?;
    let campaigns = assets.remove(AssetId(asset.id)).await?;
    if as_json {
        println!("{}", json!({"id": asset.id, "removed": campaigns.is_empty(), "shown_by": campaigns}));
    } else if campaigns.is_empty() {
        println!(
            "✓ {} is put aside; for 30 days `placard assets restore {}` takes that back",
            asset.name, asset.id
        );
    } else {
        eprintln!("{} stays; it is shown on a platform by {}", asset.name, campaigns.join(", "));
        eprintln!("  → take it out of the spec and apply, or `placard delete` the campaign");
    }
    Ok(if campaigns.is_empty() { ExitCode::Done } else { ExitCode::Undecided })
}

async fn restore(assets: &dyn Holdings, as_json: bool, wanted: &str) -> Result<ExitCode> {
    let asset = assets.resolve(wanted, true).await?;
    let asset = assets.restore(AssetId(asset.id)).await?;
    if as_json {
        println!("{}", serde_json::to_string(&asset)?);
    } else {
        println!("✓ {} is back", asset.name);
    }
    Ok(ExitCode::Done)
}
