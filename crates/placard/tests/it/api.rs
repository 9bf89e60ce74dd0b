//! The REST API over HTTP, with a real PostgreSQL and a sandbox of the platform.

mod assets;
mod automation;
mod bad_input;
mod boosts;
mod conversions;
mod document;
mod documents;
mod entrances;
mod leads;
mod lineage;
mod outreach;
mod probe;
mod publishing;
mod repeats;
mod served;
mod signing_in;
mod webhooks;
mod websites;
