//! Reports.
pub(crate) mod request;
pub(crate) mod task;
