//! Which goals TikTok allows for which campaign, and what it calls them (TikTok, `platforms/tiktok.md` §7–§9).

use placard_domain::{
    objective::{Objective, OptimizationGoal},
    spec::Target,
};
use {Billing as B, Objective as O, OptimizationGoal as G, Seen as S, TargetKind as T};

/// Where the ads of an ad group lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Website,
    Form,
    Call,
}

impl TargetKind {
    pub(super) const ALL: [Self; 3] = [Self::Website, Self::Form, Self::Call];

    pub(super) const fn of(target: &Target) -> Self {
        match target {
            Target::Website(_) => Self::Website,
            Target::Form(_) => Self::Form,
            Target::Call(_) => Self::Call,
        }
    }

    /// The word in specs.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Website => "website",
            Self::Form => "form",
            Self::Call => "call",
        }
    }
}

/// What is paid for, fixed by the goal (§9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Billing {
    /// Clicks.
    Cpc,
    /// Thousands of impressions.
    Cpm,
    /// Thousands of impressions, shown to those of whom a result is expected.
    Ocpm,
}

impl Billing {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Cpc => "CPC",
            Self::Cpm => "CPM",
            Self::Ocpm => "OCPM",
        }
    }
}

/// What is told of the pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing.
    Nothing,
    /// The pixel; TikTok sets the event itself, or needs none.
    Pixel,
    /// The pixel and the event that counts.
    Event,
}

/// One goal that TikTok allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) objective: Objective,
    pub(super) target: TargetKind,
    pub(super) goal: OptimizationGoal,
    /// `objective_type` of the campaign.
    pub(super) objective_type: &'static str,
    /// `promotion_type` of the ad group.
    pub(super) promotion_type: Option<&'static str>,
    /// `promotion_target_type` of the ad group, where leads are wanted.
    pub(super) promotion_target: Option<&'static str>,
    /// `optimization_goal` of the ad group.
    pub(super) optimization_goal: &'static str,
    pub(super) billing: Billing,
    pub(super) seen: Seen,
}

const REACH: &str = "REACH";
const TRAFFIC: &str = "TRAFFIC";
const LEADS: &str = "LEAD_GENERATION";
const SALES: &str = "WEB_CONVERSIONS";

const WEBSITE: Option<&str> = Some("WEBSITE");
const LEAD: Option<&str> = Some("LEAD_GENERATION");
const DIAL: Option<&str> = Some("LEAD_GEN_CLICK_TO_CALL");
const IN_APP: Option<&str> = Some("INSTANT_PAGE");
const OUTSIDE: Option<&str> = Some("EXTERNAL_WEBSITE");

/// Every allowed goal; the first of an objective and target is the usual one. Views of landing pages are no goal of
/// `TRAFFIC`, because TikTok then wants an instant page; engagement is absent, because it is about an account and its
/// posts; app promotion, because a spec cannot name an app.
#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(O::Awareness, T::Website, G::Reach, REACH, None, None, "REACH", B::Cpm, S::Nothing),
    row(O::Awareness, T::Website, G::Impressions, REACH, None, None, "SHOW", B::Cpm, S::Nothing),

    row(O::Traffic, T::Website, G::LinkClicks, TRAFFIC, WEBSITE, None, "CLICK", B::Cpc, S::Nothing),

    row(O::Leads, T::Form, G::Leads, LEADS, LEAD, IN_APP, "LEAD_GENERATION", B::Ocpm, S::Nothing),
    row(O::Leads, T::Form, G::QualityLeads, LEADS, LEAD, IN_APP, "PREFERRED_LEAD", B::Ocpm, S::Nothing),
    row(O::Leads, T::Website, G::Conversions, LEADS, LEAD, OUTSIDE, "CONVERT", B::Ocpm, S::Event),
    row(O::Leads, T::Website, G::LinkClicks, LEADS, LEAD, OUTSIDE, "CLICK", B::Cpc, S::Pixel),

    row(O::Calls, T::Call, G::Leads, LEADS, DIAL, None, "LEAD_GENERATION", B::Ocpm, S::Nothing),
    row(O::Calls, T::Call, G::LinkClicks, LEADS, DIAL, None, "CLICK", B::Cpc, S::Nothing),

    row(O::Sales, T::Website, G::Conversions, SALES, WEBSITE, None, "CONVERT", B::Ocpm, S::Event),
    row(O::Sales, T::Website, G::Value, SALES, WEBSITE, None, "VALUE", B::Ocpm, S::Event),
    row(O::Sales, T::Website, G::LandingPageViews, SALES, WEBSITE, None, "TRAFFIC_LANDING_PAGE_VIEW", B::Ocpm, S::Pixel),
    row(O::Sales, T::Website, G::LinkClicks, SALES, WEBSITE, None, "CLICK", B::Cpc, S::Pixel),
];

