//! The parts of the `placard` binary: command line, publishing, metrics, reports, private PostgreSQL.

pub mod import;
pub mod postgres;
pub mod report;
