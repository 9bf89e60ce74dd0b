//! Criterions of campaigns and ad groups: places, ages, genders, hours, devices (Microsoft,
//! `platforms/microsoft.md` §4).

use serde_json::{Map, Value, json};

use super::error::{Code, Fault, Judged, MicrosoftResult, Problem};
use super::geo;
use super::shape::{self, Field, Shape};
use super::store::{Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::world::World;

const AGES: &[&str] = &[
    "EighteenToTwentyFour",
    "TwentyFiveToThirtyFour",
    "ThirtyFiveToFourtyNine",
    "FiftyToSixtyFour",
    "SixtyFiveAndAbove",
    "ThirtyFiveToFiftyFour",
    "FiftyFiveAndAbove",
    "Unknown",
];
const DAYS: &[&str] = &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MINUTES: &[&str] = &["Zero", "Fifteen", "Thirty", "FortyFive"];
const INTENTS: &[&str] =
    &["PeopleIn", "PeopleInOrSearchingForOrViewingPages", "PeopleSearchingForOrViewingPages"];

const CRITERION: Shape = Shape::Tagged(&[
    ("LocationCriterion", &[("LocationId", Shape::Id)]),
    ("LocationIntentCriterion", &[("IntentOption", Shape::Word(INTENTS))]),
    (
        "RadiusCriterion",
        &[
            ("LatitudeDegrees", Shape::Number),
            ("LongitudeDegrees", Shape::Number),
            ("Radius", Shape::Number),
            ("RadiusUnit", Shape::Word(&["Miles", "Kilometers"])),
            ("Name", Shape::Text),
        ],
    ),
    ("AgeCriterion", &[("AgeRange", Shape::Word(AGES))]),
    ("GenderCriterion", &[("GenderType", Shape::Word(&["Male", "Female", "Unknown"]))]),
    (
        "DayTimeCriterion",
        &[
            ("Day", Shape::Word(DAYS)),
            ("FromHour", Shape::Int),
            ("FromMinute", Shape::Word(MINUTES)),
            ("ToHour", Shape::Int),
            ("ToMinute", Shape::Word(MINUTES)),
        ],
    ),
    ("DeviceCriterion", &[("DeviceName", Shape::Word(&["Computers", "Smartphones", "Tablets"]))]),
]);

const BID: Shape = Shape::Tagged(&[("BidMultiplier", &[("Multiplier", Shape::Number)])]);

const CAMPAIGN_MEMBERS: &[Field] =
    &[("Id", Shape::Id), ("CampaignId", Shape::Id), ("Criterion", CRITERION), ("CriterionBid", BID)];
const AD_GROUP_MEMBERS: &[Field] = &[
    ("Id", Shape::Id),
    ("AdGroupId", Shape::Id),
    ("Criterion", CRITERION),
    ("CriterionBid", BID),
    ("Status", Shape::Word(&["Active", "Paused"])),
];

const TARGETS: Shape = Shape::Word(&["Targets"]);
/// The kinds by which a query asks for criterions.
const SINGLE: Shape =
    Shape::Word(&["Location", "LocationIntent", "Radius", "Age", "Gender", "DayTime", "Device"]);

pub(super) const WRITE_CAMPAIGN: &[Field] = &[
    ("CriterionType", TARGETS),
    (
        "CampaignCriterions",
        Shape::List(&Shape::Tagged(&[
            ("BiddableCampaignCriterion", CAMPAIGN_MEMBERS),
            ("NegativeCampaignCriterion", CAMPAIGN_MEMBERS),
        ])),
    ),
];
pub(super) const WRITE_AD_GROUP: &[Field] = &[
    ("CriterionType", TARGETS),
    (
        "AdGroupCriterions",
        Shape::List(&Shape::Tagged(&[
            ("BiddableAdGroupCriterion", AD_GROUP_MEMBERS),
            ("NegativeAdGroupCriterion", AD_GROUP_MEMBERS),
        ])),
    ),
];
pub(super) const DELETE_CAMPAIGN: &[Field] = &[
    ("CampaignId", Shape::Id),
    ("CriterionType", TARGETS),
    ("CampaignCriterionIds", Shape::List(&Shape::Id)),
];
pub(super) const DELETE_AD_GROUP: &[Field] =
    &[("AdGroupId", Shape::Id), ("CriterionType", TARGETS), ("AdGroupCriterionIds", Shape::List(&Shape::Id))];
pub(super) const QUERY_CAMPAIGN: &[Field] = &[
    ("CampaignId", Shape::Id),
    ("CriterionType", SINGLE),
    ("CampaignCriterionIds", Shape::List(&Shape::Id)),
];
pub(super) const QUERY_AD_GROUP: &[Field] =
    &[("AdGroupId", Shape::Id), ("CriterionType", SINGLE), ("AdGroupCriterionIds", Shape::List(&Shape::Id))];

/// What criterions hang below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Campaign,
    AdGroup,
}

