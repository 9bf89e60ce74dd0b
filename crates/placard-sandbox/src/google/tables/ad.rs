//! Ads and their place in an ad group.

use super::campaign::PART_PRIMARY;
use super::{
    FINAL_URL_SUFFIX, FINAL_URLS, ID, LABELS, RESOURCE_NAME, STATUS, TRACKING_URL_TEMPLATE,
    URL_CUSTOM_PARAMETERS,
};
use crate::google::schema::{Message, Type as T, field};

const PINS: &[&str] = &["HEADLINE_1", "HEADLINE_2", "HEADLINE_3", "DESCRIPTION_1", "DESCRIPTION_2"];
const TEXT_ASSET: Message =
    Message { fields: &[field("text", T::Text), field("pinnedField", T::Enum(PINS))] };
const IMAGE: Message = Message { fields: &[field("asset", T::Name)] };

const SEARCH_AD: Message = Message {
    fields: &[
        field("headlines", T::Message(&TEXT_ASSET)).many(),
        field("descriptions", T::Message(&TEXT_ASSET)).many(),
        field("path1", T::Text),
        field("path2", T::Text),
    ],
};
const DISPLAY_AD: Message = Message {
    fields: &[
        field("marketingImages", T::Message(&IMAGE)).many(),
        field("squareMarketingImages", T::Message(&IMAGE)).many(),
        field("logoImages", T::Message(&IMAGE)).many(),
        field("squareLogoImages", T::Message(&IMAGE)).many(),
        field("headlines", T::Message(&TEXT_ASSET)).many(),
        field("longHeadline", T::Message(&TEXT_ASSET)),
        field("descriptions", T::Message(&TEXT_ASSET)).many(),
        field("businessName", T::Text),
        field("callToActionText", T::Text),
    ],
};

const AD_TYPES: &[&str] = &["RESPONSIVE_SEARCH_AD", "RESPONSIVE_DISPLAY_AD"];

pub(crate) const AD: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        FINAL_URLS,
        field("finalMobileUrls", T::Text).many(),
        TRACKING_URL_TEMPLATE,
        FINAL_URL_SUFFIX,
        URL_CUSTOM_PARAMETERS,
        field("name", T::Text).immutable(),
        field("type", T::Enum(AD_TYPES)).output(),
        field("addedByGoogleAds", T::Bool).output(),
        field("responsiveSearchAd", T::Message(&SEARCH_AD)).of("ad_data"),
        field("responsiveDisplayAd", T::Message(&DISPLAY_AD)).of("ad_data"),
    ],
};

const TOPIC_TYPES: &[&str] =
    &["PROHIBITED", "LIMITED", "FULLY_LIMITED", "DESCRIPTIVE", "BROADENING", "AREA_OF_INTEREST_ONLY"];
const TEXTS: Message = Message { fields: &[field("texts", T::Text).many().output()] };
const EVIDENCE: Message = Message { fields: &[field("textList", T::Message(&TEXTS)).output()] };
const TOPIC: Message = Message {
    fields: &[
        field("topic", T::Text).output(),
        field("type", T::Enum(TOPIC_TYPES)).output(),
        field("evidences", T::Message(&EVIDENCE)).many().output(),
    ],
};
const POLICY: Message = Message {
    fields: &[
        field("policyTopicEntries", T::Message(&TOPIC)).many().output(),
        field(
            "reviewStatus",
            T::Enum(&["UNKNOWN", "REVIEW_IN_PROGRESS", "REVIEWED", "UNDER_APPEAL", "ELIGIBLE_MAY_SERVE"]),
        )
        .output(),
        field(
            "approvalStatus",
            T::Enum(&["UNKNOWN", "DISAPPROVED", "APPROVED_LIMITED", "APPROVED", "AREA_OF_INTEREST_ONLY"]),
        )
        .output(),
    ],
};

const AD_REASONS: &[&str] = &[
    "CAMPAIGN_REMOVED",
    "CAMPAIGN_PAUSED",
    "CAMPAIGN_PENDING",
    "CAMPAIGN_ENDED",
    "AD_GROUP_PAUSED",
    "AD_GROUP_REMOVED",
    "AD_GROUP_AD_PAUSED",
    "AD_GROUP_AD_REMOVED",
    "AD_GROUP_AD_DISAPPROVED",
    "AD_GROUP_AD_UNDER_REVIEW",
    "AD_GROUP_AD_POOR_QUALITY",
    "AD_GROUP_AD_NO_ADS",
    "AD_GROUP_AD_UNDER_APPEAL",
];

pub(crate) const AD_GROUP_AD: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("status", T::Enum(STATUS)),
        field("adGroup", T::Name).immutable(),
        field("ad", T::Message(&AD)).immutable(),
        field("policySummary", T::Message(&POLICY)).output(),
        field("adStrength", T::Enum(&["PENDING", "NO_ADS", "POOR", "AVERAGE", "GOOD", "EXCELLENT"])).output(),
        field("actionItems", T::Text).many().output(),
        LABELS,
        field("primaryStatus", T::Enum(PART_PRIMARY)).output(),
        field("primaryStatusReasons", T::Enum(AD_REASONS)).many().output(),
    ],
};
