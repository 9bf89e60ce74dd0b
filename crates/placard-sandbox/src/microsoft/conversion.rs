//! Conversion goals of the kind `OfflineConversion`, and the conversions that are told under their names (Microsoft,
//! `platforms/microsoft.md` §3, §4). What the fact sheet leaves open is as Microsoft's own pages about
//! `OfflineConversion`, `OfflineConversionGoal` and its operation error codes have it (November 2026).
//!
//! As in Microsoft's own sandbox, no report counts what was told. The control API shows it.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::error::{Code, Fault, Judged, MicrosoftResult, Problem};
use super::fixtures::GOALS;
use super::shape::{self, Field, Shape};
use super::store::{Account, Key, Kind, Object, Status};
use super::write::{self, Call, Outcome, decimal};
use crate::auction::market;
use crate::draw;
use crate::world::{RecordKey, World};

const OFFLINE: &str = "OfflineConversion";
const KINDS: &[&str] = &[
    "Url",
    "Duration",
    "PagesViewedPerVisit",
    "Event",
    "AppInstall",
    "AppDownload",
    OFFLINE,
    "InStoreTransaction",
];
const STATUSES: &[&str] = &["Active", "Paused"];
const SCOPES: &[&str] = &["Account", "Customer"];
const REVENUE: &[Field] = &[
    ("Type", Shape::Word(&["FixedValue", "VariableValue", "NoValue"])),
    ("Value", Shape::Number),
    ("CurrencyCode", Shape::Text),
];
const GOAL: Shape = Shape::Tagged(&[(
    OFFLINE,
    &[
        ("Id", Shape::Id),
        ("Name", Shape::Text),
        ("Status", Shape::Word(STATUSES)),
        ("Scope", Shape::Word(SCOPES)),
        ("CountType", Shape::Word(&["All", "Unique"])),
        ("ConversionWindowInMinutes", Shape::Int),
        ("Revenue", Shape::Object(REVENUE)),
        ("GoalCategory", Shape::AnyWords),
    ],
)]);

pub(super) const ADD_GOALS: &[Field] = &[("ConversionGoals", Shape::List(&GOAL))];
pub(super) const GOALS_BY_IDS: &[Field] = &[
    ("ConversionGoalIds", Shape::List(&Shape::Id)),
    ("ConversionGoalTypes", Shape::Words(KINDS)),
    ("ReturnAdditionalFields", Shape::AnyWords),
];

const CONVERSION: &[Field] = &[
    ("MicrosoftClickId", Shape::Text),
    ("ConversionName", Shape::Text),
    ("ConversionTime", Shape::Text),
    ("ConversionValue", Shape::Number),
    ("ConversionCurrencyCode", Shape::Text),
    ("ExternalAttributionCredit", Shape::Number),
    ("ExternalAttributionModel", Shape::Text),
    ("HashedEmailAddress", Shape::Text),
    ("HashedPhoneNumber", Shape::Text),
];
/// What the platform has of them and the sandbox does not.
const NOT_SERVED: &[&str] =
    &["ExternalAttributionCredit", "ExternalAttributionModel", "HashedEmailAddress", "HashedPhoneNumber"];

pub(super) const APPLY: &[Field] = &[("OfflineConversions", Shape::List(&Shape::Object(CONVERSION)))];

/// Conversions of one call (5601).
const MOST: usize = 1_000;
/// Goals of one call.
const MOST_GOALS: usize = 100;
/// How old a conversion may be (5609).
const OLDEST: TimeDelta = TimeDelta::days(90);
/// How long after a goal is made nothing is taken for it (5615).
const SETTLING: TimeDelta = TimeDelta::hours(2);
/// 30 days; a window has at most 90.
const WINDOW: i64 = 43_200;
const WIDEST: i64 = 129_600;

/// A goal, from the fixtures or made.
struct Goal {
    id: u64,
    account: String,
    fields: Map<String, Value>,
    status: &'static str,
    created: Option<DateTime<Utc>>,
}