impl Of {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Campaign => Kind::CampaignCriterion,
            Self::AdGroup => Kind::AdGroupCriterion,
        }
    }

    fn parent_kind(self) -> Kind {
        match self {
            Self::Campaign => Kind::Campaign,
            Self::AdGroup => Kind::AdGroup,
        }
    }

    fn parent_field(self) -> &'static str {
        match self {
            Self::Campaign => "CampaignId",
            Self::AdGroup => "AdGroupId",
        }
    }

    fn list(self) -> &'static str {
        match self {
            Self::Campaign => "CampaignCriterions",
            Self::AdGroup => "AdGroupCriterions",
        }
    }

    fn ids(self) -> &'static str {
        match self {
            Self::Campaign => "CampaignCriterionIds",
            Self::AdGroup => "AdGroupCriterionIds",
        }
    }

    fn most(self) -> usize {
        match self {
            Self::Campaign => 100,
            Self::AdGroup => 1000,
        }
    }

    fn biddable(self) -> &'static str {
        match self {
            Self::Campaign => "BiddableCampaignCriterion",
            Self::AdGroup => "BiddableAdGroupCriterion",
        }
    }
}

/// Whether a criterion excludes.
pub(super) fn is_negative(criterion: &Object) -> bool {
    criterion.text("Type").starts_with("Negative")
}

/// The type of the criterion inside, e.g. `AgeCriterion`.
pub(super) fn type_of(criterion: &Object) -> &str {
    criterion.inner("Criterion", "Type").as_str().unwrap_or_default()
}

fn needs_targets(call: &Call<'_>) -> MicrosoftResult<()> {
    match call.text("CriterionType") {
        Some(_) => Ok(()),
        None => Err(Fault::new(Code::NullParameter, "CriterionType is required.")),
    }
}

/// `POST /CampaignCriterions` and `POST /AdGroupCriterions`.
pub(super) fn add(world: &mut World, call: &Call<'_>, of: Of) -> MicrosoftResult<Value> {
    needs_targets(call)?;
    let items = call.items(of.list(), of.most(), Code::NullArray, Code::ArrayTooLong)?;
    let mut outcome = Outcome::default();
    for item in items {
        let judged = add_one(world, call, of, item, items);
        outcome.push(judged);
    }
    Ok(outcome.made_nested(of.ids()))
}

fn parent<'w>(world: &'w World, call: &Call<'_>, of: Of, item: &Map<String, Value>) -> Judged<&'w Object> {
    let field = of.parent_field();
    let id = item.get(field).and_then(shape::id).ok_or_else(|| Problem::missing(field))?;
    let found = world.microsoft_own(&call.account, of.parent_kind(), id);
    let code = if of == Of::Campaign { Code::InvalidCampaignId } else { Code::NoEntity };
    found.ok_or_else(|| Problem::at(code, field, "It does not exist."))
}

