//! `placard copy`: words for ads, written by templates or a model.

mod setup;
mod show;

use super::{ExitCode, failure::WrongInput, office::Office, paint::Paint, words::one_of};
use crate::{
    api::view::{GeneratedCopyView, PromptView, WrittenView},
    copy::{self, Patience, Writing},
    settings::Settings,
};
use anyhow::{Context, Result};
use chrono::Utc;
use clap::Subcommand;
use placard_domain::{
    Platform,
    copy::{Brief, Tone},
    document::{GeneratedCopy, PromptRecord},
    spec,
};
use placard_store::documents::{Filter, Query, Stored};
use serde_json::json;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// `placard copy`
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Write variants and keep those that break no rule: by the model that is set up, else by templates.
    Write(WriteArgs),
    /// List copies, the newest first.
    List {
        /// Only those for this context.
        #[arg(long)]
        context: Option<String>,
        /// Only those that hold one of these words.
        #[arg(long, conflicts_with = "context")]
        search: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Show a copy, what stands against it and what uses it.
    Show {
        /// Its id.
        id: Uuid,
    },
    /// Put a copy into a spec as its `copy`, and print what that changes. Publishing is another step.
    Use {
        /// Its id.
        id: Uuid,
        /// The spec.
        #[arg(short, long, value_name = "SPEC")]
        file: PathBuf,
        /// Print what would change and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List what models were asked and what it cost, the newest first.
    Prompts {
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Say which model writes, and what it may cost.
    #[command(flatten)]
    Setup(setup::Command),
}

#[derive(clap::Args, Debug)]
struct WriteArgs {
    /// What is advertised.
    #[arg(long)]
    product: String,
    /// Who should see it.
    #[arg(long)]
    audience: String,
    /// What they gain.
    #[arg(long)]
    benefit: Option<String>,
    /// What is offered: a price, a date, a gift.
    #[arg(long)]
    offer: Option<String>,
    /// How it sounds.
    #[arg(long, default_value = "plain", value_parser = one_of(Tone::ALL, Tone::as_str))]
    tone: Tone,
    /// Where it is shown.
    #[arg(long, required = true, value_delimiter = ',', value_parser = one_of(&Platform::ALL, Platform::as_str), value_name = "PLATFORM")]
    platforms: Vec<Platform>,
    /// How many variants.
    #[arg(long, default_value_t = 5)]
    count: usize,
    /// What the copies are for; the product if left out.
    #[arg(long)]
    context: Option<String>,
    /// What they are found by; name as many as there are.
    #[arg(long = "tag")]
    tags: Vec<String>,
    /// Use templates even if a model is set up.
    #[arg(long)]
    templates: bool,
}

pub(in crate::cli) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    Office::at(settings, "placard copy", async |office| act(office, settings.json, args.command).await).await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Write(args) => write(office, as_json, args).await,
        Command::List { context, search, limit } => {
            let found = find(office, context.as_deref(), search.as_deref(), limit).await?;
            if found.is_empty() && !as_json {
                println!(
                    "There are no such copies; {} writes some",
                    Paint::for_stdout().cyan("placard copy write")
                );
            }
            found
                .into_iter()
                .for_each(|stored| show::line(&GeneratedCopyView::of(stored, Vec::new()), as_json));
            Ok(ExitCode::Done)
        }
        Command::Show { id } => {
            let stored = get(office, id).await?;
            let copy = &stored.document;
            let findings = copy.parts.as_ref().map(|parts| parts.check(&copy.platforms, &copy.context));
            show::whole(&GeneratedCopyView::of(stored, findings.unwrap_or_default()), as_json);
            Ok(ExitCode::Done)
        }
        Command::Use { id, file, dry_run } => put(office, as_json, id, &file, dry_run).await,
        Command::Prompts { limit } => {
            let query = Query { limit, ..Query::default() };
            let documents = office.session.documents().await?;
            let found = documents.find::<PromptRecord>(office.tenant, &query).await?.items;
            found.into_iter().for_each(|stored| show::prompt(&PromptView::from(stored.document), as_json));
            Ok(ExitCode::Done)
        }
        Command::Setup(command) => setup::act(office, as_json, command).await,
    }
}

