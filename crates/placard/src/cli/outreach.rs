//! `placard outreach`: campaigns of messages to people.

mod file;

use super::{ExitCode, failure::WrongInput, paint::Paint, words};
use crate::{
    outreach::{Arrival, ChannelSettings, Channels, Pass, Runner, classify},
    session::Session,
    settings::Settings,
};
use anyhow::{Context, Result};
use chrono::Utc;
use clap::Subcommand;
use placard_domain::{
    EnrolmentId, TenantId,
    outreach::{EnrolmentStatus, OutreachEvent, SuppressionReason},
    suggest::closest,
};
use placard_store::{
    StoreError, TenantTx,
    outreach::{self, Campaign, Decided, Resolution, Taken},
};
use secrecy::ExposeSecret;
use serde_json::json;
use std::path::PathBuf;

/// `placard outreach`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List campaigns.
    Campaigns,
    /// Make a campaign from a JSON file, or change the one of the same name.
    Save {
        /// The file, or `-`.
        file: PathBuf,
    },
    /// Set up what carries messages, from a JSON file that is sealed by the vault.
    Channels {
        /// The file, or `-`.
        file: PathBuf,
    },
    /// Let a campaign's messages go out.
    Start(Named),
    /// Stop a campaign for now.
    Pause(Named),
    /// End a campaign for good.
    Complete(Named),
    /// Put people into a campaign, from a CSV file with a column `address`. They wait for approval.
    Enrol {
        /// The campaign.
        campaign: String,
        /// The file, or `-`.
        file: PathBuf,
    },
    /// Show who stands where in a campaign.
    Queue {
        /// The campaign.
        campaign: String,
        /// Where they stand.
        #[arg(long, default_value = "pending", value_parser = words::one_of(EnrolmentStatus::ALL, EnrolmentStatus::as_str))]
        status: EnrolmentStatus,
        /// How many, the longest waiting first.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Let the sequence begin for people who wait.
    Approve(People),
    /// Do not speak to people who wait.
    Reject(People),
    /// Say what became of a message of which nobody knows whether it arrived.
    Resolve {
        /// The id that `queue --status held` shows.
        id: EnrolmentId,
        /// What to do about it.
        #[arg(value_enum)]
        as_what: Verdict,
    },
    /// Send what is due now.
    Run,
    /// Show what came of a campaign.
    Stats(Named),
    /// Never write to these addresses again.
    Suppress {
        /// The addresses.
        #[arg(required = true)]
        addresses: Vec<String>,
    },
    /// Take in a message that came back: a bounce, a reply, a wish to be left alone.
    Intake {
        /// The raw message, or `-`.
        file: PathBuf,
    },
}

#[derive(clap::Args, Debug)]
struct Named {
    /// The campaign.
    campaign: String,
}

#[derive(clap::Args, Debug)]
struct People {
    /// The campaign.
    campaign: String,
    /// Their ids.
    #[arg(required_unless_present = "all")]
    ids: Vec<EnrolmentId>,
    /// Everybody who waits.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Verdict {
    /// It arrived; go on with the sequence.
    Arrived,
    /// Send it again, even if it comes twice.
    Again,
    /// Say no more.
    Stop,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard outreach").await?;
    let outcome = act(&session, settings.json, args.command).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, command: Command) -> Result<ExitCode> {
    let tenant = session.tenant().await?.id;
    if matches!(command, Command::Run) {
        return send(session, tenant, as_json).await;
    }
    let mut tx = session.db().tenant(tenant).await?;
    let code = within(session, &mut tx, as_json, command).await?;
    tx.commit().await?;
    Ok(code)
}