impl Goal {
    fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn window(&self) -> TimeDelta {
        let minutes = self.fields.get("ConversionWindowInMinutes").and_then(Value::as_i64);
        TimeDelta::minutes(minutes.unwrap_or(WINDOW))
    }

    fn told(&self) -> Value {
        let mut out = Value::Object(self.fields.clone());
        out["Id"] = json!(self.id.to_string());
        out["Status"] = json!(self.status);
        // Left out unless it is asked for by name.
        if let Some(members) = out.as_object_mut() {
            members.remove("GoalCategory");
        }
        out
    }
}

/// Every goal of a customer.
fn goals(world: &World, account: &Account) -> Vec<Goal> {
    let fixed = GOALS.iter().map(|row| Goal {
        id: row.0,
        account: row.1.to_owned(),
        fields: Map::from_iter([
            ("Name".to_owned(), json!(row.2)),
            ("Type".to_owned(), json!(row.3)),
            ("ConversionWindowInMinutes".to_owned(), json!(row.4)),
            ("Scope".to_owned(), json!("Account")),
            ("CountType".to_owned(), json!("All")),
        ]),
        status: row.5,
        created: None,
    });
    let made = world.microsoft.all().filter(|it| it.kind == Kind::ConversionGoal).map(|it| Goal {
        id: it.id,
        account: it.account.clone(),
        fields: it.fields.clone(),
        status: if it.is_active() { "Active" } else { "Paused" },
        created: Some(it.created.at),
    });
    let customer = |id: &str| world.microsoft.accounts.get(id).map(|it| it.customer.as_str());
    fixed.chain(made).filter(|goal| customer(&goal.account) == Some(&account.customer)).collect()
}

/// The goals that count what is told to an account.
fn goals_of(world: &World, account: &Account) -> Vec<Goal> {
    let mut all = goals(world, account);
    all.retain(|goal| goal.account == account.id || goal.text("Scope") == "Customer");
    all
}

/// `POST /ConversionGoals`.
pub(super) fn add_goals(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let items = call.items("ConversionGoals", MOST_GOALS, Code::NullArray, Code::ArrayTooLong)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(add_goal(world, call, item));
    }
    Ok(outcome.made("ConversionGoalIds"))
}

fn add_goal(world: &mut World, call: &Call<'_>, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    write::no_id(item)?;
    let name = write::name(item, 100, Code::InvalidInput)?;
    if goals(world, &call.account).iter().any(|goal| goal.text("Name") == name) {
        return Err(Problem::at(Code::EntityExists, "Name", "A goal of this name exists."));
    }
    let minutes = item.get("ConversionWindowInMinutes").and_then(Value::as_i64).unwrap_or(WINDOW);
    if !(1..=WIDEST).contains(&minutes) {
        let text = format!("The window has to have from 1 to {WIDEST} minutes.");
        return Err(Problem::at(Code::InvalidInput, "ConversionWindowInMinutes", text));
    }
    let mut fields = write::kept(item);
    fields.insert("ConversionWindowInMinutes".to_owned(), json!(minutes));
    for (name, word) in [("Scope", "Account"), ("CountType", "All")] {
        fields.entry(name).or_insert(json!(word));
    }
    let status = write::status(item).unwrap_or(Status::Active);
    Ok(world.microsoft_make((Kind::ConversionGoal, &call.account.id), (None, None), status, fields, None))
}

