//! `placard deals` and `placard pipelines`: what is to be sold, and the way it takes.

mod conversions;

use super::{
    ExitCode,
    failure::WrongInput,
    office::{Office, said},
    paint::Paint,
    words::one_of,
};
use crate::{
    api::view::{DealView, PipelineView},
    settings::Settings,
    work::TellDeals,
};
use anyhow::Result;
use chrono::{NaiveDate, Utc};
use clap::Subcommand;
use placard_domain::{
    Currency, DealId, Money,
    crm::{
        deal::Deal,
        pipeline::{Pipeline, Stage, StageKind},
    },
};
use placard_store::crm::{deal, pipeline};
use rust_decimal::Decimal;
use serde_json::json;

/// `placard deals`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List deals, the newest first.
    List {
        /// Only at stages of this kind.
        #[arg(long, value_parser = one_of(StageKind::ALL, StageKind::as_str))]
        kind: Option<StageKind>,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Make a deal: `placard deals add ann@example.com "New roof" 12000 EUR`.
    Add {
        /// With whom: a lead's id, address or number.
        lead: String,
        /// What it is.
        title: String,
        /// What it is worth, in major units: 12000 or 99.90.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
        /// When it is likely to be decided.
        #[arg(long, value_name = "DATE")]
        close: Option<NaiveDate>,
        /// On which pipeline; the first if left out.
        #[arg(long)]
        pipeline: Option<String>,
        /// At which stage; the first if left out.
        #[arg(long)]
        stage: Option<String>,
    },
    /// Move a deal to another stage of its pipeline.
    Move {
        /// The deal.
        deal: DealId,
        /// The stage's name.
        stage: String,
    },
    /// Show a deal and where it stood when.
    Show {
        /// The deal.
        deal: DealId,
    },
    /// Tell the platform whose click brought a lead that the deal was won.
    #[command(subcommand)]
    Conversions(conversions::Command),
}

/// `placard pipelines`
#[derive(clap::Args, Debug)]
pub(super) struct PipelineArgs {
    #[command(subcommand)]
    command: PipelineCommand,
}

