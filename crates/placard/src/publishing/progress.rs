//! What publishing says while it works.

use placard_domain::plan::{Stage, Step};
use std::time::Duration;

/// Hears what happens. Nothing here may block for long.
pub trait Progress: Send + Sync {
    /// The work has this many steps, of which some are done already.
    fn begin(&self, steps: usize, done: usize);
    /// Steps of this stage are being sent.
    fn sending(&self, stage: Stage, steps: &[&Step]);
    /// A step is done.
    fn done(&self, step: &Step);
    /// The platform asked us to wait, or we wait before trying again.
    fn waiting(&self, reason: &str, wait: Duration);
    /// Something worth a line.
    fn note(&self, text: &str);
    /// Nothing more comes.
    fn finish(&self);
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: usize, _: usize) {}
    fn sending(&self, _: Stage, _: &[&Step]) {}
    fn done(&self, _: &Step) {}
    fn waiting(&self, _: &str, _: Duration) {}
    fn note(&self, _: &str) {}
    fn finish(&self) {}
}
