//! Integration tests of the `placard` crate, one binary for all.

mod import;
mod private_postgres;
mod report;
