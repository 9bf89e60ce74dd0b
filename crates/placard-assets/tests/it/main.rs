//! Files that are looked at and kept, by behaviour.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails its test")]

mod content;
mod files;
mod fitness;
mod hostile;
mod intake;
mod looks;
mod moto;
mod objects;
mod video;
