//! Google's tables for people.

use super::{
    goals::{Bidding, TABLE},
    words,
};
use crate::table::{Table, code};
use placard_domain::spec::{Gender, MatchType, RunState};

/// What is sent for words of specs.
pub(crate) fn tables() -> Vec<Table> {
    let matches = MatchType::ALL.iter().map(|one| (one.as_str(), Some(code(words::match_type(*one)))));
    let genders = Gender::ALL.iter().map(|one| (one.as_str(), Some(code(words::gender(*one)))));
    let states = RunState::ALL.iter().map(|one| (one.as_str(), Some(code(words::status(*one)))));
    let bids =
        Bidding::ALL.map(|one| (one.bid().as_str(), Some(format!("`{}.{}`", one.member(), one.setting()))));
    vec![
        goals(),
        Table::of_words("Bids", ["`bid.strategy`", "sent"], bids),
        Table::of_words("Keywords", ["`match`", "`matchType`"], matches),
        Table::of_ages(words::AGES),
        Table::of_words("Genders", ["`audience.genders`", "sent"], genders),
        Table::of_words("Status", ["`status`", "`status`"], states),
    ]
}

fn goals() -> Table {
    let row = |row: &super::goals::Row| {
        vec![
            code(row.objective.as_str()),
            code(words::channel(row.channel)),
            code(row.goal.as_str()),
            code(row.bidding.member()),
            code(row.bidding.type_word()),
        ]
    };
    Table {
        title: "Goals",
        columns: vec![
            "`goal`",
            "`advertisingChannelType`",
            "`optimize_for`",
            "bidding",
            "`biddingStrategyType`",
        ],
        rows: TABLE.iter().map(row).collect(),
    }
}
