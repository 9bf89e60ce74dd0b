//! Outreach at work: channels that carry messages, the runner that sends what is due, and the intake of what comes back.

mod channel;
mod compose;
mod intake;
mod runner;
mod secret;
mod smtp;
mod webhook;

pub use channel::{Channel, ChannelSettings, Channels, OutMessage, Receipt, Sandbox, SendError};
pub use compose::{ComposeError, Sender, compose, letter};
pub use intake::{Arrival, classify};
pub use runner::{Pass, Runner};
pub use secret::Secret;
pub use smtp::{Encryption, Smtp, SmtpSettings};
pub use webhook::{Webhook, WebhookSettings, signature};
