//! Campaigns of an account as specs: the reverse of the mapping (Meta, `platforms/meta.md` §8–§14, §17, §18).

mod ad;
mod ad_group;
mod audience;
mod campaign;
mod form;

use campaign::draft;

use super::{
    Meta,
    batch::Item,
    canonical,
    encode::params,
    graph::{Call, decode},
    list::List,
    observe::{self, observe},
    wire::{Named, plain},
};
use crate::{
    Access, AccountView, PlatformError, ReadBack,
    import::{Holding, Listed, Read, Shown},
};
use placard_domain::{RemoteId, marker::Marker, plan::ObjectKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const OPERATION: &str = "read campaigns";

/// Campaigns that are read side by side.
const TOGETHER: usize = 50;

/// What others may set and a spec cannot say, asked for beside what we manage (§8, §9, §11, §12).
const BEYOND: &[(ObjectKind, &str)] = &[
    (ObjectKind::Campaign, "spend_cap,pacing_type,promoted_object"),
    (
        ObjectKind::AdGroup,
        "pacing_type,adset_schedule,daily_min_spend_target,daily_spend_cap,lifetime_min_spend_target,\
         lifetime_spend_cap,frequency_control_specs,regional_regulated_categories,regional_regulation_identities,\
         is_dynamic_creative,optimization_sub_event,multi_optimization_goal_weight,value_rule_set_id",
    ),
    (ObjectKind::Ad, "bid_amount,ad_schedule_start_time,ad_schedule_end_time"),
    (
        ObjectKind::Creative,
        "object_story_id,asset_feed_spec,authorization_category,contextual_multi_ads,destination_spec,object_type",
    ),
];

/// What tells of an object's state, and is no setting.
const STATE: &[&str] = &[
    "id",
    "status",
    "effective_status",
    "issues_info",
    "ad_review_feedback",
    "failed_delivery_checks",
    "object_type",
    "campaign_id",
    "adset_id",
    "privacy_policy_url",
];

/// A campaign's rows.
struct Rows {
    campaign: Value,
    ad_sets: Vec<Value>,
    ads: Vec<Value>,
}

impl Meta {
    /// Every campaign that is not deleted; deleted ones are not listed (§15).
    pub(super) async fn all_campaigns(&self, access: &Access) -> Result<Vec<Listed>, PlatformError> {
        let statuses = json!(["ACTIVE", "PAUSED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES"]);
        let list = List {
            operation: "list campaigns",
            path: format!("{}/campaigns", access.account.id),
            params: params([("fields", "id,name,status".into()), ("effective_status", statuses)]),
            token: &access.token,
        };
        let rows = self.lists(access, vec![list]).await?.pop().unwrap_or_default();
        // The oldest first.
        rows.into_iter()
            .rev()
            .map(|row| {
                let named: Named = decode("list campaigns", row)?;
                let ended = matches!(named.status.as_deref(), Some("ARCHIVED" | "DELETED"));
                Ok(Listed { remote_id: RemoteId(named.id), name: named.name, ended })
            })
            .collect()
    }

    /// One campaign for each of `campaigns`, as specs.
    pub(super) async fn read_campaigns(
        &self,
        access: &Access,
        view: &AccountView,
        campaigns: &[Listed],
    ) -> Result<Vec<Read>, PlatformError> {
        let mut read = Vec::new();
        for campaigns in campaigns.chunks(TOGETHER) {
            let all = self.rows_of(access, campaigns).await?;
            let forms = self.forms_of(access, &all).await?;
            for (listed, rows) in campaigns.iter().zip(all) {
                read.push(Read::of(listed, draft(view, &rows, &forms)));
            }
        }
        Ok(read)
    }

    async fn rows_of(&self, access: &Access, campaigns: &[Listed]) -> Result<Vec<Rows>, PlatformError> {
        let by_id = |campaign: &Listed| Item {
            call: Call::get(
                OPERATION,
                campaign.remote_id.0.as_str(),
                params([("fields", fields(ObjectKind::Campaign).into())]),
            ),
            token: &access.token,
        };
        let own = self.graph.batch_read(access, campaigns.iter().map(by_id).collect()).await?;
        let creative = format!("creative{{{}}}", fields(ObjectKind::Creative));
        let ads = fields(ObjectKind::Ad).replace("creative{id}", &creative);
        let edges = [("adsets", fields(ObjectKind::AdGroup)), ("ads", ads)];
        let lists = campaigns.iter().flat_map(|campaign| {
            edges.iter().map(|(edge, fields)| List {
                operation: OPERATION,
                path: format!("{}/{edge}", campaign.remote_id),
                params: params([("fields", fields.as_str().into())]),
                token: &access.token,
            })
        });
        let mut lists = self.lists(access, lists.collect()).await?.into_iter();
        let mut rows = Vec::new();
        for campaign in own {
            // Listed with the newest first.
            let mut next = || lists.next().into_iter().flatten().rev().collect();
            let (ad_sets, ads) = (next(), next());
            rows.push(Rows { campaign: campaign.or_else(gone)?, ad_sets, ads });
        }
        Ok(rows)
    }

    /// The instant forms that ads lead to, by id. Without the page's token none can be read.
    async fn forms_of(
        &self,
        access: &Access,
        campaigns: &[Rows],
    ) -> Result<BTreeMap<String, Value>, PlatformError> {
        let Some(token) = &access.page_token else { return Ok(BTreeMap::new()) };
        let ads = campaigns.iter().flat_map(|rows| &rows.ads);
        let ids: BTreeSet<String> = ads.filter_map(|ad| form::id_of(ad.get("creative")?)).collect();
        let items = ids.iter().map(|id| Item {
            call: Call::get("read instant forms", id.as_str(), params([("fields", form::FIELDS.into())])),
            token,
        });
        let answers = self.graph.batch_read(access, items.collect()).await?;
        let mut forms = BTreeMap::new();
        for (id, answer) in ids.into_iter().zip(answers) {
            // A form of another page is none that we can read; its ads are left.
            match answer {
                Ok(form) => drop(forms.insert(id, form)),
                Err(error) => tracing::warn!(form = id, %error, "an instant form cannot be read"),
            }
        }
        Ok(forms)
    }
}

fn gone(error: PlatformError) -> Result<Value, PlatformError> {
    if error.kind == crate::ErrorKind::NotFound { Ok(Value::Null) } else { Err(error) }
}

/// What to ask of an object of `kind`.
fn fields(kind: ObjectKind) -> String {
    let beyond = BEYOND.iter().filter(|(known, _)| *known == kind).map(|(_, fields)| *fields);
    std::iter::once(observe::fields(kind)).chain(beyond).collect::<Vec<_>>().join(",")
}

/// What was read of `object`, and what of it nobody manages.
pub(super) fn shown(holding: &Holding, object: &ReadBack) -> Shown {
    let kind = object.key.kind;
    let nothing = Value::Null;
    let row = holding.row(kind, &object.remote_id).unwrap_or(&nothing);
    let observation = match row.is_null() {
        true => placard_domain::plan::Observation::Gone,
        false => observe(kind, row, &object.applied),
    };
    let members = row.as_object().into_iter().flatten();
    let beyond = members.filter_map(|(name, value)| {
        let managed = object.applied.contains_key(name) || STATE.contains(&name.as_str());
        let value = canonical::field(kind, name, value).filter(|_| !managed)?;
        says_something(name, &value).then(|| (name.clone(), value))
    });
    Shown { observation, beyond: beyond.collect() }
}

/// Whether a value is more than the platform's way to say nothing.
fn says_something(field: &str, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(set) => *set,
        // Where no window can be chosen, Meta shows its own (§9, attribution).
        Value::Array(_) if *value == json!([{"event_type": "CLICK_THROUGH", "window_days": 1}]) => false,
        Value::Array(items) => !items.is_empty() && *value != json!(["standard"]),
        Value::Object(members) => !members.is_empty(),
        // A start that has passed moves nothing, and an instant form is compared by its name alone.
        _ if field == "start_time" || field == "page_id" => false,
        other => !matches!(plain(other).as_str(), "0" | "" | "NONE"),
    }
}

/// The marker in the name of `row`, whoever's it is.
fn marker(row: &Value) -> Option<Marker> {
    Marker::find_in(row.get("name")?.as_str()?)
}

fn text<'v>(row: &'v Value, name: &str) -> Option<&'v str> {
    row.get(name)?.as_str()
}

/// The id of `row`.
fn id(row: &Value) -> RemoteId {
    RemoteId(row.get("id").map(plain).unwrap_or_default())
}
