//! Views, segments and metrics (Google, `platforms/google.md` §6).

use super::RESOURCE_NAME;
use super::customer::CATEGORIES;
use crate::google::schema::{Message, Type as T, field};

pub(crate) const AGE_RANGE_VIEW: Message = Message { fields: &[RESOURCE_NAME] };
pub(crate) const GENDER_VIEW: Message = Message { fields: &[RESOURCE_NAME] };
pub(crate) const GEOGRAPHIC_VIEW: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("locationType", T::Enum(&["AREA_OF_INTEREST", "LOCATION_OF_PRESENCE"])).output(),
        field("countryCriterionId", T::Int64).output(),
    ],
};
pub(crate) const USER_LOCATION_VIEW: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("countryCriterionId", T::Int64).output(),
        field("targetingLocation", T::Bool).output(),
    ],
};

pub(crate) const SEGMENTS: Message = Message {
    fields: &[
        field("date", T::Text).output(),
        field("week", T::Text).output(),
        field("month", T::Text).output(),
        field("quarter", T::Text).output(),
        field("year", T::Int32).output(),
        field(
            "dayOfWeek",
            T::Enum(&["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]),
        )
        .output(),
        field("hour", T::Int32).output(),
        field("device", T::Enum(&["MOBILE", "TABLET", "DESKTOP", "CONNECTED_TV", "OTHER"])).output(),
        field(
            "adNetworkType",
            T::Enum(&[
                "SEARCH",
                "SEARCH_PARTNERS",
                "CONTENT",
                "MIXED",
                "YOUTUBE",
                "GOOGLE_TV",
                "GMAIL",
                "DISCOVER",
                "MAPS",
                "GOOGLE_OWNED_CHANNELS",
            ]),
        )
        .output(),
        field("conversionAction", T::Name).output(),
        field("conversionActionName", T::Text).output(),
        field("conversionActionCategory", T::Enum(CATEGORIES)).output(),
    ],
};

pub(crate) const METRICS: Message = Message {
    fields: &[
        field("impressions", T::Int64).output(),
        field("clicks", T::Int64).output(),
        field("costMicros", T::Int64).output(),
        field("interactions", T::Int64).output(),
        field("conversions", T::Double).output(),
        field("conversionsValue", T::Double).output(),
        field("allConversions", T::Double).output(),
        field("allConversionsValue", T::Double).output(),
        field("ctr", T::Double).output(),
        field("averageCpc", T::Double).output(),
        field("averageCpm", T::Double).output(),
        field("averageCost", T::Double).output(),
        field("costPerConversion", T::Double).output(),
        field("interactionRate", T::Double).output(),
    ],
};
