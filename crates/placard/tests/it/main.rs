//! Integration tests of the `placard` crate, one binary for all.

mod private_postgres;