async fn write(office: &Office, as_json: bool, args: WriteArgs) -> Result<ExitCode> {
    let context = args.context.unwrap_or_else(|| args.product.trim().to_owned());
    let context: String = context.chars().take(200).collect();
    let brief = Brief {
        product: args.product,
        audience: args.audience,
        benefit: args.benefit,
        offer: args.offer,
        tone: args.tone,
        platforms: args.platforms,
        count: args.count,
    };
    let brief = brief.checked().map_err(|error| WrongInput(error.to_string()))?;
    let provider = if args.templates {
        Box::new(copy::Templates)
    } else {
        let mut tx = office.tx().await?;
        let provider = copy::provider_of(&mut tx, office.session.vault()).await?;
        tx.commit().await?;
        provider
    };
    let writing = Writing {
        db: office.session.db(),
        documents: office.session.documents().await?,
        tenant: office.tenant,
        user: None,
        provider: &*provider,
        patience: Patience::default(),
        now: Utc::now,
    };
    let written = WrittenView::from(writing.write(&brief, &context, &args.tags).await?);
    if as_json {
        println!("{}", json!(written));
    } else {
        show::written(&written, brief.count);
    }
    Ok(if written.copies.is_empty() { ExitCode::Failed } else { ExitCode::Done })
}

async fn find(
    office: &Office,
    context: Option<&str>,
    search: Option<&str>,
    limit: u16,
) -> Result<Vec<Stored<GeneratedCopy>>> {
    let documents = office.session.documents().await?;
    if let Some(words) = search {
        return Ok(documents.search(office.tenant, words, limit).await?);
    }
    let filter = context.map_or(Filter::ALL, |context| Filter::eq("context", context));
    let query = Query { filter, limit, ..Query::default() };
    Ok(documents.find(office.tenant, &query).await?.items)
}

async fn get(office: &Office, id: Uuid) -> Result<Stored<GeneratedCopy>> {
    let found = office.session.documents().await?.get(office.tenant, id).await?;
    found.ok_or_else(|| WrongInput(format!("there is no copy {id}; `placard copy list` shows them")).into())
}

async fn put(office: &Office, as_json: bool, id: Uuid, file: &Path, dry_run: bool) -> Result<ExitCode> {
    let stored = get(office, id).await?;
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
    let document =
        spec::read(&text).map_err(|findings| super::failure::WrongSpec { file: name.clone(), findings })?;
    let draft = document.draft();
    let key = draft.key.clone().unwrap_or_else(|| spec::slug(&draft.name));
    let wrong = |error: &dyn std::error::Error| WrongInput(error.to_string());
    let fitted = copy::words_for(&stored.document, draft, &key).map_err(|error| wrong(&error))?;
    let changed = spec::with_copy(&text, &fitted.copy).map_err(|error| wrong(&error))?;
    let is_new = changed != text;
    if is_new && !dry_run {
        replace(file, &changed)?;
    }
    if !dry_run {
        let documents = office.session.documents().await?;
        copy::note_use(documents, office.tenant, id, &fitted.uses).await?;
    }
    if as_json {
        let diff = show::diff(&text, &changed);
        println!(
            "{}",
            json!({"copy": id, "file": name, "campaign": key, "changed": is_new, "written": is_new && !dry_run, "diff": diff})
        );
        return Ok(ExitCode::Done);
    }
    show::change(&text, &changed);
    fitted.warnings.into_iter().for_each(|finding| show::finding(&finding.into()));
    let paint = Paint::for_stdout();
    match (is_new, dry_run) {
        (false, _) => println!("{} {name} has these words already", paint.green("✓")),
        (true, true) => println!("{name} was not changed"),
        (true, false) => {
            println!(
                "{} {name} has other words; {} shows what that changes",
                paint.green("✓"),
                paint.cyan(format!("placard plan -f {name}"))
            );
        }
    }
    Ok(ExitCode::Done)
}

/// Puts `text` in place of the file's content, whole or not at all.
fn replace(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = || format!("{} cannot be written", file.display());
    let mut beside = tempfile::NamedTempFile::new_in(folder).with_context(whole)?;
    std::io::Write::write_all(&mut beside, text.as_bytes()).with_context(whole)?;
    let permissions = std::fs::metadata(file).with_context(whole)?.permissions();
    beside.as_file().set_permissions(permissions).with_context(whole)?;
    beside.persist(file).with_context(whole)?;
    Ok(())
}
