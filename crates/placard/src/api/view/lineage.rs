//! What an ad is made of and what came of it.

use super::copy::CostView;
use crate::lineage::{Chain, MissingLink};
use chrono::{DateTime, Utc};
use placard_domain::{
    Platform, crm::revenue::Amount as Reported, document::PromptRecord, document::WriterKind,
};
use placard_store::lineage::{LinkedAsset, LinkedObject};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One ad on one platform, with everything that leads to it and away from it, over all days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineageView {
    /// The call that wrote its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt: Option<LineagePrompt>,
    /// The copy whose words it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copy: Option<LineageCopy>,
    /// The assets that it shows.
    pub(crate) assets: Vec<LineageAsset>,
    /// The campaign's key.
    pub(crate) campaign: String,
    /// The ad group's key.
    pub(crate) ad_group: String,
    /// The ad's key.
    pub(crate) ad: String,
    /// The ad's name.
    pub(crate) name: String,
    /// Whether the spec no longer names it.
    pub(crate) removed: bool,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<LineagePlace>,
    /// What was spent, an amount for each currency.
    pub(crate) spend: Vec<CostView>,
    /// How often it was shown; absent if no numbers were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) impressions: Option<i64>,
    /// How often it was clicked; absent if no numbers were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clicks: Option<i64>,
    /// Leads that came by it.
    pub(crate) leads: u64,
    /// Deals with them that were won.
    pub(crate) won: u64,
    /// What those are worth, an amount for each currency.
    pub(crate) revenue: Vec<CostView>,
    /// What came back for each unit spent; absent without spend, and where currencies cannot be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roas: Option<String>,
    /// The rates that it was computed by, for people.
    pub(crate) rates: Vec<String>,
    /// The links that are missing, in the order of the chain.
    pub(crate) missing: Vec<LineageGap>,
}

/// The call that wrote an ad's words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineagePrompt {
    /// What tells the call apart.
    pub(crate) request_id: String,
    /// Whom it asked: the model, or `template`.
    pub(crate) model: String,
    /// The version of the wording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_version: Option<String>,
    /// What it cost, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<CostView>,
    /// When it was asked.
    pub(crate) asked_at: DateTime<Utc>,
}

/// The copy whose words an ad has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineageCopy {
    /// Its id.
    pub(crate) id: Uuid,
    /// What it is for.
    pub(crate) context: String,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) writer: Option<WriterKind>,
    /// Its words.
    pub(crate) text: String,
}

/// An asset that an ad shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineageAsset {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// What it does there.
    pub(crate) role: &'static str,
    /// Whether it was put aside.
    pub(crate) deleted: bool,
}

/// An ad on a platform.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineagePlace {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// The ad account, as the platform calls it.
    pub(crate) account: String,
    /// The platform's id of the ad.
    pub(crate) id: String,
    /// `present`, `deleted` by us, or `gone` because someone else deleted it.
    pub(crate) presence: &'static str,
}

/// A link that is missing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineageGap {
    /// Which: `copy`, `prompt`, `asset`, `platform`, `numbers` or `rate`.
    pub(crate) link: &'static str,
    /// The same for people.
    pub(crate) message: String,
}

impl From<Chain> for LineageView {
    fn from(chain: Chain) -> Self {
        let Chain { row, copy, prompt, roas, rates, missing } = chain;
        let copy = copy.map(|stored| LineageCopy {
            id: stored.id,
            context: stored.document.context,
            writer: stored.document.writer,
            text: stored.document.text,
        });
        let amounts = |amounts: Vec<Reported>| amounts.into_iter().map(CostView::from).collect();
        Self {
            prompt: prompt.map(LineagePrompt::from),
            copy,
            assets: row.assets.into_iter().map(LineageAsset::from).collect(),
            campaign: row.campaign,
            ad_group: row.ad_group,
            ad: row.ad,
            name: row.name,
            removed: row.removed,
            place: row.object.map(LineagePlace::from),
            spend: amounts(row.counted.spend),
            impressions: row.delivered.map(|delivered| delivered.impressions),
            clicks: row.delivered.map(|delivered| delivered.clicks),
            leads: row.counted.leads,
            won: row.counted.won,
            revenue: amounts(row.counted.revenue),
            roas: roas.map(|roas| roas.to_string()),
            rates: rates.iter().map(ToString::to_string).collect(),
            missing: missing.iter().map(LineageGap::from).collect(),
        }
    }
}

impl From<PromptRecord> for LineagePrompt {
    fn from(record: PromptRecord) -> Self {
        Self {
            request_id: record.request_id,
            model: record.model,
            prompt_version: record.prompt_version,
            cost: record.cost.map(CostView::from),
            asked_at: record.asked_at.get(),
        }
    }
}

impl From<LinkedAsset> for LineageAsset {
    fn from(asset: LinkedAsset) -> Self {
        let LinkedAsset { id, name, role, deleted } = asset;
        Self { id: id.0, name, role: role.as_str(), deleted }
    }
}

impl From<LinkedObject> for LineagePlace {
    fn from(object: LinkedObject) -> Self {
        let LinkedObject { account, remote_id, presence } = object;
        Self { platform: account.platform, account: account.id, id: remote_id, presence: presence.as_str() }
    }
}

impl From<&MissingLink> for LineageGap {
    fn from(link: &MissingLink) -> Self {
        Self { link: link.as_str(), message: link.to_string() }
    }
}