async fn within(session: &Session, tx: &mut TenantTx, as_json: bool, command: Command) -> Result<ExitCode> {
    let (vault, actor, now) = (session.vault(), session.actor(), Utc::now());
    match command {
        Command::Run => unreachable!("it needs transactions of its own"),
        Command::Campaigns => {
            outreach::list(tx).await?.iter().for_each(|campaign| show_campaign(campaign, as_json));
        }
        Command::Save { file } => {
            let new = file::campaign(&file)?;
            match find(tx, &new.name).await? {
                Ok(kept) => drop(outreach::update(tx, &actor, kept.id, kept.version, &new).await?),
                Err(_) => drop(outreach::create(tx, &actor, &new).await?),
            }
            done(as_json, json!({"saved": new.name}), &format!("Saved `{}`.", new.name));
        }
        Command::Channels { file } => {
            let channels: ChannelSettings = file::json(&file)?;
            Channels::open(tx.tenant(), &channels).map_err(|error| WrongInput(format!("{error:#}")))?;
            outreach::set_channels(tx, vault, &serde_json::to_string(&channels)?.into()).await?;
            done(as_json, json!({"saved": true}), "The channels are set up.");
        }
        Command::Start(named) => turn(session, tx, as_json, &named, OutreachEvent::Started).await?,
        Command::Pause(named) => turn(session, tx, as_json, &named, OutreachEvent::Paused).await?,
        Command::Complete(named) => turn(session, tx, as_json, &named, OutreachEvent::Completed).await?,
        Command::Enrol { campaign, file } => {
            let campaign = get(tx, &campaign).await?;
            let people = file::people(&file)?;
            let new = outreach::enrol(tx, vault, campaign.id, &people, now).await?;
            let text = format!("{new} of {} are new and wait for approval.", people.len());
            done(as_json, json!({"read": people.len(), "new": new}), &text);
        }
        Command::Queue { campaign, status, limit } => {
            let campaign = get(tx, &campaign).await?;
            for one in outreach::queue(tx, vault, campaign.id, status, limit).await? {
                show_person(&one, as_json);
            }
        }
        Command::Approve(people) => decide(tx, as_json, &people, Decided::Approve).await?,
        Command::Reject(people) => decide(tx, as_json, &people, Decided::Reject).await?,
        Command::Resolve { id, as_what } => {
            let resolution = match as_what {
                Verdict::Arrived => Resolution::Arrived,
                Verdict::Again => Resolution::Again,
                Verdict::Stop => Resolution::Stop,
            };
            outreach::resolve(tx, id, resolution, now).await?;
            done(as_json, json!({"resolved": id}), "Noted.");
        }
        Command::Stats(named) => {
            let campaign = get(tx, &named.campaign).await?;
            show_stats(&outreach::stats(tx, campaign.id).await?, as_json)?;
        }
        Command::Suppress { addresses } => {
            let new = outreach::suppress(tx, vault, &addresses, SuppressionReason::Manual, now).await?;
            done(as_json, json!({"new": new}), &format!("On the list; new on it: {new}."));
        }
        Command::Intake { file } => return intake(tx, as_json, &file::bytes(&file)?).await,
    }
    Ok(ExitCode::Done)
}

