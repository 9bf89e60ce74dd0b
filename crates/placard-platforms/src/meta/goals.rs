//! Which goals Meta allows for which campaign, and what it calls them (Meta, `platforms/meta.md` §9, goal matrix).

use placard_domain::{
    objective::{CallToAction, Objective, OptimizationGoal},
    spec::Target,
};
use {Objective as O, OptimizationGoal as G, Promoted as P, TargetKind as T};

/// Where the ads of an ad group lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Website,
    Form,
    Call,
}

impl TargetKind {
    pub(super) const fn of(target: &Target) -> Self {
        match target {
            Target::Website(_) => Self::Website,
            Target::Form(_) => Self::Form,
            Target::Call(_) => Self::Call,
        }
    }

    /// The button of an ad that names none.
    pub(super) const fn usual_button(self, objective: Objective) -> CallToAction {
        match (self, objective) {
            (Self::Call, _) => CallToAction::CallNow,
            (Self::Form, _) => CallToAction::SignUp,
            (Self::Website, Objective::Sales) => CallToAction::ShopNow,
            (Self::Website, _) => CallToAction::LearnMore,
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

/// What an ad set promotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promoted {
    /// Nothing is named.
    Nothing,
    /// The page.
    Page,
    /// A pixel and an event on it; required.
    Event,
    /// The same if the spec names them; delivery does not depend on it.
    EventIfKnown,
}

/// One goal that Meta allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) objective: Objective,
    pub(super) target: TargetKind,
    pub(super) goal: OptimizationGoal,
    /// Meta's `objective` of the campaign.
    pub(super) sent_objective: &'static str,
    /// Meta's `destination_type` of the ad set.
    pub(super) destination: Option<&'static str>,
    /// Meta's `optimization_goal` of the ad set.
    pub(super) sent_goal: &'static str,
    pub(super) promoted: Promoted,
}

const AWARENESS: &str = "OUTCOME_AWARENESS";
const TRAFFIC: &str = "OUTCOME_TRAFFIC";
const ENGAGEMENT: &str = "OUTCOME_ENGAGEMENT";
const LEADS: &str = "OUTCOME_LEADS";
const SALES: &str = "OUTCOME_SALES";

const WEBSITE: Option<&str> = Some("WEBSITE");
const ON_POST: Option<&str> = Some("ON_POST");
const ON_AD: Option<&str> = Some("ON_AD");
const PHONE_CALL: Option<&str> = Some("PHONE_CALL");

/// Every allowed goal; the first of an objective and target is the usual one. Calls have no objective of their own at
/// Meta and go as leads (§13). App promotion is absent, because a spec cannot name an app.
#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(O::Awareness, T::Website, G::Reach, AWARENESS, None, "REACH", P::Page),
    row(O::Awareness, T::Website, G::Impressions, AWARENESS, None, "IMPRESSIONS", P::Page),

    row(O::Traffic, T::Website, G::LinkClicks, TRAFFIC, WEBSITE, "LINK_CLICKS", P::Nothing),
    row(O::Traffic, T::Website, G::LandingPageViews, TRAFFIC, WEBSITE, "LANDING_PAGE_VIEWS", P::Nothing),
    row(O::Traffic, T::Website, G::Reach, TRAFFIC, WEBSITE, "REACH", P::Nothing),
    row(O::Traffic, T::Website, G::Impressions, TRAFFIC, WEBSITE, "IMPRESSIONS", P::Nothing),
    row(O::Traffic, T::Call, G::Calls, TRAFFIC, PHONE_CALL, "QUALITY_CALL", P::Page),
    row(O::Traffic, T::Call, G::LinkClicks, TRAFFIC, PHONE_CALL, "LINK_CLICKS", P::Page),

    row(O::Engagement, T::Website, G::Engagement, ENGAGEMENT, ON_POST, "POST_ENGAGEMENT", P::Nothing),
    row(O::Engagement, T::Website, G::Conversions, ENGAGEMENT, WEBSITE, "OFFSITE_CONVERSIONS", P::Event),
    row(O::Engagement, T::Website, G::LandingPageViews, ENGAGEMENT, WEBSITE, "LANDING_PAGE_VIEWS", P::Nothing),
    row(O::Engagement, T::Website, G::LinkClicks, ENGAGEMENT, WEBSITE, "LINK_CLICKS", P::Nothing),
    row(O::Engagement, T::Website, G::Reach, ENGAGEMENT, WEBSITE, "REACH", P::Nothing),
    row(O::Engagement, T::Website, G::Impressions, ENGAGEMENT, WEBSITE, "IMPRESSIONS", P::Nothing),
    row(O::Engagement, T::Call, G::Calls, ENGAGEMENT, PHONE_CALL, "QUALITY_CALL", P::Page),

