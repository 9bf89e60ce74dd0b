//! Calls over HTTP, the same for every platform: time limits, patience for reads, redaction and a journal of requests.
//!
//! Nothing here repeats a write. [`Http::send`] sends once; a read that may be repeated asks its [`Patience`] whether
//! and when.

mod backoff;
mod client;
mod closures;
mod journal;
mod mime;
mod pace;
mod redact;

pub use backoff::{Backoff, Jitter, Patience};
pub use client::{Http, HttpConfig, Reply, SetupError, TransportError};
pub use closures::Closures;
pub use journal::Journal;
pub(crate) use mime::mime;
pub use pace::{InProcess, Ledger, LedgerError, Limits, Pace, PaceError, Pacer, Want, slice};
pub use redact::{SECRET_PARAMETERS, scrub};
