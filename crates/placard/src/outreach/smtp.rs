//! E-mail. Every command is sent by hand, so that it is known on which side of the message an error lies: before its last
//! line the server cannot have taken it, and after it nobody knows without an answer.

use super::{
    Channel, OutMessage, Receipt, SendError, Sender,
    compose::{address, letter},
    secret::Secret,
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, TlsParameters},
    commands::{Data, Mail, Rcpt, Rset},
    extension::ClientId,
    response::Response,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::{net::TcpStream, sync::Mutex};

/// How long one command may take. A lease is longer than all of them together.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The user, if it asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// From the first byte on.
    Implicit,
    /// After `STARTTLS`, without which nothing is sent.
    Starttls,
    /// Not at all: for a server on the same machine.
    None,
}

/// A mail server. One message at a time goes over its one connection, which stays open between them.
pub struct Smtp {
    settings: SmtpSettings,
    sender: Sender,
    tls: Option<TlsParameters>,
    connection: Mutex<Option<AsyncSmtpConnection>>,
}

impl Smtp {
    /// A mail server; it is not connected to yet.
    ///
    /// # Errors
    /// If its name cannot stand in a certificate.
    pub fn new(settings: &SmtpSettings, sender: Sender) -> Result<Self> {
        let tls = match settings.encryption {
            Encryption::None => None,
            Encryption::Implicit | Encryption::Starttls => {
                let tls = TlsParameters::new_rustls(settings.host.clone());
                Some(tls.with_context(|| format!("`{}` is no name of a server", settings.host))?)
            }
        };
        Ok(Self { settings: settings.clone(), sender, tls, connection: Mutex::default() })
    }

    /// A connection that is ready for a message.
    async fn connect(&self) -> Result<AsyncSmtpConnection> {
        let SmtpSettings { host, port, encryption, .. } = &self.settings;
        let hello = ClientId::default();
        let server = (host.as_str(), *port);
        let mut connection = if *encryption == Encryption::Implicit {
            AsyncSmtpConnection::connect_tokio1(server, Some(TIMEOUT), &hello, self.tls.clone(), None).await?
        } else {
            let stream = TcpStream::connect(server).await?;
            // The end of a message is a write of its own; it must not wait until the server has acknowledged the rest.
            stream.set_nodelay(true)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?
        };
        if let Some(tls) = self.tls.clone().filter(|_| *encryption == Encryption::Starttls) {
            connection.starttls(tls, &hello).await?;
        }
        if let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) {
            let credentials = Credentials::new(user.clone(), password.0.expose_secret().to_owned());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// The connection that was left open, if the server still has it, or a fresh one.
    async fn ready(&self, kept: Option<AsyncSmtpConnection>) -> Result<AsyncSmtpConnection> {
        if let Some(mut kept) = kept
            && bounded(kept.command(Rset)).await.is_some_and(|answer| answer.is_ok())
        {
            return Ok(kept);
        }
        self.connect().await
    }

    /// Everything before the message itself. Whatever goes wrong here, the server has not taken it.
    async fn announce(&self, connection: &mut AsyncSmtpConnection, to: &str) -> Result<(), SendError> {
        let wrong = |error: super::ComposeError| SendError::Permanent(error.to_string());
        let from = address(&self.sender.address).map_err(wrong)?;
        let to = address(to).map_err(wrong)?;
        refused(bounded(connection.command(Mail::new(Some(from), Vec::new()))).await)?;
        refused(bounded(connection.command(Rcpt::new(to, Vec::new()))).await)?;
        refused(bounded(connection.command(Data)).await)?;
        Ok(())
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, message: &OutMessage) -> Result<Receipt, SendError> {
        let letter =
            letter(&self.sender, message).map_err(|error| SendError::Permanent(error.to_string()))?;
        let mut kept = self.connection.lock().await;
        let connection = bounded(self.ready(kept.take())).await;
        // A server that lets nobody in refuses the connection, not the message.
        let mut connection = connection
            .ok_or_else(|| SendError::Temporary(LATE.to_owned()))?
            .map_err(|error| SendError::Temporary(format!("{error:#}")))?;
        if let Err(error) = self.announce(&mut connection, &message.to).await {
            // The server may still wait for the end of what was begun.
            if !connection.has_broken() {
                *kept = Some(connection);
            }
            return Err(error);
        }
        let answer = match bounded(connection.message(&letter.formatted())).await {
            None => return Err(SendError::Unknown(LATE.to_owned())),
            Some(answer) => answer,
        };
        match answer {
            Ok(answer) => {
                *kept = Some(connection);
                Ok(Receipt { answer: answer.message().collect::<Vec<_>>().join(" ") })
            }
            Err(error) if error.is_transient() || error.is_permanent() => {
                *kept = Some(connection);
                Err(said_no(&error))
            }
            Err(error) => Err(SendError::Unknown(error.to_string())),
        }
    }
}

const LATE: &str = "the server did not answer in time";

async fn bounded<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(TIMEOUT, work).await.ok()
}

/// What an answer to a command means as long as the message was not sent.
fn refused(answer: Option<Result<Response, Error>>) -> Result<(), SendError> {
    match answer {
        None => Err(SendError::Temporary(LATE.to_owned())),
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(said_no(&error)),
    }
}

fn said_no(error: &Error) -> SendError {
    if error.is_permanent() {
        SendError::Permanent(error.to_string())
    } else {
        SendError::Temporary(error.to_string())
    }
}
