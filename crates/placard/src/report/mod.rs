//! What happened to the money: one model, shown in a terminal, as JSON, as CSV and as a page.

pub mod format;
mod grid;
mod sums;

pub(crate) use grid::{Align, grid};
pub use sums::{Overflow, Sums};
