//! Google's words for ours, one table each.

use placard_domain::spec::{Gender, GoogleChannel, MatchType, RunState};

/// The channel of a campaign, `advertisingChannelType` (Google, `platforms/google.md` §4).
pub(super) const fn channel(channel: GoogleChannel) -> &'static str {
    match channel {
        GoogleChannel::Search => "SEARCH",
        GoogleChannel::Display => "DISPLAY",
    }
}

/// The type of an ad group, which goes with its campaign's channel (§4).
pub(super) const fn ad_group_type(channel: GoogleChannel) -> &'static str {
    match channel {
        GoogleChannel::Search => "SEARCH_STANDARD",
        GoogleChannel::Display => "DISPLAY_STANDARD",
    }
}

/// The answer to the question about political advertising in the European Union (§4).
pub(super) const fn political(contains: bool) -> &'static str {
    if contains { "CONTAINS_EU_POLITICAL_ADVERTISING" } else { "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING" }
}

/// How closely a search must resemble a keyword (§4).
pub(super) const fn match_type(match_type: MatchType) -> &'static str {
    match match_type {
        MatchType::Broad => "BROAD",
        MatchType::Phrase => "PHRASE",
        MatchType::Exact => "EXACT",
    }
}

/// Switched on or off (§5).
pub(super) const fn status(run: RunState) -> &'static str {
    match run {
        RunState::Active => "ENABLED",
        RunState::Paused => "PAUSED",
    }
}

/// What a status says of running; nothing of what is removed.
pub(super) fn run(status: &str) -> Option<RunState> {
    match status {
        "ENABLED" => Some(RunState::Active),
        "PAUSED" => Some(RunState::Paused),
        _ => None,
    }
}

/// People whose age or gender Google does not know.
pub(super) const UNKNOWN: &str = "UNDETERMINED";

/// The genders that Google tells apart beside [`UNKNOWN`] (§6, demographics).
pub(super) const fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Male => "MALE",
        Gender::Female => "FEMALE",
    }
}

/// Google's bands of age, each with its youngest and oldest (§6, demographics). 65 stands for everybody older.
pub(super) const AGES: &[(&str, u32, u32)] = &[
    ("AGE_RANGE_18_24", 18, 24),
    ("AGE_RANGE_25_34", 25, 34),
    ("AGE_RANGE_35_44", 35, 44),
    ("AGE_RANGE_45_54", 45, 54),
    ("AGE_RANGE_55_64", 55, 64),
    ("AGE_RANGE_65_UP", 65, 65),
];

/// Google's word for people whose age it does not know (§6).
pub(super) const UNKNOWN_AGE: &str = "AGE_RANGE_UNDETERMINED";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_touch_and_cover_every_age_from_18() {
        for pair in AGES.windows(2) {
            assert_eq!(pair[0].2 + 1, pair[1].1);
        }
        assert_eq!((AGES[0].1, AGES[AGES.len() - 1].2), (18, 65));
    }

    #[test]
    fn a_status_comes_back_and_what_is_removed_neither_runs_nor_waits() {
        for state in RunState::ALL {
            assert_eq!(run(status(*state)), Some(*state));
        }
        assert_eq!(run("REMOVED"), None);
    }
}
