//! Campaigns of an account as specs: the reverse of the mapping (Microsoft, `platforms/microsoft.md` §3–§5).
//!
//! Microsoft lists what is in one parent at a time: an account's campaigns in one call, a campaign's ad groups,
//! criterions and negative keywords in six, and an ad group's keywords, negative keywords and ads in three.

mod draft;

use super::{
    Microsoft,
    api::Call,
    canonical,
    encode::params,
    negative::Holder,
    observe::observe,
    read::MORE,
    sort::Sort,
    wire::{at, below, entries, promised, text_at},
    words::SERVICE,
};
use crate::{
    Access, AccountView, PlatformError, ReadBack,
    import::{Holding, Listed, Read, Shown},
};
use placard_domain::{
    RemoteId,
    plan::{ObjectKind, Observation},
};
use serde_json::Value;

const OPERATION: &str = "read campaigns";

/// Kinds of campaigns, of which only those that are named are listed (§4, §12).
const EVERY_KIND: &str = "Search, Shopping, DynamicSearchAds, Audience, Hotel, PerformanceMax, App";

/// A campaign's entries.
struct Rows {
    campaign: Value,
    targets: Vec<Value>,
    /// Keywords that keep searches away from the campaign as a whole.
    negatives: Vec<Value>,
    groups: Vec<GroupRows>,
}

/// An ad group's entries.
struct GroupRows {
    group: Value,
    keywords: Vec<Value>,
    negatives: Vec<Value>,
    ads: Vec<Value>,
}

/// What others may set and a spec cannot say (§4).
const BEYOND: &[(ObjectKind, &str)] = &[
    (ObjectKind::Campaign, "TrackingUrlTemplate"),
    (ObjectKind::Campaign, "FinalUrlSuffix"),
    (ObjectKind::AdGroup, "TrackingUrlTemplate"),
    (ObjectKind::AdGroup, "FinalUrlSuffix"),
    (ObjectKind::AdGroup, "AdScheduleUseSearcherTimeZone"),
    (ObjectKind::Keyword, "FinalUrls"),
    (ObjectKind::Keyword, "FinalUrlSuffix"),
    (ObjectKind::Ad, "TrackingUrlTemplate"),
    (ObjectKind::Ad, "FinalMobileUrls"),
];

impl Microsoft {
    /// Every campaign, whatever its kind; deleted ones are not shown (§5).
    pub(super) async fn all_campaigns(&self, access: &Access) -> Result<Vec<Listed>, PlatformError> {
        let entries = self.every_campaign(access).await?;
        let listed = entries.iter().map(|entry| {
            Ok(Listed {
                remote_id: RemoteId(promised(OPERATION, entry, "Id")?),
                name: promised(OPERATION, entry, "Name")?,
                ended: text_at(entry, "Status").as_deref() == Some("Deleted"),
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
        let entries = self.every_campaign(access).await?;
        let mut read = Vec::new();
        for listed in campaigns {
            let is_it = |entry: &&Value| text_at(entry, "Id").as_deref() == Some(listed.remote_id.0.as_str());
            let drawn = match entries.iter().find(is_it) {
                None => Err("it is gone".to_owned()),
                Some(campaign) => draft::draft(view, &self.rows_of(access, campaign.clone()).await?),
            };
            read.push(Read::of(listed, drawn));
        }
        Ok(read)
    }

    async fn every_campaign(&self, access: &Access) -> Result<Vec<Value>, PlatformError> {
        let ask = params([
            ("AccountId", access.account.id.clone().into()),
            ("CampaignType", EVERY_KIND.into()),
            ("ReturnAdditionalFields", MORE.into()),
        ]);
        let call = Call::query(OPERATION, format!("{SERVICE}/Campaigns/QueryByAccountId"), ask);
        let answer = self.api.read(access, &call).await?;
        Ok(entries(OPERATION, &answer, "Campaigns")?.cloned().collect())
    }

    async fn rows_of(&self, access: &Access, campaign: Value) -> Result<Rows, PlatformError> {
        let id = promised(OPERATION, &campaign, "Id")?;
        let targets = self.all_in(access, OPERATION, ObjectKind::Targeting, &id).await?;
        let mut groups = Vec::new();
        for group in self.all_in(access, OPERATION, ObjectKind::AdGroup, &id).await? {
            let own = promised(OPERATION, &group, "Id")?;
            let keywords = self.all_in(access, OPERATION, ObjectKind::Keyword, &own).await?;
            let ads = self.all_in(access, OPERATION, ObjectKind::Ad, &own).await?;
            let negatives = self.negatives(access, OPERATION, Holder::AdGroup, &below(&id, &own)).await?;
            groups.push(GroupRows { group, keywords, negatives, ads });
        }
        let negatives = self.negatives(access, OPERATION, Holder::Campaign, &id).await?;
        Ok(Rows { campaign, targets, negatives, groups })
    }
}

/// What was read of `object`, and what of it nobody manages.
pub(super) fn shown(holding: &Holding, object: &ReadBack) -> Shown {
    let kind = object.key.kind;
    let Some(entry) = holding.row(kind, &object.remote_id) else {
        return Shown { observation: Observation::Gone, beyond: Vec::new() };
    };
    let parent = super::wire::parent_of(&object.remote_id.0).unwrap_or(&holding.account);
    // What lacks a promised member was not drawn up.
    let observation =
        observe(Sort::of(&object.key), entry, parent, &object.applied).unwrap_or(Observation::Gone);
    let beyond = BEYOND.iter().filter(|(known, _)| *known == kind).filter_map(|(_, name)| {
        let value = canonical::field(name, at(entry, name)?)?;
        let empty = value.as_array().is_some_and(Vec::is_empty) || value == "" || value == false;
        (!empty).then(|| ((*name).to_owned(), value))
    });
    Shown { observation, beyond: beyond.collect() }
}
