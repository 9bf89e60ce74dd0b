//! What tests of publishing share: an installation, campaigns to publish, and a look at the platform's side.

mod checks;
mod installation;
mod soak;

pub(crate) use installation::{Installation, Run, first_write};
pub(crate) use soak::{Object, Slot, Spec, Weather, World, run_all};

impl Spec {
    /// What every step of publishing is tried on: 3 ad groups with 5 ads each.
    pub(crate) fn large() -> Self {
        Self { groups: 3, ads: 5, ..Self::default() }
    }
}
