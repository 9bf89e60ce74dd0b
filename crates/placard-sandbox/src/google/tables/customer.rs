//! Accounts, labels, conversion actions and changes.

use super::{ID, RESOURCE_NAME};
use crate::google::schema::{Message, Type as T, field};

const CUSTOMER_STATUS: &[&str] = &["ENABLED", "CANCELED", "SUSPENDED", "CLOSED"];

pub(crate) const CUSTOMER: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("descriptiveName", T::Text),
        field("currencyCode", T::Text).immutable(),
        field("timeZone", T::Text).immutable(),
        field("manager", T::Bool).output(),
        field("testAccount", T::Bool).output(),
        field("status", T::Enum(CUSTOMER_STATUS)).output(),
        field("autoTaggingEnabled", T::Bool),
    ],
};

pub(crate) const CUSTOMER_CLIENT: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("clientCustomer", T::Name).output(),
        field("level", T::Int64).output(),
        ID,
        field("descriptiveName", T::Text).output(),
        field("currencyCode", T::Text).output(),
        field("timeZone", T::Text).output(),
        field("manager", T::Bool).output(),
        field("testAccount", T::Bool).output(),
        field("hidden", T::Bool).output(),
        field("status", T::Enum(CUSTOMER_STATUS)).output(),
    ],
};

const TEXT_LABEL: Message =
    Message { fields: &[field("backgroundColor", T::Text), field("description", T::Text)] };

pub(crate) const LABEL: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("name", T::Text),
        field("status", T::Enum(&["ENABLED", "REMOVED"])).output(),
        field("textLabel", T::Message(&TEXT_LABEL)),
    ],
};

pub(crate) const CAMPAIGN_LABEL: Message = Message {
    fields: &[RESOURCE_NAME, field("campaign", T::Name).immutable(), field("label", T::Name).immutable()],
};

pub(crate) const AD_GROUP_LABEL: Message = Message {
    fields: &[RESOURCE_NAME, field("adGroup", T::Name).immutable(), field("label", T::Name).immutable()],
};

pub(crate) const AD_GROUP_AD_LABEL: Message = Message {
    fields: &[RESOURCE_NAME, field("adGroupAd", T::Name).immutable(), field("label", T::Name).immutable()],
};

pub(super) const CATEGORIES: &[&str] = &[
    "DEFAULT",
    "PAGE_VIEW",
    "PURCHASE",
    "SIGNUP",
    "DOWNLOAD",
    "ADD_TO_CART",
    "BEGIN_CHECKOUT",
    "SUBSCRIBE_PAID",
    "PHONE_CALL_LEAD",
    "IMPORTED_LEAD",
    "SUBMIT_LEAD_FORM",
    "BOOK_APPOINTMENT",
    "REQUEST_QUOTE",
    "GET_DIRECTIONS",
    "OUTBOUND_CLICK",
    "CONTACT",
    "ENGAGEMENT",
    "QUALIFIED_LEAD",
    "CONVERTED_LEAD",
];
const VALUE: Message = Message {
    fields: &[
        field("defaultValue", T::Double),
        field("defaultCurrencyCode", T::Text),
        field("alwaysUseDefaultValue", T::Bool),
    ],
};
const MODELS: &[&str] = &["EXTERNAL", "GOOGLE_ADS_LAST_CLICK", "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN"];
const ATTRIBUTION: Message = Message { fields: &[field("attributionModel", T::Enum(MODELS))] };

pub(crate) const CONVERSION_ACTION: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("name", T::Text),
        field("status", T::Enum(&["ENABLED", "REMOVED", "HIDDEN"])),
        field(
            "type",
            T::Enum(&[
                "AD_CALL",
                "CLICK_TO_CALL",
                "UPLOAD_CALLS",
                "UPLOAD_CLICKS",
                "WEBPAGE",
                "WEBSITE_CALL",
            ]),
        )
        .immutable(),
        field("category", T::Enum(CATEGORIES)),
        field("primaryForGoal", T::Bool),
        field("countingType", T::Enum(&["ONE_PER_CLICK", "MANY_PER_CLICK"])),
        field("clickThroughLookbackWindowDays", T::Int64),
        field("viewThroughLookbackWindowDays", T::Int64),
        field("valueSettings", T::Message(&VALUE)),
        field("attributionModelSettings", T::Message(&ATTRIBUTION)),
    ],
};

const CLIENTS: &[&str] = &[
    "GOOGLE_ADS_WEB_CLIENT",
    "GOOGLE_ADS_AUTOMATED_RULE",
    "GOOGLE_ADS_SCRIPTS",
    "GOOGLE_ADS_BULK_UPLOAD",
    "GOOGLE_ADS_API",
    "GOOGLE_ADS_EDITOR",
    "GOOGLE_ADS_MOBILE_APP",
    "GOOGLE_ADS_RECOMMENDATIONS",
    "OTHER",
];
/// What `change_event` tells of.
pub(crate) const CHANGE_TYPES: &[&str] = &[
    "AD",
    "AD_GROUP",
    "AD_GROUP_CRITERION",
    "CAMPAIGN",
    "CAMPAIGN_BUDGET",
    "CAMPAIGN_CRITERION",
    "AD_GROUP_AD",
    "ASSET",
    "CAMPAIGN_ASSET",
    "AD_GROUP_ASSET",
];

pub(crate) const CHANGE_EVENT: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("changeDateTime", T::Text).output(),
        field("changeResourceType", T::Enum(CHANGE_TYPES)).output(),
        field("changeResourceName", T::Text).output(),
        field("clientType", T::Enum(CLIENTS)).output(),
        field("userEmail", T::Text).output(),
        field("oldResource", T::AnyResource).output(),
        field("newResource", T::AnyResource).output(),
        field("resourceChangeOperation", T::Enum(&["CREATE", "UPDATE", "REMOVE"])).output(),
        field("changedFields", T::Text).output(),
        field("campaign", T::Name).output(),
        field("adGroup", T::Name).output(),
    ],
};
