//! Private PostgreSQL clusters, on real servers.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod external;
mod lifecycle;
mod recovery;
mod refusals;
mod scratch;
mod support;
