//! What the control API shows and changes on the TikTok side.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::ad;
use super::media::{Media, MediaKind};
use super::status;
use super::store::{Advertiser, AdvertiserStatus, Key, Level, Object, Switch};
use crate::object::Moment;
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

/// What `/_sandbox/world` tells of; files are there from their upload on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object(Level),
    File(MediaKind),
}

impl Kind {
    /// A kind by its name, e.g. `tiktok_campaign` or `tiktok_image`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let file = || word.strip_prefix("tiktok_").and_then(MediaKind::parse).map(Self::File);
        Level::parse(word).map(Self::Object).or_else(file)
    }

    pub(crate) fn words() -> String {
        let files = MediaKind::ALL.iter().map(|kind| format!("tiktok_{kind}"));
        [Level::words()].into_iter().chain(files).collect::<Vec<_>>().join(", ")
    }
}

/// Everything that was made, deleted objects too, oldest first.
pub(crate) fn objects(world: &World, account: Option<&str>, kind: Option<Kind>) -> Vec<Value> {
    let of = |owner: &str, own: Kind| {
        account.is_none_or(|account| owner == account) && kind.is_none_or(|kind| kind == own)
    };
    let made = world.tiktok.all().filter(|it| of(&it.advertiser, Kind::Object(it.level)));
    let files = world.tiktok.media.values().filter(|it| of(&it.advertiser, Kind::File(it.kind)));
    let mut all: Vec<(Moment, Value)> = made.map(|it| (it.created, view(world, it))).collect();
    all.extend(files.map(|it| (it.created, file(world, it))));
    // The sort is stable: what one call made keeps its order.
    all.sort_by_key(|(created, _)| created.seq);
    all.into_iter().map(|(_, value)| value).collect()
}

/// An uploaded file; it cannot be switched off.
fn file(world: &World, media: &Media) -> Value {
    json!({
        "id": media.id, "kind": format!("tiktok_{}", media.kind), "owner": media.advertiser,
        "name": media.file_name, "status": Switch::Enable, "created": media.created,
        "first_set_active": Value::Null, "first_active_at": Value::Null, "fields": media.view(world.now()),
    })
}

fn view(world: &World, object: &Object) -> Value {
    let enabled = object.history.iter().find(|change| change.status == Switch::Enable);
    json!({
        "id": object.id, "kind": object.level, "owner": object.advertiser, "name": object.name(),
        "status": object.switch, "effective_status": world.tiktok_status(object, world.now()),
        "campaign_id": object.campaign, "adgroup_id": object.ad_group,
        "created": object.created, "updated": object.updated, "status_history": object.history,
        "first_set_active": enabled.map(|change| json!({ "at": change.at, "seq": change.seq })),
        "first_active_at": object.first_active,
        "spend_micros": world.tiktok_spent(object, NaiveDate::MIN, NaiveDate::MAX), "fields": object.fields,
    })
}

/// Every advertiser.
pub(crate) fn advertisers<'a>(world: &'a World, account: Option<&str>) -> Vec<&'a Advertiser> {
    let all = world.tiktok.advertisers.values();
    all.filter(|known| account.is_none_or(|account| known.id == account)).collect()
}

/// What a person does in Ads Manager: sets fields as they are read back, checked lightly. `None` when there is
/// no such object here.
pub(crate) fn edit(world: &mut World, id: &str, fields: &Map<String, Value>) -> Option<Result<(), String>> {
    world.tiktok.get(id)?;
    let switch = match fields.get("operation_status") {
        None => None,
        Some(word) => match word.as_str().and_then(Switch::parse) {
            Some(switch) => Some(switch),
            None => return Some(Err(format!("no operation_status {word}"))),
        },
    };
    let now = world.now();
    let before = world.tiktok.get(id)?.fields.clone();
    let object = world.tiktok.get_mut(id)?;
    for (name, value) in fields.iter().filter(|(name, _)| *name != "operation_status") {
        match value {
            Value::Null => object.fields.remove(name),
            value => object.fields.insert(name.clone(), value.clone()),
        };
    }
    object.updated = now;
    if object.level == Level::Ad && ad::needs_review(&before, &object.fields) {
        let copy = object.text("ad_text").to_owned();
        let review = status::review(world, &copy, true);
        world.tiktok.get_mut(id)?.review = Some(review);
    }
    world.touch(RecordKey::TikTok(Key::Object(id.to_owned())));
    if let Some(switch) = switch {
        world.tiktok_switch(id, switch);
    }
    Some(Ok(()))
}

/// What can be changed about an advertiser from outside.
pub(crate) struct Change<'a> {
    pub(crate) status: Option<&'a str>,
    pub(crate) name: Option<String>,
    pub(crate) has_balance: Option<bool>,
    pub(crate) quota: Option<usize>,
}

impl Change<'_> {
    /// `None` when there is no such advertiser.
    pub(crate) fn apply(self, world: &mut World, id: &str) -> Result<Option<Value>, String> {
        let Some(advertiser) = world.tiktok.advertisers.get_mut(id) else { return Ok(None) };
        if let Some(word) = self.status {
            let words = || format!("status is one of {}", AdvertiserStatus::words());
            advertiser.status = AdvertiserStatus::parse(word).ok_or_else(words)?;
        }
        advertiser.name = self.name.unwrap_or_else(|| advertiser.name.clone());
        advertiser.has_balance = self.has_balance.unwrap_or(advertiser.has_balance);
        advertiser.quota = self.quota.unwrap_or(advertiser.quota);
        let told = json!(advertiser);
        world.touch(RecordKey::TikTok(Key::Advertiser(id.to_owned())));
        Ok(Some(told))
    }
}
