//! Meta's tables for people.

use super::{
    goals::{Promoted, TABLE},
    story::Story,
    words,
};
use crate::table::{Table, code, maybe};
use placard_domain::{
    objective::{BidStrategy, CallToAction, ConversionEvent},
    spec::{MetaPublisher, QuestionKind, RunState, SpecialAdCategory},
};

/// What is sent for words of specs.
pub(crate) fn tables() -> Vec<Table> {
    let strategies = BidStrategy::ALL.iter().map(|one| (one.as_str(), Some(code(words::bid_strategy(*one)))));
    let buttons = CallToAction::ALL.iter().map(|one| (one.as_str(), Some(code(words::call_to_action(*one)))));
    let events = ConversionEvent::ALL.iter().map(|one| (one.as_str(), Some(code(words::event(*one)))));
    let states = RunState::ALL.iter().map(|one| (one.as_str(), Some(code(words::status(*one)))));
    let publishers = MetaPublisher::ALL.iter().map(|one| (one.as_str(), Some(code(words::publisher(*one)))));
    let categories =
        SpecialAdCategory::ALL.iter().map(|one| (one.as_str(), Some(code(words::category(*one)))));
    let questions = QuestionKind::ALL.iter().map(|one| (one.as_str(), Some(code(words::question(*one)))));
    vec![
        goals(),
        stories(),
        Table::of_words("Bids", ["`bid.strategy`", "`bid_strategy`"], strategies),
        Table::of_words("Buttons", ["`copy.call_to_action`", "`call_to_action.type`"], buttons),
        Table::of_words("Events", ["`conversion.event`", "`custom_event_type`"], events),
        Table::of_words("Publishers", ["`platforms.meta.publishers`", "`publisher_platforms`"], publishers),
        Table::of_words(
            "Categories",
            ["`platforms.meta.special_ad_categories`", "`special_ad_categories`"],
            categories,
        ),
        Table::of_words("Questions", ["`destination.form.questions`", "`questions[].type`"], questions),
        Table::of_words("Status", ["`status`", "`status`"], states),
    ]
}

/// What the parts of an ad are called, with a picture and with a video.
fn stories() -> Table {
    let row = |part: &str, of: &dyn Fn(Story) -> Option<String>| {
        let cell = |story: Story| {
            of(story).map(|name| code(&format!("{}.{}", story.member(), name.replace('/', "."))))
        };
        let cells = Story::ALL.map(|story| cell(story).unwrap_or_default());
        [vec![code(part)], cells.to_vec()].concat()
    };
    let same = |name: &'static str| move |_: Story| Some(name.to_owned());
    Table {
        title: "Parts of an ad",
        columns: vec!["spec", "with `image`", "with `video`"],
        rows: vec![
            row("image", &same("image_hash")),
            row("video", &|story| (story == Story::Video).then(|| "video_id".to_owned())),
            row("copy.primary_text", &same("message")),
            row("copy.headline", &|story| Some(story.headline().to_owned())),
            row("copy.description", &|story| Some(story.description().to_owned())),
            row("copy.call_to_action", &same("call_to_action.type")),
            row("destination.website.url", &|story| Some(story.link().to_owned())),
            row("destination.website.display_url", &|story| Some(story.display_url().to_owned())),
            row("destination.call.phone", &|story| Some(story.link().to_owned())),
            row("destination.form", &same("call_to_action.value.lead_gen_form_id")),
        ],
    }
}

fn goals() -> Table {
    let row = |row: &super::goals::Row| {
        let promoted = match row.promoted {
            Promoted::Nothing => "",
            Promoted::Page => "the page",
            Promoted::Event => "pixel and event, required",
            Promoted::EventIfKnown => "pixel and event, if named",
        };
        vec![
            code(row.objective.as_str()),
            code(row.target.as_str()),
            code(row.goal.as_str()),
            code(row.sent_objective),
            maybe(row.destination),
            code(row.sent_goal),
            promoted.to_owned(),
        ]
    };
    Table {
        title: "Goals",
        columns: vec![
            "`goal`",
            "`destination`",
            "`optimize_for`",
            "`objective`",
            "`destination_type`",
            "`optimization_goal`",
            "`promoted_object`",
        ],
        rows: TABLE.iter().map(row).collect(),
    }
}
