//! What may be said: the quick check, the review behind it, reasons and appeals (Microsoft,
//! `platforms/microsoft.md` §5).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use super::error::{Code, Judged, MicrosoftResult, Problem, REASON};
use super::fixtures::MICROSOFT_BANNED_WORDS;
use super::shape::{self, Field, Shape};
use super::store::{Appeal, Key, Kind, Object, Review};
use super::write::{self, Call, Outcome};
use crate::meta::ads::DISAPPROVED_PHRASE;
use crate::world::{RecordKey, World};

/// `EditorialStatus`.
pub(super) const STATUSES: &[&str] = &["Active", "ActiveLimited", "Disapproved", "Inactive"];

const ENTITIES: Shape = Shape::List(&Shape::Object(&[("EntityId", Shape::Id), ("ParentId", Shape::Id)]));
pub(super) const REASONS: &[Field] = &[
    ("AccountId", Shape::Id),
    ("EntityIdToParentIdAssociations", ENTITIES),
    ("EntityType", Shape::Word(&["Ad", "Keyword"])),
];
pub(super) const APPEAL: &[Field] = &[
    ("EntityIdToParentIdAssociations", ENTITIES),
    ("EntityType", Shape::Word(&["Ad", "Keyword"])),
    ("JustificationText", Shape::Text),
];

/// The quick check of a text.
pub(super) fn quick(text: &str, code: Code, location: &str) -> Judged<()> {
    match text.to_lowercase().contains(MICROSOFT_BANNED_WORDS) {
        true => Err(Problem::editorial(code, MICROSOFT_BANNED_WORDS, location)),
        false => Ok(()),
    }
}

/// The review of some texts. What is of low risk stays active meanwhile: keywords without the phrase.
pub(super) fn review(world: &World, texts: &[&str], always: bool) -> Option<Review> {
    let refused = texts.iter().any(|text| text.contains(DISAPPROVED_PHRASE));
    (always || refused).then(|| Review {
        until: world.now() + world.config.review,
        refused: refused.then(|| DISAPPROVED_PHRASE.to_owned()),
        appeal: Appeal::Appealable,
    })
}

/// How the review of an ad or keyword stands.
pub(super) fn status(object: &Object, at: DateTime<Utc>) -> &'static str {
    match &object.review {
        Some(review) if at < review.until => "Inactive",
        Some(review) if review.refused.is_some() => "Disapproved",
        Some(_) | None => "Active",
    }
}

/// Rules of landing pages (§4): an ad has at least one.
pub(super) fn check_urls(item: &Map<String, Value>, needed: bool) -> Judged<()> {
    let at = |text: &str| Err(Problem::at(Code::EditorialUrl, "FinalUrls", text));
    let urls = item.get("FinalUrls").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    match urls.len() {
        0 if needed => return Err(Problem::missing("FinalUrls")),
        11.. => return at("There are more than 10 addresses."),
        _ => {}
    }
    let mut hosts = Vec::new();
    for url in urls {
        let text = url.as_str().unwrap_or_default();
        let parsed = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
        match parsed.as_ref().and_then(Url::host_str) {
            _ if text.len() > 2048 => return at("An address is longer than 2,048 characters."),
            Some(host) => hosts.push(host.trim_start_matches("www.").to_owned()),
            None => return at("An address is not one of http or https."),
        }
    }
    hosts.dedup();
    match hosts.len() {
        0 | 1 => Ok(()),
        _ => at("The addresses have different domains."),
    }
}

/// Ads or keywords that a call names, each with its parent.
fn named(world: &World, call: &Call<'_>, item: &Value) -> Judged<u64> {
    let kind = if call.text("EntityType") == Some("Keyword") { Kind::Keyword } else { Kind::Ad };
    let id = shape::id(&item["EntityId"]).ok_or_else(|| Problem::missing("EntityId"))?;
    let found = world.microsoft_own(&call.account, kind, id);
    let found = found.filter(|object| object.ad_group == shape::id(&item["ParentId"]));
    found.map(|object| object.id).ok_or_else(|| Problem::new(Code::NoEntity, "There is no such entity."))
}

const MOST: usize = 1000;

/// `POST /EditorialReasons/QueryByIds`.
pub(super) fn reasons(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("EntityIdToParentIdAssociations", MOST, Code::NullArray, Code::ArrayTooLong)?;
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    for item in items {
        let id = named(world, call, item);
        let object = id.as_ref().ok().and_then(|id| world.microsoft.get(*id));
        found.push(object.map_or(Value::Null, |object| reason(object, world.now())));
        outcome.push(id);
    }
    let mut out = outcome.changed();
    out["EditorialReasons"] = json!(found);
    Ok(out)
}

fn reason(object: &Object, at: DateTime<Utc>) -> Value {
    let refused = object.review.as_ref().filter(|review| at >= review.until);
    let phrase = refused.and_then(|review| review.refused.as_deref());
    let location = if object.kind == Kind::Keyword { "Keyword" } else { "AdDescription" };
    let reasons: Vec<Value> = phrase
        .map(|phrase| {
            json!({
                "ReasonCode": REASON, "Location": location, "Term": phrase,
                "PublisherCountries": ["US", "GB", "DE"],
            })
        })
        .into_iter()
        .collect();
    let appeal = refused.filter(|review| review.refused.is_some()).map(|review| review.appeal);
    json!({
        "AdGroupId": object.ad_group.map(|id| id.to_string()), "AdOrKeywordId": object.id.to_string(),
        "AppealStatus": appeal.map_or_else(|| json!("NotAppealable"), |appeal| json!(appeal)), "Reasons": reasons,
    })
}

/// `POST /EditorialRejections/Appeal`: a person decides later, which here is nobody.
pub(super) fn appeal(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let items = call.items("EntityIdToParentIdAssociations", MOST, Code::NullArray, Code::ArrayTooLong)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(appeal_one(world, call, item));
    }
    Ok(outcome.changed())
}

fn appeal_one(world: &mut World, call: &Call<'_>, item: &Value) -> Judged<u64> {
    let id = named(world, call, item)?;
    let text = write::text(call.body, "JustificationText").unwrap_or_default();
    if text.is_empty() || text.chars().count() > 1000 {
        return Err(Problem::at(Code::InvalidInput, "JustificationText", "1 to 1,000 characters."));
    }
    let now = world.now();
    let review = world.microsoft.get_mut(id).and_then(|object| object.review.as_mut());
    let review = review.filter(|review| review.refused.is_some() && now >= review.until);
    let review = review.ok_or_else(|| Problem::new(Code::InvalidInput, "It was not disapproved."))?;
    review.appeal = Appeal::AppealPending;
    world.touch(RecordKey::Microsoft(Key::Object(id)));
    Ok(id)
}
