//! What tests of publishing share: an installation, campaigns to publish, and a look at the platform's side.

mod checks;
mod installation;
mod shelf;
mod soak;
mod stranger;
mod video;

use placard_domain::Platform;

pub(crate) use installation::{Installation, Run, first_write, is_write};
pub(crate) use shelf::{Shelf, profile};
pub(crate) use soak::{Object, Slot, Spec, Weather, World, run_all};
pub(crate) use stranger::{Says, Stranger};

impl Spec {
    /// What every step of publishing is tried on: 3 ad groups with 5 ads each, or 3 where a platform takes no more.
    pub(crate) fn large(platform: Platform) -> Self {
        let ads = if matches!(platform, Platform::Google | Platform::Microsoft) { 3 } else { 5 };
        Self { platform, groups: 3, ads, ..Self::default() }
    }
}