/// `POST /ConversionGoals/QueryByIds`; without ids, every one of the account.
pub(super) fn goals_by_ids(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let kinds = call.text("ConversionGoalTypes");
    let kinds = kinds.ok_or_else(|| Fault::new(Code::NullParameter, "ConversionGoalTypes is required."))?;
    let wanted: Vec<&str> = shape::words(kinds).collect();
    let own = goals_of(world, &call.account);
    let fits = |goal: &&Goal| wanted.contains(&goal.text("Type"));
    let ids = call.body.get("ConversionGoalIds").and_then(Value::as_array).filter(|ids| !ids.is_empty());
    let Some(ids) = ids else {
        let told: Vec<Value> = own.iter().filter(fits).map(Goal::told).collect();
        return Ok(json!({ "ConversionGoals": told, "PartialErrors": [] }));
    };
    if ids.len() > MOST_GOALS {
        return Err(Fault::new(Code::ArrayTooLong, "ConversionGoalIds has too many items."));
    }
    let (mut told, mut outcome) = (Vec::new(), Outcome::default());
    for id in ids {
        let found = shape::id(id).and_then(|id| own.iter().find(|goal| goal.id == id)).filter(fits);
        told.push(found.map_or(Value::Null, Goal::told));
        let gone = || Problem::new(Code::NoEntity, "The conversion goal does not exist.");
        outcome.push(found.map(|goal| goal.id).ok_or_else(gone));
    }
    let mut out = outcome.changed();
    out["ConversionGoals"] = json!(told);
    Ok(out)
}

/// `POST /OfflineConversions/Apply`.
pub(super) fn apply(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let (empty, too_many) = (Code::ConversionsEmpty, Code::ConversionsTooMany);
    let items = call.items("OfflineConversions", MOST, empty, too_many)?;
    let set = |item: &Value| NOT_SERVED.iter().find(|name| item.get(**name).is_some_and(|it| !it.is_null()));
    if let Some(name) = items.iter().find_map(set) {
        return Err(Fault::unserved(name));
    }
    let goals = goals_of(world, &call.account);
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(apply_one(world, &call.account, &goals, item));
    }
    Ok(outcome.changed())
}

/// What was told of one conversion.
struct Told<'v> {
    click: &'v str,
    goal: &'v Goal,
    at: DateTime<Utc>,
}

fn apply_one(world: &mut World, account: &Account, goals: &[Goal], item: &Value) -> Judged<u64> {
    let null = || Problem::new(Code::ConversionNull, "The offline conversion cannot be null.");
    let item = item.as_object().ok_or_else(null)?;
    let told = Told { click: click(item)?, goal: goal(world, goals, item)?, at: time(world, item)? };
    check_click(world, account, &told)?;
    check_value(item)?;
    // Of several with the same click, goal and time, only the first counts.
    let time = told.at.to_rfc3339();
    let twin = |it: &&Object| {
        it.text("MicrosoftClickId").eq_ignore_ascii_case(told.click)
            && it.text("ConversionName") == told.goal.text("Name")
            && it.text("ConvertedAt") == time
    };
    let known = world.microsoft.owned(&account.id, Kind::OfflineConversion).find(twin).map(|it| it.id);
    if let Some(id) = known {
        if let Some(object) = world.microsoft.get_mut(id) {
            let repeats = object.fields.get("Repeats").and_then(Value::as_u64).unwrap_or_default();
            object.fields.insert("Repeats".to_owned(), json!(repeats + 1));
        }
        world.touch(RecordKey::Microsoft(Key::Object(id)));
        return Ok(id);
    }
    let mut fields = write::kept(item);
    fields.insert("ConvertedAt".to_owned(), json!(time));
    fields.insert("Repeats".to_owned(), json!(0));
    let of = (Kind::OfflineConversion, account.id.as_str());
    Ok(world.microsoft_make(of, (None, None), Status::Active, fields, None))
}

fn given<'v>(item: &'v Map<String, Value>, name: &str, missing: Code) -> Judged<&'v str> {
    let text = write::text(item, name).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| Problem::at(missing, name, format!("{name} cannot be null or empty.")))
}

fn click(item: &Map<String, Value>) -> Judged<&str> {
    const FIELD: &str = "MicrosoftClickId";
    let click = given(item, FIELD, Code::NoClickId)?;
    match click.len() == 32 && click.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(click),
        false => Err(Problem::at(Code::InvalidClickId, FIELD, "The Microsoft Click Id is invalid.")),
    }
}

