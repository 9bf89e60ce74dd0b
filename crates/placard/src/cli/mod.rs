//! The command line. One file for each group of commands; this one is their table of contents.

mod accounts;
mod api_keys;
mod apply;
mod archive;
mod ask;
mod assets;
mod audit;
mod automation;
mod boosts;
mod campaign_file;
mod ceiling;
mod confirm;
mod connect;
mod copy;
mod db;
mod deals;
mod demo;
mod desk;
mod documents;
mod drift;
mod erase;
mod failure;
mod file_arriving;
mod import;
mod import_account;
mod import_view;
mod init;
mod input;
mod keys;
mod kill;
mod leads;
mod lineage;
mod login;
mod office;
mod outbox;
mod outreach;
mod paint;
mod plan;
mod plan_view;
mod progress_bar;
mod publisher;
mod pushing;
mod rates;
mod report;
mod revenue;
mod sandbox;
mod scope;
mod serve;
mod setup;
mod status;
mod steer;
mod subscription;
mod sync;
mod users;
mod validate;
mod webhooks;
mod website;
mod words;
mod worker;

pub use failure::ExitCode;

use crate::{remote, settings::Settings};
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Model a campaign once, publish it without ever making a duplicate, follow its numbers.
#[derive(Parser, Debug)]
#[command(name = "placard", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done · 1 failed · 2 wrong input, nothing was done · 3 a person must decide first \
(conflict, stale plan, ceiling, declined) · 4 someone else is publishing to the account · 130 interrupted, can be resumed";

#[derive(Subcommand, Debug)]
enum Command {
    /// Publish the example campaign to a sandbox of Meta, let two weeks pass, report.
    Demo(demo::Args),
    /// Set up this installation: an organisation and its first admin.
    Setup(setup::Args),
    /// Connect ad accounts.
    Connect(connect::Args),
    /// List the connected ad accounts and how their connections fare.
    Accounts(accounts::Args),
    /// Let platforms tell by themselves: reviews, leads, suspensions.
    Webhooks(webhooks::Args),
    /// Write a commented spec to start from.
    Init(init::Args),
    /// Check specs without any call to a platform.
    Validate(validate::Args),
    /// Print the JSON Schema of specs, for editors.
    Schema,
    /// Show what would happen on the platform.
    Plan(plan::Args),
    /// Make the platform as the spec says.
    Apply(apply::Args),
    /// List campaigns, or show one with what is on the platform.
    Status(status::Args),
    /// List the deployments of a campaign, step by step.
    History(status::HistoryArgs),
    /// Show what others changed on the platform; adopt it or push the spec back.
    Drift(drift::Args),
    /// Forget a person, everywhere.
    Erase(erase::Args),
    /// Stop a campaign.
    Pause(steer::Args),
    /// Go on with a deployment that did not finish, or let a paused campaign run again.
    Resume(steer::Args),
    /// Remove what an unfinished deployment made, and nothing else.
    Rollback(steer::Args),
    /// Remove a campaign from the platform.
    Delete(steer::Args),
    /// Limit what may be committed for a day: for everything, an ad account or a campaign.
    Ceiling(ceiling::Args),
    /// Keep the exchange rates by which ceilings count other currencies.
    Rates(rates::Args),
    /// Stop everything at once: nothing more is sent, and what runs is paused.
    Kill(kill::Args),
    /// Read numbers from the platforms.
    Sync(sync::Args),
    /// Load numbers from a file.
    Import(import::Args),
    /// Keep pictures, videos and documents: add, show where they fit, put aside.
    Assets(assets::Args),
    /// Write words for ads, check them, put them into specs.
    Copy(copy::Args),
    /// Put boosts together, one for each session, and turn them into campaigns.
    Boosts(boosts::Args),
    /// Show numbers in the terminal, as JSON or CSV, or write a page with charts.
    Report(report::Args),
    /// Follow each ad back to the prompt, copy and assets it is made of, and on to leads and revenue.
    Lineage(lineage::Args),
    /// Look after people who left their details: take them in, merge, forget.
    Leads(leads::Args),
    /// Look after what is to be sold to them.
    Deals(deals::Args),
    /// Say which way deals take.
    Pipelines(deals::PipelineArgs),
    /// Look after the database.
    Db(db::Args),
    /// Say where the tenant's documents are, or move them to another database.
    Documents(documents::Args),
    /// Keep logins of your own accounts for your own automation: sealed, handed out on record, purged.
    Automation(automation::Args),
    /// Put away profiles that nothing happened to for a year, and fetch them back.
    Archive(archive::Args),
    /// Do background work: take up deployments whose process died, read numbers.
    Worker(worker::Args),
    /// Serve the REST API, with background work beside it.
    Serve(serve::Args),
    /// Say who belongs to the tenant: invite, remove, change roles, reset passwords.
    Users(users::Args),
    /// Keep keys with which programs use the API.
    ApiKeys(api_keys::Args),
    /// Show the messages to people, with their codes: for installations that send no mail.
    Outbox(outbox::Args),
    /// Speak to people: campaigns of messages, approval, sending, what comes back.
    Outreach(outreach::Args),
    /// Show or change what the tenant's plan allows.
    Subscription(subscription::Args),
    /// Read the audit log, find out whether it is whole.
    Audit(audit::Args),
    /// Change the keys that seal secrets and sign tokens, while everything runs.
    Keys(keys::Args),
    /// Run the sandbox, move its clock.
    Sandbox(sandbox::Args),
    /// Audit a landing page before ads lead to it.
    Website(website::Args),
    /// Sign in to a server, which the same commands work through from then on.
    Login(login::Args),
    /// Sign out of the server that is in use, and forget it.
    Logout,
    /// List the servers that one is signed in to; choose one, or remove one.
    Profiles(login::ProfilesArgs),
}