fn add_one(world: &mut World, call: &Call<'_>, of: Of, item: &Value, all: &[Value]) -> Judged<u64> {
    let item = write::members(item)?;
    write::no_id(item)?;
    let parent = parent(world, call, of, item)?.clone();
    let mut criterion = item
        .get("Criterion")
        .filter(|it| !it.is_null())
        .cloned()
        .ok_or_else(|| Problem::missing("Criterion"))?;
    let kind = criterion["Type"].as_str().unwrap_or_default().to_owned();
    let negative = item["Type"].as_str().is_some_and(|kind| kind.starts_with("Negative"));
    if negative && kind != "LocationCriterion" {
        let text = "Only places can be excluded.";
        return Err(Problem::at(Code::NotSupported, "Type", text));
    }
    if kind == "LocationIntentCriterion" {
        let text = "The location intent comes with the first location and is only updated.";
        return Err(Problem::at(Code::NotSupported, "Criterion", text));
    }
    check(&mut criterion, &kind)?;
    check_bid(item, negative, &kind)?;
    let siblings: Vec<&Object> =
        world.microsoft.living(parent.id, of.kind()).filter(|it| type_of(it) == kind).collect();
    check_siblings(&siblings, &criterion, &kind)?;
    if kind == "DeviceCriterion" {
        all_devices(&siblings, of, parent.id, all)?;
    }
    let first = kind == "LocationCriterion" && siblings.is_empty();
    let mut fields = write::kept(item);
    fields.insert(of.parent_field().into(), json!(parent.id.to_string()));
    fields.insert("Criterion".into(), criterion);
    let id = make(world, call, of, &parent, fields);
    if first && !has_intent(world, of, parent.id) {
        make_intent(world, call, of, &parent);
    }
    Ok(id)
}

fn make(world: &mut World, call: &Call<'_>, of: Of, parent: &Object, fields: Map<String, Value>) -> u64 {
    let above = match of {
        Of::Campaign => (Some(parent.id), None),
        Of::AdGroup => (parent.campaign, Some(parent.id)),
    };
    world.microsoft_make((of.kind(), &call.account.id), above, Status::Active, fields, None)
}

fn has_intent(world: &World, of: Of, parent: u64) -> bool {
    world.microsoft.living(parent, of.kind()).any(|it| type_of(it) == "LocationIntentCriterion")
}

fn make_intent(world: &mut World, call: &Call<'_>, of: Of, parent: &Object) {
    let intent =
        json!({ "Type": "LocationIntentCriterion", "IntentOption": "PeopleInOrSearchingForOrViewingPages" });
    let fields = Map::from_iter([
        ("Type".to_owned(), json!(of.biddable())),
        (of.parent_field().to_owned(), json!(parent.id.to_string())),
        ("Criterion".to_owned(), intent),
        ("CriterionBid".to_owned(), Value::Null),
    ]);
    make(world, call, of, parent, fields);
}

/// Rules of a criterion by itself; ids become strings.
fn check(criterion: &mut Value, kind: &str) -> Judged<()> {
    let at = |code: Code, text: &str| Err(Problem::at(code, "Criterion", text));
    let missing = |name: &str| criterion[name].is_null();
    let needed: &[&str] = match kind {
        "LocationCriterion" => &["LocationId"],
        "RadiusCriterion" => &["LatitudeDegrees", "LongitudeDegrees", "Radius", "RadiusUnit"],
        "AgeCriterion" => &["AgeRange"],
        "GenderCriterion" => &["GenderType"],
        "DayTimeCriterion" => &["Day", "FromHour", "FromMinute", "ToHour", "ToMinute"],
        "DeviceCriterion" => &["DeviceName"],
        _ => &["IntentOption"],
    };
    if let Some(name) = needed.iter().find(|name| missing(name)) {
        return Err(Problem::missing(name));
    }
    match kind {
        "LocationCriterion" => {
            let id = shape::id(&criterion["LocationId"]).filter(|id| geo::place(*id).is_some());
            let Some(id) = id else { return at(Code::NoEntity, "There is no location with this id.") };
            criterion["LocationId"] = json!(id.to_string());
        }
        "DayTimeCriterion" => {
            let (_, (from, to)) = span(criterion);
            if from >= to || from < 0 || to > 24 * 60 {
                return at(Code::InvalidInput, "The hours are not in order.");
            }
        }
        _ => {}
    }
    Ok(())
}

