//! Adapters that speak to ad platforms, behind one small trait.
//!
//! An adapter maps a checked campaign to the platform's objects ([`AdPlatform::desired`]), a step to the exact request
//! ([`AdPlatform::prepare`]), carries requests out once ([`AdPlatform::execute`]) and reads things back. It never
//! retries a write: whether a lost answer is looked up or a throttled call repeated is decided by publishing, which
//! has recorded the intent. A platform's wire types never leave its folder.

mod conversions;
mod error;

pub mod google;
pub mod http;
pub mod import;
pub mod insights;
mod mapper;
pub mod mapping;
pub mod meta;
pub mod microsoft;
mod platform;
mod push;
mod request;
mod spec_paths;
mod table;
pub mod tiktok;
mod together;

pub use conversions::{ConversionGoal, ConversionRules, Conversions, Verdict};
pub use error::{ErrorCode, ErrorKind, PlatformError, Retry};
pub use platform::permissions;
pub use platform::{
    Access, AccountContext, AccountHealth, AccountView, AdPlatform, Blocker, Capabilities, Found, Grant,
    Held, Next, Opened, Page, ReadBack, Room, Urgency,
};
pub use push::{
    Answer, Callback, Lead, News, NoNotice, Notice, Origin, Push, Signature, Subscription, is_within,
    verify_token,
};
pub use request::{Attachment, Outcome, Prepared, Request, Success};
