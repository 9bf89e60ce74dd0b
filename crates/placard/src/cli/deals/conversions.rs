//! `placard deals conversions`: telling platforms of won deals.

use super::super::{
    ExitCode,
    failure::WrongInput,
    office::{Office, said},
    paint::Paint,
    words::{counted, one_of},
};
use crate::{
    api::view::{ConversionGoalView, ConversionView, TellingView},
    conversions::{self, Ask, Teller, Untellable},
    session::Reach,
};
use anyhow::Result;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Subcommand;
use placard_domain::{DealId, Money, Platform, crm::conversion::ConversionStatus};
use placard_store::{
    audit::Actor,
    connection,
    crm::conversion::{self, Goal},
    tenant::Tenant,
};
use serde_json::json;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Show which goals of an ad account take deals.
    Goals(Place),
    /// Have an ad account told of deals from now on: `placard deals conversions use "Won deal"`.
    Use {
        /// The goal's name, as it stands there.
        goal: String,
        #[command(flatten)]
        place: Place,
        /// Deals that were won from this day on (UTC); from now on if left out, or as before if it is the same goal.
        #[arg(long, value_name = "DATE")]
        since: Option<NaiveDate>,
    },
    /// Tell an ad account of no further deals. What it was told stays told.
    Stop(Place),
    /// Tell of every won deal that is due, and say what became of each. Nothing is told twice.
    Send(SendArgs),
    /// List what was told, the newest first, with what became of the deals since.
    List {
        /// Only of this deal.
        #[arg(long)]
        deal: Option<DealId>,
        /// Only what stands here.
        #[arg(long, value_parser = one_of(ConversionStatus::ALL, ConversionStatus::as_str))]
        status: Option<ConversionStatus>,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
}

/// Which ad account is meant.
#[derive(clap::Args, Debug)]
pub(super) struct Place {
    /// The platform.
    #[arg(long, default_value = "microsoft", value_parser = one_of(&Platform::ALL, Platform::as_str))]
    platform: Platform,
    /// The ad account's id there; needed only if more than one is connected.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct SendArgs {
    /// Only to accounts of this platform.
    #[arg(long, value_parser = one_of(&Platform::ALL, Platform::as_str))]
    platform: Option<Platform>,
    /// Only to this ad account.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Deals that were won from this day on (UTC), whatever was chosen.
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Also deals that the platform refused before.
    #[arg(long)]
    again: bool,
    /// Show what would be told, and tell nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    let desk = Desk { office, as_json, actor: office.session.actor() };
    match command {
        Command::Goals(place) => desk.goals(&place).await,
        Command::Use { goal, place, since } => desk.choose(&goal, &place, since).await,
        Command::Stop(place) => desk.stop(&place).await,
        Command::Send(args) => desk.send(&args).await,
        Command::List { deal, status, limit } => desk.list(deal, status, limit).await,
    }
}

struct Desk<'a> {
    office: &'a Office,
    as_json: bool,
    actor: Actor,
}

