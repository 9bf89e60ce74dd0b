//! The platform's side: what exists there, since when, and whether it is what we think. One form for every platform.

use anyhow::{Context, Result};
use placard_domain::{marker::Marker, plan::ObjectKind};
use placard_sandbox::{Moment, Status};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Everything on the platform, deleted things included.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) objects: Vec<Object>,
    /// What belongs to an object of ours without being one: Google's budgets and targeting.
    parts: Vec<Part>,
}

/// One object on the platform.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its id as the sandbox's control calls it.
    pub(crate) id: String,
    pub(crate) kind: ObjectKind,
    pub(crate) name: String,
    /// The marker that it carries; pictures and negative keywords have none.
    pub(crate) marker: Option<Marker>,
    pub(crate) status: Status,
    remote_id: String,
    created: Moment,
    first_set_active: Option<Moment>,
    pub(crate) fields: Map<String, Value>,
}

/// Something that belongs to an object.
#[derive(Debug)]
struct Part {
    kind: String,
    id: String,
    /// The campaign or ad group that it belongs to; `None` for a budget, which campaigns name.
    owner: Option<String>,
    fields: Map<String, Value>,
}

/// An object as the sandbox tells of it.
#[derive(Deserialize)]
struct Told {
    id: String,
    kind: String,
    #[serde(default)]
    name: Option<String>,
    status: String,
    created: Moment,
    first_set_active: Option<Moment>,
    #[serde(default)]
    campaign_id: Option<String>,
    #[serde(default)]
    ad_group_id: Option<String>,
    fields: Map<String, Value>,
}

impl Object {
    pub(crate) fn lives(&self) -> bool {
        matches!(self.status, Status::Active | Status::Paused)
    }

    /// The id as we know it: Meta's images go by their hash, Google's keywords by ad group and criterion.
    pub(crate) fn remote_id(&self) -> &str {
        &self.remote_id
    }
}

impl World {
    pub(crate) fn of(mut snapshot: Value) -> Result<Self> {
        let told: Vec<Told> = serde_json::from_value(snapshot["objects"].take())?;
        let mut world = Self { objects: Vec::new(), parts: Vec::new() };
        for one in told {
            world.take_in(one)?;
        }
        Ok(world)
    }

    fn take_in(&mut self, told: Told) -> Result<()> {
        let kind = match told.kind.as_str() {
            "campaign" | "google_campaign" | "tiktok_campaign" | "microsoft_campaign" => ObjectKind::Campaign,
            "adset" | "google_ad_group" | "tiktok_adgroup" | "microsoft_ad_group" => ObjectKind::AdGroup,
            "ad" | "google_ad_group_ad" | "tiktok_ad" | "microsoft_ad" => ObjectKind::Ad,
            "creative" => ObjectKind::Creative,
            "image" | "google_asset" | "tiktok_image" => ObjectKind::Image,
            // An upload that was left half done shows nowhere.
            "video" if !told.fields.contains_key("upload_session_id") => ObjectKind::Video,
            "lead_form" => ObjectKind::LeadForm,
            "microsoft_keyword" | "microsoft_negative_keyword" => ObjectKind::Keyword,
            // What comes along with the first place is nobody's wish.
            "microsoft_campaign_criterion"
                if told.fields["Criterion"]["Type"] != "LocationIntentCriterion" =>
            {
                ObjectKind::Targeting
            }
            "google_ad_group_criterion" if told.fields.contains_key("keyword") => ObjectKind::Keyword,
            _ => {
                let status = status(&told.status)?;
                if matches!(status, Status::Active | Status::Paused) {
                    let owner = |field| told.fields.get(field).and_then(Value::as_str).map(str::to_owned);
                    let owner =
                        owner("adGroup").or_else(|| owner("campaign")).or_else(|| owner("CampaignId"));
                    self.parts.push(Part { kind: told.kind, id: told.id, owner, fields: told.fields });
                }
                return Ok(());
            }
        };
        // TikTok's ids are whole as they are; those of its pictures hold a slash.
        let is_whole = told.kind.starts_with("tiktok_");
        // Ours for Microsoft say what an object is in.
        let is_below = told.kind.starts_with("microsoft_");
        let above = [told.campaign_id.clone(), told.ad_group_id.clone()].into_iter().flatten();
        let below: Vec<String> = above.chain([told.id.clone()]).collect();
        let name = told.name.unwrap_or_default();
        self.objects.push(Object {
            marker: Marker::find_in(&name).or_else(|| custom_parameter(&told.fields)),
            remote_id: match (is_whole, is_below) {
                (true, _) => told.id.clone(),
                (_, true) => below.join("~"),
                _ => remote_id(kind, &told.id, &told.fields),
            },
            status: status(&told.status)?,
            id: told.id,
            kind,
            name,
            created: told.created,
            first_set_active: told.first_set_active,
            fields: told.fields,
        });
        Ok(())
    }

