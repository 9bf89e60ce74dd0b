//! The parts of the `placard` binary: command line, publishing, metrics, reports, private PostgreSQL.

pub mod api;
pub mod assets;
pub mod checking;
pub mod cli;
pub mod connecting;
pub mod copy;
pub mod crm;
mod documents;
pub mod erasing;
pub mod import;
pub mod importing;
pub mod library;
mod master_key;
pub mod outreach;
mod people;
pub mod places;
pub mod postgres;
pub mod publishing;
pub mod remote;
pub mod report;
pub mod reporting;
pub mod session;
pub mod settings;
pub mod sync;
pub mod webhooks;
mod websites;
pub mod work;
