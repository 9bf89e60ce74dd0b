//! What an advertiser is and has (TikTok, `platforms/tiktok.md` §4 and §15).

use serde_json::{Map, Value, json};

use super::auth::Scope;
use super::error::{Refusal, TikTokResult};
use super::fixtures::{self, BUSINESS_CENTRE};
use super::read;
use super::request::Request;
use super::store::{Advertiser, Identity, IdentityType, Key, Level};
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

fn view(advertiser: &Advertiser) -> Map<String, Value> {
    let all = json!({
        "advertiser_id": advertiser.id, "name": advertiser.name, "company": advertiser.name,
        "status": advertiser.status, "currency": advertiser.currency, "timezone": advertiser.timezone,
        "display_timezone": advertiser.timezone, "country": advertiser.country, "language": "en",
        "industry": "291408", "role": "ROLE_ADVERTISER", "balance": if advertiser.has_balance { 10_000 } else { 0 },
        "create_time": advertiser.created.timestamp(), "rejection_reason": "", "owner_bc_id": BUSINESS_CENTRE,
        "telephone_number": "",
    });
    all.as_object().cloned().unwrap_or_default()
}

/// `GET /advertiser/info/`.
pub(crate) fn advertiser(world: &World, request: &Request) -> TikTokResult<Value> {
    let token = world.tiktok_caller(request, Scope::Account)?;
    let fields = read::texts(&request.params, "fields")?;
    let mut list = Vec::new();
    for id in read::ids(&request.params, "advertiser_ids", 100)? {
        let mut all = view(world.tiktok_reach(token, &id)?);
        if let Some(fields) = &fields {
            if let Some(unknown) = fields.iter().find(|field| !all.contains_key(*field)) {
                return Err(Refusal::field("fields", format!("Unknown field {unknown}.")));
            }
            all.retain(|name, _| fields.contains(name));
        }
        list.push(all);
    }
    Ok(json!({ "list": list }))
}

/// `GET /identity/get/`.
pub(crate) fn identities(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ads)?;
    let page = read::Page::of(&request.params, 100)?;
    let wanted = match read::text(&request.params, "identity_type")? {
        None => None,
        Some(word) => Some(IdentityType::parse(&word).ok_or_else(|| {
            Refusal::field("identity_type", format!("Not one of {}.", IdentityType::words()))
        })?),
    };
    let own = world.tiktok.identities.values().filter(|it| it.advertiser == advertiser.id);
    let all: Vec<Value> = own
        .filter(|it| wanted.is_none_or(|kind| kind == it.kind))
        .map(|it| {
            let linked = it.kind == IdentityType::TtUser;
            json!({
                "identity_id": it.id, "identity_type": it.kind, "display_name": it.name, "profile_image": "",
                "available_status": "AVAILABLE", "can_push_video": linked, "can_pull_video": linked,
            })
        })
        .collect();
    Ok(page.data("identity_list", &all))
}

/// `POST /identity/create/`.
pub(crate) fn make_identity(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ads)?;
    let name = read::need(&request.params, "display_name")?;
    if name.chars().count() > 100 {
        return Err(Refusal::field("display_name", "Longer than 100 characters."));
    }
    let id = world.tiktok.next_id();
    let kind = IdentityType::CustomizedUser;
    let identity = Identity { id: id.clone(), advertiser: advertiser.id, kind, name };
    world.touch(RecordKey::TikTok(Key::Identity(id.clone())));
    world.tiktok.identities.insert(id.clone(), identity);
    Ok(json!({ "identity_id": id }))
}

/// `GET /pixel/list/`.
pub(crate) fn pixels(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Pixel)?;
    let page = read::Page::of(&request.params, 20)?;
    let pixel = |(id, code): (&str, &str)| {
        json!({ "pixel_id": id, "pixel_code": code, "pixel_name": "Placard Outdoor web shop", "events": [
            { "event_type": "SHOPPING" }, { "event_type": "FORM" }, { "event_type": "ON_WEB_DETAIL" },
        ] })
    };
    let all: Vec<Value> = fixtures::pixel(&advertiser.id).map(pixel).into_iter().collect();
    Ok(page.data("pixels", &all))
}

/// `GET /app/list/`.
pub(crate) fn apps(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ads)?;
    let app = fixtures::app(&advertiser.id).map(|(id, name)| json!({ "app_id": id, "app_name": name }));
    Ok(json!({ "apps": app.into_iter().collect::<Vec<_>>() }))
}

/// `GET /adgroup/quota/`.
pub(crate) fn quota(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::AdGroup)?;
    Ok(json!({
        "total_adgroup_quota": advertiser.quota, "used_adgroup_quota": used_quota(world, &advertiser),
    }))
}

/// Ad groups that count against the quota.
pub(crate) fn used_quota(world: &World, advertiser: &Advertiser) -> usize {
    let groups = world.tiktok.owned(&advertiser.id, Level::AdGroup);
    groups.filter(|group| group.is_enabled() && advertiser.quota > 0).count()
}
