//! Delivery: what active ads show, cost and bring while the virtual clock moves.
use chrono::{DateTime, Utc};

use crate::world::World;

/// Delivers the ticks between `from` and `until`.
pub(crate) fn simulate(_world: &mut World, _from: DateTime<Utc>, _until: DateTime<Utc>) {}
