//! What tests of publishing share: an installation, campaigns to publish, and a look at the platform's side.

mod installation;
mod spec;
mod world;

pub(crate) use installation::{ACCOUNT, Installation, Run};
pub(crate) use spec::Spec;
pub(crate) use world::World;
