//! The Meta adapter against the sandbox, over real HTTP.
//!
//! With `PLACARD_REQUEST_LOG=<file>` every request is written down there, for `tests/sdk/check_requests.py`.

mod checks;
mod connect;
mod desk;
mod faults;
mod insights;
mod publish;
mod specs;
