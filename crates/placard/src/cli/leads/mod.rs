//! `placard leads`: people who left their details.

mod file;
mod show;

use super::{
    ExitCode,
    erase::erase,
    failure::WrongInput,
    office::{Office, said},
    paint::Paint,
    words::one_of,
};
use crate::{api::identity, settings::Settings};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_domain::{
    LeadId, MergeId,
    crm::lead::{LeadEvent, LeadSource, LeadStatus},
};
use placard_store::{campaign, crm};
use serde_json::json;

/// `placard leads`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Take leads in from a list (CSV). The same file again changes nothing.
    Import(file::ImportArgs),
    /// List leads, the newest first.
    List(ListArgs),
    /// Show a lead, everything that became known of it, and its merges.
    Show {
        /// Its id, or the person's e-mail address or phone number.
        who: String,
    },
    /// Say what happened to a lead.
    Mark {
        /// Its id, or the person's e-mail address or phone number.
        who: String,
        /// What happened.
        #[arg(value_parser = one_of(LeadEvent::ALL, LeadEvent::as_str))]
        event: LeadEvent,
    },
    /// Put one lead into another, because they are one person.
    Merge {
        /// The lead that stays: its id, address or number.
        into: String,
        /// The lead that goes into it.
        other: String,
    },
    /// Part two leads again that were merged.
    Unmerge {
        /// The merge, as `placard leads show` names it.
        merge: MergeId,
    },
    /// Forget a person, as `placard erase person` does.
    Erase {
        /// The e-mail address, or the phone number with its country code.
        who: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Write every lead as CSV, with names, addresses and numbers.
    Export(file::ExportArgs),
}

#[derive(clap::Args, Debug)]
struct ListArgs {
    /// Only those that stand here.
    #[arg(long, value_parser = one_of(LeadStatus::ALL, LeadStatus::as_str))]
    status: Option<LeadStatus>,
    /// Only those that came in first like this.
    #[arg(long, value_parser = one_of(LeadSource::ALL, LeadSource::as_str))]
    source: Option<LeadSource>,
    /// Only those of this campaign.
    #[arg(long, value_name = "KEY")]
    campaign: Option<String>,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

impl Office {
    /// The lead with this id, address or number.
    pub(super) async fn lead(&self, who: &str) -> Result<crm::Lead> {
        let mut tx = self.tx().await?;
        let id = match who.parse::<LeadId>() {
            Ok(id) => id,
            Err(_) => {
                let identity = identity(who).map_err(|error| {
                    WrongInput(format!("`{who}` is no id, e-mail address or phone number: {error}"))
                })?;
                let found = crm::find_by(&mut tx, self.session.vault(), &identity).await?;
                found.ok_or_else(|| WrongInput(format!("there is no lead with {who}")))?
            }
        };
        Ok(crm::get(&mut tx, self.session.vault(), id).await?)
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    if let Command::Import(args) = &args.command {
        return file::import(settings, args).await;
    }
    Office::at(settings, "placard leads", async |office| act(office, settings.json, args.command).await).await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Import(_) => {}
        Command::List(args) => list(office, as_json, args).await?,
        Command::Show { who } => show::whole(office, as_json, &who).await?,
        Command::Mark { who, event } => mark(office, as_json, &who, event).await?,
        Command::Merge { into, other } => merge(office, as_json, &into, &other).await?,
        Command::Unmerge { merge } => unmerge(office, as_json, merge).await?,
        Command::Erase { who, yes } => {
            let identity = identity(&who).map_err(|error| WrongInput(format!("`{who}`: {error}")))?;
            return erase(office, as_json, &who, &[identity], yes).await;
        }
        Command::Export(args) => file::export(office, &args).await?,
    }
    Ok(ExitCode::Done)
}

async fn list(office: &Office, as_json: bool, args: ListArgs) -> Result<()> {
    let mut tx = office.tx().await?;
    let campaign = match &args.campaign {
        Some(key) => {
            let found = campaign::find(&mut tx, key).await?;
            Some(found.ok_or_else(|| WrongInput(format!("there is no campaign `{key}`")))?.id)
        }
        None => None,
    };
    let filter = crm::Filter { status: args.status, source: args.source, campaign, ..crm::Filter::default() };
    let found = crm::list(&mut tx, office.session.vault(), &filter, i64::from(args.limit)).await?;
    let all = crm::count(&mut tx).await?;
    if found.is_empty() && !as_json {
        let command = Paint::for_stdout().cyan("placard leads import FILE");
        println!(
            "{}; {command} takes some in",
            if all == 0 { "There are no leads yet" } else { "None is like that" }
        );
    }
    let shown = found.len();
    found.into_iter().for_each(|lead| show::line(lead, as_json));
    if !as_json && shown == usize::from(args.limit) && all > i64::from(args.limit) {
        println!("{}", Paint::for_stdout().dim(format!("… of {all}; --limit shows more")));
    }
    Ok(())
}

async fn mark(office: &Office, as_json: bool, who: &str, event: LeadEvent) -> Result<()> {
    let lead = office.lead(who).await?;
    let mut tx = office.tx().await?;
    let status = crm::move_to(&mut tx, &office.session.actor(), lead.id, lead.version, event).await?;
    tx.commit().await?;
    said(as_json, &json!({"lead": lead.id, "status": status}), &format!("{} is {status}", lead.id));
    Ok(())
}

async fn merge(office: &Office, as_json: bool, into: &str, other: &str) -> Result<()> {
    let (winner, loser) = (office.lead(into).await?.id, office.lead(other).await?.id);
    let mut tx = office.tx().await?;
    let merge = crm::merge(&mut tx, office.session.vault(), &office.session.actor(), winner, loser).await?;
    tx.commit().await?;
    let text = format!("{loser} went into {winner}\n    placard leads unmerge {merge} parts them again");
    said(as_json, &json!({"merge": merge, "winner": winner, "loser": loser}), &text);
    Ok(())
}

async fn unmerge(office: &Office, as_json: bool, merge: MergeId) -> Result<()> {
    let (vault, actor) = (office.session.vault(), office.session.actor());
    let mut tx = office.tx().await?;
    let undone = crm::undo_merge(&mut tx, vault, &actor, merge, Utc::now()).await?;
    tx.commit().await?;
    let (winner, loser) = (undone.winner, undone.loser);
    let text = format!("{winner} and {loser} are two leads again, and stay so");
    said(as_json, &json!({"undone": merge, "winner": winner, "loser": loser}), &text);
    Ok(())
}
