//! From a step and a recipient to a message, and from a message to an e-mail.

use super::{OutMessage, WayOut};
use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use placard_domain::{
    DeliveryId, TenantId,
    outreach::{Placeholder, RenderError},
};
use placard_store::outreach::Outgoing;
use reqwest::Url;
use serde::{Deserialize, Serialize};

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// The name in front of the address.
    pub name: String,
    /// The address that messages come from.
    pub address: String,
    /// The mailbox that replies go to: it must take `name+anything@domain` (RFC 5233) and hand it to the intake.
    pub replies_to: String,
    /// Where people reach this server, over HTTPS: links to be left alone begin with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Url>,
}

/// A message that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Something that it asks for is not known.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// An address is none.
    #[error("`{0}` is no e-mail address")]
    Address(String),
    /// The server's address cannot be linked to.
    #[error("`{0}` is no address of a server; write https://ads.acme.example")]
    Server(String),
    /// The e-mail could not be put together.
    #[error("the e-mail could not be put together")]
    Mail(#[from] lettre::error::Error),
}

impl Sender {
    /// Refuses a sender whose messages could not be written.
    ///
    /// # Errors
    /// [`ComposeError`]
    pub fn check(&self) -> Result<(), ComposeError> {
        address(&self.address)?;
        address(&self.replies_to)?;
        let Some(server) = &self.server else { return Ok(()) };
        let own = server.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        let bare = server.query().is_none() && server.fragment().is_none();
        // One-click links are HTTPS (RFC 8058 §3.1); on one's own machine there is nobody between.
        if bare && (server.scheme() == "https" || own && server.scheme() == "http") {
            return Ok(());
        }
        Err(ComposeError::Server(server.to_string()))
    }

    /// The address that a reply to one message goes to. It names the message.
    pub(super) fn replies(&self, id: DeliveryId) -> Result<String, ComposeError> {
        let (user, domain) = self.halves()?;
        Ok(format!("{user}+{}@{domain}", id.0.simple()))
    }

    fn halves(&self) -> Result<(&str, &str), ComposeError> {
        let halves =
            self.replies_to.rsplit_once('@').filter(|(user, domain)| !user.is_empty() && !domain.is_empty());
        halves.ok_or_else(|| ComposeError::Address(self.replies_to.clone()))
    }
}

/// Fills in the words of a step.
///
/// # Errors
/// [`ComposeError`]
pub fn compose(
    sender: &Sender,
    tenant: TenantId,
    outgoing: &Outgoing,
    at: DateTime<Utc>,
) -> Result<OutMessage, ComposeError> {
    let way_out = WayOut::of(sender, tenant, outgoing.id)?;
    let mut values = outgoing.recipient.values.clone();
    values.insert(Placeholder::SenderName, sender.name.clone());
    values.insert(Placeholder::Unsubscribe, way_out.shown().to_owned());
    let rendered = outgoing.step.template.render(&values)?;
    let to = outgoing.recipient.address.clone();
    Ok(OutMessage { id: outgoing.id, to, subject: rendered.subject, body: rendered.body, at, way_out })
}

/// The e-mail of a message, with `List-Unsubscribe` (RFC 2369), one click if there is a link (RFC 8058 §3.1), and a
/// Message-ID that names it.
///
/// # Errors
/// [`ComposeError`]
pub fn letter(sender: &Sender, message: &OutMessage) -> Result<Message, ComposeError> {
    let replies = sender.replies(message.id)?;
    let (_, domain) = sender.halves()?;
    let list = HeaderName::new_from_ascii_str("List-Unsubscribe");
    let mut letter = Message::builder();
    if message.way_out.link.is_some() {
        let post = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");
        letter = letter.raw_header(HeaderValue::new(post, "List-Unsubscribe=One-Click".to_owned()));
    }
    let letter = letter
        .from(Mailbox::new(Some(sender.name.clone()), address(&sender.address)?))
        .to(Mailbox::new(None, address(&message.to)?))
        .reply_to(Mailbox::new(None, address(&replies)?))
        .subject(message.subject.clone())
        .date(message.at.into())
        .message_id(Some(format!("<{}@{domain}>", message.id.0.simple())))
        .raw_header(HeaderValue::new(list, message.way_out.list()))
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(message.body.clone())?;
    Ok(letter)
}

/// An address as the mail library knows it.
pub(super) fn address(text: &str) -> Result<Address, ComposeError> {
    text.trim().parse().map_err(|_| ComposeError::Address(text.to_owned()))
}
