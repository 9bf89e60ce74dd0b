//! Customers to be: people who left their details, where they came from, and what was sold to them.
//!
//! What is known of a person is never overwritten: every form, row of a file and edit by hand is a [`Touch`], and a
//! lead is what [`merge::resolve`] makes of all its touches. So two leads are merged by putting their touches
//! together, and parted again by giving them back, whatever the order.

pub mod activity;
pub mod consent;
pub mod contact;
pub mod conversion;
pub mod deal;
pub mod form;
pub mod lead;
pub mod merge;
pub mod pipeline;
pub mod revenue;
mod touch;

pub use touch::{Attribution, ClickId, ClickIds, Touch, TouchError, Utm, UtmField};
