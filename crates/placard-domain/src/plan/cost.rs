//! What a plan costs.

use super::{Bound, DesiredObject, ObjectKind};
use crate::{Currency, Money, money::MoneyError, spec::RunState};
use serde::{Deserialize, Serialize};

/// What a day costs on average, before and after a plan, while everything that should run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostDelta {
    /// By what was applied last.
    pub before: Money,
    /// By what is wanted.
    pub after: Money,
}

impl CostDelta {
    pub(super) fn between(
        bound: &[Bound],
        desired: &[DesiredObject],
        currency: Currency,
    ) -> Result<Self, MoneyError> {
        let before = bound.iter().map(|object| (object.key.kind, object.applied_run, object.daily_cost));
        let after = desired.iter().map(|object| (object.key.kind, object.run, object.daily_cost));
        Ok(Self { before: total(before, currency)?, after: total(after, currency)? })
    }
}

/// A paused campaign costs nothing, whatever its ad groups say.
pub(super) fn total(
    costs: impl Iterator<Item = (ObjectKind, Option<RunState>, Option<Money>)> + Clone,
    currency: Currency,
) -> Result<Money, MoneyError> {
    let stopped = |(kind, run, _): (_, Option<RunState>, _)| {
        kind == ObjectKind::Campaign && run == Some(RunState::Paused)
    };
    if costs.clone().any(stopped) {
        return Ok(Money::zero(currency));
    }
    costs
        .filter(|(_, run, _)| *run != Some(RunState::Paused))
        .filter_map(|(_, _, cost)| cost)
        .try_fold(Money::zero(currency), Money::checked_add)
}
