//! Which goals Microsoft serves with which bidding scheme (Microsoft, `platforms/microsoft.md` §4, bidding).

use placard_domain::objective::{BidStrategy, Objective, OptimizationGoal};
use {BidStrategy as S, Bidding as B, Objective as O, OptimizationGoal as G};

/// A scheme by which a campaign bids (§4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bidding {
    /// Clicks for the budget.
    Clicks,
    /// Conversions for the budget.
    Conversions,
    /// Value of conversions for the budget.
    Value,
}

impl Bidding {
    pub(super) const ALL: [Self; 3] = [Self::Clicks, Self::Conversions, Self::Value];

    /// Its `Type` (§2).
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Clicks => "MaxClicks",
            Self::Conversions => "MaxConversions",
            Self::Value => "MaxConversionValueBiddingScheme",
        }
    }

    /// The scheme's setting that a strategy of the spec gives; `None` if it takes no such strategy.
    pub(super) const fn setting(self, strategy: BidStrategy) -> Option<&'static str> {
        match (self, strategy) {
            (_, S::BidCap) => Some(MAX_CPC),
            (Self::Conversions, S::CostCap) => Some(TARGET_CPA),
            (Self::Value, S::MinRoas) => Some(TARGET_ROAS),
            _ => None,
        }
    }
}

pub(super) const MAX_CPC: &str = "MaxCpc";
pub(super) const TARGET_CPA: &str = "TargetCpa";
pub(super) const TARGET_ROAS: &str = "TargetRoas";

/// One goal that Microsoft serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) objective: Objective,
    pub(super) goal: OptimizationGoal,
    pub(super) bidding: Bidding,
}

/// Every goal that is served; the first of an objective is the usual one. Awareness has no scheme that a budget alone
/// could steer, and is bought by clicks. Engagement, calls and apps need what a search campaign has not.
pub(super) const TABLE: &[Row] = &[
    row(O::Awareness, G::Impressions, B::Clicks),
    row(O::Traffic, G::LinkClicks, B::Clicks),
    row(O::Leads, G::Conversions, B::Conversions),
    row(O::Leads, G::LinkClicks, B::Clicks),
    row(O::Sales, G::Conversions, B::Conversions),
    row(O::Sales, G::Value, B::Value),
    row(O::Sales, G::LinkClicks, B::Clicks),
];

const fn row(objective: Objective, goal: OptimizationGoal, bidding: Bidding) -> Row {
    Row { objective, goal, bidding }
}

/// Every row of a campaign's objective.
pub(super) fn allowed(objective: Objective) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.objective == objective)
}

/// The row of `goal`, or the usual one. A floor of return on ad spend says by itself that value counts.
pub(super) fn find(
    objective: Objective,
    goal: Option<OptimizationGoal>,
    bid: BidStrategy,
) -> Option<&'static Row> {
    let goal = goal.or((bid == S::MinRoas).then_some(G::Value));
    allowed(objective).find(|row| goal.is_none_or(|goal| row.goal == goal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_goal_stands_twice_and_no_scheme_serves_two_goals_of_one_objective() {
        for (index, row) in TABLE.iter().enumerate() {
            for other in &TABLE[..index] {
                let same = row.objective == other.objective;
                assert!(!same || (row.goal != other.goal && row.bidding != other.bidding), "{row:?}");
            }
        }
    }

    #[test]
    fn schemes_have_words_of_their_own_and_a_strategy_gives_one_setting() {
        for bidding in Bidding::ALL {
            assert!(Bidding::ALL.iter().filter(|other| other.word() == bidding.word()).count() == 1);
            assert_eq!(bidding.setting(S::LowestCost), None);
            let settings: Vec<_> = S::ALL.iter().filter_map(|one| bidding.setting(*one)).collect();
            let mut distinct = settings.clone();
            distinct.dedup();
            assert_eq!(settings, distinct);
        }
    }

    #[test]
    fn a_floor_of_return_asks_for_value_and_nothing_else_changes_the_goal() {
        let of = |goal, bid| find(O::Sales, goal, bid).map(|row| row.bidding);
        assert_eq!(of(None, S::MinRoas), Some(B::Value));
        assert_eq!(of(None, S::BidCap), Some(B::Conversions));
        assert_eq!(of(Some(G::LinkClicks), S::MinRoas), Some(B::Clicks));
        assert_eq!(of(Some(G::Reach), S::LowestCost), None);
        assert!(find(O::Traffic, None, S::MinRoas).is_none());
        assert!(find(O::Calls, None, S::LowestCost).is_none());
    }
}
