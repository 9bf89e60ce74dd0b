//! Budgets, campaigns and ad groups.

use super::{
    FINAL_URL_SUFFIX, ID, LABELS, RESOURCE_NAME, STATUS, TRACKING_URL_TEMPLATE, URL_CUSTOM_PARAMETERS,
};
use crate::google::schema::{Message, Type as T, field};

pub(crate) const CAMPAIGN_BUDGET: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("name", T::Text),
        field("amountMicros", T::Int64),
        field("totalAmountMicros", T::Int64),
        field("status", T::Enum(&["ENABLED", "REMOVED"])).output(),
        field("deliveryMethod", T::Enum(&["STANDARD", "ACCELERATED"])),
        field("explicitlyShared", T::Bool),
        field("referenceCount", T::Int64).output(),
        field("hasRecommendedBudget", T::Bool).output(),
        field("recommendedBudgetAmountMicros", T::Int64).output(),
        field("period", T::Enum(&["DAILY", "CUSTOM_PERIOD"])).immutable(),
        field("type", T::Enum(&["STANDARD", "FIXED_CPA", "SMART_CAMPAIGN", "LOCAL_SERVICES"])).immutable(),
    ],
};

/// The group of fields of which one selects how a campaign bids.
pub(crate) const BIDDING: &str = "campaign_bidding_strategy";

const MANUAL_CPC: Message = Message { fields: &[field("enhancedCpcEnabled", T::Bool)] };
const EMPTY: Message = Message { fields: &[] };
const TARGET_CPA: Message = Message {
    fields: &[
        field("targetCpaMicros", T::Int64),
        field("cpcBidCeilingMicros", T::Int64),
        field("cpcBidFloorMicros", T::Int64),
    ],
};
const TARGET_ROAS: Message = Message {
    fields: &[
        field("targetRoas", T::Double),
        field("cpcBidCeilingMicros", T::Int64),
        field("cpcBidFloorMicros", T::Int64),
    ],
};
const MAXIMIZE_VALUE: Message = Message {
    fields: &[
        field("targetRoas", T::Double),
        field("targetRoasTolerancePercentMillis", T::Int64),
        field("cpcBidCeilingMicros", T::Int64),
        field("cpcBidFloorMicros", T::Int64),
    ],
};
const TARGET_SPEND: Message = Message { fields: &[field("cpcBidCeilingMicros", T::Int64)] };
const IMPRESSION_SHARE: Message = Message {
    fields: &[
        field("location", T::Enum(&["ANYWHERE_ON_PAGE", "TOP_OF_PAGE", "ABSOLUTE_TOP_OF_PAGE"])),
        field("locationFractionMicros", T::Int64),
        field("cpcBidCeilingMicros", T::Int64),
    ],
};
const NETWORKS: Message = Message {
    fields: &[
        field("targetGoogleSearch", T::Bool),
        field("targetSearchNetwork", T::Bool),
        field("targetContentNetwork", T::Bool),
        field("targetPartnerSearchNetwork", T::Bool),
        field("targetYoutube", T::Bool),
        field("targetGoogleTvNetwork", T::Bool),
    ],
};
const GEO_TYPES: Message = Message {
    fields: &[
        field("positiveGeoTargetType", T::Enum(&["PRESENCE_OR_INTEREST", "SEARCH_INTEREST", "PRESENCE"])),
        field("negativeGeoTargetType", T::Enum(&["PRESENCE_OR_INTEREST", "PRESENCE"])),
    ],
};
const AI_MAX: Message = Message { fields: &[field("enableAiMax", T::Bool)] };
const AUTOMATION: Message = Message {
    fields: &[
        field(
            "assetAutomationType",
            T::Enum(&[
                "TEXT_ASSET_AUTOMATION",
                "GENERATE_VERTICAL_YOUTUBE_VIDEOS",
                "GENERATE_SHORTER_YOUTUBE_VIDEOS",
                "GENERATE_LANDING_PAGE_PREVIEW",
                "GENERATE_ENHANCED_YOUTUBE_VIDEOS",
                "GENERATE_IMAGE_ENHANCEMENT",
                "GENERATE_IMAGE_EXTRACTION",
                "GENERATE_DESIGN_VERSIONS_FOR_IMAGES",
                "FINAL_URL_EXPANSION_TEXT_ASSET_AUTOMATION",
            ]),
        ),
        field("assetAutomationStatus", T::Enum(&["OPTED_IN", "OPTED_OUT"])),
    ],
};

