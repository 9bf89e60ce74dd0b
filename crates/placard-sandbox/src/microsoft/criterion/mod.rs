//! Criterions of campaigns and ad groups: places, ages, genders, hours, devices (Microsoft,
//! `platforms/microsoft.md` §4).

mod bodies;
mod rules;

use serde_json::{Map, Value, json};

pub(super) use self::bodies::{
    DELETE_AD_GROUP, DELETE_CAMPAIGN, QUERY_AD_GROUP, QUERY_CAMPAIGN, WRITE_AD_GROUP, WRITE_CAMPAIGN,
};
pub(super) use self::rules::span;
use self::rules::{all_devices, check, check_bid, check_siblings};
use super::error::{Code, Fault, Judged, MicrosoftResult, Problem};
use super::shape;
use super::store::{Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::world::World;

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

    pub(super) fn parent_field(self) -> &'static str {
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

fn find(world: &World, of: Of, parent: u64, id: Option<u64>) -> Judged<&Object> {
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
