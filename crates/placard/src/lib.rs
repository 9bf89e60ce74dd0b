//! The parts of the `placard` binary: command line, publishing, metrics, reports, private PostgreSQL.

pub mod postgres;
