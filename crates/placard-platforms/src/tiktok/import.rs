//! Campaigns of an account as specs: the reverse of the mapping (TikTok, `platforms/tiktok.md` §7, §8, §12, §13).

mod draft;
mod words;

use super::{
    Tiktok, canonical,
    encode::params,
    list::Reader,
    observe::{is_deleted, observe},
    requests::ACCOUNT,
    wire::{promised, text_at},
    words::MOST_IDS,
};
use crate::{
    Access, AccountView, PlatformError, ReadBack,
    import::{Holding, Listed, Read, Shown},
};
use placard_domain::{RemoteId, plan::Observation};
use serde_json::{Value, json};
use std::collections::HashMap;

const OPERATION: &str = "read campaigns";

/// A campaign's entries.
#[derive(Default)]
struct Rows {
    campaign: Value,
    ad_groups: Vec<Value>,
    ads: Vec<Value>,
}

/// What others may set and a spec cannot say (§7, §8, §12).
const BEYOND: &[&str] = &[
    "dayparting",
    "operating_systems",
    "device_model_ids",
    "network_types",
    "carrier_ids",
    "household_income",
    "actions",
    "zipcode_ids",
    "special_industries",
    "deeplink",
    "impression_tracking_url",
    "click_tracking_url",
];

impl Tiktok {
    /// Every campaign, deleted ones too.
    pub(super) async fn all_campaigns(&self, access: &Access) -> Result<Vec<Listed>, PlatformError> {
        let entries = self.found(access, "campaign", json!({"primary_status": "STATUS_ALL"})).await?;
        let listed = entries.iter().rev().map(|entry| {
            Ok(Listed {
                remote_id: RemoteId(promised(OPERATION, entry, "campaign_id")?),
                name: promised(OPERATION, entry, "campaign_name")?,
                ended: is_deleted(text_at(entry, "secondary_status").as_deref(), entry),
            })
        });
        listed.collect()
    }

    /// One campaign for each of `campaigns`, as specs.
    pub(super) async fn read_campaigns(
        &self,
        access: &Access,
        view: &AccountView,
        campaigns: &[Listed],
    ) -> Result<Vec<Read>, PlatformError> {
        let mut read = Vec::new();
        for campaigns in campaigns.chunks(MOST_IDS) {
            let mut all = self.rows_of(access, campaigns).await?;
            for listed in campaigns {
                let rows = all.remove(&listed.remote_id.0).unwrap_or_default();
                read.push(Read::of(listed, draft::draft(view, &rows)));
            }
        }
        Ok(read)
    }

    async fn rows_of(
        &self,
        access: &Access,
        campaigns: &[Listed],
    ) -> Result<HashMap<String, Rows>, PlatformError> {
        let ids: Vec<&str> = campaigns.iter().map(|one| one.remote_id.0.as_str()).collect();
        let mut all: HashMap<String, Rows> = HashMap::new();
        for noun in ["campaign", "adgroup", "ad"] {
            // The newest come first.
            for entry in self.found(access, noun, json!({"campaign_ids": ids})).await?.into_iter().rev() {
                if is_deleted(text_at(&entry, "secondary_status").as_deref(), &entry) {
                    continue;
                }
                let rows = all.entry(promised(OPERATION, &entry, "campaign_id")?).or_default();
                match noun {
                    "campaign" => rows.campaign = entry,
                    "adgroup" => rows.ad_groups.push(entry),
                    _ => rows.ads.push(entry),
                }
            }
        }
        Ok(all)
    }

    async fn found(&self, access: &Access, noun: &str, filter: Value) -> Result<Vec<Value>, PlatformError> {
        let asked = params([(ACCOUNT, access.account.id.clone().into()), ("filtering", filter)]);
        self.all_pages(Reader::Of(access), OPERATION, &format!("{noun}/get/"), &asked, "list").await
    }
}

/// What was read of `object`, and what of it nobody manages.
pub(super) fn shown(holding: &Holding, object: &ReadBack) -> Shown {
    let kind = object.key.kind;
    let Some(entry) = holding.row(kind, &object.remote_id) else {
        return Shown { observation: Observation::Gone, beyond: Vec::new() };
    };
    // What lacks a promised member was not drawn up.
    let observation = observe(kind, entry, &object.applied, Vec::new()).unwrap_or(Observation::Gone);
    let beyond = BEYOND.iter().filter(|name| !object.applied.contains_key(**name)).filter_map(|name| {
        let value = canonical::field(name, entry.get(*name)?).filter(says_something)?;
        Some(((*name).to_owned(), value))
    });
    Shown { observation, beyond: beyond.collect() }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        // Every half hour of the week is switched on.
        Value::String(text) => !text.is_empty() && text.contains(|letter| letter != '1'),
        _ => true,
    }
}