    /// What is neither deleted nor archived.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.lives())
    }

    /// Two living things that are the same to us: duplicates.
    pub(crate) fn duplicates(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let identity = |object: &Object| match (object.kind, &object.marker) {
            (ObjectKind::Image, _) => object.remote_id().to_owned(),
            (ObjectKind::Video, _) => object.fields.get("fingerprint").unwrap_or(&Value::Null).to_string(),
            (_, Some(marker)) => marker.to_string(),
            (ObjectKind::Targeting, None) => ["CampaignId", "Type", "Criterion"]
                .map(|name| object.fields.get(name).unwrap_or(&Value::Null).to_string())
                .join(" "),
            // What keeps searches away has no place for a marker; an ad group has each once.
            (ObjectKind::Keyword, None) => {
                let group = object.remote_id().rsplit_once('~').map_or("", |(group, _)| group);
                let what = ["keyword", "Text", "MatchType"];
                let what = what.map(|name| object.fields.get(name).unwrap_or(&Value::Null).to_string());
                format!("{group} {}", what.join(" "))
            }
            (_, None) => object.name.clone(),
        };
        self.living()
            .filter(|object| !seen.insert((object.kind, identity(object))))
            .map(|object| format!("duplicate: {} {} {}", object.kind, object.id, object.name))
            .collect()
    }

    /// What lives and is not among `on_record`. TikTok stores a picture once more with each sending, so one whose copy
    /// is on record is none that was forgotten.
    pub(crate) fn orphans(&self, on_record: &BTreeSet<&str>) -> Vec<String> {
        let signature = |object: &Object| object.fields.get("signature").cloned();
        let known: Vec<Value> = self
            .living()
            .filter(|object| object.kind == ObjectKind::Image && on_record.contains(object.remote_id()))
            .filter_map(signature)
            .collect();
        let is_copy = |object: &Object| {
            object.kind == ObjectKind::Image && signature(object).is_some_and(|own| known.contains(&own))
        };
        self.living()
            .filter(|object| !on_record.contains(object.remote_id()) && !is_copy(object))
            .map(|object| format!("orphan: {} {} {}", object.kind, object.id, object.name))
            .collect()
    }

    /// Budgets that no living campaign uses, and targeting of nothing. Google keeps the targeting of what was removed.
    pub(crate) fn stray_parts(&self) -> Vec<String> {
        let known: BTreeSet<&str> = self.objects.iter().map(|object| object.id.as_str()).collect();
        let budgets: BTreeSet<&str> =
            self.living().filter_map(|object| object.fields.get("campaignBudget")?.as_str()).collect();
        let strays = self.parts.iter().filter(|part| match &part.owner {
            Some(owner) => !known.contains(owner.as_str()),
            None => !budgets.contains(part.id.as_str()),
        });
        strays.map(|part| format!("orphan: {} {}", part.kind, part.id)).collect()
    }

    /// What was let run before the last thing was made. Keywords run from the beginning, under what does not.
    pub(crate) fn hasty(&self) -> Vec<String> {
        let last = self.objects.iter().map(|object| object.created.seq).max().unwrap_or_default();
        let running = self.objects.iter().filter(|object| object.kind.runs());
        running
            .filter(|object| object.first_set_active.is_some_and(|moment| moment.seq <= last))
            .map(|object| format!("ran before everything was there: {} {}", object.kind, object.name))
            .collect()
    }

    /// What the running campaigns can spend in a day, in hundredths of a euro.
    pub(crate) fn live_budget(&self) -> Result<i64> {
        let running = self
            .living()
            .filter(|object| object.kind == ObjectKind::Campaign && object.status == Status::Active);
        running.map(|campaign| self.daily_budget(campaign)).sum()
    }

    fn daily_budget(&self, campaign: &Object) -> Result<i64> {
        let text = |fields: &Map<String, Value>, field: &str| {
            fields.get(field).and_then(Value::as_str).map(str::parse::<i64>)
        };
        if let Some(minor) = text(&campaign.fields, "daily_budget") {
            return Ok(minor?);
        }
        let major = campaign.fields.get("budget").or_else(|| campaign.fields.get("DailyBudget"));
        if let Some(major @ Value::Number(_)) = major {
            let cents = major.to_string().parse::<Decimal>()? * Decimal::ONE_HUNDRED;
            return cents.to_i64().context("the budget is out of range");
        }
        let used = campaign.fields.get("campaignBudget").and_then(Value::as_str);
        let budget = self.parts.iter().find(|part| Some(part.id.as_str()) == used);
        let micros = budget.and_then(|budget| text(&budget.fields, "amountMicros"));
        Ok(micros.context("the campaign has no budget")?? / 10_000)
    }
}

fn status(word: &str) -> Result<Status> {
    Ok(match word {
        "ACTIVE" | "ENABLED" | "ENABLE" | "Active" => Status::Active,
        "PAUSED" | "DISABLE" | "Paused" => Status::Paused,
        "DELETED" | "REMOVED" | "DELETE" | "Deleted" => Status::Deleted,
        "ARCHIVED" => Status::Archived,
        other => anyhow::bail!("the sandbox tells of a status {other}"),
    })
}

/// The last number of a Google resource name, or all behind its collection where that is what identifies it.
fn remote_id(kind: ObjectKind, id: &str, fields: &Map<String, Value>) -> String {
    let meta_hash = fields.get("hash").and_then(Value::as_str).filter(|_| kind == ObjectKind::Image);
    let last = id.rsplit('/').next().unwrap_or(id);
    match (meta_hash, kind) {
        (Some(hash), _) => hash.to_owned(),
        (None, ObjectKind::Ad) => last.rsplit('~').next().unwrap_or(last).to_owned(),
        (None, _) => last.to_owned(),
    }
}

/// Where an ad or keyword of Google's or Microsoft's carries its marker.
fn custom_parameter(fields: &Map<String, Value>) -> Option<Marker> {
    if let Some(parameters) = fields.get("UrlCustomParameters") {
        let ours = parameters["Parameters"].as_array()?.iter().find(|one| one["Key"] == "placard")?;
        return Marker::find_in(&format!("#{}", ours["Value"].as_str()?));
    }
    let own = fields.get("urlCustomParameters");
    let of_ad = || fields.get("ad").and_then(|ad| ad.get("urlCustomParameters"));
    let parameters = own.or_else(of_ad)?.as_array()?;
    let ours = parameters.iter().find(|one| one["key"] == "placard")?;
    Marker::find_in(&format!("#{}", ours["value"].as_str()?))
}