/// The weekday (Sunday is 0) and minutes of a schedule.
pub(super) fn span(criterion: &Value) -> (usize, (i64, i64)) {
    let minute = |hour: &str, minute: &str| {
        let quarter = MINUTES.iter().position(|word| criterion[minute] == *word).unwrap_or(0);
        criterion[hour].as_i64().unwrap_or(0) * 60 + i64::try_from(quarter).unwrap_or(0) * 15
    };
    let day = DAYS.iter().position(|day| criterion["Day"] == *day).unwrap_or(0);
    (day, (minute("FromHour", "FromMinute"), minute("ToHour", "ToMinute")))
}

/// The bid: a whole percent, needed even when it is 0.
fn check_bid(item: &Map<String, Value>, negative: bool, kind: &str) -> Judged<()> {
    let bid = item.get("CriterionBid").filter(|bid| !bid.is_null());
    match (negative, bid, kind) {
        (true, None, _) | (false, None, "LocationIntentCriterion") => return Ok(()),
        (true, Some(_), _) => {
            return Err(Problem::at(Code::InvalidInput, "CriterionBid", "An exclusion has no bid."));
        }
        (false, None, _) => return Err(Problem::missing("CriterionBid")),
        (false, Some(_), _) => {}
    }
    let least = if kind == "DeviceCriterion" { -100 } else { -90 };
    let percent = bid.and_then(|bid| write::decimal(&bid["Multiplier"]));
    let fits = percent.is_some_and(|it| it.is_integer() && it >= least.into() && it <= 900.into());
    match fits {
        true => Ok(()),
        false => {
            let text = format!("The multiplier is a whole percent between {least} and 900.");
            Err(Problem::at(Code::InvalidBid, "CriterionBid", text))
        }
    }
}

/// Counts and twins among the criterions of one kind.
fn check_siblings(siblings: &[&Object], criterion: &Value, kind: &str) -> Judged<()> {
    let most = match kind {
        "LocationCriterion" => 10_000,
        "RadiusCriterion" => 2_000,
        "AgeCriterion" => 5,
        "DayTimeCriterion" => 49,
        _ => usize::MAX,
    };
    let same = |it: &&Object| it.inner("Criterion", "Type") == kind && it.fields["Criterion"] == *criterion;
    if siblings.iter().any(|it| same(it)) {
        return Err(Problem::at(Code::EntityExists, "Criterion", "The criterion exists."));
    }
    if siblings.len() >= most {
        return Err(Problem::at(Code::EntityLimit, "Criterion", format!("There are {most} already.")));
    }
    if kind == "DayTimeCriterion" {
        let (day, (from, to)) = span(criterion);
        let spans = siblings.iter().map(|it| span(&it.fields["Criterion"])).filter(|(on, _)| *on == day);
        let spans: Vec<(i64, i64)> = spans.map(|(_, span)| span).collect();
        if spans.len() >= 7 {
            return Err(Problem::at(Code::EntityLimit, "Criterion", "There are 7 on this day already."));
        }
        if spans.iter().any(|(start, end)| from < *end && *start < to) {
            return Err(Problem::at(Code::EntityExists, "Criterion", "The hours overlap with others."));
        }
    }
    Ok(())
}

/// Devices are named all three or not at all.
fn all_devices(siblings: &[&Object], of: Of, parent: u64, all: &[Value]) -> Judged<()> {
    let asked = all.iter().filter(|item| {
        item["Criterion"]["Type"] == "DeviceCriterion" && shape::id(&item[of.parent_field()]) == Some(parent)
    });
    let mut devices: Vec<&str> = asked.filter_map(|item| item["Criterion"]["DeviceName"].as_str()).collect();
    devices.extend(siblings.iter().filter_map(|it| it.inner("Criterion", "DeviceName").as_str()));
    devices.sort_unstable();
    devices.dedup();
    match devices.len() {
        3 => Ok(()),
        _ => Err(Problem::at(Code::InvalidInput, "Criterion", "All three devices have to be named.")),
    }
}

