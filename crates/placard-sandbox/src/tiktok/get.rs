//! Reads campaigns, ad groups and ads (TikTok, `platforms/tiktok.md` §13).

use serde_json::{Map, Value, json};

use super::error::{Refusal, TikTokResult};
use super::read::{self, Params};
use super::request::Request;
use super::spec;
use super::store::{Level, Object};
use super::write;
use crate::world::World;

/// Fields that are read back by another name than they are written by (§13).
const READ_AS: &[(&str, &str)] =
    &[("excluded_audience_ids", "exclude_audience_ids"), ("messaging_app_type", "message_app_type")];

impl World {
    /// An object as it is read back, with `null` for what was not set.
    pub(crate) fn tiktok_view(&self, object: &Object) -> Map<String, Value> {
        let fields = spec::fields(object.level).iter();
        let mut out: Map<String, Value> = fields
            .map(|(name, _)| ((*name).to_owned(), object.fields.get(*name).cloned().unwrap_or(Value::Null)))
            .collect();
        for (written, read) in READ_AS {
            if let Some(value) = out.remove(*written) {
                out.insert((*read).to_owned(), value);
            }
        }
        let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
        put(object.level.id_field(), json!(object.id));
        put("advertiser_id", json!(object.advertiser));
        put("operation_status", json!(object.switch));
        put("secondary_status", json!(self.tiktok_status(object, self.now())));
        put("create_time", json!(read::told(object.created.at)));
        put("modify_time", json!(read::told(object.updated)));
        let above = [(&object.campaign, Level::Campaign), (&object.ad_group, Level::AdGroup)];
        for (id, level) in above {
            if let Some(parent) = id.as_deref().and_then(|id| self.tiktok.get(id)) {
                put(level.id_field(), json!(parent.id));
                put(level.name_field(), json!(parent.name()));
            }
        }
        if object.level == Level::Campaign {
            put("is_new_structure", json!(true));
        }
        out
    }
}

const FILTERS: &[&str] = &[
    "campaign_ids",
    "adgroup_ids",
    "ad_ids",
    "campaign_name",
    "adgroup_name",
    "ad_name",
    "primary_status",
    "secondary_status",
    "objective_type",
    "buying_types",
    "optimization_goal",
    "campaign_system_origins",
    "creation_filter_start_time",
    "creation_filter_end_time",
    "modified_after",
];

/// Whether an object is in a `primary_status`.
pub(super) fn in_primary(primary: &str, status: &str, object: &Object) -> TikTokResult<bool> {
    Ok(match primary {
        "STATUS_ALL" => true,
        "STATUS_NOT_DELETE" => !status.ends_with("_DELETE"),
        "STATUS_DELETE" => status.ends_with("_DELETE"),
        "STATUS_DISABLE" => status.ends_with("_DISABLE"),
        "STATUS_DELIVERY_OK" => status.ends_with("_DELIVERY_OK") || status == "CAMPAIGN_STATUS_ENABLE",
        "STATUS_NOT_DELIVERY" => {
            !object.is_deleted() && !status.ends_with("_DELIVERY_OK") && status != "CAMPAIGN_STATUS_ENABLE"
        }
        "STATUS_TIME_DONE" => status.ends_with("_DONE"),
        "STATUS_FROZEN" | "STATUS_RF_CLOSED" | "STATUS_DELIVERY_PARTIAL" => false,
        other => return Err(Refusal::field("primary_status", format!("Unknown value {other}."))),
    })
}

