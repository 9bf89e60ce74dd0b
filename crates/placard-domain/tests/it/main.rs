//! The domain as its users see it: specs as text, plans as data.
#![allow(clippy::unwrap_used)]
#![allow(missing_docs, unreachable_pub)]

mod ownership;
mod plan;
mod spec;
mod support;
