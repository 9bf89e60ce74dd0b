//! What comes back: bounces, replies, wishes to be left alone. A raw message (RFC 5322) is read and judged.

use mail_parser::{Message, MessageParser, MimeHeaders};
use placard_domain::DeliveryId;
use placard_store::outreach::Response;
use uuid::Uuid;

/// What a message that came back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is about a message of ours and stops its sequence.
    Response(DeliveryId, Response),
    /// It is about a message of ours and says nothing of a person: an absence note, a delay, a receipt.
    Automatic(DeliveryId),
    /// It names no message of ours.
    Stranger,
    /// It is no message at all.
    Unreadable,
}

/// Judges a raw message. What it is about is told by the address that it came to, or by the Message-ID that it answers
/// or returns.
pub fn classify(raw: &[u8]) -> Arrival {
    let Some(message) = MessageParser::default().parse(raw) else { return Arrival::Unreadable };
    let Some(id) = subject_of(&message, raw) else { return Arrival::Stranger };
    let response = |response| Arrival::Response(id, response);
    match report_type(&message) {
        Some("feedback-report") => return response(Response::Complaint),
        // A delay or a success is a report too (RFC 3464 §2.3.3); only a failure is a bounce.
        Some("delivery-status") if has_failed(raw) => return response(Response::Bounce),
        Some(_) => return Arrival::Automatic(id),
        None => {}
    }
    if wants_out(&message) {
        return response(Response::Unsubscribe);
    }
    if is_automatic(&message) {
        return Arrival::Automatic(id);
    }
    response(Response::Reply)
}

/// The message of ours that `message` is about.
fn subject_of(message: &Message<'_>, raw: &[u8]) -> Option<DeliveryId> {
    let addresses = [message.to(), message.cc()].into_iter().flatten();
    let tokens = addresses.flat_map(|list| list.iter()).filter_map(|one| plus_token(one.address.as_deref()?));
    let answered = [message.in_reply_to(), message.references()]
        .into_iter()
        .flat_map(|header| {
            header.as_text_list().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>()
        })
        .filter_map(|id| id_of(&id));
    tokens.chain(answered).next().or_else(|| returned(raw))
}

/// A report returns our message or its headers as a part; a Message-ID in it that is not the report's own is ours.
fn returned(raw: &[u8]) -> Option<DeliveryId> {
    let text = String::from_utf8_lossy(raw);
    let lines = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("message-id").then(|| value.trim().to_owned())
    });
    lines.skip(1).find_map(|id| id_of(&id))
}

fn plus_token(address: &str) -> Option<DeliveryId> {
    let (user, _) = address.rsplit_once('@')?;
    simple(user.split_once('+')?.1)
}

fn id_of(message_id: &str) -> Option<DeliveryId> {
    let id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    simple(id.split_once('@')?.0)
}

/// An id in the one form in which we write it.
fn simple(text: &str) -> Option<DeliveryId> {
    (text.len() == 32).then(|| Uuid::try_parse(text).ok()).flatten().map(DeliveryId)
}

fn report_type<'a>(message: &'a Message<'_>) -> Option<&'a str> {
    let kind = message.content_type()?;
    let is_report = kind.ctype().eq_ignore_ascii_case("multipart")
        && kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"));
    is_report.then(|| kind.attribute("report-type").unwrap_or_default())
}

fn has_failed(raw: &[u8]) -> bool {
    String::from_utf8_lossy(raw).lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("action") && value.trim().eq_ignore_ascii_case("failed")
        })
    })
}

/// The link in each message writes this subject; people write it, or `stop`, by hand.
fn wants_out(message: &Message<'_>) -> bool {
    let subject = message.subject().unwrap_or_default().trim().to_lowercase();
    ["unsubscribe", "stop", "re: unsubscribe"].contains(&subject.as_str())
}

/// RFC 3834 §5, and what older programs write instead.
fn is_automatic(message: &Message<'_>) -> bool {
    let header = |name: &str| message.header_raw(name).map(|value| value.trim().to_lowercase());
    let submitted = header("Auto-Submitted").is_some_and(|value| !value.starts_with("no"));
    let precedence = header("Precedence");
    submitted
        || header("X-Autoreply").is_some()
        || precedence.is_some_and(|value| ["bulk", "junk", "auto_reply"].contains(&value.as_str()))
}

#[cfg(test)]
mod tests;
