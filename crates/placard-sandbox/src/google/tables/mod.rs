//! The messages of v26 that are served (Google, `platforms/google.md` §4 and §6).

mod ad;
mod asset;
mod campaign;
mod criterion;
mod customer;
mod report;

pub(crate) use ad::{AD, AD_GROUP_AD};
pub(crate) use asset::{AD_GROUP_ASSET, ASSET, CAMPAIGN_ASSET};
pub(crate) use campaign::{AD_GROUP, BIDDING, CAMPAIGN, CAMPAIGN_BUDGET};
pub(crate) use criterion::{AD_GROUP_CRITERION, CAMPAIGN_CRITERION};
pub(crate) use customer::{
    AD_GROUP_AD_LABEL, AD_GROUP_LABEL, CAMPAIGN_LABEL, CHANGE_EVENT, CONVERSION_ACTION, CUSTOMER,
    CUSTOMER_CLIENT, LABEL,
};
pub(crate) use report::{
    AGE_RANGE_VIEW, GENDER_VIEW, GEOGRAPHIC_VIEW, METRICS, SEGMENTS, USER_LOCATION_VIEW,
};

use super::schema::{Field, Message, Type, field};

pub(crate) const STATUS: &[&str] = &["ENABLED", "PAUSED", "REMOVED"];

/// A resource's own name, which a request sets on update only (or as a temporary name).
pub(crate) const RESOURCE_NAME: Field = field("resourceName", Type::Text).immutable();
pub(crate) const ID: Field = field("id", Type::Int64).output();

const CUSTOM_PARAMETER: Message = Message { fields: &[field("key", Type::Text), field("value", Type::Text)] };
pub(crate) const URL_CUSTOM_PARAMETERS: Field =
    field("urlCustomParameters", Type::Message(&CUSTOM_PARAMETER)).many();
pub(crate) const TRACKING_URL_TEMPLATE: Field = field("trackingUrlTemplate", Type::Text);
pub(crate) const FINAL_URL_SUFFIX: Field = field("finalUrlSuffix", Type::Text);
pub(crate) const FINAL_URLS: Field = field("finalUrls", Type::Text).many();
pub(crate) const LABELS: Field = field("labels", Type::Name).many().output();
