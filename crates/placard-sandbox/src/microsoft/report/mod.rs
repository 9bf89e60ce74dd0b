//! Reports (Microsoft, `platforms/microsoft.md` §6): submit, poll, download a zipped table.

mod columns;
mod file;
mod period;
pub(super) mod request;
mod rows;
pub(crate) mod task;
