//! `placard boosts`: what is being put together, until it becomes a campaign.

use super::{
    ExitCode,
    failure::{WrongInput, WrongSpec},
    input::text_of,
    office::Office,
    paint::Paint,
    words::one_of,
};
use crate::{
    api::{
        view::{BoostView, CampaignView},
        words::BoostSession,
    },
    boosts::{BoostError, Boosts, Seen},
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_domain::{
    document::{BoostDraft, BoostStatus},
    spec::{self, Diagnostics},
};
use placard_store::{
    audit::Origin,
    campaign,
    documents::{Filter, Query},
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// `placard boosts`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Save what was chosen so far, from a JSON file: name, goal, asset_id, copy, targeting, budget, destination, platforms.
    Set {
        /// The session.
        session: BoostSession,
        /// The file; - for standard input.
        file: PathBuf,
        /// Only if it is still at this version; whichever stands is replaced if left out.
        #[arg(long)]
        version: Option<i64>,
    },
    /// Show a boost and what it lacks.
    Show {
        /// The session.
        session: BoostSession,
    },
    /// List boosts, the newest first.
    List {
        /// Only those that stand here.
        #[arg(long, value_parser = one_of(BoostStatus::ALL, BoostStatus::as_str))]
        status: Option<BoostStatus>,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Turn a boost into a campaign. The same again gives the same campaign; publishing is another step.
    Convert {
        /// The session.
        session: BoostSession,
        /// Write the campaign's spec to this file as well, to be applied.
        #[arg(short, long, value_name = "SPEC")]
        file: Option<PathBuf>,
    },
    /// Remove a boost. The campaign that it became stays.
    Delete {
        /// The session.
        session: BoostSession,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    Office::at(settings, "placard boosts", async |office| act(office, settings.json, args.command).await)
        .await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    let boosts = Boosts {
        db: office.session.db(),
        documents: office.session.documents().await?,
        tenant: office.tenant,
        now: Utc::now(),
    };
    match command {
        Command::Set { session, file, version } => {
            let chosen = read(&file)?;
            let seen = match (version, boosts.find(&session).await?) {
                (Some(version), _) => Seen::Version(version),
                (None, Some(stands)) => Seen::Version(stands.version),
                (None, None) => Seen::None,
            };
            let judged = boosts.save(&session, chosen, seen).await.map_err(|error| told(&session, error))?;
            whole(&judged.into(), as_json);
        }
        Command::Show { session } => {
            let found = boosts.get(&session).await.map_err(|error| told(&session, error))?;
            whole(&boosts.judged(found).await?.into(), as_json);
        }
        Command::List { status, limit } => {
            let filter = status.map_or(Filter::ALL, |status| Filter::eq("status", status.as_str()));
            let query = Query { filter, limit, ..Query::default() };
            let found = boosts.documents.find::<BoostDraft>(office.tenant, &query).await?.items;
            if found.is_empty() && !as_json {
                let command = Paint::for_stdout().cyan("placard boosts set SESSION FILE");
                println!("There is no such boost; {command} begins one");
            }
            found.into_iter().for_each(|stored| line(&stored.into(), as_json));
        }
        Command::Convert { session, file } => {
            let actor = office.session.actor();
            let converted = boosts.convert(&session, &actor, &Origin::default()).await;
            let (campaign, is_new) = converted.map_err(|error| told(&session, error))?;
            if let Some(file) = &file {
                let mut tx = office.tx().await?;
                let spec = campaign::spec(&mut tx, campaign.id, None).await?;
                tx.commit().await?;
                let (name, text) = (file.display(), spec::write(&spec));
                std::fs::write(file, text)
                    .map_err(|error| WrongInput(format!("{name} cannot be written: {error}")))?;
            }
            became(&campaign.into(), is_new, file.as_deref(), as_json);
        }
        Command::Delete { session } => {
            boosts.delete(&session).await.map_err(|error| told(&session, error))?;
            if as_json {
                println!("{}", json!({"session": &*session, "deleted": true}));
            } else {
                println!("{} {} is removed", Paint::for_stdout().green("✓"), &*session);
            }
        }
    }
    Ok(ExitCode::Done)
}

fn read(file: &Path) -> Result<Map<String, Value>> {
    let name = file.display();
    serde_json::from_str(&text_of(file)?)
        .map_err(|error| WrongInput(format!("{name} is no JSON object: {error}")).into())
}

/// What went wrong, as this command's own words and exit code.
fn told(session: &str, error: BoostError) -> anyhow::Error {
    match error {
        BoostError::NotFound => {
            WrongInput(format!("there is no boost `{session}`; `placard boosts list` shows them")).into()
        }
        BoostError::Unready(lacks) => {
            WrongSpec { file: format!("boost {session}"), findings: Diagnostics(lacks) }.into()
        }
        error @ (BoostError::Stale { .. } | BoostError::Converted | BoostError::Ours(_)) => {
            WrongInput(error.to_string()).into()
        }
        BoostError::Documents(error) => error.into(),
        BoostError::Store(error) => error.into(),
        BoostError::Library(error) => error.context("the library cannot be asked"),
    }
}

fn line(boost: &BoostView, as_json: bool) {
    if as_json {
        println!("{}", json!(boost));
        return;
    }
    let paint = Paint::for_stdout();
    let name = boost.boost.get("name").and_then(Value::as_str).unwrap_or_default();
    println!(
        "{:<28} {:<10} {:>4}  {}  {name}",
        boost.session,
        boost.status,
        boost.version,
        paint.dim(boost.updated_at.format("%Y-%m-%d %H:%M"))
    );
}

fn whole(boost: &BoostView, as_json: bool) {
    if as_json {
        println!("{}", json!(boost));
        return;
    }
    let paint = Paint::for_stdout();
    println!(
        "{} {} at version {}, kept until {}",
        paint.bold(&boost.session),
        boost.status,
        boost.version,
        boost.expires_at.format("%Y-%m-%d")
    );
    for (name, value) in &boost.boost {
        println!("    {} {value}", paint.dim(format!("{name:<12}")));
    }
    if let Some(campaign) = boost.campaign_id {
        println!("    {} {campaign}", paint.dim("it is campaign"));
    }
    for lack in boost.missing.iter().flatten() {
        let help = lack.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        println!("    {} {}: {}{help}", paint.yellow("missing"), lack.path, lack.message);
    }
    if boost.status == BoostStatus::Ready {
        let command = paint.cyan(format!("placard boosts convert {}", boost.session));
        println!("{command} makes it a campaign");
    }
}

fn became(campaign: &CampaignView, is_new: bool, file: Option<&Path>, as_json: bool) {
    if as_json {
        println!("{}", json!({"campaign": campaign, "new": is_new}));
        return;
    }
    let paint = Paint::for_stdout();
    let already = if is_new { "" } else { " already" };
    println!("{} it is the campaign {}{already}", paint.green("✓"), paint.bold(&campaign.key));
    if let Some(file) = file {
        let command = paint.cyan(format!("placard apply -f {}", file.display()));
        println!("    {command} publishes it");
    }
}
