//! Keywords that keep searches away from a campaign or an ad group (Microsoft, `platforms/microsoft.md` §3,
//! `EntityNegativeKeywords`).

use serde_json::{Map, Value, json};

use super::error::{Code, Fault, Judged, MicrosoftResult, Problem};
use super::keyword::{self, folded};
use super::shape::{self, Field, Shape};
use super::store::{Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::world::World;

const KEYWORD: &[Field] = &[
    ("Id", Shape::Id),
    ("Text", Shape::Text),
    ("MatchType", Shape::Word(&["Exact", "Phrase"])),
    ("Type", Shape::Word(&["NegativeKeyword"])),
];
const HOLDERS: &[&str] = &["Campaign", "AdGroup"];
const ENTITY: &[Field] = &[
    ("EntityId", Shape::Id),
    ("EntityType", Shape::Word(HOLDERS)),
    ("NegativeKeywords", Shape::List(&Shape::Object(KEYWORD))),
];

pub(super) const WRITE: &[Field] = &[("EntityNegativeKeywords", Shape::List(&Shape::Object(ENTITY)))];
pub(super) const BY_ENTITIES: &[Field] = &[
    ("EntityIds", Shape::List(&Shape::Id)),
    ("EntityType", Shape::Word(HOLDERS)),
    ("ParentEntityId", Shape::Id),
];

/// Keywords of one holder.
const MOST: usize = 20_000;

/// What a call is about: one campaign or ad group, and the keywords named with it.
fn holder<'w>(
    world: &'w World,
    call: &Call<'_>,
    id: Option<u64>,
    kind: Option<&str>,
) -> MicrosoftResult<&'w Object> {
    let kind = match kind {
        Some("Campaign") => Kind::Campaign,
        Some(_) => Kind::AdGroup,
        None => return Err(Fault::new(Code::NullParameter, "EntityType is required.")),
    };
    let found = id.and_then(|id| world.microsoft_own(&call.account, kind, id));
    found.ok_or_else(|| Fault::new(Code::NoEntity, "The entity does not exist."))
}

/// The one entry of a call that writes, with its keywords.
fn entry<'c>(world: &World, call: &'c Call<'_>) -> MicrosoftResult<(Object, &'c [Value])> {
    let entries = call.items("EntityNegativeKeywords", 1, Code::NullArray, Code::ArrayTooLong)?;
    let entry = entries.first().and_then(Value::as_object);
    let entry = entry.ok_or_else(|| Fault::new(Code::NullParameter, "The entity is null."))?;
    let id = entry.get("EntityId").and_then(shape::id);
    let holder = holder(world, call, id, write::text(entry, "EntityType"))?.clone();
    let keywords = entry.get("NegativeKeywords").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    match keywords.len() {
        0 => Err(Fault::new(Code::NullArray, "NegativeKeywords is null or empty.")),
        count if count > MOST => {
            Err(Fault::new(Code::KeywordsTooMany, "NegativeKeywords has too many items."))
        }
        _ => Ok((holder, keywords)),
    }
}

/// `POST /EntityNegativeKeywords`.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let (holder, keywords) = entry(world, call)?;
    let mut outcome = Outcome::default();
    for keyword in keywords {
        outcome.push(add_one(world, call, &holder, keyword));
    }
    Ok(outcome.made_within("NegativeKeywordIds"))
}

fn add_one(world: &mut World, call: &Call<'_>, holder: &Object, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    write::no_id(item)?;
    let (text, kind) = keyword::words(item)?;
    if keyword::has(world, holder, Kind::NegativeKeyword, (text, kind)) {
        return Err(Problem::at(Code::EntityExists, "Text", "The negative keyword exists already."));
    }
    let fields = Map::from_iter([("Text".to_owned(), json!(text)), ("MatchType".to_owned(), json!(kind))]);
    let above = match holder.kind {
        Kind::AdGroup => (holder.campaign, Some(holder.id)),
        _ => (Some(holder.id), None),
    };
    Ok(world.microsoft_make((Kind::NegativeKeyword, &call.account.id), above, Status::Active, fields, None))
}

/// `DELETE /EntityNegativeKeywords`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let (holder, keywords) = entry(world, call)?;
    let mut outcome = Outcome::default();
    for keyword in keywords {
        let id = keyword.get("Id").and_then(shape::id);
        let found = id.and_then(|id| world.microsoft.current(Kind::NegativeKeyword, id));
        let found = found.filter(|one| one.parent() == Some(holder.id)).map(|one| one.id);
        if let Some(id) = found {
            world.microsoft_delete(id);
        }
        let gone = || Problem::at(Code::NoEntity, "Id", "The negative keyword does not exist.");
        outcome.push(found.ok_or_else(gone));
    }
    Ok(outcome.changed_within())
}

/// `POST /NegativeKeywords/QueryByEntityIds`.
pub(super) fn by_entities(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let ids = call.items("EntityIds", 1, Code::NullArray, Code::ArrayTooLong)?;
    let kind = call.text("EntityType");
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    for id in ids {
        let holder = holder(world, call, shape::id(id), kind)?;
        if kind == Some("AdGroup") && call.id("ParentEntityId") != holder.campaign {
            return Err(Fault::new(Code::InvalidCampaignId, "The campaign ID is not valid."));
        }
        let own = world.microsoft.living(holder.id, Kind::NegativeKeyword).filter(|one| one.is_listed());
        let told = own.map(|one| {
            json!({
                "Type": "NegativeKeyword", "Id": one.id.to_string(), "Text": one.text("Text"),
                "MatchType": one.text("MatchType"),
            })
        });
        let told: Vec<Value> = told.collect();
        found
            .push(json!({ "EntityId": holder.id.to_string(), "EntityType": kind, "NegativeKeywords": told }));
        outcome.push(Ok(holder.id));
    }
    let mut out = outcome.changed();
    out["EntityNegativeKeywords"] = json!(found);
    Ok(out)
}

/// Whether the keyword `text` is kept from being shown by what hangs at an ad group or its campaign.
pub(super) fn keeps_away(world: &World, group: &Object, text: &str) -> bool {
    let holders = [Some(group.id), group.campaign].into_iter().flatten();
    let mut all = holders.flat_map(|id| world.microsoft.living(id, Kind::NegativeKeyword));
    let text = folded(text);
    all.any(|one| match one.text("MatchType") {
        "Exact" => folded(one.text("Text")) == text,
        _ => format!(" {text} ").contains(&format!(" {} ", folded(one.text("Text")))),
    })
}
