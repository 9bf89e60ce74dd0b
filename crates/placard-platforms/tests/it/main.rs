//! The Meta adapter against the sandbox, over real HTTP.
//!
//! With `PLACARD_REQUEST_LOG=<file>` every request is written down there, for `tests/sdk/check_requests.py`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod checks;
mod connect;
mod desk;
mod faults;
mod insights;
mod matrix;
mod publish;
mod specs;
