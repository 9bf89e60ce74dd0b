//! `placard import account`: campaigns that live in an ad account become specs.

use super::{ExitCode, failure::WrongInput, import_view, paint::Paint, progress_bar::bar, publisher::Bench};
use crate::{
    assets::Assets,
    publishing::{Publisher, Strangers, TakenOver, Unfit},
    session::{Reach, Session},
    settings::Settings,
};
use anyhow::{Context, Result};
use placard_domain::{Platform, RemoteId};
use placard_platforms::import::{Listed, Read};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Campaigns that are read at a time.
const TOGETHER: usize = 50;

#[derive(clap::Args, Debug)]
pub(super) struct AccountArgs {
    /// Where the account is.
    #[arg(long)]
    platform: Platform,
    /// The account: `act_` and digits at Meta, ten digits at Google, digits at Microsoft and TikTok. The connected one
    /// if there is only one.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only this campaign, by the platform's id; can be given more than once.
    #[arg(long = "campaign", value_name = "ID")]
    campaigns: Vec<String>,
    /// The folder for the specs.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Write over specs that are there.
    #[arg(long)]
    force: bool,
    /// Say what would be taken over, and take nothing over.
    #[arg(long)]
    dry_run: bool,
}

/// What became of an account's campaigns.
pub(super) struct Outcome {
    pub(super) strangers: Strangers,
    pub(super) done: Vec<(TakenOver, PathBuf)>,
    pub(super) unfit: Vec<Unfit>,
    pub(super) stopped: bool,
    pub(super) dry_run: bool,
}

pub(super) async fn run(settings: &Settings, args: &AccountArgs) -> Result<ExitCode> {
    let session = Session::open(settings, "placard import account").await?;
    let outcome = Box::pin(import(&session, settings, args)).await;
    session.close().await?;
    outcome
}

async fn import(session: &Session, settings: &Settings, args: &AccountArgs) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let connection = session.connection(&tenant, args.platform, args.account.as_deref(), None).await?;
    let reach = session.reach(&tenant, &connection).await?;
    let bench = Bench::new(Some(Assets::in_folder(args.out.clone())));
    let publisher = bench.publisher(session, &tenant, &reach, "");
    let only: Vec<RemoteId> = args.campaigns.iter().cloned().map(RemoteId).collect();
    let strangers = publisher.strangers(&only).await?;
    if let Some(id) = strangers.missing.first() {
        let account = reach.account();
        return Err(WrongInput(format!("{account} has no campaign {id}; nothing was imported")).into());
    }
    let mut outcome =
        Outcome { strangers, done: Vec::new(), unfit: Vec::new(), stopped: false, dry_run: args.dry_run };
    let ended = each(&publisher, &reach, args, &mut outcome).await;
    // What was taken over before an error stands, and is said.
    if settings.json {
        println!("{}", import_view::json(&outcome));
    } else {
        print!("{}", import_view::text(&outcome, reach.account(), Paint::for_stdout()));
    }
    ended?;
    Ok(match outcome.stopped {
        true => ExitCode::Interrupted,
        false => ExitCode::Done,
    })
}

/// Reads the campaigns by and by, and takes over one after the other.
async fn each(
    publisher: &Publisher<'_>,
    reach: &Reach,
    args: &AccountArgs,
    outcome: &mut Outcome,
) -> Result<()> {
    let fresh: Vec<Listed> = outcome.strangers.fresh.clone();
    let (bar, live) = bar(Some(fresh.len() as u64));
    if live {
        bar.enable_steady_tick(Duration::from_millis(120));
    }
    for campaigns in fresh.chunks(TOGETHER) {
        bar.set_message(format!("reading {} campaigns", campaigns.len()));
        for read in publisher.read_strangers(&reach.view(), campaigns).await? {
            if publisher.stop.is_wanted() {
                outcome.stopped = true;
                break;
            }
            one(publisher, reach, args, outcome, read).await?;
            bar.inc(1);
        }
        if outcome.stopped {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

async fn one(
    publisher: &Publisher<'_>,
    reach: &Reach,
    args: &AccountArgs,
    outcome: &mut Outcome,
    read: Read,
) -> Result<()> {
    let drawn = match publisher.draw_up(&reach.view(), read).await? {
        Ok(drawn) => drawn,
        Err(unfit) => {
            outcome.unfit.push(unfit);
            return Ok(());
        }
    };
    let told = drawn.told.clone();
    let file = args.out.join(format!("{}.yaml", told.campaign));
    let unfit = |reason: String| Unfit { remote_id: told.remote_id.clone(), name: told.name.clone(), reason };
    if args.dry_run {
        outcome.done.push((told, file));
    } else if is_another(&file, &told.spec) && !args.force {
        let reason = format!("{} is there already; --force writes over it", file.display());
        outcome.unfit.push(unfit(reason));
    } else {
        // The file first: a campaign on record whose spec nobody has would be of no use, and the same file may be
        // written twice.
        write(&file, &told.spec).await?;
        match publisher.take_over(&drawn).await? {
            true => outcome.done.push((told, file)),
            false => outcome.unfit.push(unfit("somebody else took it over meanwhile".to_owned())),
        }
    }
    Ok(())
}

/// Whether something else than `spec` is in `file`.
fn is_another(file: &Path, spec: &str) -> bool {
    file.exists() && std::fs::read_to_string(file).ok().as_deref() != Some(spec)
}

async fn write(file: &Path, spec: &str) -> Result<()> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let written = Assets::beside(file).write(name, spec.as_bytes()).await;
    written.with_context(|| format!("{} cannot be written", file.display()))
}
