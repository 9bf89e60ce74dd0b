//! What happened to the money: one model, shown in a terminal, as JSON, as CSV and as a page.
//!
//! [`Builder`] takes numbers row by row and gives [`ReportData`]; [`terminal`], [`json`], [`csv`] and [`html`] show
//! it. All sums are exact, ratios are computed from sums by the metric registry, and currencies are never added up:
//! each has a [`Section`] of its own.

mod builder;
pub mod csv;
mod findings;
pub mod format;
pub(crate) mod grid;
pub mod html;
pub mod json;
mod model;
mod sums;
pub mod terminal;

pub use builder::{Builder, EntityRef};
pub(crate) use grid::{Align, grid};
pub use model::{
    DayPoint, Earlier, EntityRow, EntityTable, Head, Period, ReportData, Section, SegmentRow, Side, Split,
};
