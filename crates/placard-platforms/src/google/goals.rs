//! Which goals Google serves with which bidding strategy (Google, `platforms/google.md` §4, bidding).

use placard_domain::{
    objective::{BidStrategy, Objective, OptimizationGoal},
    spec::GoogleChannel,
};
use {BidStrategy as S, Bidding as B, GoogleChannel as C, Objective as O, OptimizationGoal as G};

/// A bidding strategy, one of the members of which a campaign has exactly one (§4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bidding {
    /// Clicks for the budget.
    TargetSpend,
    /// Conversions for the budget.
    MaximizeConversions,
    /// Value of conversions for the budget.
    MaximizeConversionValue,
}

impl Bidding {
    pub(super) const ALL: [Self; 3] =
        [Self::TargetSpend, Self::MaximizeConversions, Self::MaximizeConversionValue];

    /// Its member of the campaign.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::TargetSpend => "targetSpend",
            Self::MaximizeConversions => "maximizeConversions",
            Self::MaximizeConversionValue => "maximizeConversionValue",
        }
    }

    /// What `campaign.bidding_strategy_type` says of it.
    pub(super) const fn type_word(self) -> &'static str {
        match self {
            Self::TargetSpend => "TARGET_SPEND",
            Self::MaximizeConversions => "MAXIMIZE_CONVERSIONS",
            Self::MaximizeConversionValue => "MAXIMIZE_CONVERSION_VALUE",
        }
    }

    /// The member's setting that a spec can give.
    pub(super) const fn setting(self) -> &'static str {
        match self {
            Self::TargetSpend => "cpcBidCeilingMicros",
            Self::MaximizeConversions => "targetCpaMicros",
            Self::MaximizeConversionValue => "targetRoas",
        }
    }

    /// The spec's strategy that gives the setting; without one, it is left to Google.
    pub(super) const fn bid(self) -> BidStrategy {
        match self {
            Self::TargetSpend => S::BidCap,
            Self::MaximizeConversions => S::CostCap,
            Self::MaximizeConversionValue => S::MinRoas,
        }
    }

    /// The strategy of a campaign that has the member `name`.
    pub(super) fn of_member(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bidding| bidding.member() == name)
    }
}

/// One goal that Google serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) objective: Objective,
    pub(super) channel: GoogleChannel,
    pub(super) goal: OptimizationGoal,
    pub(super) bidding: Bidding,
}

/// Every goal that is served; the first of an objective and channel is the usual one. Google has no engagement in
/// these channels, apps cannot be named by a spec, and calls need assets that are not built. Awareness has no strategy
/// of its own that a budget alone could steer, and is bought by clicks.
#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(O::Awareness, C::Search, G::Impressions, B::TargetSpend),
    row(O::Awareness, C::Display, G::Impressions, B::TargetSpend),

    row(O::Traffic, C::Search, G::LinkClicks, B::TargetSpend),
    row(O::Traffic, C::Display, G::LinkClicks, B::TargetSpend),

    row(O::Leads, C::Search, G::Conversions, B::MaximizeConversions),
    row(O::Leads, C::Search, G::LinkClicks, B::TargetSpend),
    row(O::Leads, C::Display, G::Conversions, B::MaximizeConversions),
    row(O::Leads, C::Display, G::LinkClicks, B::TargetSpend),

    row(O::Sales, C::Search, G::Conversions, B::MaximizeConversions),
    row(O::Sales, C::Search, G::Value, B::MaximizeConversionValue),
    row(O::Sales, C::Search, G::LinkClicks, B::TargetSpend),
    row(O::Sales, C::Display, G::Conversions, B::MaximizeConversions),
    row(O::Sales, C::Display, G::Value, B::MaximizeConversionValue),
    row(O::Sales, C::Display, G::LinkClicks, B::TargetSpend),
];

const fn row(objective: Objective, channel: GoogleChannel, goal: OptimizationGoal, bidding: Bidding) -> Row {
    Row { objective, channel, goal, bidding }
}

/// Every row of a campaign's objective and channel.
pub(super) fn allowed(objective: Objective, channel: GoogleChannel) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.objective == objective && row.channel == channel)
}

/// The row of `goal`, or the usual one. A floor of return on ad spend says by itself that value counts.
pub(super) fn find(
    objective: Objective,
    channel: GoogleChannel,
    goal: Option<OptimizationGoal>,
    bid: BidStrategy,
) -> Option<&'static Row> {
    let goal = goal.or((bid == S::MinRoas).then_some(G::Value));
    allowed(objective, channel).find(|row| goal.is_none_or(|goal| row.goal == goal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_goal_stands_twice_and_no_strategy_serves_two_goals_of_one_objective() {
        for (index, row) in TABLE.iter().enumerate() {
            for other in &TABLE[..index] {
                let same = (row.objective, row.channel) == (other.objective, other.channel);
                assert!(!same || (row.goal != other.goal && row.bidding != other.bidding), "{row:?}");
            }
        }
    }

    #[test]
    fn every_objective_is_served_in_both_channels_or_in_none() {
        for objective in O::ALL {
            let served = C::ALL.iter().map(|channel| allowed(*objective, *channel).count());
            let counts: Vec<usize> = served.collect();
            assert_eq!(counts[0], counts[1], "{objective}");
            let expected = !matches!(objective, O::Engagement | O::AppPromotion | O::Calls);
            assert_eq!(counts[0] > 0, expected, "{objective}");
        }
    }

    #[test]
    fn a_strategy_is_known_by_its_member_and_its_word() {
        for bidding in Bidding::ALL {
            assert_eq!(Bidding::of_member(bidding.member()), Some(bidding));
            let others = Bidding::ALL.into_iter().filter(|other| *other != bidding);
            assert!(others.clone().all(|other| other.type_word() != bidding.type_word()));
            assert!(others.clone().all(|other| other.bid() != bidding.bid()));
        }
    }

    #[test]
    fn a_floor_of_return_asks_for_value_and_nothing_else_changes_the_goal() {
        let of = |goal, bid| find(O::Sales, C::Search, goal, bid).map(|row| row.bidding);
        assert_eq!(of(None, S::MinRoas), Some(B::MaximizeConversionValue));
        assert_eq!(
            of(None, S::BidCap),
            Some(B::MaximizeConversions),
            "a cap of bids does not change the goal"
        );
        assert_eq!(of(None, S::LowestCost), Some(B::MaximizeConversions));
        assert_eq!(of(Some(G::LinkClicks), S::MinRoas), Some(B::TargetSpend));
        assert_eq!(of(Some(G::Reach), S::LowestCost), None);
        assert!(find(O::Traffic, C::Search, None, S::MinRoas).is_none());
    }
}
