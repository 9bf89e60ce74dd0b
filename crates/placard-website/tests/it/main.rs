//! Fetching and auditing, on real servers.

#![expect(clippy::unwrap_used, reason = "what is not there fails its test")]

mod audit;
mod hostile;
mod limits;
mod streams;
mod support;
