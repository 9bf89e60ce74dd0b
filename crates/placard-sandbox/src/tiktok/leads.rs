//! Instant forms: the terms, the forms and what people wrote into them (TikTok, `platforms/tiktok.md` §15).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Scope;
use super::error::{Code, Refusal, TikTokResult};
use super::fixtures;
use super::market::{self, Outcome};
use super::read::{self, Page};
use super::request::Request;
use super::store::{Key, Level, Object};
use crate::draw;
use crate::world::{RecordKey, World};

/// Leads can be downloaded for so long.
const KEPT: TimeDelta = TimeDelta::days(90);
/// Looks until an export is done.
const CHECKS: u64 = 2;

/// An export of leads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LeadTask {
    pub(crate) id: String,
    advertiser: String,
    page: Option<String>,
    ad: Option<String>,
    /// How often somebody has looked.
    checks: u64,
}

impl LeadTask {
    fn told(&self) -> Value {
        let status = match self.checks {
            0 => "CREATED",
            checks if checks < CHECKS => "RUNNING",
            _ => "SUCCEED",
        };
        json!({
            "task_id": self.id, "status": status, "file_name": format!("leads_{}.csv", self.id), "file_type": "CSV",
        })
    }
}

fn term(request: &Request) -> TikTokResult<String> {
    let term = read::need(&request.params, "term_type")?;
    read::word("term_type", &term, &["LeadAds", "Pixel", "ReachFrequency", "InstantPage"])?;
    Ok(term)
}

/// `GET /term/get/`.
pub(crate) fn terms(world: &World, request: &Request) -> TikTokResult<Value> {
    world.tiktok_advertiser(request, Scope::Ads)?;
    Ok(json!({ "terms": [format!("The pretended terms of {}.", term(request)?)] }))
}

/// `GET /term/check/`. Only the terms of lead ads can be open.
pub(crate) fn check_term(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ads)?;
    Ok(json!({ "confirmed": term(request)? != "LeadAds" || advertiser.lead_terms }))
}

/// `POST /term/confirm/`.
pub(crate) fn confirm_term(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ads)?;
    if term(request)? == "LeadAds"
        && let Some(known) = world.tiktok.advertisers.get_mut(&advertiser.id)
    {
        known.lead_terms = true;
        world.touch(RecordKey::TikTok(Key::Advertiser(advertiser.id)));
    }
    Ok(json!({}))
}

/// `GET /page/get/`.
pub(crate) fn pages(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Ads)?;
    let page = Page::of(&request.params, 100)?;
    let wanted = read::text(&request.params, "business_type")?;
    let all: Vec<Value> = fixtures::pages(&advertiser.id)
        .iter()
        .filter(|(_, kind, _, _)| wanted.as_deref().is_none_or(|wanted| wanted == *kind))
        .map(|(id, _, status, title)| {
            let published = (*status == "PUBLISHED").then(|| read::told(advertiser.created));
            json!({
                "page_id": id, "title": title, "status": status, "publish_time": published,
                "preview_url": format!("https://pages.sandbox.invalid/{id}"),
            })
        })
        .collect();
    Ok(page.data("list", &all))
}

/// `POST /page/lead/task/`: orders an export, or with a `task_id` looks after it.
pub(crate) fn export(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Leads)?;
    let params = &request.params;
    if let Some(id) = read::text(params, "task_id")? {
        let task = world.tiktok.lead_tasks.get_mut(&id).filter(|task| task.advertiser == advertiser.id);
        let task = task.ok_or_else(|| gone(&id))?;
        task.checks += 1;
        let told = task.told();
        world.touch(RecordKey::TikTok(Key::LeadTask(id)));
        return Ok(told);
    }
    let (page, ad) = (read::text(params, "page_id")?, read::text(params, "ad_id")?);
    match &page {
        None if ad.is_none() => return Err(Refusal::missing("page_id")),
        Some(id) if !fixtures::pages(&advertiser.id).iter().any(|known| known.0 == id) => {
            return Err(Refusal::new(Code::NoObject, format!("Page {id} does not exist.")));
        }
        _ => {}
    }
    let task = LeadTask { id: world.tiktok.next_id(), advertiser: advertiser.id, page, ad, checks: 0 };
    let told = task.told();
    world.touch(RecordKey::TikTok(Key::LeadTask(task.id.clone())));
    world.tiktok.lead_tasks.insert(task.id.clone(), task);
    Ok(told)
}

