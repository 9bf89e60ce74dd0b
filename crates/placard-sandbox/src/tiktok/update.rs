//! Updates campaigns, ad groups and ads (TikTok, `platforms/tiktok.md` §7, §8, §11 and §12).

use serde_json::{Map, Value, json};

use super::ad;
use super::adgroup::{self, Around};
use super::auth::Scope;
use super::campaign::{self, Fields};
use super::error::{Code, Refusal, TikTokResult};
use super::purse;
use super::read::{self, Params};
use super::request::Request;
use super::spec;
use super::status;
use super::store::{Advertiser, Level, Object};
use super::write::{alive, creatives, find, parents, save, scope, told, unique};
use crate::world::World;

/// Refuses a value that differs from one that cannot change any more.
fn keeps(old: &Object, new: &Fields, sent: &Fields, names: &[&str]) -> TikTokResult<()> {
    let differs = |name: &&&str| sent.contains_key(**name) && old.fields.get(**name) != new.get(**name);
    match names.iter().find(differs) {
        Some(name) => Err(Refusal::field(name, "Cannot be changed.")),
        None => Ok(()),
    }
}

/// `POST /campaign/update/` and `/adgroup/update/`: what is sent replaces what was, lists as a whole.
pub(crate) fn update(world: &mut World, request: &Request, level: Level) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, scope(level))?;
    let id = read::need(&request.params, level.id_field())?;
    let old = find(world, &advertiser, level, &id)?.clone();
    alive(&old)?;
    let new = changed(world, &advertiser, old, &request.params)?;
    let id = save(world, new);
    Ok(told(world, &id))
}

/// A campaign or ad group with what was sent in the place of what was.
fn changed(world: &World, advertiser: &Advertiser, old: Object, body: &Params) -> TikTokResult<Object> {
    let level = old.level;
    let mut sent = spec::typed(level, body, advertiser)?;
    if level == Level::Campaign {
        sent.retain(|name, _| campaign::MUTABLE.contains(&name.as_str()));
    }
    if sent.is_empty() {
        return Err(Refusal::new(Code::NothingToUpdate, "There is nothing to update."));
    }
    let mut fields = old.fields.clone();
    match old.campaign.as_deref() {
        None => {
            fields.extend(sent);
            campaign::check(&mut fields, advertiser, Some(&old))?;
        }
        Some(parent) => {
            let parent = find(world, advertiser, Level::Campaign, parent)?;
            if parent.flag("budget_optimize_on") {
                // Ignored: the campaign's budget is the only one.
                sent.retain(|name, _| !matches!(name.as_str(), "budget" | "budget_mode"));
            }
            fields.extend(sent.clone());
            keeps(&old, &fields, &sent, adgroup::IMMUTABLE)?;
            let first = world.tiktok.below(&parent.id).next().filter(|first| first.id != old.id);
            let around = Around { advertiser, campaign: parent, old: Some(&old), first, now: world.now() };
            adgroup::check(&mut fields, &around)?;
        }
    }
    let name = campaign::need(&fields, level.name_field())?;
    if name != old.name() {
        unique(world, &old, name)?;
    }
    let rebudgeted = fields.get("budget") != old.fields.get("budget");
    let new = Object { fields, updated: world.now(), ..old };
    if rebudgeted {
        purse::covers(world, advertiser, &new)?;
    }
    Ok(new)
}

/// `POST /adgroup/budget/update/`: budgets from now on, all or none.
pub(crate) fn budgets(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::AdGroup)?;
    for later in ["schedule_budget", "scheduled_budget"] {
        if read::member(&request.params, later).is_some() {
            return Err(Refusal::new(
                Code::NotImplemented,
                format!("Not implemented in the sandbox: {later}"),
            ));
        }
    }
    let items = read::member(&request.params, "budget").ok_or_else(|| Refusal::missing("budget"))?;
    let items: Option<Vec<&Params>> =
        items.as_array().and_then(|items| items.iter().map(Value::as_object).collect());
    let items = items.ok_or_else(|| Refusal::field("budget", "Not a list of objects."))?;
    if !(1..=20).contains(&items.len()) {
        return Err(Refusal::new(Code::BadBatchSize, "budget: 1 to 20 are allowed."));
    }
    let mut all = Vec::new();
    for item in items {
        let id = read::need(item, "adgroup_id")?;
        let old = find(world, &advertiser, Level::AdGroup, &id)?.clone();
        alive(&old)?;
        let value = read::member(item, "budget").ok_or_else(|| Refusal::missing("budget"))?;
        let body = Map::from_iter([("budget".to_owned(), value.clone())]);
        all.push(changed(world, &advertiser, old, &body)?);
    }
    let ids: Vec<String> = all.into_iter().map(|group| save(world, group)).collect();
    Ok(json!({ "adgroup_ids": ids }))
}

/// `POST /ad/update/`: replaces whole creatives unless `patch_update` is set.
pub(crate) fn update_ads(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ad)?;
    let (campaign, group) = parents(world, request, &advertiser)?;
    let patch = read::flag(&request.params, "patch_update")?.unwrap_or(false);
    let mut changed = Vec::new();
    for body in creatives(request)? {
        let old = find(world, &advertiser, Level::Ad, &read::need(&body, "ad_id")?)?.clone();
        alive(&old)?;
        if old.ad_group.as_ref() != Some(&group.id) {
            return Err(Refusal::field("ad_id", "The ad is not in the ad group."));
        }
        let sent = spec::typed(Level::Ad, &body, &advertiser)?;
        let mut fields = if patch { old.fields.clone() } else { Map::new() };
        fields.extend(sent);
        ad::check(world, &mut fields, &advertiser, (&campaign, &group))?;
        changed.push((old, fields));
    }
    let mut ids = Vec::new();
    for (mut ad, fields) in changed {
        if ad::needs_review(&ad.fields, &fields) {
            let copy = campaign::text(&fields, "ad_text").unwrap_or_default();
            ad.review = Some(status::review(world, copy, true));
        }
        ad.fields = fields;
        ad.updated = world.now();
        ids.push(save(world, ad));
    }
    let creatives: Vec<Value> = ids.iter().map(|id| told(world, id)).collect();
    Ok(json!({ "ad_ids": ids, "creatives": creatives, "need_audit": true }))
}