#[expect(clippy::too_many_arguments, reason = "one argument for each column of the table")]
const fn row(
    objective: Objective,
    target: TargetKind,
    goal: OptimizationGoal,
    objective_type: &'static str,
    promotion_type: Option<&'static str>,
    promotion_target: Option<&'static str>,
    optimization_goal: &'static str,
    billing: Billing,
    seen: Seen,
) -> Row {
    Row {
        objective,
        target,
        goal,
        objective_type,
        promotion_type,
        promotion_target,
        optimization_goal,
        billing,
        seen,
    }
}

/// The row of `goal`, or the usual one.
pub(super) fn find(
    objective: Objective,
    target: TargetKind,
    goal: Option<OptimizationGoal>,
) -> Option<&'static Row> {
    allowed(objective, target).find(|row| goal.is_none_or(|goal| row.goal == goal))
}

/// Every row of a campaign's objective and target.
pub(super) fn allowed(objective: Objective, target: TargetKind) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.objective == objective && row.target == target)
}

/// The targets that an objective can have.
pub(super) fn targets(objective: Objective) -> Vec<&'static str> {
    let reachable = T::ALL.into_iter().filter(|target| allowed(objective, *target).next().is_some());
    reachable.map(TargetKind::as_str).collect()
}

/// What a campaign with TikTok's word `objective_type` is for; whether its ad groups dial tells leads and calls apart.
pub(super) fn objective(objective_type: &str, dials: bool) -> Option<Objective> {
    let fits = |row: &&Row| row.objective_type == objective_type && (row.target == T::Call) == dials;
    TABLE.iter().find(fits).map(|row| row.objective)
}

/// Whether an ad group with TikTok's word `promotion_type` dials.
pub(super) fn dials(promotion_type: &str) -> bool {
    DIAL == Some(promotion_type)
}

/// TikTok's word for an objective, whatever it leads to.
pub(super) fn objective_type(objective: Objective) -> Option<&'static str> {
    TABLE.iter().find(|row| row.objective == objective).map(|row| row.objective_type)
}

impl Row {
    /// Whether delivery is optimised for conversions on a website, where attribution windows are chosen.
    pub(super) fn converts_on_website(&self) -> bool {
        self.seen == Seen::Event
    }

    /// Whether it is optimised for the value of conversions.
    pub(super) fn is_for_value(&self) -> bool {
        self.optimization_goal == "VALUE"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_goal_stands_twice_and_ours_and_tiktoks_name_each_other() {
        for (index, row) in TABLE.iter().enumerate() {
            for other in &TABLE[..index] {
                let same = (row.objective, row.target) == (other.objective, other.target);
                let both = row.goal == other.goal || row.optimization_goal == other.optimization_goal;
                assert!(!(same && both), "{row:?}");
                let sent = |row: &Row| {
                    (row.objective_type, row.promotion_type, row.promotion_target, row.optimization_goal)
                };
                assert_ne!(sent(row), sent(other), "{row:?}");
            }
            let dials = row.promotion_type.is_some_and(dials);
            assert_eq!(objective(row.objective_type, dials), Some(row.objective), "{row:?}");
        }
    }

    #[test]
    fn what_is_paid_for_follows_from_the_goal() {
        // TikTok, `platforms/tiktok.md` §9.
        for row in TABLE {
            let expected = match row.optimization_goal {
                "CLICK" => B::Cpc,
                "REACH" | "SHOW" => B::Cpm,
                _ => B::Ocpm,
            };
            assert_eq!(row.billing, expected, "{row:?}");
        }
    }

    #[test]
    fn the_usual_goal_comes_first_and_another_is_found_by_name() {
        assert_eq!(find(O::Sales, T::Website, None).unwrap().optimization_goal, "CONVERT");
        assert_eq!(
            find(O::Leads, T::Form, Some(G::QualityLeads)).unwrap().optimization_goal,
            "PREFERRED_LEAD"
        );
        assert!(find(O::Traffic, T::Website, Some(G::LandingPageViews)).is_none());
        assert!(targets(O::Engagement).is_empty());
        assert_eq!((targets(O::Leads), targets(O::Calls)), (vec!["website", "form"], vec!["call"]));
        assert_eq!(objective_type(O::Awareness), Some("REACH"));
    }
}