/// `PUT …Criterions`: bids, and where people have to be.
pub(super) fn update(world: &mut World, call: &Call<'_>, of: Of) -> MicrosoftResult<Value> {
    needs_targets(call)?;
    let items = call.items(of.list(), of.most(), Code::NullArray, Code::ArrayTooLong)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(update_one(world, call, of, item));
    }
    Ok(outcome.changed_nested())
}

fn find<'w>(world: &'w World, of: Of, parent: u64, id: Option<u64>) -> Judged<&'w Object> {
    let found = id.and_then(|id| world.microsoft.current(of.kind(), id));
    let found = found.filter(|it| it.parent() == Some(parent));
    found.ok_or_else(|| Problem::at(Code::NoEntity, "Id", "The criterion does not exist."))
}

fn update_one(world: &mut World, call: &Call<'_>, of: Of, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    let parent = parent(world, call, of, item)?.id;
    let known = find(world, of, parent, item.get("Id").and_then(shape::id))?;
    let (id, kind) = (known.id, type_of(known).to_owned());
    let mut changes = Map::new();
    if let Some(mut criterion) = item.get("Criterion").filter(|it| !it.is_null()).cloned() {
        if criterion["Type"] != json!(kind) {
            return Err(Problem::at(Code::InvalidInput, "Criterion", "The type cannot be changed."));
        }
        check(&mut criterion, &kind)?;
        let others = world.microsoft.living(parent, of.kind());
        let others: Vec<&Object> = others.filter(|it| type_of(it) == kind && it.id != id).collect();
        check_siblings(&others, &criterion, &kind)?;
        changes.insert("Criterion".into(), criterion);
    }
    if item.get("CriterionBid").is_some_and(|bid| !bid.is_null()) {
        check_bid(item, is_negative(known), &kind)?;
        changes.insert("CriterionBid".into(), item["CriterionBid"].clone());
    }
    world.microsoft_merge(id, changes, None);
    Ok(id)
}

/// The campaign or ad group that a call names beside its ids.
fn named_parent(world: &World, call: &Call<'_>, of: Of) -> MicrosoftResult<u64> {
    match of {
        Of::Campaign => call.campaign(world).map(|it| it.id),
        Of::AdGroup => call.ad_group(world).map(|it| it.id),
    }
}

/// `DELETE …Criterions`.
pub(super) fn delete(world: &mut World, call: &Call<'_>, of: Of) -> MicrosoftResult<Value> {
    needs_targets(call)?;
    let parent = named_parent(world, call, of)?;
    let items = call.items(of.ids(), of.most(), Code::NullArray, Code::ArrayTooLong)?;
    let mut outcome = Outcome::default();
    for item in items {
        let found = find(world, of, parent, shape::id(item)).map(|criterion| criterion.id);
        if let Ok(id) = found {
            world.microsoft_delete(id);
        }
        outcome.push(found);
    }
    Ok(outcome.changed())
}

/// `POST …Criterions/QueryByIds`: all of a kind, unless ids are named.
pub(super) fn query(world: &mut World, call: &Call<'_>, of: Of) -> MicrosoftResult<Value> {
    needs_targets(call)?;
    let parent = named_parent(world, call, of)?;
    let kind = format!("{}Criterion", call.text("CriterionType").unwrap_or_default());
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    if call.body.get(of.ids()).is_none_or(Value::is_null) {
        let all = world.microsoft.living(parent, of.kind());
        found.extend(
            all.filter(|it| it.is_listed() && type_of(it) == kind).map(|it| world.microsoft_view(it)),
        );
    } else {
        for item in call.items(of.ids(), of.most(), Code::NullArray, Code::ArrayTooLong)? {
            let criterion =
                find(world, of, parent, shape::id(item)).and_then(|it| match type_of(it) == kind {
                    true => Ok(it),
                    false => Err(Problem::at(Code::NoEntity, "Id", "The criterion is of another type.")),
                });
            found.push(criterion.as_ref().map_or(Value::Null, |it| world.microsoft_view(it)));
            outcome.push(criterion.map(|it| it.id));
        }
    }
    let mut out = outcome.changed();
    out[of.list()] = json!(found);
    Ok(out)
}
