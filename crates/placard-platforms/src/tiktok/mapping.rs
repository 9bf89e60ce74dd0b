//! TikTok's tables for people.

use super::{
    goals::{Seen, TABLE},
    words,
};
use crate::table::{Table, code, maybe};
use placard_domain::{
    objective::{CallToAction, ConversionEvent},
    spec::RunState,
};

/// What is sent for words of specs.
pub(crate) fn tables() -> Vec<Table> {
    let buttons = CallToAction::ALL.iter().map(|one| (one.as_str(), words::call_to_action(*one).map(code)));
    let events = ConversionEvent::ALL.iter().map(|one| (one.as_str(), words::event(*one).map(code)));
    let states = RunState::ALL.iter().map(|one| (one.as_str(), Some(code(words::status(*one)))));
    vec![
        goals(),
        Table::of_words("Buttons", ["`copy.call_to_action`", "`call_to_action`"], buttons),
        Table::of_words("Events", ["`conversion.event`", "`optimization_event`"], events),
        Table::of_ages(words::AGES),
        Table::of_words("Status", ["`status`", "`operation_status`"], states),
    ]
}

fn goals() -> Table {
    let row = |row: &super::goals::Row| {
        let seen = match row.seen {
            Seen::Nothing => "",
            Seen::Pixel => "pixel",
            Seen::Event => "pixel and event",
        };
        vec![
            code(row.objective.as_str()),
            code(row.target.as_str()),
            code(row.goal.as_str()),
            code(row.objective_type),
            maybe(row.promotion_type),
            maybe(row.promotion_target),
            code(row.optimization_goal),
            code(row.billing.as_str()),
            seen.to_owned(),
        ]
    };
    Table {
        title: "Goals",
        columns: vec![
            "`goal`",
            "`destination`",
            "`optimize_for`",
            "`objective_type`",
            "`promotion_type`",
            "`promotion_target_type`",
            "`optimization_goal`",
            "`billing_event`",
            "names",
        ],
        rows: TABLE.iter().map(row).collect(),
    }
}