fn gone(id: &str) -> Refusal {
    Refusal::new(Code::NoObject, format!("Task {id} does not exist."))
}

/// `GET /page/lead/task/download/`. Columns are called as the webhook of leads calls its members.
pub(crate) fn download(world: &World, request: &Request) -> TikTokResult<String> {
    let advertiser = world.tiktok_advertiser(request, Scope::Leads)?;
    let id = read::need(&request.params, "task_id")?;
    let task = world.tiktok.lead_tasks.get(&id).filter(|task| task.advertiser == advertiser.id);
    let task = task.ok_or_else(|| gone(&id))?;
    if task.checks < CHECKS {
        return Err(Refusal::new(Code::TaskNotReady, "The task is not ready."));
    }
    let mut out =
        "id,lead_source,page_id,advertiser_id,campaign_id,adgroup_id,ad_id,create_time,Name,Email\n"
            .to_owned();
    let wanted = |ad: &&Object| {
        task.ad.as_ref().is_none_or(|id| *id == ad.id)
            && task.page.as_deref().is_none_or(|page| page == ad.text("page_id"))
    };
    for ad in world.tiktok.owned(&advertiser.id, Level::Ad).filter(wanted) {
        for lead in leads(world, ad) {
            let above = |id: &Option<String>| id.clone().unwrap_or_default();
            let (campaign, group) = (above(&ad.campaign), above(&ad.ad_group));
            let (id, page, account) = (&lead.id, ad.text("page_id"), &advertiser.id);
            let (at, person) = (read::told(lead.at), lead.person);
            out.push_str(&format!(
                "{id},INSTANT_FORM,{page},{account},{campaign},{group},{},{at},Person {person},person{person}@leads.invalid\n",
                ad.id
            ));
        }
    }
    Ok(out)
}

struct Lead {
    id: String,
    at: DateTime<Utc>,
    person: u64,
}

/// Who sent an ad's form, as many as its reports count, oldest first.
fn leads(world: &World, ad: &Object) -> Vec<Lead> {
    let group = ad.ad_group.as_deref().and_then(|id| world.tiktok.get(id));
    let advertiser = world.tiktok.advertisers.get(&ad.advertiser);
    let (Some(group), Some(advertiser)) = (group, advertiser) else { return Vec::new() };
    if market::outcome(group) != Outcome::Lead {
        return Vec::new();
    }
    let today = world.now().with_timezone(&advertiser.zone()).date_naive();
    let first = (world.now() - KEPT).with_timezone(&advertiser.zone()).date_naive();
    let range = (ad.id.clone(), first)..=(ad.id.clone(), NaiveDate::MAX);
    let mut out = Vec::new();
    for ((_, date), day) in world.tiktok.facts.range(range) {
        let key = draw::key(world.head.seed, &["lead", &ad.id, &date.to_string()]);
        for (hour, counts) in day.reported(&ad.id, *date, today) {
            for n in 0..counts.conversions.unsigned_abs() {
                let key = draw::join(draw::join(key, u64::from(hour)), n);
                let minute = u32::try_from(draw::join(key, 1) % 60).unwrap_or(0);
                let local = date.and_hms_opt(u32::from(hour), minute, 0);
                let at = local.and_then(|local| local.and_local_timezone(advertiser.zone()).earliest());
                let id = format!("75{:017}", draw::join(key, 2) % 100_000_000_000_000_000);
                out.extend(at.map(|at| Lead { id, at: at.to_utc(), person: draw::join(key, 3) % 1_000_000 }));
            }
        }
    }
    out
}
