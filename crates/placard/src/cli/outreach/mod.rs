//! `placard outreach`: campaigns of messages to people.

mod file;
mod show;

use super::{
    ExitCode,
    failure::WrongInput,
    office::{Office, said},
    words,
};
use crate::{
    outreach::{
        Arrival, Channels, Pass, Picker, Runner, channels, classify, is_address, keep_channels, take,
    },
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_domain::{
    EnrolmentId,
    outreach::{EnrolmentStatus, OutreachEvent, SuppressionReason},
    suggest::closest,
};
use placard_store::{
    StoreError, TenantTx,
    outreach::{self, Campaign, Decided, Resolution, Taken, Wanted},
};
use serde_json::json;
use std::path::{Path, PathBuf};

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
    /// Put people into a campaign, to wait for approval: from a CSV file with a column `address`, or from profiles.
    Enrol {
        /// The campaign.
        campaign: String,
        /// The file, or `-`.
        #[arg(required_unless_present = "from_profiles", conflicts_with = "from_profiles")]
        file: Option<PathBuf>,
        /// Take the stored profiles that meet the campaign's criteria and name one address in their bio.
        #[arg(long)]
        from_profiles: bool,
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

impl From<Verdict> for Resolution {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Arrived => Self::Arrived,
            Verdict::Again => Self::Again,
            Verdict::Stop => Self::Stop,
        }
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    Office::at(settings, "placard outreach", async |office| act(office, settings.json, args.command).await)
        .await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Campaigns => campaigns(office, as_json).await?,
        Command::Save { file } => save(office, as_json, &file).await?,
        Command::Channels { file } => set_up(office, as_json, &file).await?,
        Command::Start(named) => turn(office, as_json, &named, OutreachEvent::Started).await?,
        Command::Pause(named) => turn(office, as_json, &named, OutreachEvent::Paused).await?,
        Command::Complete(named) => turn(office, as_json, &named, OutreachEvent::Completed).await?,
        Command::Enrol { campaign, file: Some(file), .. } => {
            enrol(office, as_json, &campaign, &file).await?;
        }
        Command::Enrol { campaign, file: None, .. } => pick(office, as_json, &campaign).await?,
        Command::Queue { campaign, status, limit } => {
            let mut tx = office.tx().await?;
            let campaign = get(&mut tx, &campaign).await?;
            let wanted = Wanted::first(status, limit);
            let found = outreach::queue(&mut tx, office.session.vault(), campaign.id, &wanted).await?;
            show::people(&found, status, &campaign, as_json);
        }
        Command::Approve(people) => decide(office, as_json, &people, Decided::Approve).await?,
        Command::Reject(people) => decide(office, as_json, &people, Decided::Reject).await?,
        Command::Resolve { id, as_what } => {
            let mut tx = office.tx().await?;
            outreach::resolve(&mut tx, id, as_what.into(), Utc::now()).await?;
            tx.commit().await?;
            said(as_json, &json!({"resolved": id}), "Noted.");
        }
        Command::Run => return send(office, as_json).await,
        Command::Stats(named) => {
            let mut tx = office.tx().await?;
            let campaign = get(&mut tx, &named.campaign).await?;
            show::stats(&outreach::stats(&mut tx, campaign.id).await?, as_json)?;
        }
        Command::Suppress { addresses } => suppress(office, as_json, &addresses).await?,
        Command::Intake { file } => intake(office, as_json, &file::bytes(&file)?).await?,
    }
    Ok(ExitCode::Done)
}

async fn campaigns(office: &Office, as_json: bool) -> Result<()> {
    let all = outreach::list(&mut office.tx().await?).await?;
    show::campaigns(&all, as_json);
    Ok(())
}

