//! `placard pause`, `resume`, `rollback`, `delete`: steering what is published, by the same path as everything else.

use super::{
    ExitCode,
    apply::{carry_out, set_down_unfinished, with_way_on},
    failure::WrongInput,
    paint::Paint,
    publisher::Bench,
    words::counted,
};
use crate::{
    assets::Assets,
    publishing::{Applied, Planned, PublishError, Publisher, Turn},
    session::{Reach, Session},
    settings::Settings,
};
use anyhow::Result;
use placard_domain::spec::RunState;
use placard_store::{
    TenantTx,
    campaign::{self, Campaign},
    platform_object,
    tenant::Tenant,
};
use std::path::PathBuf;

/// Which campaign.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The campaign's key, as `placard status` lists it.
    campaign: String,
    /// The spec, if a deployment that is resumed still has pictures to send.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

/// A published campaign and the account it is in.
pub(super) struct Published {
    pub(super) tenant: Tenant,
    pub(super) campaign: Campaign,
    pub(super) reach: Reach,
}

impl Published {
    /// One for each place where the campaign is or should be.
    pub(super) async fn find(session: &Session, key: &str) -> Result<Vec<Self>> {
        let tenant = session.tenant().await?;
        let mut tx = session.db().tenant(tenant.id).await?;
        let Some(campaign) = campaign::find(&mut tx, key).await? else {
            return Err(no_campaign(&mut tx, key).await?);
        };
        let spec = campaign::spec(&mut tx, campaign.id, None).await?;
        let there = platform_object::accounts_of(&mut tx, campaign.id).await?;
        tx.commit().await?;
        let wanted = spec.platforms.named().into_iter();
        let not_there = wanted.filter(|platform| there.iter().all(|account| account.platform != *platform));
        let named = not_there.map(|platform| (platform, spec.platforms.account(platform)));
        let places = there.iter().map(|account| (account.platform, Some(account.id.as_str()))).chain(named);
        let mut all = Vec::new();
        for (platform, account) in places {
            let connection = session.connection(&tenant, platform, account, Some(campaign.currency)).await?;
            let reach = session.reach(&tenant, &connection).await?;
            all.push(Self { tenant: tenant.clone(), campaign: campaign.clone(), reach });
        }
        Ok(all)
    }
}

/// The error for a key that no campaign has, with what was probably meant.
pub(super) async fn no_campaign(tx: &mut TenantTx, key: &str) -> Result<anyhow::Error> {
    let known = campaign::list(tx, &campaign::Filter::default(), 20).await?;
    let keys: Vec<_> = known.iter().map(|one| one.key.as_str()).collect();
    let help = match placard_domain::suggest::closest(key, keys.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if keys.is_empty() => "none is stored yet".to_owned(),
        None => format!("stored: {}", keys.join(", ")),
    };
    Ok(WrongInput(format!("there is no campaign `{key}`; {help}")).into())
}

/// What a command does with a published campaign.
#[derive(Clone, Copy)]
enum Steer {
    Pause,
    Resume,
    RollBack,
    Delete,
}

pub(super) async fn pause(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::Pause).await
}

pub(super) async fn resume(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::Resume).await
}

pub(super) async fn roll_back(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::RollBack).await
}

pub(super) async fn delete(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::Delete).await
}

async fn run(settings: &Settings, args: Args, steer: Steer) -> Result<ExitCode> {
    let command = match steer {
        Steer::Pause => "placard pause",
        Steer::Resume => "placard resume",
        Steer::RollBack => "placard rollback",
        Steer::Delete => "placard delete",
    };
    let session = Session::open(settings, command).await?;
    let outcome = act(&session, settings, &args, steer).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, settings: &Settings, args: &Args, steer: Steer) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    for published in &Published::find(session, &args.campaign).await? {
        code = code.worse(act_one(session, settings, args, steer, published).await?);
    }
    Ok(code)
}

async fn act_one(
    session: &Session,
    settings: &Settings,
    args: &Args,
    steer: Steer,
    published: &Published,
) -> Result<ExitCode> {
    let bench = Bench::new(args.file.as_deref().map(Assets::beside));
    let publisher = bench.publisher(session, &published.tenant, &published.reach, &args.campaign);
    match steer {
        Steer::Pause => switch(session, settings, args, published, &publisher, RunState::Paused).await,
        Steer::Resume => match publisher.resume(published.campaign.id, &args.campaign).await {
            Err(PublishError::NothingUnfinished(_)) => {
                switch(session, settings, args, published, &publisher, RunState::Active).await
            }
            Ok(applied) => Ok(said_resumed(&args.campaign, &applied)),
            Err(error) => Err(with_way_on(error, &args.campaign, Paint::for_stderr())),
        },
        Steer::RollBack => {
            let removed = publisher.roll_back(published.campaign.id, &args.campaign).await?.removed;
            let paint = Paint::for_stdout();
            println!("{} Taken back: {removed} objects removed from the platform.", paint.green("✓"));
            Ok(ExitCode::Done)
        }
        Steer::Delete => {
            set_down_unfinished(session, &published.tenant, &publisher, &args.campaign, Turn::First).await?;
            let context = published.reach.context(&published.tenant, &args.campaign);
            let planned = publisher.plan_removal(&published.campaign, &context).await?;
            carry_out(&publisher, &planned, &published.campaign.name, settings, args.yes).await
        }
    }
}

fn said_resumed(key: &str, applied: &Applied) -> ExitCode {
    let paint = Paint::for_stdout();
    match applied {
        Applied::Nothing => println!("{} `{key}` had nothing left to do.", paint.green("✓")),
        Applied::Done { steps, calls, .. } => {
            println!(
                "{} `{key}` is done: {} verified, {} in this run.",
                paint.green("✓"),
                counted(*steps, "step"),
                counted(*calls, "writing call")
            );
        }
    }
    ExitCode::Done
}

/// Plans and applies one change: whether the campaign runs. Everything else stays as it was applied.
async fn switch(
    session: &Session,
    settings: &Settings,
    args: &Args,
    published: &Published,
    publisher: &Publisher<'_>,
    run: RunState,
) -> Result<ExitCode> {
    set_down_unfinished(session, &published.tenant, publisher, &args.campaign, Turn::to_switch(run)).await?;
    let planned: Planned =
        publisher.plan_switch(&published.campaign, published.reach.account.description.currency, run).await?;
    carry_out(publisher, &planned, &published.campaign.name, settings, true).await
}
