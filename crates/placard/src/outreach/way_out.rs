//! How to be left alone: a reply address that names the message, and a link that works without signing in.

use super::{ComposeError, Sender};
use placard_domain::{DeliveryId, TenantId};
use reqwest::Url;
use uuid::Uuid;

/// Where the link leads, below the address at which people reach the server.
const PATH: &str = "/api/v1/outreach/unsubscribe/";

/// How the recipient of one message asks to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayOut {
    /// A `mailto:` that writes to the mailbox for replies.
    pub mail: String,
    /// A page that asks once, and takes a one-click request (RFC 8058), if people reach the server.
    pub link: Option<Url>,
}

impl WayOut {
    /// The way out of one message of `sender`.
    ///
    /// # Errors
    /// If the mailbox for replies is no address, or the server's address cannot hold a path.
    pub fn of(sender: &Sender, tenant: TenantId, id: DeliveryId) -> Result<Self, ComposeError> {
        let mail = format!("mailto:{}?subject=unsubscribe", sender.replies(id)?);
        let link = sender.server.as_ref().map(|server| {
            let root = server.as_str().trim_end_matches('/');
            Url::parse(&format!("{root}{PATH}{}", token(tenant, id)))
                .map_err(|_| ComposeError::Server(server.to_string()))
        });
        Ok(Self { mail, link: link.transpose()? })
    }

    /// What stands in a text.
    pub fn shown(&self) -> &str {
        self.link.as_ref().map_or(&self.mail, Url::as_str)
    }

    /// `List-Unsubscribe` (RFC 2369): the link first, because receivers try them in their order.
    pub fn list(&self) -> String {
        match &self.link {
            Some(link) => format!("<{link}>, <{}>", self.mail),
            None => format!("<{}>", self.mail),
        }
    }
}

/// Names a message to a server that does not know whose it is. The message's id is random, so nobody guesses it.
pub fn token(tenant: TenantId, id: DeliveryId) -> String {
    format!("{}{}", tenant.0.simple(), id.0.simple())
}

/// The message that a token names.
pub fn read_token(token: &str) -> Option<(TenantId, DeliveryId)> {
    let half = |text: &str| Uuid::try_parse(text).ok();
    let (tenant, id) = token.split_at_checked(32).filter(|(_, id)| id.len() == 32)?;
    Some((TenantId(half(tenant)?), DeliveryId(half(id)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_the_message_and_nothing_else_does() {
        let (tenant, id) = (TenantId(Uuid::now_v7()), DeliveryId(Uuid::now_v7()));
        let whole = token(tenant, id);
        assert_eq!(read_token(&whole), Some((tenant, id)));
        for wrong in
            ["", &whole[..63], &format!("{whole}0"), &whole.replace(|_: char| true, "é"), "0123456789abcdef"]
        {
            assert_eq!(read_token(wrong), None, "{wrong}");
        }
    }
}
