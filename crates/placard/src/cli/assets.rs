//! `placard assets`: pictures, videos and documents.

mod arriving;
mod show;

use super::{ExitCode, failure::WrongInput, paint::Paint, words};
use crate::{
    api::view::{AddedView, AssetView},
    library::{AddError, Added},
    session::Session,
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_assets::{IntakeError, content::Removed};
use placard_domain::{AssetId, asset::AssetFacts, asset::AssetKind, suggest::closest};
use placard_store::{
    TenantTx,
    asset::{self, Addition, Asset, Filter, Removal},
    tenant::Tenant,
};
use serde_json::json;

/// How many assets are listed at most.
const MOST_LISTED: usize = 1000;

/// `placard assets`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Add files, or fetch them: `placard assets add hero.png https://example.com/film.mp4`.
    Add {
        /// Pictures (JPEG, PNG, GIF, WebP), videos (MP4, MOV) or documents (PDF).
        #[arg(required = true, value_name = "FILE|URL")]
        from: Vec<String>,
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
    },
    /// Show an asset, where it fits, where it is and what shows it.
    Show {
        /// Its name or id.
        asset: String,
    },
    /// Put an asset aside, unless a campaign that is on a platform shows it.
    Rm {
        /// Its name or id.
        asset: String,
    },
    /// Take back that an asset was put aside.
    Restore {
        /// Its name or id.
        asset: String,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard assets").await?;
    let outcome = act(&session, settings.json, args.command).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, command: Command) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    match command {
        Command::Add { from } => {
            for from in from {
                add(session, &tenant, as_json, &from).await?;
            }
            Ok(ExitCode::Done)
        }
        Command::List { text, kind, deleted } => {
            list(session, &tenant, as_json, Filter { kind, text, deleted }).await
        }
        Command::Show { asset } => show::run(session, &tenant, as_json, &asset).await,
        Command::Rm { asset } => remove(session, &tenant, as_json, &asset).await,
        Command::Restore { asset } => restore(session, &tenant, as_json, &asset).await,
    }
}

async fn add(session: &Session, tenant: &Tenant, as_json: bool, from: &str) -> Result<()> {
    let (arrival, content) = arriving::open(from).await?;
    let library = session.library().await?;
    let added = library.add(session.db(), tenant.id, &session.actor(), arrival, content).await;
    let added = added.map_err(|error| match error {
        AddError::Intake(IntakeError::Refused(refusal)) => {
            WrongInput(format!("{from}: {refusal}; nothing of it was kept")).into()
        }
        other => anyhow::Error::from(other).context(format!("{from} was not added")),
    })?;
    if as_json {
        println!("{}", serde_json::to_string(&AddedView::from(added))?);
    } else {
        tell_added(&added);
    }
    Ok(())
}

fn tell_added(added: &Added) {
    let paint = Paint::for_stdout();
    let asset = &added.asset;
    let how = match added.addition {
        Addition::Added => "",
        Addition::There => ", was there already",
        Addition::Restored => ", had been put aside and is back",
    };
    let (name, facts) = (paint.bold(&asset.name), in_words(&asset.facts));
    println!("{} {name}  {facts}{how}  {}", paint.green("✓"), paint.dim(asset.id));
    if !added.removed.is_empty() {
        let removed: Vec<_> = added.removed.iter().copied().map(Removed::title).collect();
        println!("  taken out of it: {}", removed.join(", "));
    }
    for near in &added.near {
        let (other, id) = (&near.asset.name, near.asset.id);
        let distance = near.distance;
        println!(
            "  {} {other} {}",
            paint.yellow("looks like"),
            paint.dim(format!("({distance} of 64 bits apart)  {id}"))
        );
    }
}

