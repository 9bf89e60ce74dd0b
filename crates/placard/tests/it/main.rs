//! Integration tests of the `placard` crate, one binary for all.

mod api;
mod architecture;
mod archive;
mod assets;
mod automation;
mod boosts;
mod conversions;
mod copy;
mod erasure;
mod examples;
mod import;
mod leads;
mod lineage;
mod numbers;
mod outreach;
mod people;
mod private_postgres;
mod publishing;
mod remote;
mod report;
mod retention;
mod support;
mod takeover;
mod website;