const CHANNELS: &[&str] = &[
    "SEARCH",
    "DISPLAY",
    "SHOPPING",
    "VIDEO",
    "MULTI_CHANNEL",
    "HOTEL",
    "PERFORMANCE_MAX",
    "DEMAND_GEN",
    "TRAVEL",
    "LOCAL_SERVICES",
    "SMART",
    "LOCAL",
];
const SUB_TYPES: &[&str] = &[
    "SEARCH_MOBILE_APP",
    "DISPLAY_MOBILE_APP",
    "SEARCH_EXPRESS",
    "DISPLAY_EXPRESS",
    "SHOPPING_SMART_ADS",
    "DISPLAY_GMAIL_AD",
    "DISPLAY_SMART_CAMPAIGN",
    "VIDEO_ACTION",
    "VIDEO_NON_SKIPPABLE",
    "APP_CAMPAIGN",
    "APP_CAMPAIGN_FOR_ENGAGEMENT",
    "LOCAL_CAMPAIGN",
    "SMART_CAMPAIGN",
    "VIDEO_SEQUENCE",
];
const STRATEGY_TYPES: &[&str] = &[
    "MANUAL_CPC",
    "MANUAL_CPM",
    "MAXIMIZE_CONVERSIONS",
    "MAXIMIZE_CONVERSION_VALUE",
    "TARGET_CPA",
    "TARGET_ROAS",
    "TARGET_SPEND",
    "TARGET_IMPRESSION_SHARE",
];
const SYSTEM_STATUSES: &[&str] = &[
    "ENABLED",
    "LEARNING_NEW",
    "LEARNING_SETTING_CHANGE",
    "LEARNING_BUDGET_CHANGE",
    "LEARNING_COMPOSITION_CHANGE",
    "LEARNING_CONVERSION_TYPE_CHANGE",
    "LEARNING_CONVERSION_SETTING_CHANGE",
    "LIMITED_BY_CPC_BID_CEILING",
    "LIMITED_BY_CPC_BID_FLOOR",
    "LIMITED_BY_DATA",
    "LIMITED_BY_BUDGET",
    "LIMITED_BY_LOW_PRIORITY_SPEND",
    "LIMITED_BY_LOW_QUALITY",
    "LIMITED_BY_INVENTORY",
    "PAUSED",
    "UNAVAILABLE",
    "MULTIPLE_LEARNING",
    "MULTIPLE_LIMITED",
    "MULTIPLE_MISCONFIGURED",
    "MULTIPLE",
];
/// What a part of a campaign can be.
pub(super) const PART_PRIMARY: &[&str] =
    &["ELIGIBLE", "PAUSED", "REMOVED", "PENDING", "LIMITED", "NOT_ELIGIBLE"];
const PRIMARY: &[&str] = &[
    "ELIGIBLE",
    "PAUSED",
    "REMOVED",
    "ENDED",
    "PENDING",
    "MISCONFIGURED",
    "LIMITED",
    "LEARNING",
    "NOT_ELIGIBLE",
];
const CAMPAIGN_REASONS: &[&str] = &[
    "CAMPAIGN_PAUSED",
    "CAMPAIGN_REMOVED",
    "CAMPAIGN_PENDING",
    "CAMPAIGN_ENDED",
    "BIDDING_STRATEGY_LEARNING",
    "BIDDING_STRATEGY_LIMITED",
    "BIDDING_STRATEGY_MISCONFIGURED",
    "BUDGET_CONSTRAINED",
    "BUDGET_MISCONFIGURED",
    "SEARCH_VOLUME_LIMITED",
    "NO_AD_GROUPS",
    "AD_GROUPS_PAUSED",
    "NO_KEYWORDS",
    "KEYWORDS_PAUSED",
    "NO_AD_GROUP_ADS",
    "AD_GROUP_ADS_PAUSED",
    "HAS_ADS_DISAPPROVED",
    "HAS_ADS_LIMITED_BY_POLICY",
    "MOST_ADS_UNDER_REVIEW",
    "NO_ASSET_GROUPS",
    "MISSING_LOCATION_TARGETING",
];

