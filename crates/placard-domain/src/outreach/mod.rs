//! Outreach: whom to speak to, when, with which words, and when to be silent.
//!
//! [`Criteria`] say who is meant, [`score`] says what is known of them, a [`Sequence`] says what they are told, and
//! [`schedule::next`] is the one place that decides whether a message may go out at a moment.

mod criteria;
mod life;
pub mod schedule;
pub mod score;
mod sequence;
mod settings;
mod template;
mod words;

pub use criteria::{AgeRange, Criteria, CriteriaError, Criterion, Fit, Followers};
pub use life::{
    ConsentState, DeliveryStatus, EnrolmentStatus, OutreachEvent, OutreachStatus, StopReason,
    SuppressionReason,
};
pub use sequence::{Channel, MOST_STEPS, Sequence, SequenceError, Step};
pub use settings::{Clock, QuietHours, Settings, SettingsError};
pub use template::{Placeholder, RenderError, Rendered, Template, TemplateError, Values};
