//! Creates and switches campaigns, ad groups and ads (TikTok, `platforms/tiktok.md` §7, §8, §12, §17).

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::adgroup::{self, Around};
use super::auth::Scope;
use super::campaign::{self, Fields};
use super::discovery;
use super::error::{Code, Refusal, TikTokResult};
use super::request::Request;
use super::spec;
use super::status;
use super::store::{Advertiser, Key, Level, Object, StatusChange, Switch};
use super::{ad, read};
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

/// How long a `request_id` is remembered (§17).
const MEMORY: TimeDelta = TimeDelta::seconds(10);

pub(crate) fn scope(level: Level) -> Scope {
    match level {
        Level::Campaign => Scope::Campaign,
        Level::AdGroup => Scope::AdGroup,
        Level::Ad => Scope::Ad,
    }
}

/// An own object of a level; a stranger's is refused otherwise than one that does not exist.
pub(crate) fn find<'w>(
    world: &'w World,
    advertiser: &Advertiser,
    level: Level,
    id: &str,
) -> TikTokResult<&'w Object> {
    let found = world.tiktok.get(id).filter(|object| object.level == level);
    let text = format!("{} {id} does not exist.", level.id_field());
    let found = found.ok_or_else(|| Refusal::new(Code::NoObject, text))?;
    match found.advertiser == advertiser.id {
        true => Ok(found),
        false => Err(Refusal::new(Code::NoPermission, format!("No permission to operate {id}."))),
    }
}

pub(crate) fn alive(object: &Object) -> TikTokResult<()> {
    match object.is_deleted() {
        true => Err(Refusal::field(object.level.id_field(), format!("{} is deleted.", object.id))),
        false => Ok(()),
    }
}

fn switch(body: &Map<String, Value>) -> TikTokResult<Switch> {
    match read::text(body, "operation_status")?.as_deref() {
        None | Some("ENABLE") => Ok(Switch::Enable),
        Some("DISABLE") => Ok(Switch::Disable),
        Some(other) => Err(Refusal::field("operation_status", format!("Value {other} is not allowed."))),
    }
}

/// Refuses what was just sent, and names that are taken unless a `request_id` is sent (§17).
fn once(world: &World, new: &Object) -> TikTokResult<()> {
    let siblings = || {
        let same = |other: &&Object| other.level == new.level && other.advertiser == new.advertiser;
        world.tiktok.all().filter(same)
    };
    if let Some(id) = &new.request_id {
        id.parse::<i64>().map_err(|_| Refusal::field("request_id", "Not a 64-bit integer."))?;
        let recent =
            |other: &Object| other.request_id.as_ref() == Some(id) && world.now() - other.created.at < MEMORY;
        return match siblings().any(recent) {
            true => Err(Refusal::new(Code::DuplicateRequest, "The request is a duplicate.")),
            false => Ok(()),
        };
    }
    unique(world, new, new.name())
}

pub(crate) fn unique(world: &World, object: &Object, name: &str) -> TikTokResult<()> {
    let taken = |other: &Object| {
        other.level == object.level
            && other.id != object.id
            && other.advertiser == object.advertiser
            && other.parent() == object.parent()
            && !other.is_deleted()
            && other.name() == name
    };
    match object.level != Level::Ad && world.tiktok.all().any(taken) {
        true => Err(Refusal::field(object.level.name_field(), "The name already exists.")),
        false => Ok(()),
    }
}

fn draft(world: &mut World, advertiser: &Advertiser, level: Level, switch: Switch, fields: Fields) -> Object {
    let moment = world.moment();
    Object {
        id: world.tiktok.next_id(),
        level,
        advertiser: advertiser.id.clone(),
        campaign: None,
        ad_group: None,
        switch,
        fields,
        request_id: None,
        created: moment,
        updated: moment.at,
        history: vec![StatusChange { at: moment.at, seq: moment.seq, status: switch }],
        first_active: None,
        review: None,
        over_quota: false,
        listed_from: world.faults.edge_lag(),
    }
}

pub(crate) fn save(world: &mut World, object: Object) -> String {
    let id = object.id.clone();
    world.tiktok.put(object);
    world.touch(RecordKey::TikTok(Key::Object(id.clone())));
    world.tiktok_note(&id);
    id
}

pub(crate) fn told(world: &World, id: &str) -> Value {
    world.tiktok.get(id).map_or(Value::Null, |object| Value::Object(world.tiktok_view(object)))
}

/// `POST /campaign/create/`.
pub(crate) fn create_campaign(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Campaign)?;
    let mut fields = spec::typed(Level::Campaign, &request.params, &advertiser)?;
    campaign::check(&mut fields, &advertiser, None)?;
    let switch = switch(&request.params)?;
    let mut new = draft(world, &advertiser, Level::Campaign, switch, fields);
    new.request_id = read::text(&request.params, "request_id")?;
    once(world, &new)?;
    let id = save(world, new);
    Ok(told(world, &id))
}

