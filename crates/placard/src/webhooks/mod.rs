//! What platforms tell by themselves: believed by its signature, stored once, then followed up from the queue.

mod receive;
mod replaying;
mod secrets;
mod subscribing;

pub(crate) use receive::as_event;
pub use receive::{Delivery, NotTaken, Received, receive};
pub(crate) use replaying::replay;
pub use secrets::Secrets;
pub use subscribing::{Made, subscribe};

/// Where Meta delivers, below the API's prefix.
pub const META: &str = "/webhooks/meta";

/// Where TikTok delivers, below the API's prefix; a token follows.
pub const TIKTOK: &str = "/webhooks/tiktok";