async fn save(office: &Office, as_json: bool, file: &Path) -> Result<()> {
    let new = file::campaign(file)?;
    let (mut tx, actor) = (office.tx().await?, office.session.actor());
    let (what, text) = match find(&mut tx, &new.name).await? {
        Ok(kept) if kept.made_of == new => ("unchanged", "is as it was"),
        Ok(kept) => {
            outreach::update(&mut tx, &actor, kept.id, kept.version, &new).await?;
            ("changed", "is changed")
        }
        Err(_) => {
            outreach::create(&mut tx, &actor, &new).await?;
            ("made", "is there, as a draft")
        }
    };
    tx.commit().await?;
    said(as_json, &json!({"saved": new.name, "outcome": what}), &format!("`{}` {text}.", new.name));
    Ok(())
}

async fn set_up(office: &Office, as_json: bool, file: &Path) -> Result<()> {
    let wanted = file::json(file)?;
    Channels::open(office.tenant, &wanted)
        .map_err(|error| WrongInput(format!("{}: {error:#}", file.display())))?;
    let mut tx = office.tx().await?;
    keep_channels(&mut tx, office.session.vault(), &office.session.actor(), &wanted).await?;
    tx.commit().await?;
    said(as_json, &json!({"saved": true}), "The channels are set up.");
    Ok(())
}

async fn enrol(office: &Office, as_json: bool, campaign: &str, file: &Path) -> Result<()> {
    let people = file::people(file)?;
    let mut tx = office.tx().await?;
    let campaign = get(&mut tx, campaign).await?;
    let new = outreach::enrol(&mut tx, office.session.vault(), campaign.id, &people, Utc::now()).await?;
    tx.commit().await?;
    let text = match new {
        0 => format!("Nobody of {} is new.", people.len()),
        _ => format!("{new} of {} are new and wait for approval.", people.len()),
    };
    said(as_json, &json!({"read": people.len(), "new": new}), &text);
    Ok(())
}

async fn pick(office: &Office, as_json: bool, campaign: &str) -> Result<()> {
    let session = &office.session;
    let campaign = get(&mut office.tx().await?, campaign).await?;
    let documents = session.documents().await?;
    let picker = Picker {
        db: session.db(),
        vault: session.vault(),
        documents,
        tenant: office.tenant,
        campaign: &campaign,
    };
    show::picked(&picker.pick(Utc::now()).await?, as_json)
}

