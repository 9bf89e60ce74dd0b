//! `placard webhooks`: what platforms tell by themselves.

use super::{
    ExitCode,
    desk::{self, Desk},
    failure::WrongInput,
    paint::Paint,
};
use crate::{
    api::view::{MadeView, WebhooksView},
    settings::Settings,
};
use anyhow::Result;
use placard_domain::notice::Topic;
use serde_json::json;
use url::Url;

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
        println!(
            "{:<10} {:<9} {:>6}, {} more than once{waiting}",
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
