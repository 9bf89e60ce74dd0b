//! Work for later. A job is enqueued in the transaction of the change that causes it, so either both happen or none.
//!
//! The queue does not decay. A finished job leaves its table for good, and a claim begins where the last one ended
//! instead of at the head: while someone holds an old snapshot, the rows of finished jobs cannot be removed, and a
//! claim that began at the head would walk over all of them, ever more slowly.

mod end;
mod enqueue;
mod frontier;
mod worker;

pub use end::{Dead, Pending, count_pending, list_dead, revive};
pub use enqueue::{NewJob, Priority, enqueue};
pub(crate) use worker::interval;
pub use worker::{Claimed, Fate, Worker, backoff};
