//! Keywords (Microsoft, `platforms/microsoft.md` §4).

use serde_json::{Map, Value, json};

use super::campaign::{BID, PARAMETERS, SCHEMES};
use super::editorial;
use super::error::{Code, Judged, MicrosoftResult, Problem};
use super::money;
use super::shape::{self, Field, Shape};
use super::store::{Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::world::World;

const KEYWORD: &[Field] = &[
    ("Id", Shape::Id),
    ("Text", Shape::Text),
    ("MatchType", Shape::Word(&["Exact", "Phrase", "Broad"])),
    ("Bid", BID),
    ("Status", Shape::Word(&["Active", "Paused"])),
    ("FinalUrls", Shape::List(&Shape::Text)),
    ("FinalUrlSuffix", Shape::Text),
    ("TrackingUrlTemplate", Shape::Text),
    ("UrlCustomParameters", PARAMETERS),
    ("Param1", Shape::Text),
    ("Param2", Shape::Text),
    ("Param3", Shape::Text),
    ("BiddingScheme", SCHEMES),
];

pub(super) const WRITE: &[Field] = &[
    ("AdGroupId", Shape::Id),
    ("Keywords", Shape::List(&Shape::Object(KEYWORD))),
    ("ReturnInheritedBidStrategyTypes", Shape::Flag),
];
pub(super) const DELETE: &[Field] = &[("AdGroupId", Shape::Id), ("KeywordIds", Shape::List(&Shape::Id))];
pub(super) const BY_AD_GROUP: &[Field] =
    &[("AdGroupId", Shape::Id), ("ReturnAdditionalFields", Shape::AnyWords)];
pub(super) const BY_IDS: &[Field] = &[
    ("AdGroupId", Shape::Id),
    ("KeywordIds", Shape::List(&Shape::Id)),
    ("ReturnAdditionalFields", Shape::AnyWords),
];
pub(super) const BY_STATUS: &[Field] =
    &[("AdGroupId", Shape::Id), ("EditorialStatus", Shape::Word(editorial::STATUSES))];

const MOST: usize = 1000;

/// `POST /Keywords`.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.clone();
    let items = call.items("Keywords", MOST, Code::NullArray, Code::KeywordsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(add_one(world, call, &group, item));
    }
    Ok(outcome.made("KeywordIds"))
}

fn add_one(world: &mut World, call: &Call<'_>, group: &Object, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    write::no_id(item)?;
    let (text, kind) = words(item)?;
    editorial::quick(text, Code::Editorial, "Keyword")?;
    check(call, item)?;
    if has(world, group, Kind::Keyword, (text, kind)) {
        let message = "The keyword exists with this match type.";
        return Err(Problem::at(Code::DuplicateKeyword, "Text", message));
    }
    let mut fields = write::kept(item);
    fields.insert("Text".into(), json!(text));
    fields.insert("BiddingScheme".into(), json!({ "Type": "InheritFromParent" }));
    fields.entry("Bid").or_insert(json!({ "Amount": null }));
    let review = editorial::review(world, &[text], false);
    let status = write::status(item).unwrap_or(Status::Active);
    let above = (group.campaign, Some(group.id));
    Ok(world.microsoft_make((Kind::Keyword, &call.account.id), above, status, fields, review))
}

/// What a keyword says and how searches are matched with it.
pub(super) fn words(item: &Map<String, Value>) -> Judged<(&str, &str)> {
    let text = write::text(item, "Text").map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Problem::missing("Text"))?;
    if text.chars().count() > 100 {
        return Err(Problem::at(Code::Editorial, "Text", "The keyword is longer than 100 characters."));
    }
    let kind = write::text(item, "MatchType").ok_or_else(|| Problem::missing("MatchType"))?;
    Ok((text, kind))
}

/// Whether `holder` has a keyword of this kind already that says the same.
pub(super) fn has(world: &World, holder: &Object, kind: Kind, (text, match_type): (&str, &str)) -> bool {
    let text = folded(text);
    let twin = |it: &Object| it.text("MatchType") == match_type && folded(it.text("Text")) == text;
    world.microsoft.living(holder.id, kind).any(twin)
}

/// Keywords are the same whatever their case and spaces.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(call: &Call<'_>, item: &Map<String, Value>) -> Judged<()> {
    money::check_bid(item, "Bid", &call.account.currency)?;
    editorial::check_urls(item, false)?;
    write::check_tracking(item)
}

/// `PUT /Keywords`.
pub(super) fn update(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let items = call.items("Keywords", MOST, Code::NullArray, Code::KeywordsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(update_one(world, call, group, item));
    }
    Ok(outcome.changed())
}

fn find(world: &World, group: u64, id: Option<u64>) -> Judged<&Object> {
    let found = id.and_then(|id| world.microsoft.current(Kind::Keyword, id));
    let found = found.filter(|keyword| keyword.ad_group == Some(group));
    found.ok_or_else(|| Problem::at(Code::NoEntity, "Id", "The keyword does not exist."))
}

fn update_one(world: &mut World, call: &Call<'_>, group: u64, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    let keyword = find(world, group, item.get("Id").and_then(shape::id))?;
    let id = keyword.id;
    for name in ["Text", "MatchType"] {
        if write::text(item, name).is_some_and(|text| text != keyword.text(name)) {
            return Err(Problem::at(Code::NotSupported, name, "It cannot be changed; make another keyword."));
        }
    }
    check(call, item)?;
    let mut changes = write::kept(item);
    changes.remove("BiddingScheme");
    world.microsoft_merge(id, changes, write::status(item));
    Ok(id)
}

/// `DELETE /Keywords`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let items = call.items("KeywordIds", MOST, Code::NullArray, Code::KeywordsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        let found = find(world, group, shape::id(item)).map(|keyword| keyword.id);
        if let Ok(id) = found {
            world.microsoft_delete(id);
        }
        outcome.push(found);
    }
    Ok(outcome.changed())
}

/// `POST /Keywords/QueryByAdGroupId`, and `…/QueryByEditorialStatus` with a status.
pub(super) fn by_ad_group(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let wanted = call.text("EditorialStatus");
    let fits = |keyword: &&Object| {
        let status = editorial::status(keyword, world.now());
        keyword.is_listed() && wanted.is_none_or(|wanted| wanted == status)
    };
    let found: Vec<Value> = world
        .microsoft
        .living(group, Kind::Keyword)
        .filter(fits)
        .map(|keyword| world.microsoft_view(keyword))
        .collect();
    Ok(json!({ "Keywords": found }))
}

/// `POST /Keywords/QueryByIds`.
pub(super) fn by_ids(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let items = call.items("KeywordIds", MOST, Code::NullArray, Code::KeywordsTooMany)?;
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    for item in items {
        let keyword = find(world, group, shape::id(item));
        found.push(keyword.as_ref().map_or(Value::Null, |keyword| world.microsoft_view(keyword)));
        outcome.push(keyword.map(|keyword| keyword.id));
    }
    let mut out = outcome.changed();
    out["Keywords"] = json!(found);
    Ok(out)
}