/// `POST /adgroup/create/`; one too many is made and then switched off by itself (§4).
pub(crate) fn create_ad_group(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::AdGroup)?;
    let mut fields = spec::typed(Level::AdGroup, &request.params, &advertiser)?;
    let parent = read::need(&request.params, "campaign_id")?;
    let parent = find(world, &advertiser, Level::Campaign, &parent)?.clone();
    alive(&parent)?;
    let first = world.tiktok.below(&parent.id).next();
    let around = Around { advertiser: &advertiser, campaign: &parent, old: None, first, now: world.now() };
    adgroup::check(&mut fields, &around)?;
    let switch = switch(&request.params)?;
    let over = discovery::used_quota(world, &advertiser) >= advertiser.quota;
    let mut new = draft(world, &advertiser, Level::AdGroup, switch, fields);
    new.campaign = Some(parent.id);
    new.request_id = read::text(&request.params, "request_id")?;
    once(world, &new)?;
    if over && switch == Switch::Enable {
        new.switch = Switch::Disable;
        new.over_quota = true;
        let at = world.moment();
        new.history.push(StatusChange { at: at.at, seq: at.seq, status: Switch::Disable });
    }
    let id = save(world, new);
    Ok(told(world, &id))
}

pub(crate) fn creatives(request: &Request) -> TikTokResult<Vec<Map<String, Value>>> {
    let items = read::member(&request.params, "creatives").ok_or_else(|| Refusal::missing("creatives"))?;
    let items = items.as_array().ok_or_else(|| Refusal::field("creatives", "Not a valid list."))?;
    if !(1..=20).contains(&items.len()) {
        return Err(Refusal::new(Code::BadBatchSize, "creatives: 1 to 20 are allowed."));
    }
    let objects = items.iter().map(|item| item.as_object().cloned()).collect::<Option<_>>();
    objects.ok_or_else(|| Refusal::field("creatives", "Not a list of objects."))
}

/// The ad group of a call about ads, and its campaign.
pub(crate) fn parents(
    world: &World,
    request: &Request,
    advertiser: &Advertiser,
) -> TikTokResult<(Object, Object)> {
    let group = read::need(&request.params, "adgroup_id")?;
    let group = find(world, advertiser, Level::AdGroup, &group)?.clone();
    alive(&group)?;
    let campaign = find(world, advertiser, Level::Campaign, group.campaign.as_deref().unwrap_or_default())?;
    alive(campaign)?;
    Ok((campaign.clone(), group))
}

/// `POST /ad/create/`: all creatives or none.
pub(crate) fn create_ads(world: &mut World, request: &Request) -> TikTokResult<Value> {
    const MOST: usize = 20;
    let advertiser = world.tiktok_advertiser(request, Scope::Ad)?;
    let (campaign, group) = parents(world, request, &advertiser)?;
    let mut checked = Vec::new();
    for body in creatives(request)? {
        let mut fields = spec::typed(Level::Ad, &body, &advertiser)?;
        ad::check(world, &mut fields, &advertiser, (&campaign, &group))?;
        checked.push((fields, switch(&body)?));
    }
    let there = world.tiktok.below(&group.id).filter(|ad| !ad.is_deleted()).count();
    if there + checked.len() > MOST {
        return Err(Refusal::new(Code::TooManyAds, format!("An ad group holds at most {MOST} ads.")));
    }
    let mut ids = Vec::new();
    for (fields, switch) in checked {
        let mut new = draft(world, &advertiser, Level::Ad, switch, fields);
        new.campaign = Some(campaign.id.clone());
        new.ad_group = Some(group.id.clone());
        new.review = Some(status::review(world, new.text("ad_text"), false));
        ids.push(save(world, new));
    }
    let creatives: Vec<Value> = ids.iter().map(|id| told(world, id)).collect();
    Ok(json!({ "ad_ids": ids, "creatives": creatives, "need_audit": true }))
}

/// `POST …/status/update/`. A suspended account answers success and applies nothing (§14).
pub(crate) fn set_status(world: &mut World, request: &Request, level: Level) -> TikTokResult<(Value, bool)> {
    let advertiser = world.tiktok_advertiser(request, scope(level))?;
    let ids = read::ids(&request.params, level.ids_field(), 20)?;
    let word = read::need(&request.params, "operation_status")?;
    let switch = Switch::parse(&word).ok_or_else(|| {
        Refusal::field("operation_status", format!("Value {word} is not one of {}.", Switch::words()))
    })?;
    let partial =
        level == Level::AdGroup && read::flag(&request.params, "allow_partial_success")?.unwrap_or(false);
    let (mut good, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        let found = find(world, &advertiser, level, &id);
        match found.and_then(|object| if switch == Switch::Delete { Ok(()) } else { alive(object) }) {
            Ok(()) => good.push(id),
            Err(refusal) if partial => {
                errors.push(json!({ level.id_field(): id, "error_message": refusal.message() }));
            }
            Err(refusal) => return Err(refusal),
        }
    }
    if advertiser.may_deliver() {
        good.iter().for_each(|id| world.tiktok_switch(id, switch));
    }
    let mut data = json!({ level.ids_field(): good, "status": switch });
    let failed = !errors.is_empty();
    if partial {
        data["error_list"] = json!(errors);
    }
    if level == Level::Campaign {
        let list = good.iter().map(|id| json!({ "campaign_id": id, "status": switch }));
        data["campaign_list"] = json!(list.collect::<Vec<_>>());
    }
    Ok((data, failed))
}

impl World {
    /// Sets an object's own switch and keeps its history.
    pub(crate) fn tiktok_switch(&mut self, id: &str, switch: Switch) {
        let moment = self.moment();
        let Some(object) = self.tiktok.get_mut(id) else { return };
        if object.switch != switch && !object.is_deleted() {
            object.switch = switch;
            object.over_quota = false;
            object.updated = moment.at;
            object.history.push(StatusChange { at: moment.at, seq: moment.seq, status: switch });
            self.touch(RecordKey::TikTok(Key::Object(id.to_owned())));
            self.tiktok_note(id);
        }
    }
}