fn goal<'g>(world: &World, goals: &'g [Goal], item: &Map<String, Value>) -> Judged<&'g Goal> {
    const FIELD: &str = "ConversionName";
    let name = given(item, FIELD, Code::NoConversionName)?;
    let found = goals.iter().find(|goal| goal.text("Name") == name && goal.text("Type") == OFFLINE);
    let unknown = || {
        let text = "The conversion name does not match an existing offline conversion goal.";
        Problem::at(Code::InvalidConversionName, FIELD, text)
    };
    let goal = found.ok_or_else(unknown)?;
    match goal.created.is_some_and(|created| world.now() - created < SETTLING) {
        true => Err(Problem::at(Code::GoalTooYoung, FIELD, "Wait 2 hours after the goal was created.")),
        false => Ok(goal),
    }
}

/// A time with a zone, or without one in UTC.
fn time(world: &World, item: &Map<String, Value>) -> Judged<DateTime<Utc>> {
    const FIELD: &str = "ConversionTime";
    let text = given(item, FIELD, Code::NoConversionTime)?;
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc));
    let at = zoned.or_else(|_| text.parse::<NaiveDateTime>().map(|at| at.and_utc()));
    let at =
        at.map_err(|_| Problem::at(Code::InvalidConversionTime, FIELD, "The conversion time is invalid."))?;
    if at > world.now() {
        return Err(Problem::at(Code::FutureConversion, FIELD, "A future conversion time cannot be set."));
    }
    match world.now() - at < OLDEST {
        true => Ok(at),
        false => {
            Err(Problem::at(Code::ConversionOutOfWindow, FIELD, "The conversion time is out of the window."))
        }
    }
}

/// A click that nobody knows is taken, and counts for nothing; of one that is known it is known when it was.
fn check_click(world: &World, account: &Account, told: &Told<'_>) -> Judged<()> {
    const FIELD: &str = "ConversionTime";
    let mut clicks = world.microsoft.owned(&account.id, Kind::Click);
    let Some(click) = clicks.find(|it| it.text("ClickId").eq_ignore_ascii_case(told.click)) else {
        return Ok(());
    };
    let Ok(clicked) = click.text("ClickedAt").parse::<DateTime<Utc>>() else { return Ok(()) };
    if told.at <= clicked {
        let text = "The conversion time must be later than the click time.";
        return Err(Problem::at(Code::ConversionBeforeClick, FIELD, text));
    }
    match told.at - clicked > told.goal.window() {
        true => Err(Problem::at(Code::ClickOutsideWindow, FIELD, "The click is outside the goal's window.")),
        false => Ok(()),
    }
}

fn check_value(item: &Map<String, Value>) -> Judged<()> {
    if let Some(value) = item.get("ConversionValue").filter(|value| !value.is_null())
        && decimal(value).is_none_or(|value| value < Decimal::ZERO)
    {
        let text = "The conversion value is invalid.";
        return Err(Problem::at(Code::InvalidConversionValue, "ConversionValue", text));
    }
    match write::text(item, "ConversionCurrencyCode") {
        Some(code) if market::known_dollar(code).is_none() => {
            let text = "The currency code is invalid.";
            Err(Problem::at(Code::InvalidConversionCurrency, "ConversionCurrencyCode", text))
        }
        _ => Ok(()),
    }
}

/// Somebody clicks on an ad of an account at `at`; gives the click's id. `None` without such an account.
pub(crate) fn click_at(world: &mut World, account: &str, at: DateTime<Utc>) -> Option<String> {
    world.microsoft.accounts.get(account)?;
    let number = world.microsoft.next_id;
    let (one, two) = (draw::join(world.head.seed, number), draw::join(number, 0xc11c));
    let id = format!("{one:016x}{two:016x}");
    let fields =
        Map::from_iter([("ClickId".to_owned(), json!(id)), ("ClickedAt".to_owned(), json!(at.to_rfc3339()))]);
    world.microsoft_make((Kind::Click, account), (None, None), Status::Active, fields, None);
    Some(id)
}
