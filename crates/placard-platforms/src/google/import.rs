//! Campaigns of an account as specs: the reverse of the mapping (Google, `platforms/google.md` §4–§6).
//!
//! Five questions read any number of campaigns with everything in them.

mod aim;
mod draft;

use super::{
    Google,
    api::Caller,
    canonical,
    observe::{Seen, observe},
    query::{MOST_IDS, living, one_of, select},
    read::{
        AD, AD_GROUP, AD_GROUP_CRITERION, CAMPAIGN, CAMPAIGN_CRITERION, DISPLAY_AD, SEARCH_AD, remote_id,
    },
    wire::text_at,
};
use crate::{
    Access, AccountView, PlatformError, ReadBack,
    import::{Holding, Listed, Read, Shown},
};
use placard_domain::{
    RemoteId,
    plan::{ObjectKind, Observation},
};
use serde_json::{Value, json};
use std::collections::HashMap;

const OPERATION: &str = "read campaigns";

/// What is asked beside what we manage: what marks ours, and what a spec cannot say.
const MORE: &[(ObjectKind, &[&str])] = &[
    (ObjectKind::Campaign, &["campaign.tracking_url_template", "campaign.final_url_suffix"]),
    (ObjectKind::AdGroup, &["ad_group.tracking_url_template", "ad_group.final_url_suffix"]),
    (
        ObjectKind::Keyword,
        &[
            "campaign.id",
            "ad_group_criterion.type",
            "ad_group_criterion.url_custom_parameters",
            "ad_group_criterion.final_urls",
        ],
    ),
    (
        ObjectKind::Ad,
        &[
            "campaign.id",
            "ad_group_ad.ad.type",
            "ad_group_ad.ad.name",
            "ad_group_ad.ad.url_custom_parameters",
            "ad_group_ad.ad.tracking_url_template",
        ],
    ),
];

/// A campaign's rows.
#[derive(Default)]
struct Rows {
    campaign: Value,
    criteria: Vec<Value>,
    ad_groups: Vec<Value>,
    /// Keywords, ages and genders.
    parts: Vec<Value>,
    ads: Vec<Value>,
}

impl Google {
    /// Every campaign, removed ones too.
    pub(super) async fn all_campaigns(&self, access: &Access) -> Result<Vec<Listed>, PlatformError> {
        let fields = ["campaign.id", "campaign.name", "campaign.status"];
        let query = select(&fields, "campaign", &[]);
        let rows = self.stream(Caller::from(access), &access.account.id, "list campaigns", &query).await?;
        let listed = rows.iter().filter_map(|row| {
            let remote_id = RemoteId(text_at(row, "campaign.id")?);
            let ended = text_at(row, "campaign.status").as_deref() == Some("REMOVED");
            Some(Listed { remote_id, name: text_at(row, "campaign.name").unwrap_or_default(), ended })
        });
        Ok(listed.collect())
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
            read.extend(campaigns.iter().map(|listed| {
                let rows = all.remove(&listed.remote_id.0).unwrap_or_default();
                Read::of(listed, draft::draft(view, &rows))
            }));
        }
        Ok(read)
    }

    async fn rows_of(
        &self,
        access: &Access,
        campaigns: &[Listed],
    ) -> Result<HashMap<String, Rows>, PlatformError> {
        type Take = fn(&mut Rows, Value);
        let ads = [AD, SEARCH_AD, DISPLAY_AD].concat();
        let questions: [(ObjectKind, &[&str], &str, Take); 5] = [
            (ObjectKind::Campaign, CAMPAIGN, "campaign", |rows, row| rows.campaign = row),
            (ObjectKind::Targeting, CAMPAIGN_CRITERION, "campaign_criterion", |rows, row| {
                rows.criteria.push(row)
            }),
            (ObjectKind::AdGroup, AD_GROUP, "ad_group", |rows, row| rows.ad_groups.push(row)),
            (ObjectKind::Keyword, AD_GROUP_CRITERION, "ad_group_criterion", |rows, row| rows.parts.push(row)),
            (ObjectKind::Ad, &ads, "ad_group_ad", |rows, row| rows.ads.push(row)),
        ];
        let mut all: HashMap<String, Rows> = HashMap::new();
        for (kind, fields, resource, take) in questions {
            let more = MORE.iter().filter(|(known, _)| *known == kind).flat_map(|(_, fields)| fields.iter());
            let fields: Vec<&str> = fields.iter().chain(more).copied().collect();
            let mut conditions =
                vec![one_of("campaign.id", campaigns.iter().map(|one| one.remote_id.0.as_str()))];
            conditions.push(living(&format!("{resource}.status")));
            if matches!(kind, ObjectKind::Keyword | ObjectKind::Ad) {
                conditions.push(living("ad_group.status"));
            }
            let query = select(&fields, resource, &conditions);
            for row in self.stream(Caller::from(access), &access.account.id, OPERATION, &query).await? {
                if let Some(id) = text_at(&row, "campaign.id") {
                    take(all.entry(id).or_default(), row);
                }
            }
        }
        Ok(all)
    }
}

/// A row with the criteria that belong to it, as [`shown`] wants them.
fn kept(row: &Value, criteria: &[&Value]) -> Value {
    json!({"row": row, "criteria": criteria})
}

/// What was read of `object`, and what of it nobody manages.
pub(super) fn shown(holding: &Holding, object: &ReadBack) -> Shown {
    let kind = object.key.kind;
    let Some(kept) = holding.row(kind, &object.remote_id) else {
        return Shown { observation: Observation::Gone, beyond: Vec::new() };
    };
    let row = &kept["row"];
    let none = Vec::new();
    let criteria = kept["criteria"].as_array().unwrap_or(&none);
    let observation = observe(kind, &Seen { row, criteria }, &object.applied);
    let mut beyond = Vec::new();
    for path in BEYOND.iter().filter(|(known, _)| *known == kind).map(|(_, path)| *path) {
        let value = super::wire::at(row, path).filter(|value| !is_nothing(value));
        let name = path.split_once('.').map_or(path, |(_, name)| name);
        beyond.extend(value.map(|value| (name.to_owned(), value.clone())));
    }
    for criterion in criteria {
        let member = if kind == ObjectKind::Campaign { "campaignCriterion" } else { "adGroupCriterion" };
        let Some(criterion) = criterion.get(member) else { continue };
        let known = canonical::criterion(criterion).is_some() || aim::says_nothing(criterion);
        if !known {
            beyond.push(("criterion".to_owned(), criterion.clone()));
        }
    }
    Shown { observation, beyond }
}

/// What others may set and a spec cannot say.
const BEYOND: &[(ObjectKind, &str)] = &[
    (ObjectKind::Campaign, "campaign.trackingUrlTemplate"),
    (ObjectKind::Campaign, "campaign.finalUrlSuffix"),
    (ObjectKind::AdGroup, "adGroup.trackingUrlTemplate"),
    (ObjectKind::AdGroup, "adGroup.finalUrlSuffix"),
    (ObjectKind::Keyword, "adGroupCriterion.finalUrls"),
    (ObjectKind::Ad, "adGroupAd.ad.trackingUrlTemplate"),
];

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The id of the object that `row` shows.
fn id(kind: ObjectKind, row: &Value) -> Option<RemoteId> {
    remote_id(kind, row).map(RemoteId)
}
