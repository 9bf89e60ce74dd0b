//! What campaigns and ad groups are aimed at.

use super::campaign::PART_PRIMARY;
use super::{
    FINAL_URL_SUFFIX, FINAL_URLS, LABELS, RESOURCE_NAME, STATUS, TRACKING_URL_TEMPLATE, URL_CUSTOM_PARAMETERS,
};
use crate::google::schema::{Message, Type as T, field};

/// The group of fields of which one says what a criterion is.
const CRITERION: &str = "criterion";

const KEYWORD: Message = Message {
    fields: &[
        field("text", T::Text).immutable(),
        field("matchType", T::Enum(&["EXACT", "PHRASE", "BROAD"])).immutable(),
    ],
};
const AGES: &[&str] = &[
    "AGE_RANGE_18_24",
    "AGE_RANGE_25_34",
    "AGE_RANGE_35_44",
    "AGE_RANGE_45_54",
    "AGE_RANGE_55_64",
    "AGE_RANGE_65_UP",
    "AGE_RANGE_UNDETERMINED",
];
const AGE_RANGE: Message = Message { fields: &[field("type", T::Enum(AGES)).immutable()] };
const GENDER: Message =
    Message { fields: &[field("type", T::Enum(&["MALE", "FEMALE", "UNDETERMINED"])).immutable()] };
const DEVICE: Message = Message {
    fields: &[field("type", T::Enum(&["MOBILE", "TABLET", "DESKTOP", "CONNECTED_TV"])).immutable()],
};
const LOCATION: Message = Message { fields: &[field("geoTargetConstant", T::Name).immutable()] };
const LANGUAGE: Message = Message { fields: &[field("languageConstant", T::Name).immutable()] };
const POINT: Message = Message {
    fields: &[
        field("longitudeInMicroDegrees", T::Int32).immutable(),
        field("latitudeInMicroDegrees", T::Int32).immutable(),
    ],
};
const ADDRESS: Message = Message {
    fields: &[
        field("postalCode", T::Text).immutable(),
        field("provinceCode", T::Text).immutable(),
        field("countryCode", T::Text).immutable(),
        field("provinceName", T::Text).immutable(),
        field("streetAddress", T::Text).immutable(),
        field("streetAddress2", T::Text).immutable(),
        field("cityName", T::Text).immutable(),
    ],
};
const PROXIMITY: Message = Message {
    fields: &[
        field("geoPoint", T::Message(&POINT)).immutable(),
        field("radius", T::Double).immutable(),
        field("radiusUnits", T::Enum(&["MILES", "KILOMETERS"])).immutable(),
        field("address", T::Message(&ADDRESS)).immutable(),
    ],
};
const MINUTES: &[&str] = &["ZERO", "FIFTEEN", "THIRTY", "FORTY_FIVE"];
const DAYS: &[&str] = &["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
const SCHEDULE: Message = Message {
    fields: &[
        field("startMinute", T::Enum(MINUTES)).immutable(),
        field("endMinute", T::Enum(MINUTES)).immutable(),
        field("startHour", T::Int32).immutable(),
        field("endHour", T::Int32).immutable(),
        field("dayOfWeek", T::Enum(DAYS)).immutable(),
    ],
};

const TYPES: &[&str] =
    &["KEYWORD", "AGE_RANGE", "GENDER", "DEVICE", "LOCATION", "LANGUAGE", "PROXIMITY", "AD_SCHEDULE"];
const REASONS: &[&str] = &[
    "CAMPAIGN_PENDING",
    "CAMPAIGN_CRITERION_NEGATIVE",
    "CAMPAIGN_PAUSED",
    "CAMPAIGN_REMOVED",
    "CAMPAIGN_ENDED",
    "AD_GROUP_PAUSED",
    "AD_GROUP_REMOVED",
    "AD_GROUP_CRITERION_DISAPPROVED",
    "AD_GROUP_CRITERION_NEGATIVE",
    "AD_GROUP_CRITERION_PAUSED",
    "AD_GROUP_CRITERION_REMOVED",
    "AD_GROUP_CRITERION_UNDER_REVIEW",
];

pub(crate) const AD_GROUP_CRITERION: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("criterionId", T::Int64).output(),
        field("displayName", T::Text).output(),
        field("status", T::Enum(STATUS)),
        field("adGroup", T::Name).immutable(),
        field("type", T::Enum(TYPES)).output(),
        field("negative", T::Bool).immutable(),
        field("bidModifier", T::Double),
        field("cpcBidMicros", T::Int64),
        field("effectiveCpcBidMicros", T::Int64).output(),
        FINAL_URLS,
        TRACKING_URL_TEMPLATE,
        FINAL_URL_SUFFIX,
        URL_CUSTOM_PARAMETERS,
        field("approvalStatus", T::Enum(&["APPROVED", "DISAPPROVED", "PENDING_REVIEW", "UNDER_REVIEW"]))
            .output(),
        field("disapprovalReasons", T::Text).many().output(),
        field("systemServingStatus", T::Enum(&["ELIGIBLE", "RARELY_SERVED"])).output(),
        field("primaryStatus", T::Enum(PART_PRIMARY)).output(),
        field("primaryStatusReasons", T::Enum(REASONS)).many().output(),
        LABELS,
        field("keyword", T::Message(&KEYWORD)).immutable().of(CRITERION),
        field("ageRange", T::Message(&AGE_RANGE)).immutable().of(CRITERION),
        field("gender", T::Message(&GENDER)).immutable().of(CRITERION),
    ],
};

pub(crate) const CAMPAIGN_CRITERION: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("criterionId", T::Int64).output(),
        field("displayName", T::Text).output(),
        field("status", T::Enum(STATUS)),
        field("campaign", T::Name).immutable(),
        field("type", T::Enum(TYPES)).output(),
        field("negative", T::Bool).immutable(),
        field("bidModifier", T::Double),
        field("keyword", T::Message(&KEYWORD)).immutable().of(CRITERION),
        field("ageRange", T::Message(&AGE_RANGE)).immutable().of(CRITERION),
        field("gender", T::Message(&GENDER)).immutable().of(CRITERION),
        field("location", T::Message(&LOCATION)).immutable().of(CRITERION),
        field("proximity", T::Message(&PROXIMITY)).immutable().of(CRITERION),
        field("language", T::Message(&LANGUAGE)).immutable().of(CRITERION),
        field("adSchedule", T::Message(&SCHEDULE)).immutable().of(CRITERION),
        field("device", T::Message(&DEVICE)).immutable().of(CRITERION),
    ],
};
