//! Microsoft's tables for people.

use super::{
    goals::{Bidding, TABLE},
    words,
};
use crate::table::{Table, code};
use placard_domain::{
    objective::BidStrategy,
    spec::{Gender, MatchType, RunState},
};

/// What is sent for words of specs.
pub(crate) fn tables() -> Vec<Table> {
    let matches = MatchType::ALL.iter().map(|one| (one.as_str(), Some(code(words::match_type(*one)))));
    let genders = Gender::ALL.iter().map(|one| (one.as_str(), Some(code(words::gender(*one)))));
    let states = RunState::ALL.iter().map(|one| (one.as_str(), Some(code(words::status(*one)))));
    vec![
        goals(),
        bids(),
        Table::of_words("Keywords", ["`match`", "`MatchType`"], matches),
        Table::of_ages(words::AGES),
        Table::of_words("Genders", ["`audience.genders`", "`GenderType`"], genders),
        Table::of_words("Status", ["`status`", "`Status`"], states),
    ]
}

fn goals() -> Table {
    let row = |row: &super::goals::Row| {
        vec![code(row.objective.as_str()), code(row.goal.as_str()), code(row.bidding.word())]
    };
    Table {
        title: "Goals",
        columns: vec!["`goal`", "`optimize_for`", "`BiddingScheme.Type`"],
        rows: TABLE.iter().map(row).collect(),
    }
}

/// Which setting of which scheme a strategy gives; the usual strategy gives none.
fn bids() -> Table {
    let named = BidStrategy::ALL.iter().filter(|strategy| **strategy != BidStrategy::LowestCost);
    let row = |strategy: &BidStrategy| {
        let cell = |scheme: Bidding| scheme.setting(*strategy).map_or_else(|| "**error**".to_owned(), code);
        [code(strategy.as_str())].into_iter().chain(Bidding::ALL.map(cell)).collect()
    };
    let columns = ["`bid.strategy`"].into_iter().chain(Bidding::ALL.map(Bidding::word));
    Table { title: "Bids", columns: columns.collect(), rows: named.map(row).collect() }
}
