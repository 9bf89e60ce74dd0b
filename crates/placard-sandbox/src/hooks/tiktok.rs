//! TikTok's subscriptions, and leads made by hand.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Event;
use crate::tiktok::auth::Scope;
use crate::tiktok::error::{Code, Refusal, TikTokResult};
use crate::tiktok::fixtures;
use crate::tiktok::oauth::check_app;
use crate::tiktok::read;
use crate::tiktok::request::Request;
use crate::tiktok::store::Level;
use crate::world::{RecordKey, World};

/// What TikTok was asked to tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) entity: String,
    pub(crate) advertiser: String,
    pub(crate) callback: String,
    /// Whose end it ends with.
    token: String,
}

const ENTITIES: &[&str] = &[
    "LEAD",
    "AD_GROUP",
    "AD",
    "CREATIVE_FATIGUE",
    "TCM_VIDEOS",
    "REPORT_DATA_CHANGE",
    "API_SERVICE_STATUS",
    "AD_ACCOUNT_SUSPENSION",
];

/// The envelope's number of an entity; what has none comes without an envelope.
pub(crate) fn number(entity: &str) -> Option<i64> {
    match entity {
        "LEAD" => Some(1),
        "AD_GROUP" => Some(2),
        "AD" => Some(3),
        _ => None,
    }
}

impl Subscription {
    /// Whether its token still lives; it ends with it without a word.
    pub(crate) fn lives(&self, world: &World) -> bool {
        world.tiktok.tokens.get(&self.token).is_some_and(|token| !token.revoked)
    }
}

/// `POST /subscription/subscribe/`.
pub(crate) fn subscribe(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let params = &request.params;
    check_app(params, "app_id", "secret")?;
    let entity = read::need(params, "subscribe_entity")?;
    read::word("subscribe_entity", &entity, ENTITIES)?;
    let callback = read::need(params, "callback_url")?;
    if url::Url::parse(&callback).is_err() {
        return Err(Refusal::field("callback_url", "Not an absolute address."));
    }
    let detail = read::object(params, "subscription_detail")?
        .ok_or_else(|| Refusal::missing("subscription_detail"))?;
    let (value, advertiser) = (read::need(detail, "access_token")?, read::need(detail, "advertiser_id")?);
    let token = world.tiktok.tokens.get(&value).filter(|token| !token.revoked);
    let token = token.ok_or_else(|| Refusal::new(Code::TokenInvalid, "Access token is incorrect."))?;
    world.tiktok_reach(token, &advertiser)?;
    let id = world.tiktok.next_id();
    let subscription = Subscription { entity, advertiser, callback, token: value };
    world.hooks.tiktok.insert(id.clone(), subscription);
    world.touch(RecordKey::Hooks);
    Ok(json!({ "subscription_id": id }))
}

/// `GET /subscription/get/`.
pub(crate) fn list(world: &World, request: &Request) -> TikTokResult<Value> {
    check_app(&request.params, "app_id", "secret")?;
    let shown = |(id, one): (&String, &Subscription)| {
        json!({
            "subscription_id": id, "subscribe_entity": one.entity, "callback_url": one.callback,
            "subscription_detail": { "advertiser_id": one.advertiser },
        })
    };
    Ok(json!({ "subscriptions": world.hooks.tiktok.iter().map(shown).collect::<Vec<_>>() }))
}

/// `POST /subscription/unsubscribe/`.
pub(crate) fn unsubscribe(world: &mut World, request: &Request) -> TikTokResult<Value> {
    check_app(&request.params, "app_id", "secret")?;
    let id = read::need(&request.params, "subscription_id")?;
    if world.hooks.tiktok.remove(&id).is_none() {
        return Err(Refusal::new(Code::NoObject, format!("Subscription {id} does not exist.")));
    }
    world.touch(RecordKey::Hooks);
    Ok(json!({ "subscription_id": id }))
}

/// `POST /page/lead/mock/create/`.
pub(crate) fn make_lead(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Leads)?;
    let page = read::need(&request.params, "page_id")?;
    let pages = fixtures::pages(&advertiser.id);
    let found = pages.iter().find(|known| known.0 == page);
    let (_, _, _, title) =
        found.ok_or_else(|| Refusal::new(Code::NoObject, format!("Page {page} does not exist.")))?;
    let title = title.to_string();
    let ad = world.tiktok.owned(&advertiser.id, Level::Ad).next();
    let named = |id: Option<&String>, name: &str| {
        let found = id.and_then(|id| world.tiktok.get(id));
        (id.cloned(), found.map(|one| one.text(name).to_owned()))
    };
    let (campaign, campaign_name) = named(ad.and_then(|ad| ad.campaign.as_ref()), "campaign_name");
    let (group, group_name) = named(ad.and_then(|ad| ad.ad_group.as_ref()), "adgroup_name");
    let (ad_id, ad_name) = (ad.map(|ad| ad.id.clone()), ad.map(|ad| ad.text("ad_name").to_owned()));
    let id = world.tiktok.next_id();
    let entry = json!({
        "id": id, "lead_source": "INSTANT_FORM", "page_id": page, "page_name": title,
        "advertiser_id": advertiser.id, "campaign_id": campaign, "campaign_name": campaign_name,
        "adgroup_id": group, "adgroup_name": group_name, "ad_id": ad_id, "ad_name": ad_name,
        "create_time": world.now().timestamp().to_string(),
        "changes": [
            {"field": "Name", "value": "Zoë Grüßner 名前"}, {"field": "Email", "value": "zoe@leads.invalid"},
        ],
    });
    world.tell(Event::Tiktok { entity: "LEAD".to_owned(), advertiser: advertiser.id, entry });
    Ok(json!({ "lead_id": id }))
}
