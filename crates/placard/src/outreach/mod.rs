//! Outreach at work: channels that carry messages, the runner that sends what is due, and the intake of what comes back.

mod channel;
mod compose;
mod draft;
mod intake;
mod people;
mod profiles;
mod responding;
mod runner;
mod secret;
mod setup;
mod smtp;
mod way_out;
mod webhook;

pub use channel::{Channel, ChannelSettings, Channels, OutMessage, Receipt, Sandbox, SendError};
pub use compose::{ComposeError, Sender, compose, letter};
pub use draft::{Draft, DraftError, LONGEST_NAME};
pub use intake::{Arrival, classify};
pub use people::{PeopleError, is_address, people, zone};
pub use profiles::{Picked, Picker};
pub use responding::take;
pub use runner::{Pass, Runner};
pub use secret::Secret;
pub use setup::{channel_settings, channels, keep_channels};
pub use smtp::{Encryption, Smtp, SmtpSettings};
pub use way_out::{WayOut, read_token, token};
pub use webhook::{Webhook, WebhookSettings, signature};
