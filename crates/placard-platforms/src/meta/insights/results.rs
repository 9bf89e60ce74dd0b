//! Which of Meta's actions count as conversions (Meta, `platforms/meta.md` §19).
//!
//! Action types overlap (`lead` contains those of forms and of the pixel), so types are never added up. A row counts one
//! family of types, chosen by what its campaign and ad set are for, and of the family the first type that is there.
//! Rows that say nothing of their purpose (whole accounts, traffic, awareness) count the first family that is there;
//! such figures of different levels do not add up, and each row keeps the type that it counted.

use serde::{Deserialize, Serialize};

/// A number of one type of action. Windows beside `value` are not asked for.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Action {
    pub(super) action_type: String,
    pub(super) value: String,
}

/// Types that tell of the same thing, the most complete first.
type Family = &'static [&'static str];

const PURCHASES: Family = &["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"];
const LEADS: Family = &["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"];
const FORMS: Family = &["onsite_conversion.lead_grouped", "lead"];
const CALLS: Family = &["click_to_call_call_confirm", "click_to_call_native_call_placed"];
const REGISTRATIONS: Family = &["omni_complete_registration"];

/// The families that may count for a row, in this order.
fn families(objective: Option<&str>, goal: Option<&str>) -> &'static [Family] {
    match (objective, goal) {
        (_, Some("QUALITY_CALL")) => &[CALLS],
        (_, Some("LEAD_GENERATION" | "QUALITY_LEAD")) => &[FORMS],
        (Some("OUTCOME_SALES"), Some(_)) => &[PURCHASES],
        // A campaign's row does not tell whether its ads dial.
        (Some("OUTCOME_SALES"), None) => &[PURCHASES, CALLS],
        (Some("OUTCOME_LEADS"), Some(_)) => &[LEADS, REGISTRATIONS],
        (Some("OUTCOME_LEADS"), None) => &[LEADS, REGISTRATIONS, CALLS],
        _ => &[PURCHASES, LEADS, CALLS, REGISTRATIONS],
    }
}

/// The type that a row counts, if it has any that counts.
pub(super) fn counted(
    objective: Option<&str>,
    goal: Option<&str>,
    actions: &[Action],
) -> Option<&'static str> {
    let types = families(objective, goal).iter().flat_map(|family| family.iter().copied());
    types.into_iter().find(|name| actions.iter().any(|action| action.action_type == *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(types: &[&str]) -> Vec<Action> {
        types.iter().map(|name| Action { action_type: (*name).to_owned(), value: "1".to_owned() }).collect()
    }

    #[test]
    fn a_row_counts_one_type_of_the_family_that_its_purpose_names() {
        let seen =
            actions(&["link_click", "lead", "onsite_conversion.lead_grouped", "purchase", "omni_purchase"]);
        let cases = [
            (Some("OUTCOME_SALES"), Some("OFFSITE_CONVERSIONS"), Some("omni_purchase")),
            (Some("OUTCOME_LEADS"), Some("LEAD_GENERATION"), Some("onsite_conversion.lead_grouped")),
            (Some("OUTCOME_LEADS"), Some("OFFSITE_CONVERSIONS"), Some("lead")),
            (Some("OUTCOME_LEADS"), Some("QUALITY_CALL"), None),
            (Some("OUTCOME_TRAFFIC"), Some("LINK_CLICKS"), Some("omni_purchase")),
            (None, None, Some("omni_purchase")),
        ];
        for (objective, goal, expected) in cases {
            assert_eq!(counted(objective, goal, &seen), expected, "{objective:?} {goal:?}");
        }
    }

    #[test]
    fn clicks_and_views_are_no_conversions() {
        let seen = actions(&["link_click", "landing_page_view", "post_engagement"]);
        assert_eq!(counted(Some("OUTCOME_TRAFFIC"), Some("LANDING_PAGE_VIEWS"), &seen), None);
    }
}