    row(O::Leads, T::Form, G::Leads, LEADS, ON_AD, "LEAD_GENERATION", P::Page),
    row(O::Leads, T::Form, G::QualityLeads, LEADS, ON_AD, "QUALITY_LEAD", P::Page),
    row(O::Leads, T::Website, G::Conversions, LEADS, WEBSITE, "OFFSITE_CONVERSIONS", P::Event),
    row(O::Leads, T::Website, G::LandingPageViews, LEADS, WEBSITE, "LANDING_PAGE_VIEWS", P::EventIfKnown),
    row(O::Leads, T::Website, G::LinkClicks, LEADS, WEBSITE, "LINK_CLICKS", P::EventIfKnown),
    row(O::Leads, T::Website, G::Reach, LEADS, WEBSITE, "REACH", P::EventIfKnown),
    row(O::Leads, T::Website, G::Impressions, LEADS, WEBSITE, "IMPRESSIONS", P::EventIfKnown),
    row(O::Leads, T::Call, G::Calls, LEADS, PHONE_CALL, "QUALITY_CALL", P::Page),

    row(O::Calls, T::Call, G::Calls, LEADS, PHONE_CALL, "QUALITY_CALL", P::Page),

    row(O::Sales, T::Website, G::Conversions, SALES, WEBSITE, "OFFSITE_CONVERSIONS", P::Event),
    row(O::Sales, T::Website, G::Value, SALES, WEBSITE, "VALUE", P::Event),
    row(O::Sales, T::Website, G::LandingPageViews, SALES, WEBSITE, "LANDING_PAGE_VIEWS", P::EventIfKnown),
    row(O::Sales, T::Website, G::LinkClicks, SALES, WEBSITE, "LINK_CLICKS", P::EventIfKnown),
    row(O::Sales, T::Website, G::Reach, SALES, WEBSITE, "REACH", P::EventIfKnown),
    row(O::Sales, T::Website, G::Impressions, SALES, WEBSITE, "IMPRESSIONS", P::EventIfKnown),
    row(O::Sales, T::Call, G::Calls, SALES, PHONE_CALL, "QUALITY_CALL", P::Page),
];

const fn row(
    objective: Objective,
    target: TargetKind,
    goal: OptimizationGoal,
    sent_objective: &'static str,
    destination: Option<&'static str>,
    sent_goal: &'static str,
    promoted: Promoted,
) -> Row {
    Row { objective, target, goal, sent_objective, destination, sent_goal, promoted }
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
    let all = [T::Website, T::Form, T::Call].into_iter();
    all.filter(|target| allowed(objective, *target).next().is_some()).map(TargetKind::as_str).collect()
}

impl Row {
    /// Whether delivery is optimised for conversions on a website, the only case in which a spec chooses attribution
    /// windows (§9).
    pub(super) fn converts_on_website(&self) -> bool {
        matches!(self.sent_goal, "OFFSITE_CONVERSIONS" | "VALUE")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_goal_stands_twice_and_ours_and_metas_name_each_other() {
        for (index, row) in TABLE.iter().enumerate() {
            for other in &TABLE[..index] {
                let same = (row.objective, row.target) == (other.objective, other.target);
                assert!(!same || (row.goal != other.goal && row.sent_goal != other.sent_goal), "{row:?}");
            }
        }
    }

    #[test]
    fn the_usual_goal_comes_first_and_another_is_found_by_name() {
        assert_eq!(find(O::Sales, T::Website, None).unwrap().sent_goal, "OFFSITE_CONVERSIONS");
        assert_eq!(find(O::Leads, T::Form, Some(G::QualityLeads)).unwrap().sent_goal, "QUALITY_LEAD");
        assert!(find(O::Leads, T::Form, Some(G::LinkClicks)).is_none());
        assert!(find(O::AppPromotion, T::Website, None).is_none());
        assert_eq!(targets(O::Traffic), ["website", "call"]);
    }
}
