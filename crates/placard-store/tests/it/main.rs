//! The store on a real server. `PLACARD_TEST_DATABASE_URL` says where it is.

mod campaigns;
mod ceilings;
mod connections;
mod deployments;
mod jobs;
mod lease;
mod metrics;
mod migrations;
mod server;
mod support;
mod tenancy;
mod words;
