//! Microsoft's words for ours, one table each.

use placard_domain::{
    plan::ObjectKind,
    spec::{Gender, MatchType, RunState},
};

/// What stands before the paths of campaign management (Microsoft, `platforms/microsoft.md` §1).
pub(super) const SERVICE: &str = "CampaignManagement/v13";

/// How calls about one kind of object are made (Microsoft, `platforms/microsoft.md` §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Collection {
    /// The last part of the path, and the list that holds the objects.
    pub(super) name: &'static str,
    /// The list that holds their ids.
    pub(super) ids: &'static str,
    /// What names the object above, in the body.
    pub(super) parent: &'static str,
    /// The most that one call takes.
    pub(super) most: usize,
}

/// The calls about `kind`. Whatever else there is has none of its own: nothing maps to it, and Microsoft would refuse
/// the path.
pub(super) const fn collection(kind: ObjectKind) -> Collection {
    let (name, ids, parent, most) = match kind {
        ObjectKind::Campaign => ("Campaigns", "CampaignIds", "AccountId", 100),
        ObjectKind::AdGroup => ("AdGroups", "AdGroupIds", "CampaignId", 1_000),
        ObjectKind::Keyword => ("Keywords", "KeywordIds", "AdGroupId", 1_000),
        ObjectKind::Ad => ("Ads", "AdIds", "AdGroupId", 50),
        ObjectKind::Targeting => ("CampaignCriterions", "CampaignCriterionIds", "CampaignId", 100),
        ObjectKind::Image | ObjectKind::Video | ObjectKind::LeadForm | ObjectKind::Creative => {
            ("Media", "MediaIds", "AccountId", 10)
        }
    };
    Collection { name, ids, parent, most }
}

/// Whether something runs (§5).
pub(super) const fn status(run: RunState) -> &'static str {
    match run {
        RunState::Active => "Active",
        RunState::Paused => "Paused",
    }
}

/// What a status says of the switch (§5). A used-up budget, a suspended account and a flight that is over do not turn
/// it off.
pub(super) fn run(status: &str) -> Option<RunState> {
    match status {
        "Active" | "BudgetPaused" | "Suspended" | "Expired" => Some(RunState::Active),
        "Paused" | "BudgetAndManualPaused" => Some(RunState::Paused),
        _ => None,
    }
}

/// How closely a search must resemble a keyword (§4).
pub(super) const fn match_type(kind: MatchType) -> &'static str {
    match kind {
        MatchType::Broad => "Broad",
        MatchType::Phrase => "Phrase",
        MatchType::Exact => "Exact",
    }
}

/// A gender (§4).
pub(super) const fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "Female",
        Gender::Male => "Male",
    }
}

/// A band of ages: its word, its first year and its last; the last band goes on to the oldest (§4). The third is spelt
/// as Microsoft spells it.
pub(super) const AGES: &[(&str, u32, u32)] = &[
    ("EighteenToTwentyFour", 18, 24),
    ("TwentyFiveToThirtyFour", 25, 34),
    ("ThirtyFiveToFourtyNine", 35, 49),
    ("FiftyToSixtyFour", 50, 64),
    ("SixtyFiveAndAbove", 65, 65),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_age_follow_each_other_without_a_gap() {
        for pair in AGES.windows(2) {
            assert_eq!(pair[0].2 + 1, pair[1].1);
        }
        assert_eq!((AGES[0].1, AGES[AGES.len() - 1].2), (18, 65));
    }

    #[test]
    fn a_switch_is_read_back_as_it_was_set() {
        for state in [RunState::Active, RunState::Paused] {
            assert_eq!(run(status(state)), Some(state));
        }
        assert_eq!(
            run("BudgetPaused"),
            Some(RunState::Active),
            "money is used up, and nobody switched it off"
        );
        assert_eq!(run("Deleted"), None);
    }

    #[test]
    fn no_two_of_our_words_are_one_of_microsofts() {
        let distinct = |words: Vec<&str>| {
            let mut sorted = words.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.len() == words.len()
        };
        assert!(distinct(MatchType::ALL.iter().map(|one| match_type(*one)).collect()));
        assert!(distinct(Gender::ALL.iter().map(|one| gender(*one)).collect()));
    }
}
