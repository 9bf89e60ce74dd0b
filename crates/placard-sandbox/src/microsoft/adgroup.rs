//! Ad groups (Microsoft, `platforms/microsoft.md` §4).

use chrono::Datelike;
use serde_json::{Map, Value, json};

use super::campaign::{BID, LANGUAGES, PARAMETERS, SCHEMES, SETTINGS};
use super::error::{Code, Judged, MicrosoftResult, Problem};
use super::money;
use super::shape::{self, Field, Shape};
use super::store::{Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::world::World;

const AD_GROUP: &[Field] = &[
    ("Id", Shape::Id),
    ("Name", Shape::Text),
    ("Status", Shape::Word(&["Active", "Paused"])),
    ("CpcBid", BID),
    ("StartDate", Shape::Date),
    ("EndDate", Shape::Date),
    (
        "Network",
        Shape::Word(&[
            "OwnedAndOperatedAndSyndicatedSearch",
            "OwnedAndOperatedOnly",
            "InHousePromotion",
            "SyndicatedSearchOnly",
        ]),
    ),
    ("Language", Shape::Text),
    ("AdGroupType", Shape::Word(&["SearchStandard", "SearchDynamic"])),
    ("AdRotation", Shape::Object(&[("Type", Shape::Word(&["OptimizeForClicks", "RotateAdsEvenly"]))])),
    ("BiddingScheme", SCHEMES),
    ("TrackingUrlTemplate", Shape::Text),
    ("FinalUrlSuffix", Shape::Text),
    ("UrlCustomParameters", PARAMETERS),
    ("Settings", SETTINGS),
];

pub(super) const WRITE: &[Field] = &[
    ("CampaignId", Shape::Id),
    ("AdGroups", Shape::List(&Shape::Object(AD_GROUP))),
    ("ReturnInheritedBidStrategyTypes", Shape::Flag),
];
pub(super) const DELETE: &[Field] = &[("CampaignId", Shape::Id), ("AdGroupIds", Shape::List(&Shape::Id))];
pub(super) const BY_CAMPAIGN: &[Field] =
    &[("CampaignId", Shape::Id), ("ReturnAdditionalFields", Shape::AnyWords)];
pub(super) const BY_IDS: &[Field] = &[
    ("CampaignId", Shape::Id),
    ("AdGroupIds", Shape::List(&Shape::Id)),
    ("ReturnAdditionalFields", Shape::AnyWords),
];

const MOST: usize = 1000;
/// From this year on, an end means none.
const FOREVER: i32 = 2050;

/// `POST /AdGroups`.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let campaign = call.campaign(world)?.clone();
    let items = call.items("AdGroups", MOST, Code::NullArray, Code::AdGroupsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(add_one(world, call, &campaign, item));
    }
    Ok(outcome.made("AdGroupIds"))
}

fn add_one(world: &mut World, call: &Call<'_>, campaign: &Object, item: &Value) -> Judged<u64> {
    /// Ad groups of a campaign (code 1213).
    const AD_GROUPS: usize = 20_000;
    let item = write::members(item)?;
    write::no_id(item)?;
    let name = write::name(item, 256, Code::InvalidAdGroupName)?;
    check(call, item)?;
    let languages = campaign.fields.get("Languages").and_then(Value::as_array);
    if languages.is_none_or(Vec::is_empty) && write::text(item, "Language").is_none() {
        return Err(Problem::missing("Language"));
    }
    free_name(world, campaign.id, name, None)?;
    if world.microsoft.living(campaign.id, Kind::AdGroup).count() >= AD_GROUPS {
        return Err(Problem::new(Code::MaximumAdGroups, "The campaign has too many ad groups."));
    }
    let today = world.microsoft_today(campaign, world.now());
    let mut fields = write::kept(item);
    fields.insert("Name".into(), json!(name));
    // Schemes of ad groups have been ignored since 2021.
    fields.insert("BiddingScheme".into(), json!({ "Type": "InheritFromParent" }));
    for (name, value) in [
        ("CpcBid", json!({ "Amount": money::least_bid(&call.account.currency) })),
        ("StartDate", json!({ "Day": today.day(), "Month": today.month(), "Year": today.year() })),
        ("Network", json!("OwnedAndOperatedAndSyndicatedSearch")),
        ("AdGroupType", json!("SearchStandard")),
        ("AdRotation", json!({ "Type": "OptimizeForClicks" })),
    ] {
        fields.entry(name).or_insert(value);
    }
    endless(&mut fields);
    in_order(&fields)?;
    let status = write::status(item).unwrap_or(Status::Paused);
    let above = (Some(campaign.id), None);
    Ok(world.microsoft_make((Kind::AdGroup, &call.account.id), above, status, fields, None))
}

