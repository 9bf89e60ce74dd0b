//! Outreach on a real PostgreSQL and a real SMTP connection, with a clock of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod mail_server;
mod sending;
mod worker;

use anyhow::Result;
use chrono::{DateTime, Utc};
use mail_server::{MailServer, Manners};
use placard::outreach::{Channel, Encryption, OutMessage, SendError, Sender, Smtp, SmtpSettings, WayOut};
use placard_domain::{DeliveryId, TenantId};
use uuid::Uuid;

fn sender() -> Sender {
    Sender {
        name: "Ann of Acme".to_owned(),
        address: "ann@acme.example".to_owned(),
        replies_to: "replies@acme.example".to_owned(),
        server: None,
    }
}

fn smtp(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: Encryption::None,
        user: None,
        password: None,
    }
}

fn message(to: &str) -> OutMessage {
    let id = DeliveryId(Uuid::now_v7());
    OutMessage {
        id,
        to: to.to_owned(),
        subject: "Grüße".to_owned(),
        body: "A line.\n.\n..and dots.\n".to_owned(),
        at: "2026-06-02T12:00:00Z".parse::<DateTime<Utc>>().unwrap(),
        way_out: WayOut::of(&sender(), TenantId(Uuid::now_v7()), id).unwrap(),
    }
}

#[tokio::test]
async fn what_a_mail_server_says_decides_whether_a_message_is_tried_again() -> Result<()> {
    let server = MailServer::start(|to| match to {
        "later@example.org" => Manners::FirstLater,
        "never@example.org" => Manners::Never,
        "hang@example.org" => Manners::HangUp,
        _ => Manners::Take,
    })
    .await?;
    let channel = Smtp::new(&smtp(server.port), sender())?;
    assert!(matches!(channel.send(&message("later@example.org")).await, Err(SendError::Temporary(_))));
    assert!(channel.send(&message("later@example.org")).await.is_ok());
    assert!(matches!(channel.send(&message("never@example.org")).await, Err(SendError::Permanent(_))));
    assert!(matches!(channel.send(&message("hang@example.org")).await, Err(SendError::Unknown(_))));
    assert!(channel.send(&message("kind@example.org")).await.is_ok(), "after a lost connection");
    let nobody = channel.send(&message("not an address\r\nRCPT TO:<x@y>")).await;
    assert!(matches!(nobody, Err(SendError::Permanent(_))));
    let taken: Vec<String> = server.taken().into_iter().map(|letter| letter.to).collect();
    assert_eq!(taken, ["later@example.org", "hang@example.org", "kind@example.org"]);
    Ok(())
}

#[tokio::test]
async fn a_letter_names_its_way_out_and_arrives_as_it_was_written() -> Result<()> {
    let server = MailServer::start(|_| Manners::Take).await?;
    let message = message("kind@example.org");
    Smtp::new(&smtp(server.port), sender())?.send(&message).await?;
    let letter = server.taken().remove(0);
    let token = message.id.0.simple();
    assert_eq!(
        letter.header("List-Unsubscribe").as_deref(),
        Some(format!("<mailto:replies+{token}@acme.example?subject=unsubscribe>").as_str())
    );
    assert_eq!(letter.header("Message-ID"), Some(format!("<{token}@acme.example>")));
    assert_eq!(letter.body().trim_end(), message.body.replace('\n', "\r\n").trim_end());
    Ok(())
}

#[tokio::test]
async fn a_mail_server_that_is_down_has_not_taken_a_message() -> Result<()> {
    let port = MailServer::start(|_| Manners::Take).await?.stop();
    let sent = Smtp::new(&smtp(port), sender())?.send(&message("kind@example.org")).await;
    assert!(matches!(sent, Err(SendError::Temporary(_))), "{sent:?}");
    Ok(())
}
