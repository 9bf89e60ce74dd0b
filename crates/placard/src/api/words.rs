//! Words and names that requests may hold, with the rule for each told in the document and kept by the code.

use placard_domain::{
    Currency, Platform,
    copy::Tone,
    crm::{
        activity::ActivityKind,
        consent::{ConsentBasis, ConsentState},
        conversion::ConversionStatus,
        lead::{LeadEvent, LeadSource, LeadStatus},
        pipeline::StageKind,
    },
    document::{AnalyticsKind, AssetStatus, AssetType, AutomationStatus, BoostStatus, Bucket, ProfileStatus},
    metric::Level,
    objective::Objective,
    outreach::{EnrolmentStatus, OutreachEvent},
    spec::RunState,
    status::CampaignStatus,
};
use placard_store::campaign::section::Section;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use std::{borrow::Cow, ops::Deref, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, Object, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn one_of(words: impl IntoIterator<Item = &'static str>) -> Object {
    text().enum_values(Some(words)).build()
}

/// The schema of a campaign's status.
pub(crate) fn status() -> Object {
    one_of(CampaignStatus::ALL.iter().map(|word| word.as_str()))
}

/// The schema of an objective.
pub(crate) fn objective() -> Object {
    one_of(Objective::ALL.iter().map(|word| word.as_str()))
}

/// Schemas of words of the customer's side.
macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident: $words:ty,)+) => {$(
        $(#[$doc])*
        pub(crate) fn $name() -> Object {
            one_of(<$words>::ALL.iter().map(|word| word.as_str()))
        }
    )+};
}

schemas! {
    /// The schema of where a lead stands.
    lead_status: LeadStatus,
    /// The schema of how a lead came in.
    lead_source: LeadSource,
    /// The schema of a word on being contacted.
    consent_state: ConsentState,
    /// The schema of why someone may be contacted.
    consent_basis: ConsentBasis,
    /// The schema of what it means that a deal stands at a stage.
    stage_kind: StageKind,
    /// The schema of what was done about a lead.
    activity_kind: ActivityKind,
    /// The schema of where what a platform is told of a deal stands.
    conversion_status: ConversionStatus,
    /// The schema of a platform.
    platform: Platform,
    /// The schema of where a profile stands.
    profile_status: ProfileStatus,
    /// The schema of what a content asset is.
    asset_type: AssetType,
    /// The schema of where a content asset stands.
    asset_status: AssetStatus,
    /// The schema of where a boost stands.
    boost_status: BoostStatus,
    /// The schema of where a login of automation stands.
    automation_status: AutomationStatus,
    /// The schema of what an analytics record is.
    analytics_kind: AnalyticsKind,
    /// The schema of how long the span of a record is.
    bucket: Bucket,
    /// The schema of what happens to an outreach campaign.
    outreach_event: OutreachEvent,
    /// The schema of where somebody stands in an outreach campaign.
    enrolment_status: EnrolmentStatus,
}

/// Words that requests hold, for the document; the code reads them as what stands behind the name.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $words:ty,)+) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(<$words>::ALL.iter().map(|word| word.as_str())).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

names! {
    /// The name of a level of numbers.
    LevelName: Level,
    /// The name of a platform.
    PlatformName: Platform,
    /// How copy sounds.
    ToneName: Tone,
    /// What happens to a lead.
    LeadEventName: LeadEvent,
    /// Whether something runs.
    RunWord: RunState,
    /// The name of a section.
    SectionName: Section,
}

/// A day of the week from 1, Monday, to 7, Sunday, for the document; requests are read as numbers.
pub(crate) enum DayNumber {}

impl PartialSchema for DayNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(7)).into()
    }
}

impl ToSchema for DayNumber {}

/// The schema of a file in a form.
pub(crate) fn file() -> Object {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).build()
}

/// Bytes as they are, for the document.
pub(crate) enum Bytes {}

impl PartialSchema for Bytes {
    fn schema() -> RefOr<Schema> {
        file().into()
    }
}

impl ToSchema for Bytes {}

/// A currency by its code of ISO 4217.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct CurrencyCode(pub(crate) Currency);