fn check(call: &Call<'_>, item: &Map<String, Value>) -> Judged<()> {
    money::check_bid(item, "CpcBid", &call.account.currency)?;
    if let Some(language) = write::text(item, "Language")
        && (language == "All" || !LANGUAGES.contains(&language))
    {
        return Err(Problem::at(Code::InvalidInput, "Language", format!("There is no {language}.")));
    }
    write::check_tracking(item)
}

fn endless(fields: &mut Map<String, Value>) {
    if fields.get("EndDate").and_then(shape::date).is_some_and(|end| end.year() >= FOREVER) {
        fields.remove("EndDate");
    }
}

fn in_order(fields: &Map<String, Value>) -> Judged<()> {
    let day = |name: &str| fields.get(name).and_then(shape::date);
    match (day("StartDate"), day("EndDate")) {
        (Some(start), Some(end)) if end < start => {
            Err(Problem::at(Code::InvalidDate, "EndDate", "The end lies before the start."))
        }
        _ => Ok(()),
    }
}

/// 1214: only active ad groups hold their names, so a paused twin may exist (§13).
fn free_name(world: &World, campaign: u64, name: &str, own: Option<u64>) -> Judged<()> {
    let name = name.to_lowercase();
    let mut others = world.microsoft.living(campaign, Kind::AdGroup);
    let taken =
        others.any(|it| Some(it.id) != own && it.is_active() && it.text("Name").to_lowercase() == name);
    match taken {
        true => {
            Err(Problem::at(Code::DuplicateAdGroup, "Name", "An ad group with this name already exists."))
        }
        false => Ok(()),
    }
}

/// `PUT /AdGroups`.
pub(super) fn update(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let campaign = call.campaign(world)?.id;
    let items = call.items("AdGroups", MOST, Code::NullArray, Code::AdGroupsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(update_one(world, call, campaign, item));
    }
    Ok(outcome.changed())
}

fn find(world: &World, campaign: u64, id: Option<u64>) -> Judged<&Object> {
    let found = id.and_then(|id| world.microsoft.current(Kind::AdGroup, id));
    let found = found.filter(|group| group.campaign == Some(campaign));
    found.ok_or_else(|| Problem::at(Code::NoEntity, "Id", "The ad group does not exist."))
}

fn update_one(world: &mut World, call: &Call<'_>, campaign: u64, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    let group = find(world, campaign, item.get("Id").and_then(shape::id))?;
    let id = group.id;
    if write::text(item, "AdGroupType").is_some_and(|kind| kind != group.text("AdGroupType")) {
        return Err(Problem::at(Code::NotSupported, "AdGroupType", "The type cannot be changed."));
    }
    check(call, item)?;
    let mut changes = write::kept(item);
    changes.remove("BiddingScheme");
    let renamed = item.get("Name").is_some_and(|name| !name.is_null());
    if renamed {
        let name = write::name(item, 256, Code::InvalidAdGroupName)?;
        changes.insert("Name".into(), json!(name));
    }
    let name = changes.get("Name").and_then(Value::as_str).unwrap_or_else(|| group.text("Name"));
    if renamed || write::status(item) == Some(Status::Active) {
        free_name(world, campaign, name, Some(id))?;
    }
    let mut merged = group.fields.clone();
    merged.extend(changes.clone());
    in_order(&merged)?;
    let ends = changes.get("EndDate").and_then(shape::date).is_some_and(|end| end.year() >= FOREVER);
    if ends {
        // An empty text is how a merge clears a field.
        changes.insert("EndDate".into(), json!(""));
    }
    world.microsoft_merge(id, changes, write::status(item));
    Ok(id)
}

/// `DELETE /AdGroups`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let campaign = call.campaign(world)?.id;
    let items = call.items("AdGroupIds", MOST, Code::NullArray, Code::AdGroupsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        let found = find(world, campaign, shape::id(item)).map(|group| group.id);
        if let Ok(id) = found {
            world.microsoft_delete(id);
        }
        outcome.push(found);
    }
    Ok(outcome.changed())
}

/// `POST /AdGroups/QueryByCampaignId`.
pub(super) fn by_campaign(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let campaign = call.campaign(world)?.id;
    let groups = world.microsoft.living(campaign, Kind::AdGroup).filter(|group| group.is_listed());
    let found: Vec<Value> = groups.map(|group| world.microsoft_view(group)).collect();
    Ok(json!({ "AdGroups": found }))
}

/// `POST /AdGroups/QueryByIds`.
pub(super) fn by_ids(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let campaign = call.campaign(world)?.id;
    let items = call.items("AdGroupIds", MOST, Code::NullArray, Code::AdGroupsTooMany)?;
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    for item in items {
        let group = find(world, campaign, shape::id(item));
        found.push(group.as_ref().map_or(Value::Null, |group| world.microsoft_view(group)));
        outcome.push(group.map(|group| group.id));
    }
    let mut out = outcome.changed();
    out["AdGroups"] = json!(found);
    Ok(out)
}
