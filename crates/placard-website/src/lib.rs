//! Fetching from strangers' addresses without harm, and what a landing page must have before ads lead to it.
//!
//! An audit has two halves: one asks (`crawl`) and finds facts (`site`), the other judges them (`checks`) without a
//! request. No script is run.

mod audit;
mod checks;
mod crawl;
pub mod fetch;
mod finding;
mod metrics;
mod page;
mod robots;
mod site;
mod text;

pub use audit::{AGENT, Audit, Comparison, Options, audit, compare, score};
pub use crawl::{ROBOTS_AGENT, Step, Told};
pub use finding::{Check, Finding, Severity};
pub use metrics::{Delta, Metrics, Slow, Weight};
pub use page::{
    Kind,
    tags::{Seen, Tag},
};