/// The campaign of this name, or what to say to whoever meant another one.
async fn find(tx: &mut TenantTx, name: &str) -> Result<Result<Campaign, String>> {
    match outreach::get(tx, name).await {
        Ok(campaign) => Ok(Ok(campaign)),
        Err(StoreError::NotFound { .. }) => {
            let all = outreach::list(tx).await?;
            let close = closest(name, all.iter().map(|one| one.made_of.name.as_str()));
            let help = match close {
                Some(close) => format!("did you mean `{close}`?"),
                None if all.is_empty() => {
                    "none is there yet; `placard outreach save FILE` makes one".to_owned()
                }
                None => "`placard outreach campaigns` lists them".to_owned(),
            };
            Ok(Err(format!("there is no outreach campaign `{name}`; {help}")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn get(tx: &mut TenantTx, name: &str) -> Result<Campaign> {
    Ok(find(tx, name).await?.map_err(WrongInput)?)
}

async fn turn(office: &Office, as_json: bool, named: &Named, event: OutreachEvent) -> Result<()> {
    let mut tx = office.tx().await?;
    let campaign = get(&mut tx, &named.campaign).await?;
    if event == OutreachEvent::Started {
        ready(office, &mut tx, &campaign).await?;
    }
    let status = outreach::on(&mut tx, &office.session.actor(), campaign.id, event).await?;
    tx.commit().await?;
    let how = match event {
        OutreachEvent::Started => "; a worker or `placard outreach run` sends what is due",
        OutreachEvent::Paused | OutreachEvent::Completed => "",
    };
    said(as_json, &json!({"status": status}), &format!("`{}` is {status}{how}.", named.campaign));
    Ok(())
}

/// Refuses to start a campaign whose messages nothing would carry.
async fn ready(office: &Office, tx: &mut TenantTx, campaign: &Campaign) -> Result<()> {
    let kept = channels(tx, office.session.vault()).await?;
    let kept = kept.ok_or_else(no_channels)?;
    match kept.missing(&campaign.made_of.sequence) {
        None => Ok(()),
        Some(missing) => {
            let words = format!(
                "`{}` writes by {missing}, which is not set up; `placard outreach channels FILE` does that",
                campaign.made_of.name
            );
            Err(WrongInput(words).into())
        }
    }
}

fn no_channels() -> WrongInput {
    WrongInput("no channel is set up; `placard outreach channels FILE` does that".to_owned())
}

async fn decide(office: &Office, as_json: bool, people: &People, decided: Decided) -> Result<()> {
    let mut tx = office.tx().await?;
    let campaign = get(&mut tx, &people.campaign).await?;
    let who = (!people.all).then_some(people.ids.as_slice());
    let count =
        outreach::decide(&mut tx, &office.session.actor(), campaign.id, who, decided, Utc::now()).await?;
    tx.commit().await?;
    let what = match decided {
        Decided::Approve => "approved",
        Decided::Reject => "rejected",
    };
    let others = who.map_or(0, <[EnrolmentId]>::len).saturating_sub(usize::try_from(count)?);
    let rest = if others > 0 { format!("; {others} did not wait for it") } else { String::new() };
    said(as_json, &json!({what: count, "others": others}), &format!("{count} {what}{rest}."));
    Ok(())
}

async fn send(office: &Office, as_json: bool) -> Result<ExitCode> {
    let (session, mut tx) = (&office.session, office.tx().await?);
    let channels = channels(&mut tx, session.vault()).await?.ok_or_else(no_channels)?;
    tx.commit().await?;
    let name = format!("outreach {}", uuid::Uuid::now_v7());
    let runner = Runner::new(session.db().clone(), session.vault(), office.tenant, channels.clone(), name);
    let mut pass = runner.pass(Utc::now()).await?;
    while pass.unfinished {
        pass.add(runner.pass(Utc::now()).await?);
    }
    if !as_json {
        channels.sandbox().taken().await.iter().for_each(show::message);
    }
    show::pass(&pass, as_json);
    let Pass { refused, unknown, .. } = pass;
    Ok(if unknown > 0 {
        ExitCode::Undecided
    } else if refused > 0 {
        ExitCode::Failed
    } else {
        ExitCode::Done
    })
}

async fn suppress(office: &Office, as_json: bool, addresses: &[String]) -> Result<()> {
    if let Some(wrong) = addresses.iter().find(|address| !is_address(address.trim())) {
        return Err(WrongInput(format!("`{wrong}` is no address")).into());
    }
    let mut tx = office.tx().await?;
    let vault = office.session.vault();
    let new = outreach::suppress(&mut tx, vault, addresses, SuppressionReason::Manual, Utc::now()).await?;
    tx.commit().await?;
    said(as_json, &json!({"new": new}), &format!("On the list; new on it: {new}."));
    Ok(())
}

async fn intake(office: &Office, as_json: bool, raw: &[u8]) -> Result<()> {
    let mut tx = office.tx().await?;
    let (outcome, text) = match classify(raw) {
        Arrival::Unreadable => return Err(WrongInput("this is no e-mail message".to_owned()).into()),
        Arrival::Automatic(_) => ("automatic", "It was written by a machine; the sequence goes on."),
        Arrival::Stranger => STRANGER,
        Arrival::Response(delivery, response) => {
            match take(&mut tx, office.session.vault(), delivery, response, Utc::now()).await? {
                Taken::Stopped => ("stopped", "The sequence is stopped."),
                Taken::Stranger => STRANGER,
            }
        }
    };
    tx.commit().await?;
    said(as_json, &json!({"outcome": outcome}), text);
    Ok(())
}

const STRANGER: (&str, &str) = ("stranger", "It is about no message of ours.");
