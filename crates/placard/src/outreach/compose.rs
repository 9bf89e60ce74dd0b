//! From a step and a recipient to a message, and from a message to an e-mail.

use super::OutMessage;
use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use placard_domain::{
    DeliveryId,
    outreach::{Placeholder, RenderError},
};
use placard_store::outreach::Outgoing;
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
    /// The e-mail could not be put together.
    #[error("the e-mail could not be put together")]
    Mail(#[from] lettre::error::Error),
}

impl Sender {
    /// The address that a reply to one message goes to. It names the message.
    fn replies(&self, id: DeliveryId) -> Result<String, ComposeError> {
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
pub fn compose(sender: &Sender, outgoing: &Outgoing, at: DateTime<Utc>) -> Result<OutMessage, ComposeError> {
    let mut values = outgoing.recipient.values.clone();
    values.insert(Placeholder::SenderName, sender.name.clone());
    values.insert(Placeholder::Unsubscribe, unsubscribe(sender, outgoing.id)?);
    let rendered = outgoing.step.template.render(&values)?;
    let to = outgoing.recipient.address.clone();
    Ok(OutMessage { id: outgoing.id, to, subject: rendered.subject, body: rendered.body, at })
}

fn unsubscribe(sender: &Sender, id: DeliveryId) -> Result<String, ComposeError> {
    Ok(format!("mailto:{}?subject=unsubscribe", sender.replies(id)?))
}

/// The e-mail of a message, with `List-Unsubscribe` (RFC 2369) and a Message-ID that names it.
///
/// # Errors
/// [`ComposeError`]
pub fn letter(sender: &Sender, message: &OutMessage) -> Result<Message, ComposeError> {
    let replies = sender.replies(message.id)?;
    let (_, domain) = sender.halves()?;
    let list = HeaderName::new_from_ascii_str("List-Unsubscribe");
    let letter = Message::builder()
        .from(Mailbox::new(Some(sender.name.clone()), address(&sender.address)?))
        .to(Mailbox::new(None, address(&message.to)?))
        .reply_to(Mailbox::new(None, address(&replies)?))
        .subject(message.subject.clone())
        .date(message.at.into())
        .message_id(Some(format!("<{}@{domain}>", message.id.0.simple())))
        .raw_header(HeaderValue::new(list, format!("<{}>", unsubscribe(sender, message.id)?)))
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(message.body.clone())?;
    Ok(letter)
}

/// An address as the mail library knows it.
pub(super) fn address(text: &str) -> Result<Address, ComposeError> {
    text.trim().parse().map_err(|_| ComposeError::Address(text.to_owned()))
}