impl Command {
    /// Its name, if it works on this machine alone.
    const fn here_only(&self) -> Option<&'static str> {
        match self {
            Self::Demo(_) => Some("demo"),
            Self::Setup(_) => Some("setup"),
            Self::Connect(_) => Some("connect"),
            Self::Sync(_) => Some("sync"),
            Self::Import(_) => Some("import"),
            Self::Assets(args) if args.is_purge() => Some("assets purge"),
            Self::Copy(_) => Some("copy"),
            Self::Boosts(_) => Some("boosts"),
            Self::Leads(_) => Some("leads"),
            Self::Lineage(_) => Some("lineage"),
            Self::Erase(_) => Some("erase"),
            Self::Outreach(_) => Some("outreach"),
            Self::Deals(_) => Some("deals"),
            Self::Pipelines(_) => Some("pipelines"),
            Self::Report(args) if args.is_revenue() => Some("report revenue"),
            Self::Db(_) => Some("db"),
            Self::Documents(_) => Some("documents"),
            Self::Automation(_) => Some("automation"),
            Self::Archive(_) => Some("archive"),
            Self::Worker(_) => Some("worker"),
            Self::Serve(_) => Some("serve"),
            Self::Users(_) => Some("users"),
            Self::Outbox(_) => Some("outbox"),
            Self::Subscription(_) => Some("subscription"),
            Self::Keys(_) => Some("keys"),
            Self::Sandbox(_) => Some("sandbox"),
            _ => None,
        }
    }
}

/// Runs the command that the process was started with and says how the process should end.
pub async fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let json = cli.settings.json;
    match Box::pin(run(cli)).await {
        Ok(code) => code.into(),
        Err(error) => failure::report(&error, json).into(),
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let settings = &cli.settings;
    if let Some(command) = cli.command.here_only()
        && let Some((_, profile)) = remote::in_use(settings)?
    {
        return Err(failure::HereOnly { command, profile: profile.name, server: profile.server }.into());
    }
    match cli.command {
        Command::Demo(args) => demo::run(settings, args).await,
        Command::Setup(args) => setup::run(settings, args).await,
        Command::Connect(args) => connect::run(settings, args).await,
        Command::Accounts(args) => accounts::run(settings, args).await,
        Command::Webhooks(args) => webhooks::run(settings, args).await,
        Command::Init(args) => init::run(&args),
        Command::Validate(args) => validate::run(settings, args).await,
        Command::Schema => init::schema(),
        Command::Plan(args) => plan::run(settings, args).await,
        Command::Apply(args) => apply::run(settings, args).await,
        Command::Status(args) => status::run(settings, args).await,
        Command::History(args) => status::history(settings, args).await,
        Command::Drift(args) => drift::run(settings, args).await,
        Command::Erase(args) => erase::run(settings, args).await,
        Command::Pause(args) => steer::pause(settings, args).await,
        Command::Resume(args) => steer::resume(settings, args).await,
        Command::Rollback(args) => steer::roll_back(settings, args).await,
        Command::Delete(args) => steer::delete(settings, args).await,
        Command::Ceiling(args) => ceiling::run(settings, args).await,
        Command::Rates(args) => rates::run(settings, args).await,
        Command::Kill(args) => kill::run(settings, args).await,
        Command::Sync(args) => sync::run(settings, args).await,
        Command::Import(args) => import::run(settings, args).await,
        Command::Assets(args) => assets::run(settings, args).await,
        Command::Copy(args) => copy::run(settings, args).await,
        Command::Boosts(args) => boosts::run(settings, args).await,
        Command::Report(args) => report::run(settings, args).await,
        Command::Lineage(args) => lineage::run(settings, args).await,
        Command::Leads(args) => leads::run(settings, args).await,
        Command::Deals(args) => deals::run(settings, args).await,
        Command::Pipelines(args) => deals::pipelines(settings, args).await,
        Command::Db(args) => db::run(settings, args).await,
        Command::Documents(args) => documents::run(settings, args).await,
        Command::Automation(args) => automation::run(settings, args).await,
        Command::Archive(args) => archive::run(settings, args).await,
        Command::Worker(args) => worker::run(settings, args).await,
        Command::Serve(args) => serve::run(settings, args).await,
        Command::Users(args) => users::run(settings, args).await,
        Command::ApiKeys(args) => api_keys::run(settings, args).await,
        Command::Outbox(args) => outbox::run(settings, args).await,
        Command::Outreach(args) => outreach::run(settings, args).await,
        Command::Subscription(args) => subscription::run(settings, args).await,
        Command::Audit(args) => audit::run(settings, args).await,
        Command::Keys(args) => keys::run(settings, args).await,
        Command::Sandbox(args) => sandbox::run(settings, args).await,
        Command::Website(args) => website::run(settings, args).await,
        Command::Login(args) => login::run(settings, args).await,
        Command::Logout => login::log_out(settings).await,
        Command::Profiles(args) => login::profiles(settings, args).await,
    }
}