impl PartialSchema for CurrencyCode {
    fn schema() -> RefOr<Schema> {
        one_of(Currency::codes()).into()
    }
}

impl ToSchema for CurrencyCode {}

/// Which version of something was seen; the first is 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version(pub(crate) i32);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i32::deserialize(deserializer)? {
            version @ 1.. => Ok(Self(version)),
            _ => Err(de::Error::custom("is no version: versions are counted from 1")),
        }
    }
}

impl PartialSchema for Version {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(1))
            .into()
    }
}

impl ToSchema for Version {}

/// A campaign's key: small letters, digits and single dashes, at most 60.
#[derive(Clone, Debug)]
pub(crate) struct Key(String);

impl Key {
    const MOST: usize = 60;
}

impl Deref for Key {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if key.len() <= Self::MOST && key.split('-').all(plain) {
            return Ok(Self(key));
        }
        Err(de::Error::custom("is no key: small letters, digits and single dashes, at most 60"))
    }
}

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        let object = text().pattern(Some("^[a-z0-9]+(-[a-z0-9]+)*$")).max_length(Some(Self::MOST));
        object.examples([serde_json::json!("spring-sale")]).into()
    }
}

impl ToSchema for Key {
    fn name() -> Cow<'static, str> {
        "CampaignKey".into()
    }
}

/// What a boost is saved under: letters, digits, dashes and underscores, at most 100.
#[derive(Clone, Debug)]
pub(crate) struct BoostSession(String);

impl BoostSession {
    const MOST: usize = 100;
}

impl FromStr for BoostSession {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=Self::MOST).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        Err("is no session: letters, digits, dashes and underscores, at most 100")
    }
}

impl Deref for BoostSession {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for BoostSession {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for BoostSession {
    fn schema() -> RefOr<Schema> {
        let object =
            text().pattern(Some("^[A-Za-z0-9_-]+$")).min_length(Some(1)).max_length(Some(Self::MOST));
        object.examples([serde_json::json!("session-1")]).into()
    }
}

impl ToSchema for BoostSession {}

/// Where a page begins, as the page before gave it.
#[derive(Clone, Debug)]
pub(crate) struct Cursor(String);

impl Cursor {
    const MOST: usize = 500;

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let cursor = String::deserialize(deserializer)?;
        let hexadecimal = cursor.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if (2..=Self::MOST).contains(&cursor.len()) && cursor.len().is_multiple_of(2) && hexadecimal {
            return Ok(Self(cursor));
        }
        Err(de::Error::custom("is no cursor"))
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        text().pattern(Some("^([0-9a-f]{2})+$")).max_length(Some(Self::MOST)).into()
    }
}

impl ToSchema for Cursor {}

/// The head of an audit chain: a position, a colon and the hash in hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head(pub(crate) i64, pub(crate) [u8; 32]);

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = "a head is a position, a colon and 64 hexadecimal digits, as a verification gives it";
        let (seq, hash) = text.split_once(':').ok_or(shape)?;
        let hash = hex::decode(hash).ok().and_then(|hash| hash.try_into().ok()).ok_or(shape)?;
        let digits = (1..=18).contains(&seq.len()) && seq.bytes().all(|byte| byte.is_ascii_digit());
        Ok(Self(seq.parse().ok().filter(|_| digits).ok_or(shape)?, hash))
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for Head {
    fn schema() -> RefOr<Schema> {
        text().pattern(Some("^[0-9]{1,18}:([0-9a-f]{64}|[0-9A-F]{64})$")).into()
    }
}

impl ToSchema for Head {}

/// A decimal number above or at zero, as text: `1.0812`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecimalText(pub(crate) Decimal);

impl<'de> Deserialize<'de> for DecimalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (whole, rest) =
            text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let wrong =
            || de::Error::custom("is no decimal number with up to 7 digits before and 10 behind the point");
        if !digits(whole, 7) || !rest.is_none_or(|rest| digits(rest, 10)) {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

impl PartialSchema for DecimalText {
    fn schema() -> RefOr<Schema> {
        let object = text().pattern(Some(r"^[0-9]{1,7}(\.[0-9]{1,10})?$"));
        object.examples([serde_json::json!("1.0812")]).into()
    }
}

impl ToSchema for DecimalText {}
