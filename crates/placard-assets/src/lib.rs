//! Pictures, videos and documents: where they lie ([`objects`]), what they are ([`content`]) and where they fit
//! ([`fitness`]).
//!
//! A file comes from outside and is not believed: its name and declared type must agree with its content, it must be
//! one thing and not two at once, and how large it becomes is known before anything is unpacked. What it says about
//! people (where a photograph was taken, with whose camera) is taken out before it is kept.

pub mod content;
pub mod fitness;
mod intake;
pub mod objects;

pub use intake::{Intake, IntakeError, Received};
