//! Fetching from strangers' addresses without harm, and what a landing page must have before ads lead to it.

pub mod fetch;
#[allow(dead_code)]
mod page;