#[derive(Subcommand, Debug)]
enum PipelineCommand {
    /// List pipelines with their stages.
    List,
    /// Make a pipeline: `placard pipelines create Roofs --stage Survey:20 --stage Offer:60`. Stages called Won and
    /// Lost are put at its end.
    Create {
        /// Its name.
        name: String,
        /// An open stage and how likely a deal there is won, in percent; name as many as there are, in order.
        #[arg(long = "stage", value_name = "NAME:PERCENT", required = true)]
        stages: Vec<String>,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    Office::at(settings, "placard deals", async |office| match args.command {
        Command::Conversions(command) => conversions::act(office, settings.json, command).await,
        command => act(office, settings.json, command).await.map(|()| ExitCode::Done),
    })
    .await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<()> {
    let (vault, actor) = (office.session.vault(), office.session.actor());
    match command {
        Command::Conversions(_) => Ok(()),
        Command::List { kind, limit } => list(office, as_json, kind, limit).await,
        Command::Add { lead, title, amount, currency, close, pipeline: name, stage } => {
            let wrong = |error: &dyn std::error::Error| WrongInput(error.to_string());
            let money = Money::from_major(amount, currency).map_err(|error| wrong(&error))?;
            let new = Deal::new(&title, money, close).map_err(|error| wrong(&error))?;
            let lead = office.lead(&lead).await?.id;
            let mut tx = office.tx().await?;
            let pipeline = pipeline::named_or_first(&mut tx, &actor, name.as_deref()).await?;
            let (stage, at) = pipeline.stage(stage.as_deref()).ok_or_else(|| unknown_stage(&pipeline))?;
            let place = (pipeline.id, *stage, at.kind);
            let id = deal::create(&mut tx, vault, &actor, lead, place, &new, Utc::now()).await?;
            let made = deal::get(&mut tx, vault, id).await?;
            let told = TellDeals::after(&mut tx, at.kind).await?;
            tx.commit().await?;
            show(made, as_json);
            who_tells(told, as_json);
            Ok(())
        }
        Command::Move { deal: id, stage } => {
            let mut tx = office.tx().await?;
            let seen = deal::get(&mut tx, vault, id).await?;
            let pipelines = pipeline::list(&mut tx).await?;
            if let Some(own) = pipelines.iter().find(|one| one.id == seen.pipeline.0)
                && own.stage(Some(&stage)).is_none()
            {
                return Err(unknown_stage(own).into());
            }
            let moved = deal::move_to(&mut tx, vault, &actor, id, seen.version, &stage, Utc::now()).await?;
            let told = TellDeals::after(&mut tx, moved.stage.1.kind).await?;
            tx.commit().await?;
            show(moved, as_json);
            who_tells(told, as_json);
            Ok(())
        }
        Command::Show { deal: id } => {
            let mut tx = office.tx().await?;
            let found = deal::get(&mut tx, vault, id).await?;
            let history = deal::history(&mut tx, id).await?;
            let mut view = DealView::of(found.clone(), true);
            view.history = history.into_iter().map(Into::into).collect();
            if as_json {
                println!("{}", json!(view));
                return Ok(());
            }
            show(found, false);
            for moved in &view.history {
                let from = moved.from.as_deref().unwrap_or("made at");
                println!("    {}  {from} → {}  {}", moved.at.format("%Y-%m-%d %H:%M"), moved.to, moved.by);
            }
            Ok(())
        }
    }
}

/// Says how a platform comes to know of a won deal, if one is told.
fn who_tells(told: bool, as_json: bool) {
    if told && !as_json {
        let now = Paint::for_stdout().cyan("placard deals conversions send");
        println!("    a worker tells the platform, if a click brought it; {now} does it now");
    }
}

fn unknown_stage(pipeline: &pipeline::Stored) -> WrongInput {
    let names: Vec<&str> = pipeline.stages.iter().map(|(_, stage)| stage.name.as_str()).collect();
    WrongInput(format!("the pipeline {} has no such stage; it has {}", pipeline.name, names.join(", ")))
}

async fn list(office: &Office, as_json: bool, kind: Option<StageKind>, limit: u16) -> Result<()> {
    let mut tx = office.tx().await?;
    let filter = deal::Filter { kind, ..deal::Filter::default() };
    let found = deal::list(&mut tx, office.session.vault(), &filter, i64::from(limit)).await?;
    if found.is_empty() && !as_json {
        println!("There are no such deals; {} makes one", Paint::for_stdout().cyan("placard deals add"));
    }
    found.into_iter().for_each(|deal| show(deal, as_json));
    Ok(())
}

fn show(deal: deal::Stored, as_json: bool) {
    let view = DealView::of(deal, true);
    if as_json {
        println!("{}", json!(view));
        return;
    }
    let paint = Paint::for_stdout();
    let amount = Money::from(view.amount).to_string();
    let title = view.title.as_deref().unwrap_or("(forgotten)");
    let stage = format!("{} ({} %)", view.stage.name, view.stage.probability);
    println!("{} {amount:>16}  {stage:<22} {title}  {}", paint.dim(view.id), paint.dim(view.pipeline));
}

pub(super) async fn pipelines(settings: &Settings, args: PipelineArgs) -> Result<ExitCode> {
    let work = async |office: &Office| match args.command {
        PipelineCommand::List => list_pipelines(office, settings.json).await,
        PipelineCommand::Create { name, stages } => create(office, settings.json, &name, &stages).await,
    };
    Office::at(settings, "placard pipelines", work).await?;
    Ok(ExitCode::Done)
}

async fn list_pipelines(office: &Office, as_json: bool) -> Result<()> {
    let found = pipeline::list(&mut office.tx().await?).await?;
    if found.is_empty() && !as_json {
        println!("There is none yet; the first deal makes one called Sales");
    }
    for one in found.into_iter().map(PipelineView::from) {
        if as_json {
            println!("{}", json!(one));
            continue;
        }
        let stages: Vec<_> =
            one.stages.iter().map(|stage| format!("{} {} %", stage.name, stage.probability)).collect();
        println!("{:<20} {}", Paint::for_stdout().bold(one.name), stages.join(" → "));
    }
    Ok(())
}

async fn create(office: &Office, as_json: bool, name: &str, stages: &[String]) -> Result<()> {
    let open = |text: &String| {
        let (name, percent) = text.rsplit_once(':')?;
        let probability = percent.trim().parse().ok()?;
        Some(Stage { name: name.to_owned(), kind: StageKind::Open, probability })
    };
    let mut all = Vec::with_capacity(stages.len() + 2);
    for text in stages {
        let stage = open(text)
            .ok_or_else(|| WrongInput(format!("`{text}` is not NAME:PERCENT, for example Offer:60")))?;
        all.push(stage);
    }
    let end = |name: &str, kind, probability| Stage { name: name.to_owned(), kind, probability };
    all.extend([end("Won", StageKind::Won, 100), end("Lost", StageKind::Lost, 0)]);
    let new = Pipeline::new(name, all).map_err(|error| WrongInput(error.to_string()))?;
    let mut tx = office.tx().await?;
    let id = pipeline::create(&mut tx, &office.session.actor(), &new).await?;
    tx.commit().await?;
    said(as_json, &json!({"pipeline": id}), &format!("There is a pipeline {}", new.name()));
    Ok(())
}