fn fits(world: &World, object: &Object, filter: &Params) -> TikTokResult<bool> {
    let own = |level: Level| match level {
        _ if level == object.level => Some(object.id.as_str()),
        Level::Campaign => object.campaign.as_deref(),
        Level::AdGroup => object.ad_group.as_deref(),
        Level::Ad => None,
    };
    for level in [Level::Campaign, Level::AdGroup, Level::Ad] {
        if let Some(ids) = read::texts(filter, level.ids_field())? {
            read::at_most(level.ids_field(), ids.len(), 100)?;
            if !own(level).is_some_and(|id| ids.iter().any(|wanted| wanted == id)) {
                return Ok(false);
            }
        }
        if let Some(name) = read::text(filter, level.name_field())? {
            let known = own(level).and_then(|id| world.tiktok.get(id));
            if !known.is_some_and(|known| known.name().to_lowercase().contains(&name.to_lowercase())) {
                return Ok(false);
            }
        }
    }
    let status = world.tiktok_status(object, world.now());
    let primary = read::text(filter, "primary_status")?.unwrap_or_else(|| "STATUS_NOT_DELETE".to_owned());
    if !in_primary(&primary, &status, object)? {
        return Ok(false);
    }
    for (name, found) in [
        ("secondary_status", status.as_str()),
        ("objective_type", object.text("objective_type")),
        ("optimization_goal", object.text("optimization_goal")),
    ] {
        if read::text(filter, name)?.is_some_and(|wanted| wanted != found) {
            return Ok(false);
        }
    }
    let time = |name: &str| read::text(filter, name)?.map(|text| read::time(name, &text)).transpose();
    Ok(time("creation_filter_start_time")?.is_none_or(|from| object.created.at >= from)
        && time("creation_filter_end_time")?.is_none_or(|until| object.created.at <= until)
        && time("modified_after")?.is_none_or(|after| object.updated >= after))
}

/// `GET /campaign/get/`, `/adgroup/get/` and `/ad/get/`, newest first.
pub(crate) fn list(world: &World, request: &Request, level: Level) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, write::scope(level))?;
    let page = read::Page::of(&request.params, 1000)?;
    let empty = Params::new();
    let filter = read::object(&request.params, "filtering")?.unwrap_or(&empty);
    if let Some(unknown) = filter.keys().find(|name| !FILTERS.contains(&name.as_str())) {
        return Err(Refusal::field("filtering", format!("Unknown field {unknown}.")));
    }
    let fields = read::texts(&request.params, "fields")?;
    let excluded = read::texts(&request.params, "exclude_field_types_in_response")?.unwrap_or_default();
    let mut all = Vec::new();
    for object in world.tiktok.owned(&advertiser.id, level).filter(|object| object.is_listed()) {
        if !fits(world, object, filter)? {
            continue;
        }
        let mut view = world.tiktok_view(object);
        if let Some(fields) = &fields {
            if let Some(unknown) = fields.iter().find(|name| !view.contains_key(*name)) {
                return Err(Refusal::field("fields", format!("Unknown field {unknown}.")));
            }
            view.retain(|name, _| fields.contains(name));
        }
        if excluded.iter().any(|word| word == "NULL_FIELD") {
            view.retain(|_, value| !value.is_null());
        }
        all.push(Value::Object(view));
    }
    all.reverse();
    Ok(page.data("list", &all))
}

/// `GET /ad/review_info/` (§12).
pub(crate) fn reviews(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, write::scope(Level::Ad))?;
    let mut map = Map::new();
    for id in read::ids(&request.params, "ad_ids", 100)? {
        let ad = write::find(world, &advertiser, Level::Ad, &id)?;
        let Some(review) = &ad.review else { continue };
        let (word, reasons) = match (&review.refused, world.now() < review.until) {
            (_, true) => ("AUDIT", json!([])),
            (Some(phrase), _) => (
                "UNAVAILABLE",
                json!([{ "reasons": [format!("The text contains \"{phrase}\".")], "suggestion": "Change the text." }]),
            ),
            (None, _) => ("ALL_AVAILABLE", json!([])),
        };
        map.insert(
            id,
            json!({
                "review_status": word, "is_approved": word == "ALL_AVAILABLE", "reject_info": reasons,
                "last_audit_time": read::told(review.until.min(world.now())),
            }),
        );
    }
    Ok(json!({ "ad_review_map": map }))
}
