//! The history of changes (Google, `platforms/google.md` §6).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kind::Kind;
use super::store::{Key, Resource};
use crate::draw;
use crate::wire::wire_enum;
use crate::world::{RecordKey, World};

wire_enum! {
    /// `resource_change_operation`.
    pub(crate) enum Operation {
        Create = "CREATE",
        Update = "UPDATE",
        Remove = "REMOVE",
    }
}

wire_enum! {
    /// `client_type`: through what somebody changed a resource.
    pub(crate) enum Client {
        Api = "GOOGLE_ADS_API",
        Web = "GOOGLE_ADS_WEB_CLIENT",
    }
}

/// One written resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) customer: String,
    pub(crate) at: DateTime<Utc>,
    /// When queries begin to show it: up to three minutes later.
    pub(crate) shown_from: DateTime<Utc>,
    pub(crate) kind: Kind,
    pub(crate) resource: String,
    pub(crate) operation: Operation,
    pub(crate) client: Client,
    /// Changed members, as JSON spells them.
    pub(crate) fields: Vec<String>,
    pub(crate) before: Map<String, Value>,
    pub(crate) after: Map<String, Value>,
    pub(crate) campaign: Option<String>,
    pub(crate) ad_group: Option<String>,
    /// Place of the operation in its request.
    pub(crate) index: usize,
    pub(crate) seq: u64,
}

/// `change_resource_type` of a kind; labels and conversion actions leave no trace.
pub(crate) fn type_word(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::CampaignBudget => "CAMPAIGN_BUDGET",
        Kind::Campaign => "CAMPAIGN",
        Kind::AdGroup => "AD_GROUP",
        Kind::AdGroupAd => "AD_GROUP_AD",
        Kind::Ad => "AD",
        Kind::AdGroupCriterion => "AD_GROUP_CRITERION",
        Kind::CampaignCriterion => "CAMPAIGN_CRITERION",
        Kind::Asset => "ASSET",
        Kind::CampaignAsset => "CAMPAIGN_ASSET",
        Kind::AdGroupAsset => "AD_GROUP_ASSET",
        Kind::Label
        | Kind::CampaignLabel
        | Kind::AdGroupLabel
        | Kind::AdGroupAdLabel
        | Kind::ConversionAction => return None,
    })
}

/// A resource's members with its status.
fn picture(resource: Option<&Resource>) -> Map<String, Value> {
    let Some(resource) = resource else { return Map::new() };
    let mut out = resource.fields.clone();
    if resource.kind.shows_status() {
        out.insert("status".into(), Value::String(resource.state.to_string()));
    }
    out
}

impl World {
    /// Writes down that a resource changed from `before` to what it is now.
    pub(crate) fn google_change(
        &mut self,
        name: &str,
        before: Option<&Resource>,
        client: Client,
        index: usize,
    ) {
        let Some(after) = self.google.get(name).cloned() else { return };
        if type_word(after.kind).is_none() {
            return;
        }
        let (old, new) = (picture(before), picture(Some(&after)));
        let operation = match before {
            None => Operation::Create,
            Some(_) if after.is_removed() => Operation::Remove,
            Some(_) => Operation::Update,
        };
        let mut fields: Vec<String> =
            new.keys().chain(old.keys()).filter(|name| old.get(*name) != new.get(*name)).cloned().collect();
        fields.sort();
        fields.dedup();
        let differing = |all: &Map<String, Value>| -> Map<String, Value> {
            let kept = all.iter().filter(|(name, _)| fields.contains(name) || *name == "resourceName");
            kept.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let (at, seq) = (self.now(), self.head.seq);
        let delay = draw::join(draw::join(self.head.seed, seq), index as u64) % 120 + 60;
        let ad_group = match after.kind {
            Kind::AdGroup => Some(after.name.clone()),
            _ => after.fields.get("adGroup").and_then(Value::as_str).map(str::to_owned),
        };
        let campaign = match after.kind {
            Kind::Campaign => Some(after.name.clone()),
            _ => {
                let group = ad_group.as_deref().and_then(|name| self.google.get(name));
                let holder = group.unwrap_or(&after);
                holder.fields.get("campaign").and_then(Value::as_str).map(str::to_owned)
            }
        };
        self.google.changes.push(Change {
            customer: after.customer.clone(),
            at,
            shown_from: at + TimeDelta::seconds(i64::try_from(delay).unwrap_or(180)),
            kind: after.kind,
            resource: after.name.clone(),
            operation,
            client,
            before: differing(&old),
            after: differing(&new),
            fields,
            campaign,
            ad_group,
            index,
            seq,
        });
        self.touch(RecordKey::Google(Key::Change(self.google.changes.len() - 1)));
    }
}
