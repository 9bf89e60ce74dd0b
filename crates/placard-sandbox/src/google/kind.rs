//! The kinds of resource that can be made, with their names and messages.

use super::schema::Message;
use super::tables;
use crate::wire::wire_enum;

wire_enum! {
    /// A kind of resource, spelled as its collection.
    pub(crate) enum Kind {
        CampaignBudget = "campaignBudgets",
        Campaign = "campaigns",
        AdGroup = "adGroups",
        AdGroupAd = "adGroupAds",
        AdGroupCriterion = "adGroupCriteria",
        CampaignCriterion = "campaignCriteria",
        Asset = "assets",
        CampaignAsset = "campaignAssets",
        AdGroupAsset = "adGroupAssets",
        Label = "labels",
        CampaignLabel = "campaignLabels",
        AdGroupLabel = "adGroupLabels",
        AdGroupAdLabel = "adGroupAdLabels",
        ConversionAction = "conversionActions",
        /// Updated in place only; it is stored inside its ad group ad.
        Ad = "ads",
    }
}

wire_enum! {
    /// What somebody set; REMOVED is final (Google, `platforms/google.md` §5).
    pub(crate) enum Lifecycle {
        Enabled = "ENABLED",
        Paused = "PAUSED",
        Removed = "REMOVED",
        /// Conversion actions only.
        Hidden = "HIDDEN",
    }
}

impl Kind {
    /// The resource's name as queries and error paths spell it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::CampaignBudget => "campaign_budget",
            Self::Campaign => "campaign",
            Self::AdGroup => "ad_group",
            Self::AdGroupAd => "ad_group_ad",
            Self::AdGroupCriterion => "ad_group_criterion",
            Self::CampaignCriterion => "campaign_criterion",
            Self::Asset => "asset",
            Self::CampaignAsset => "campaign_asset",
            Self::AdGroupAsset => "ad_group_asset",
            Self::Label => "label",
            Self::CampaignLabel => "campaign_label",
            Self::AdGroupLabel => "ad_group_label",
            Self::AdGroupAdLabel => "ad_group_ad_label",
            Self::ConversionAction => "conversion_action",
            Self::Ad => "ad",
        }
    }

    pub(crate) fn message(self) -> &'static Message {
        match self {
            Self::CampaignBudget => &tables::CAMPAIGN_BUDGET,
            Self::Campaign => &tables::CAMPAIGN,
            Self::AdGroup => &tables::AD_GROUP,
            Self::AdGroupAd => &tables::AD_GROUP_AD,
            Self::AdGroupCriterion => &tables::AD_GROUP_CRITERION,
            Self::CampaignCriterion => &tables::CAMPAIGN_CRITERION,
            Self::Asset => &tables::ASSET,
            Self::CampaignAsset => &tables::CAMPAIGN_ASSET,
            Self::AdGroupAsset => &tables::AD_GROUP_ASSET,
            Self::Label => &tables::LABEL,
            Self::CampaignLabel => &tables::CAMPAIGN_LABEL,
            Self::AdGroupLabel => &tables::AD_GROUP_LABEL,
            Self::AdGroupAdLabel => &tables::AD_GROUP_AD_LABEL,
            Self::ConversionAction => &tables::CONVERSION_ACTION,
            Self::Ad => &tables::AD,
        }
    }

    /// Members that name what a resource hangs below, in the order in which its own name lists their ids.
    pub(crate) fn parents(self) -> &'static [&'static str] {
        match self {
            Self::Campaign => &["campaignBudget"],
            Self::AdGroup | Self::CampaignCriterion => &["campaign"],
            Self::AdGroupAd | Self::AdGroupCriterion => &["adGroup"],
            Self::CampaignAsset => &["campaign", "asset"],
            Self::AdGroupAsset => &["adGroup", "asset"],
            Self::CampaignLabel => &["campaign", "label"],
            Self::AdGroupLabel => &["adGroup", "label"],
            Self::AdGroupAdLabel => &["adGroupAd", "label"],
            Self::CampaignBudget | Self::Asset | Self::Label | Self::ConversionAction | Self::Ad => &[],
        }
    }

    pub(crate) fn can_create(self) -> bool {
        self != Self::Ad
    }

    pub(crate) fn can_update(self) -> bool {
        !matches!(self, Self::CampaignLabel | Self::AdGroupLabel | Self::AdGroupAdLabel)
    }

    pub(crate) fn can_remove(self) -> bool {
        !matches!(self, Self::Asset | Self::Ad)
    }

    /// Whether the collection's own call takes `responseContentType` (§2).
    pub(crate) fn has_content_type(self) -> bool {
        self.can_update()
    }

    /// Whether a request may set `status`.
    pub(crate) fn has_status(self) -> bool {
        matches!(
            self,
            Self::Campaign
                | Self::AdGroup
                | Self::AdGroupAd
                | Self::AdGroupCriterion
                | Self::CampaignCriterion
                | Self::CampaignAsset
                | Self::AdGroupAsset
                | Self::ConversionAction
        )
    }

    /// Whether an answer shows `status`.
    pub(crate) fn shows_status(self) -> bool {
        self.has_status() || matches!(self, Self::CampaignBudget | Self::Label)
    }
}