/// The campaign of this name, or the name that was probably meant.
async fn find(tx: &mut TenantTx, name: &str) -> Result<Result<Campaign, String>> {
    match outreach::get(tx, name).await {
        Ok(campaign) => Ok(Ok(campaign)),
        Err(StoreError::NotFound { .. }) => {
            let all = outreach::list(tx).await?;
            let close = closest(name, all.iter().map(|one| one.made_of.name.as_str()));
            let help = close.map_or("`placard outreach campaigns` lists them".to_owned(), |close| {
                format!("did you mean `{close}`?")
            });
            Ok(Err(format!("there is no outreach campaign `{name}`; {help}")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn get(tx: &mut TenantTx, name: &str) -> Result<Campaign> {
    Ok(find(tx, name).await?.map_err(WrongInput)?)
}

async fn turn(
    session: &Session,
    tx: &mut TenantTx,
    as_json: bool,
    named: &Named,
    event: OutreachEvent,
) -> Result<()> {
    let campaign = get(tx, &named.campaign).await?;
    let status = outreach::on(tx, &session.actor(), campaign.id, event).await?;
    done(as_json, json!({"status": status}), &format!("`{}` is {status}.", named.campaign));
    Ok(())
}

async fn decide(tx: &mut TenantTx, as_json: bool, people: &People, decided: Decided) -> Result<()> {
    let campaign = get(tx, &people.campaign).await?;
    let who = (!people.all).then_some(people.ids.as_slice());
    let count = outreach::decide(tx, campaign.id, who, decided, Utc::now()).await?;
    let what = match decided {
        Decided::Approve => "approved",
        Decided::Reject => "rejected",
    };
    done(as_json, json!({what: count}), &format!("{count} {what}."));
    Ok(())
}

async fn send(session: &Session, tenant: TenantId, as_json: bool) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant).await?;
    let kept = outreach::channels(&mut tx, session.vault()).await?;
    tx.commit().await?;
    let kept = kept.ok_or_else(|| {
        WrongInput("no channel is set up; `placard outreach channels FILE` does that".to_owned())
    })?;
    let kept: ChannelSettings =
        serde_json::from_str(kept.expose_secret()).context("the stored channels can be read")?;
    let channels = Channels::open(tenant, &kept)?;
    let name = format!("outreach {}", uuid::Uuid::now_v7());
    let runner = Runner::new(session.db().clone(), session.vault(), tenant, channels.clone(), name);
    let Pass { sent, refused, unknown, over } = runner.pass(Utc::now()).await?;
    for message in channels.sandbox().taken().await.iter().filter(|_| !as_json) {
        println!("to {}  {}\n{}\n", message.to, message.subject, message.body);
    }
    let text = format!("{sent} sent, {refused} refused, {unknown} unknown, {over} sequences over.");
    done(as_json, json!({"sent": sent, "refused": refused, "unknown": unknown, "over": over}), &text);
    Ok(if unknown > 0 { ExitCode::Undecided } else { ExitCode::Done })
}

async fn intake(tx: &mut TenantTx, as_json: bool, raw: &[u8]) -> Result<ExitCode> {
    let text = match classify(raw) {
        Arrival::Unreadable => return Err(WrongInput("this is no e-mail message".to_owned()).into()),
        Arrival::Stranger => "stranger",
        Arrival::Automatic(_) => "automatic",
        Arrival::Response(delivery, response) => {
            match outreach::take(tx, delivery, response, Utc::now()).await? {
                Taken::Stopped => "stopped",
                Taken::Stranger => "stranger",
            }
        }
    };
    done(
        as_json,
        json!({"outcome": text}),
        match text {
            "stopped" => "The sequence is stopped.",
            "automatic" => "It was written by a machine; the sequence goes on.",
            _ => "It is about no message of ours.",
        },
    );
    Ok(ExitCode::Done)
}

fn done(as_json: bool, value: serde_json::Value, text: &str) {
    if as_json { println!("{value}") } else { println!("{text}") }
}

fn show_campaign(campaign: &Campaign, as_json: bool) {
    let Campaign { id, made_of, status, version, resumes_at } = campaign;
    if as_json {
        let line = json!({"id": id, "name": made_of.name, "status": status, "version": version, "resumes_at": resumes_at});
        return println!("{line}");
    }
    let steps = words::counted(made_of.sequence.steps().len(), "step");
    println!("{:<32} {status:<10} {}", made_of.name, Paint::for_stdout().dim(&steps));
}

fn show_person(one: &outreach::Queued, as_json: bool) {
    let outreach::Queued { id, recipient, status, stop_reason, step, due_at } = one;
    if as_json {
        let line = json!({
            "id": id, "address": recipient.address, "status": status, "stop_reason": stop_reason, "step": step,
            "due_at": due_at,
        });
        return println!("{line}");
    }
    let reason = stop_reason.map_or("", |reason| reason.as_str());
    let at = due_at.format("%Y-%m-%d %H:%M UTC");
    println!("{id}  {:<36} {status:<9} step {}  {at}  {reason}", recipient.address, step + 1);
}

fn show_stats(stats: &outreach::Stats, as_json: bool) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string(stats)?);
        return Ok(());
    }
    let outreach::Stats { found, approved, sent, delivered, unknown, responses, converted } = stats;
    println!("found {found} · approved {approved} · sent {sent} · delivered {delivered} · unknown {unknown}");
    // Per mille of those approved, so that no float is needed to show one digit.
    let rate = (1_000 * converted).checked_div(*approved).unwrap_or_default();
    println!("responses {responses} · converted {converted} ({}.{} %)", rate / 10, rate % 10);
    Ok(())
}