impl Desk<'_> {
    async fn tenant(&self) -> Result<Tenant> {
        self.office.session.tenant().await
    }

    /// The account of `place`: the one named, or the only one that is connected.
    async fn reach(&self, place: &Place) -> Result<(Tenant, Reach)> {
        let tenant = self.tenant().await?;
        let mut tx = self.office.tx().await?;
        let mut connected = connection::list(&mut tx).await?;
        tx.commit().await?;
        connected.retain(|one| one.account.platform == place.platform);
        if place.account.is_none() && connected.len() > 1 {
            let ids: Vec<_> = connected.iter().map(|one| one.account.id.as_str()).collect();
            let words =
                format!("more than one account is connected; name one with --account: {}", ids.join(", "));
            return Err(WrongInput(words).into());
        }
        let session = &self.office.session;
        let connection = session.connection(&tenant, place.platform, place.account.as_deref(), None).await?;
        let reach = session.reach(&tenant, &connection).await?;
        Ok((tenant, reach))
    }

    async fn goals(&self, place: &Place) -> Result<ExitCode> {
        let (_, reach) = self.reach(place).await?;
        let found = conversions::goals(&reach).await.map_err(plainly)?;
        let mut tx = self.office.tx().await?;
        let chosen = conversion::goal_of(&mut tx, reach.account()).await?;
        tx.commit().await?;
        let paint = Paint::for_stdout();
        if found.is_empty() && !self.as_json {
            println!(
                "{} has no offline conversion goal; make one at {}",
                reach.account(),
                place.platform.title()
            );
        }
        for goal in found {
            let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.name == goal.name);
            if self.as_json {
                let line = json!({
                    "account": reach.account(), "goal": goal.name, "id": goal.id, "active": goal.active,
                    "window_days": goal.window.num_days(), "chosen": is_chosen,
                });
                println!("{line}");
                continue;
            }
            let standing = if goal.active { paint.green("active") } else { paint.red("paused") };
            let note = if is_chosen { "  is told of deals" } else { "" };
            let days = counted(usize::try_from(goal.window.num_days()).unwrap_or_default(), "day");
            println!("{:<30} {standing}  counts for {days} after a click{note}", paint.bold(&goal.name));
        }
        Ok(ExitCode::Done)
    }

    async fn choose(&self, name: &str, place: &Place, since: Option<NaiveDate>) -> Result<ExitCode> {
        let (tenant, reach) = self.reach(place).await?;
        let (session, since) = (&self.office.session, since.map(midnight));
        let goal = conversions::choose(session, &tenant, &self.actor, &reach, name, since, Utc::now()).await;
        let view = ConversionGoalView::from(goal.map_err(plainly)?);
        let text = format!(
            "{} is told of deals won from {} on, as “{}”\n    a worker tells it; {} does it now",
            reach.account(),
            view.since.format("%Y-%m-%d %H:%M UTC"),
            view.goal,
            Paint::for_stdout().cyan("placard deals conversions send"),
        );
        said(self.as_json, &json!(view), &text);
        Ok(ExitCode::Done)
    }

    async fn stop(&self, place: &Place) -> Result<ExitCode> {
        let mut tx = self.office.tx().await?;
        let chosen = conversions::chosen(&mut tx, Some(place.platform), place.account.as_deref()).await?;
        let goal = match chosen.as_slice() {
            [goal] => goal.clone(),
            [] => return Err(nobody(Some(place.platform), place.account.as_deref()).into()),
            several => {
                let ids: Vec<_> = several.iter().map(|goal| goal.account.id.as_str()).collect();
                let words =
                    format!("more than one account is told; name one with --account: {}", ids.join(", "));
                return Err(WrongInput(words).into());
            }
        };
        conversion::remove(&mut tx, &self.actor, goal.id).await?;
        tx.commit().await?;
        let text = format!("{} is told of no further deals", goal.account);
        said(self.as_json, &json!({"account": goal.account, "stopped": goal.name}), &text);
        Ok(ExitCode::Done)
    }

    async fn send(&self, args: &SendArgs) -> Result<ExitCode> {
        let mut tx = self.office.tx().await?;
        let goals = conversions::chosen(&mut tx, args.platform, args.account.as_deref()).await?;
        tx.commit().await?;
        if goals.is_empty() {
            return Err(nobody(args.platform, args.account.as_deref()).into());
        }
        let mut code = ExitCode::Done;
        for goal in goals {
            code = code.worse(self.tell(&goal, args).await?);
        }
        Ok(code)
    }

    async fn tell(&self, goal: &Goal, args: &SendArgs) -> Result<ExitCode> {
        let account = &goal.account;
        let place = Place { platform: account.platform, account: Some(account.id.clone()) };
        let (tenant, reach) = self.reach(&place).await?;
        let teller =
            Teller::open(&self.office.session, &tenant, &self.actor, &reach).await.map_err(plainly)?;
        let ask = Ask { since: args.since.map(midnight), refused: args.again };
        let view = if args.dry_run {
            TellingView::planned(teller.goal(), teller.look(&ask).await.map_err(plainly)?)
        } else {
            TellingView::sent(teller.goal(), teller.send(&ask).await.map_err(plainly)?)
        };
        if self.as_json {
            println!("{}", json!(view));
        } else {
            show(&view, args.dry_run);
        }
        let well = view.setback.is_none() && view.count(ConversionStatus::Refused) == 0;
        Ok(if well { ExitCode::Done } else { ExitCode::Failed })
    }

    async fn list(
        &self,
        deal: Option<DealId>,
        status: Option<ConversionStatus>,
        limit: u16,
    ) -> Result<ExitCode> {
        let mut tx = self.office.tx().await?;
        let filter = conversion::Filter { deal, status, ..conversion::Filter::default() };
        let vault = self.office.session.vault();
        let found = conversion::list(&mut tx, vault, &filter, i64::from(limit)).await?;
        tx.commit().await?;
        if found.is_empty() && !self.as_json {
            println!("Nothing like that was told to a platform");
        }
        for view in found.into_iter().map(ConversionView::from) {
            if self.as_json {
                println!("{}", json!(view));
            } else {
                line(&view);
            }
        }
        Ok(ExitCode::Done)
    }
}

