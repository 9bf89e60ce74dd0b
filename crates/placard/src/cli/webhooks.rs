//! `placard webhooks`: what platforms tell by themselves.

use super::{
    ExitCode,
    desk::{self, Desk},
    failure::WrongInput,
    paint::Paint,
    words::counted,
};
use crate::{
    api::view::{DeadNoticeView, MadeView, WebhooksView},
    settings::Settings,
};
use anyhow::Result;
use placard_domain::notice::Topic;
use serde_json::json;
use url::Url;
use uuid::Uuid;

/// `placard webhooks`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    action: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Ask the platforms to tell a server what happens to connected ad accounts.
    Subscribe {
        /// The address under which platforms reach the server, `https://…`.
        #[arg(long, value_name = "URL")]
        url: Url,
        /// Only this ad account; every connected one without it.
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
    },
    /// Show what platforms were asked to tell, what they told, and what was not taken.
    Status,
    /// List notices that were put aside, because trying again would change nothing, and why.
    Dead,
    /// Have notices looked after again that were put aside.
    Replay {
        /// The notice, as `placard webhooks dead` names it; every one without it.
        id: Option<Uuid>,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard webhooks", async |desk| go(desk, settings.json, &args.action).await).await
}

async fn go(desk: &dyn Desk, as_json: bool, what: &What) -> Result<ExitCode> {
    match what {
        What::Status => {
            let view = desk.webhooks().await?;
            if as_json { println!("{}", json!(view)) } else { show(&view) }
        }
        What::Dead => {
            let dead = desk.dead_notices().await?;
            if dead.is_empty() && !as_json {
                println!("No notice was put aside");
            }
            for one in &dead {
                if as_json { println!("{}", json!(one)) } else { show_dead(one) }
            }
        }
        What::Replay { id } => {
            let replayed = desk.replay_notices(*id).await?;
            if let (Some(id), 0) = (id, replayed) {
                return Err(WrongInput(format!("no notice {id} was put aside")).into());
            }
            if as_json {
                println!("{}", json!({"replayed": replayed}));
            } else {
                let worker = Paint::for_stdout().cyan("placard worker");
                println!("{} again; {worker} looks after them", counted(replayed, "notice"));
            }
        }
        What::Subscribe { url, account } => {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(WrongInput(format!("{url} is not an http address")).into());
            }
            for made in desk.subscribe(url, account.as_deref()).await? {
                if as_json { println!("{}", json!(made)) } else { show_made(&made) }
            }
        }
    }
    Ok(ExitCode::Done)
}

fn show_dead(one: &DeadNoticeView) {
    let paint = Paint::for_stdout();
    println!(
        "{} {:<10} {:<14} {:<9} {:<20} {}",
        paint.dim(one.id),
        one.platform.title(),
        one.account,
        one.kind,
        one.subject.as_deref().unwrap_or_default(),
        paint.dim(one.dead_at.format("%Y-%m-%d %H:%M")),
    );
    println!("    {}", paint.red(&one.problem));
}

fn show_made(made: &MadeView) {
    let (paint, platform) = (Paint::for_stdout(), made.platform.title());
    let account = paint.bold(&made.account);
    match topics(&made.topics) {
        Some(topics) => println!("{} {platform} {account} tells of {topics}", paint.green("✓")),
        None => {
            let why = "documents nothing that it tells by itself; its states are read as before";
            println!("{} {platform} {account} {}", paint.yellow("·"), paint.dim(why));
        }
    }
}

/// Topics for people; `None` if there is none.
pub(super) fn topics(topics: &[Topic]) -> Option<String> {
    let words: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn show(view: &WebhooksView) {
    let paint = Paint::for_stdout();
    if view.subscriptions.is_empty() {
        let command = paint.cyan("placard webhooks subscribe --url https://…");
        println!("No platform was asked to tell anything by itself; run {command}");
    }
    for one in &view.subscriptions {
        println!(
            "{:<10} {:<14} {:<9} {} {}",
            one.platform.title(),
            paint.bold(&one.account),
            one.topic,
            one.callback,
            paint.dim(one.created_at.format("since %Y-%m-%d").to_string()),
        );
    }
    if !view.notices.is_empty() {
        println!("\n{}", paint.bold("Told within 30 days"));
    }
    for one in &view.notices {
        let waiting = match one.waiting {
            0 => String::new(),
            waiting => paint.yellow(format!(", {waiting} not looked after yet")),
        };
        let dead = match one.dead {
            0 => String::new(),
            dead => paint.red(format!(", {dead} put aside")),
        };
        println!(
            "{:<10} {:<9} {:>6}, {} more than once{waiting}{dead}",
            one.platform.title(),
            one.kind,
            one.taken,
            one.repeated
        );
    }
    if !view.refused.is_empty() {
        println!("\n{}", paint.bold("Not taken within 30 days, whoever sent it"));
    }
    for one in &view.refused {
        println!("{:<10} {:<9} {:>6}", one.platform.title(), one.reason, one.count);
    }
}
