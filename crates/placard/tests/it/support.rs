//! What tests of publishing share: an installation, campaigns to publish, and a look at the platform's side.

mod installation;
mod spec;
mod weather;
mod world;

pub(crate) use installation::{Installation, Run, first_write};
pub(crate) use spec::Spec;
pub(crate) use weather::{End, Outcome, Slot, Weather};
pub(crate) use world::World;