/// What a person did wrong is no failure of ours.
fn plainly(error: Untellable) -> anyhow::Error {
    match error {
        Untellable::NotTaken(_)
        | Untellable::NoGoal(_)
        | Untellable::NoSuchGoal { .. }
        | Untellable::Paused(_) => WrongInput(error.to_string()).into(),
        Untellable::Store(error) => error.into(),
        Untellable::Busy(_) | Untellable::Platform(_) => error.into(),
    }
}

fn nobody(platform: Option<Platform>, account: Option<&str>) -> WrongInput {
    let whom = match (platform, account) {
        (_, Some(account)) => format!("the account {account}"),
        (Some(platform), None) => format!("no account of {}", platform.title()),
        (None, None) => "no account".to_owned(),
    };
    let is_told = if account.is_some() { "is told of no deals" } else { "is told of deals" };
    WrongInput(format!("{whom} {is_told}; choose a goal first: `placard deals conversions use GOAL`"))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn show(view: &TellingView, dry_run: bool) {
    let paint = Paint::for_stdout();
    println!("{} {}/{}, as “{}”", paint.bold("To"), view.platform, view.account, view.goal);
    for deal in &view.deals {
        let amount = Money::from(deal.value).to_string();
        let won = deal.at.format("%Y-%m-%d %H:%M UTC");
        let status = deal.status.map_or_else(|| paint.dim("would be told"), |status| painted(status, paint));
        println!("    {} {amount:>16}  won {won}  click {}  {status}", paint.dim(deal.deal), deal.click);
        if let Some(answer) = &deal.answer {
            println!("        {answer}");
        }
    }
    for left in &view.left_out {
        println!("    {} {} {}", paint.dim(left.deal), paint.yellow("not told:"), left.reason);
    }
    if view.without_click > 0 {
        let deals = counted(view.without_click, "won deal");
        println!("    {}", paint.dim(format!("{deals} came by no click of this platform")));
    }
    if let Some(unsettled) = view.unsettled.filter(|count| *count > 0) {
        println!("    {}", paint.dim(format!("{unsettled} sent before and not settled, said again first")));
    }
    let count = |status| view.count(status);
    if dry_run {
        println!("{} would be told; nothing was sent", counted(view.deals.len(), "deal"));
    } else {
        println!(
            "{} taken, {} refused, {} in doubt, {} waiting",
            count(ConversionStatus::Accepted),
            count(ConversionStatus::Refused),
            count(ConversionStatus::Unknown),
            count(ConversionStatus::Waiting),
        );
    }
    if let Some(setback) = &view.setback {
        println!("{} {setback}; what is left is told the next time", paint.red("✗"));
    } else if count(ConversionStatus::Refused) > 0 {
        println!(
            "{} {}",
            paint.dim("when it is mended:"),
            paint.cyan("placard deals conversions send --again")
        );
    }
}

fn painted(status: ConversionStatus, paint: Paint) -> String {
    match status {
        ConversionStatus::Accepted => paint.green(status),
        ConversionStatus::Refused => paint.red(status),
        ConversionStatus::Intended | ConversionStatus::Unknown | ConversionStatus::Waiting => {
            paint.yellow(status)
        }
    }
}

fn line(view: &ConversionView) {
    let paint = Paint::for_stdout();
    let amount = Money::from(view.value).to_string();
    let click = view.click.as_deref().unwrap_or("(forgotten)");
    println!(
        "{} {amount:>16}  won {}  click {click:<12} {}/{}, “{}”  {}",
        paint.dim(view.deal),
        view.at.format("%Y-%m-%d %H:%M UTC"),
        view.platform,
        view.account,
        view.goal,
        painted(view.status, paint),
    );
    for note in view.answer.iter().chain(&view.since) {
        println!("    {note}");
    }
}
