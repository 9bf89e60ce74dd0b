//! The store on a real server. `PLACARD_TEST_DATABASE_URL` says where it is.

mod api_keys;
mod audit_chain;
mod campaigns;
mod cancellations;
mod ceilings;
mod connections;
mod deployments;
mod idempotency;
mod jobs;
mod lease;
mod limits;
mod metrics;
mod migrations;
mod outreach;
mod people;
mod rate_limit;
mod server;
mod sessions;
mod signing_in;
mod support;
mod tenancy;
mod vault;
mod words;