pub(crate) const CAMPAIGN: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("name", T::Text),
        field("status", T::Enum(STATUS)),
        field("servingStatus", T::Enum(&["SERVING", "NONE", "ENDED", "PENDING", "SUSPENDED"])).output(),
        field("primaryStatus", T::Enum(PRIMARY)).output(),
        field("primaryStatusReasons", T::Enum(CAMPAIGN_REASONS)).many().output(),
        field("advertisingChannelType", T::Enum(CHANNELS)).immutable(),
        field("advertisingChannelSubType", T::Enum(SUB_TYPES)).immutable(),
        field("campaignBudget", T::Name),
        field("biddingStrategyType", T::Enum(STRATEGY_TYPES)).output(),
        field("biddingStrategySystemStatus", T::Enum(SYSTEM_STATUSES)).output(),
        field("biddingStrategy", T::Name).of(BIDDING),
        field("manualCpc", T::Message(&MANUAL_CPC)).of(BIDDING),
        field("manualCpm", T::Message(&EMPTY)).of(BIDDING),
        field("manualCpv", T::Message(&EMPTY)).of(BIDDING),
        field("maximizeConversions", T::Message(&TARGET_CPA)).of(BIDDING),
        field("maximizeConversionValue", T::Message(&MAXIMIZE_VALUE)).of(BIDDING),
        field("targetCpa", T::Message(&TARGET_CPA)).of(BIDDING),
        field("targetRoas", T::Message(&TARGET_ROAS)).of(BIDDING),
        field("targetSpend", T::Message(&TARGET_SPEND)).of(BIDDING),
        field("targetImpressionShare", T::Message(&IMPRESSION_SHARE)).of(BIDDING),
        field("targetCpm", T::Message(&EMPTY)).of(BIDDING),
        field(
            "containsEuPoliticalAdvertising",
            T::Enum(&["CONTAINS_EU_POLITICAL_ADVERTISING", "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"]),
        ),
        field("missingEuPoliticalAdvertisingDeclaration", T::Bool).output(),
        field("startDateTime", T::Text),
        field("endDateTime", T::Text),
        field("networkSettings", T::Message(&NETWORKS)),
        field("geoTargetTypeSetting", T::Message(&GEO_TYPES)),
        TRACKING_URL_TEMPLATE,
        FINAL_URL_SUFFIX,
        URL_CUSTOM_PARAMETERS,
        field("brandGuidelinesEnabled", T::Bool).immutable(),
        field("aiMaxSetting", T::Message(&AI_MAX)),
        field("assetAutomationSettings", T::Message(&AUTOMATION)).many(),
        LABELS,
        field("optimizationScore", T::Double).output(),
        field("experimentType", T::Enum(&["BASE", "DRAFT", "EXPERIMENT"])).output(),
    ],
};

const GROUP_TYPES: &[&str] = &[
    "SEARCH_STANDARD",
    "DISPLAY_STANDARD",
    "SHOPPING_PRODUCT_ADS",
    "HOTEL_ADS",
    "SHOPPING_SMART_ADS",
    "VIDEO_BUMPER",
    "VIDEO_TRUE_VIEW_IN_STREAM",
    "VIDEO_TRUE_VIEW_IN_DISPLAY",
    "VIDEO_NON_SKIPPABLE_IN_STREAM",
    "SEARCH_DYNAMIC_ADS",
    "SHOPPING_COMPARISON_LISTING_ADS",
    "PROMOTED_HOTEL_ADS",
    "VIDEO_RESPONSIVE",
    "VIDEO_EFFICIENT_REACH",
    "SMART_CAMPAIGN_ADS",
    "TRAVEL_ADS",
];
const GROUP_REASONS: &[&str] = &[
    "CAMPAIGN_REMOVED",
    "CAMPAIGN_PAUSED",
    "CAMPAIGN_PENDING",
    "CAMPAIGN_ENDED",
    "AD_GROUP_PAUSED",
    "AD_GROUP_REMOVED",
    "AD_GROUP_INCOMPLETE",
    "KEYWORDS_PAUSED",
    "NO_KEYWORDS",
    "AD_GROUP_ADS_PAUSED",
    "NO_AD_GROUP_ADS",
    "HAS_ADS_DISAPPROVED",
    "HAS_ADS_LIMITED_BY_POLICY",
    "MOST_ADS_UNDER_REVIEW",
];

pub(crate) const AD_GROUP: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("name", T::Text),
        field("status", T::Enum(STATUS)),
        field("type", T::Enum(GROUP_TYPES)).immutable(),
        field("campaign", T::Name).immutable(),
        field("cpcBidMicros", T::Int64),
        field("effectiveCpcBidMicros", T::Int64).output(),
        field("cpmBidMicros", T::Int64),
        field("targetCpaMicros", T::Int64),
        field("targetRoas", T::Double),
        TRACKING_URL_TEMPLATE,
        FINAL_URL_SUFFIX,
        URL_CUSTOM_PARAMETERS,
        field("primaryStatus", T::Enum(PART_PRIMARY)).output(),
        field("primaryStatusReasons", T::Enum(GROUP_REASONS)).many().output(),
        LABELS,
    ],
};