async fn list(session: &Session, tenant: &Tenant, as_json: bool, filter: Filter) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    let mut tx = session.db().tenant(tenant.id).await?;
    let found = asset::list(&mut tx, &filter, None, MOST_LISTED + 1).await?;
    tx.commit().await?;
    if found.is_empty() && !as_json {
        println!("There is none. `placard assets add FILE` adds one.");
    }
    let more = found.len() > MOST_LISTED;
    for asset in found.into_iter().take(MOST_LISTED) {
        if as_json {
            println!("{}", serde_json::to_string(&AssetView::from(asset))?);
        } else {
            println!("{:<32} {:<34} {}", asset.name, in_words(&asset.facts), paint.dim(asset.id));
        }
    }
    if more {
        eprintln!("There are more; a part of the name narrows the list.");
    }
    Ok(ExitCode::Done)
}

async fn remove(session: &Session, tenant: &Tenant, as_json: bool, wanted: &str) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let asset = resolve(&mut tx, wanted, false).await?;
    let removal = asset::remove(&mut tx, &session.actor(), asset.id, Utc::now()).await?;
    tx.commit().await?;
    let (campaigns, code) = match removal {
        Removal::Removed => (Vec::new(), ExitCode::Done),
        Removal::InUse(campaigns) => (campaigns, ExitCode::Undecided),
    };
    if as_json {
        println!("{}", json!({"id": asset.id, "removed": campaigns.is_empty(), "shown_by": campaigns}));
    } else if campaigns.is_empty() {
        println!("✓ {} is put aside; `placard assets restore {}` takes that back", asset.name, asset.id);
    } else {
        eprintln!("{} stays; it is shown on a platform by {}", asset.name, campaigns.join(", "));
        eprintln!("  → take it out of the spec and apply, or `placard delete` the campaign");
    }
    Ok(code)
}

async fn restore(session: &Session, tenant: &Tenant, as_json: bool, wanted: &str) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let asset = resolve(&mut tx, wanted, true).await?;
    let asset = asset::restore(&mut tx, &session.actor(), asset.id).await?;
    tx.commit().await?;
    if as_json {
        println!("{}", serde_json::to_string(&AssetView::from(asset))?);
    } else {
        println!("✓ {} is back", asset.name);
    }
    Ok(ExitCode::Done)
}

/// The asset with this id or name, or an error with what was probably meant. Assets put aside, if `deleted`.
async fn resolve(tx: &mut TenantTx, wanted: &str, deleted: bool) -> Result<Asset> {
    let by_id = match wanted.parse::<AssetId>() {
        Ok(id) => asset::find(tx, id).await?,
        Err(_) => None,
    };
    if let Some(asset) = by_id {
        return Ok(asset);
    }
    let filter = Filter { deleted, ..Filter::default() };
    let all = asset::list(tx, &filter, None, MOST_LISTED).await?;
    let (mut named, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|asset| asset.name == wanted);
    match named.len() {
        1 => return Ok(named.swap_remove(0)),
        0 => {}
        _ => {
            let ids: Vec<_> = named.iter().map(|asset| asset.id.to_string()).collect();
            let ids = ids.join(", ");
            return Err(WrongInput(format!(
                "more than one asset is named `{wanted}`; name one by id: {ids}"
            ))
            .into());
        }
    }
    let help = match closest(wanted, others.iter().map(|asset| asset.name.as_str())) {
        Some(close) => format!("did you mean `{close}`?"),
        None if deleted => "`placard assets list --deleted` shows what was put aside".to_owned(),
        None => "`placard assets list` shows what is there".to_owned(),
    };
    Err(WrongInput(format!("there is no asset `{wanted}`; {help}")).into())
}

/// `PNG 1080×1080, 119 KB`.
fn in_words(facts: &AssetFacts) -> String {
    let size = facts.size().map(|size| format!(" {size}")).unwrap_or_default();
    let length = match &facts.details {
        placard_domain::asset::AssetDetails::Video(video) => {
            format!(", {}.{} s", video.duration_ms / 1000, video.duration_ms % 1000 / 100)
        }
        _ => String::new(),
    };
    format!("{}{size}{length}, {}", facts.media.title(), indicatif::BinaryBytes(facts.bytes))
}
