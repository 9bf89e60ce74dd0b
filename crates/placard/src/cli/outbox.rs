//! `placard outbox`: the messages to people, with their codes.

use super::{ExitCode, paint::Paint};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use placard_store::outbox::{self, Message};
use secrecy::ExposeSecret;
use serde_json::json;

/// `placard outbox`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// How many, the newest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000), value_name = "COUNT")]
    limit: i64,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard outbox").await?;
    let outcome = list(&session, settings.json, args.limit).await;
    session.close().await?;
    outcome
}

async fn list(session: &Session, as_json: bool, limit: i64) -> Result<ExitCode> {
    let mut tx = session.db().system().await?;
    let messages = outbox::list(&mut tx, session.vault(), limit).await?;
    tx.commit().await?;
    if messages.is_empty() && !as_json {
        println!("There is no message.");
    }
    messages.iter().for_each(|message| show(message, as_json));
    Ok(ExitCode::Done)
}

fn show(message: &Message, as_json: bool) {
    let Message { id, message, created_at, sent_at } = message;
    let body = message.body.expose_secret();
    if as_json {
        println!(
            "{}",
            json!({
                "id": id, "tenant_id": message.tenant, "kind": message.kind, "to": message.recipient,
                "subject": message.subject, "body": body, "created_at": created_at, "sent_at": sent_at,
            })
        );
        return;
    }
    let paint = Paint::for_stdout();
    let sent = if sent_at.is_some() { paint.green("sent") } else { paint.dim("not sent") };
    let at = created_at.format("%Y-%m-%d %H:%M UTC");
    println!("{at}  to {}  {sent}", paint.bold(&message.recipient));
    println!("    {}", message.subject);
    body.lines().for_each(|line| println!("    {line}"));
}
