//! The campaign spec: the document that people write. See `docs/spec.md`.
//!
//! These types are the one source of its shape: serde reads them, and the published JSON Schema comes from them.

use super::platforms::Platforms;
use crate::objective::{BidStrategy, CallToAction, ConversionEvent, Objective, OptimizationGoal};
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// A campaign, its ad groups and ads, and where they are published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Placard campaign spec")]
pub struct CampaignSpec {
    /// Version of this format. Always 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The campaign's name, as people see it here and on the platforms.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What makes this campaign the same one when its name changes. Small letters, digits and dashes; made from the first name if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub key: Option<String>,
    /// What the campaign is for.
    pub goal: Objective,
    /// Whether it runs once it is published.
    #[serde(default)]
    pub status: RunState,
    /// The campaign's budget. Leave it out to give each ad group its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The currency of every amount here. It must be the ad account's.
    #[schemars(length(min = 3, max = 3))]
    pub currency: String,
    /// How to bid, for every ad group that does not say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Bid>,
    /// When it runs. From now on, without end, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Where people are.
    pub locations: Locations,
    /// Who they are.
    #[serde(default)]
    pub audience: Audience,
    /// Where a click leads, for every ad that does not say otherwise.
    pub destination: Destination,
    /// What counts as a conversion, for goals that need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// Words for every ad that does not bring its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Copy>,
    /// The platforms to publish to, with what only they need.
    pub platforms: Platforms,
    /// The ad groups.
    #[schemars(length(min = 1, max = 200))]
    pub ad_groups: Vec<AdGroupSpec>,
}

/// Ads that share one audience, flight and bid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdGroupSpec {
    /// The ad group's name.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Identity within the campaign; made from the name if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub key: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    pub status: RunState,
    /// Its budget, when the campaign has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Its bid, instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Bid>,
    /// Its flight, instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Its locations, instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locations: Option<Locations>,
    /// Its audience, instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// What delivery is optimised for; the goal's usual choice if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimize_for: Option<OptimizationGoal>,
    /// What people search for, on platforms that show ads beside search results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub keywords: Vec<KeywordSpec>,
    /// The ads.
    #[schemars(length(min = 1, max = 50))]
    pub ads: Vec<AdSpec>,
}

/// Words that people search for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeywordSpec {
    /// The words.
    #[schemars(length(min = 1, max = 80))]
    pub text: String,
    /// How closely a search must resemble them.
    #[serde(default, rename = "match")]
    pub match_type: MatchType,
    /// Whether such searches are left out instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
    /// The most to pay for a click, instead of what the ad group's bid says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Amount>,
}

crate::objective::words! {
    /// How closely a search must resemble a keyword.
    MatchType {
        /// Searches that mean something related.
        Broad = "broad",
        /// Searches that include its meaning.
        Phrase = "phrase",
        /// Searches that mean the same.
        Exact = "exact",
    }
}

#[expect(clippy::derivable_impls, reason = "the words macro writes the enum")]
impl Default for MatchType {
    fn default() -> Self {
        Self::Phrase
    }
}

/// One ad: a picture, words and a destination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdSpec {
    /// The ad's name.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Identity within the ad group; made from the name if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub key: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    pub status: RunState,
    /// The image file, seen from the spec's own folder. JPG or PNG, at least 600 pixels wide. Ads beside search results need none. An asset of the library is named `asset:` and its name or id. A picture that a platform holds already is named by its id there, such as `meta:0a1b2c`; only that platform can show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub image: Option<String>,
    /// A video of the library, named `asset:` and its name or id, such as `asset:clip.mp4`; or one that a platform holds already, by its id there, such as `meta:1202100098` or `tiktok:v10033g5`. Meta and TikTok show it, with `image` as its cover, which at TikTok has the same shape; elsewhere the ad shows its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub video: Option<String>,
    /// Its words, instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Copy>,
    /// Where a click leads, instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
}

crate::objective::words! {
    /// Whether something should run.
    RunState {
        /// It runs.
        Active = "active",
        /// It waits.
        Paused = "paused",
    }
}

#[expect(clippy::derivable_impls, reason = "the words macro writes the enum")]
impl Default for RunState {
    fn default() -> Self {
        Self::Active
    }
}

/// An amount in major units, exactly as written: `12.50`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub Decimal);

impl Amount {
    /// The schema keyword that marks an exact decimal, which may be written as a number or as text.
    pub const KEYWORD: &'static str = "x-placard-decimal";
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["number", "string"], "x-placard-decimal": true})
    }
}

/// How much to spend. Exactly one of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// For each day on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<Amount>,
    /// For the whole flight, which then needs an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Amount>,
}

/// How to bid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bid {
    /// The strategy.
    pub strategy: BidStrategy,
    /// The cap, for `cost_cap` and `bid_cap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The floor of the return on ad spend for `min_roas`: 2.5 means 250 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roas: Option<Amount>,
}

/// When ads run: dates (`2026-12-01`, whole days in the ad account's time zone) or moments with an offset (`2026-12-01T08:00:00+01:00`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// First day or moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Last day (included) or moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

/// Places to reach and places to leave out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locations {
    /// Where ads are shown.
    #[schemars(length(min = 1, max = 250))]
    pub include: Vec<Location>,
    /// Where they are not, inside the former.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Location>,
}

/// One place. Exactly one of `country`, `region`, `city`, `postal_code`, `point`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// ISO 3166 code of two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 2))]
    pub country: Option<String>,
    /// A state or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Place>,
    /// A city, with what lies around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Place>,
    /// Country and postal code: `US:94304`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// A circle on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// A place that platforms know by keys of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The name, for people.
    pub name: String,
    /// The platform's key of it, by platform: `{meta: "2430536"}`.
    pub keys: BTreeMap<String, String>,
    /// For a city: kilometres around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_km: Option<u32>,
}

/// A circle on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Degrees north.
    pub latitude: Amount,
    /// Degrees east.
    pub longitude: Amount,
    /// Kilometres around the point.
    #[schemars(range(min = 1, max = 80))]
    pub radius_km: u32,
}

/// Who should see the ads. Everybody from 18 on if left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Youngest age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 13, max = 65))]
    pub age_min: Option<u32>,
    /// Oldest age; 65 means 65 and older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 13, max = 65))]
    pub age_max: Option<u32>,
    /// Only these genders; all if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genders: Vec<Gender>,
    /// Languages people use, as two-letter codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Interests, of which one suffices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<Interest>,
    /// Custom audiences to reach, by the platform's ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_audiences: Vec<String>,
    /// Custom audiences to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_custom_audiences: Vec<String>,
    /// Whether the platform may go beyond this audience when it expects better results.
    #[serde(default)]
    pub expansion: bool,
}

crate::objective::words! {
    /// A gender that platforms can target.
    Gender {
        /// Women.
        Female = "female",
        /// Men.
        Male = "male",
    }
}

/// An interest that platforms know by keys of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interest {
    /// The name, for people.
    pub name: String,
    /// The platform's key of it, by platform.
    pub keys: BTreeMap<String, String>,
}

/// Where a click leads. Exactly one of `website`, `form`, `call`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// A page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<Website>,
    /// A form inside the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<LeadForm>,
    /// A telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
}

/// A page on the web.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Website {
    /// The address, https.
    pub url: String,
    /// Appended to the address, for your own analytics: `utm_source=meta`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_tags: Option<String>,
    /// The address shown instead of the real one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_url: Option<String>,
}

/// A form inside the platform that people send without leaving it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadForm {
    /// The form's name.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// What it asks.
    #[schemars(length(min = 1, max = 20))]
    pub questions: Vec<Question>,
    /// Where the privacy policy can be read, https.
    pub privacy_policy_url: String,
    /// Where to send people afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_url: Option<String>,
    /// Language of the form, such as `de_DE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Adds a step in which people check what they typed.
    #[serde(default)]
    pub higher_intent: bool,
}

/// One question: something the platform knows already, or one of your own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub ask: QuestionKind,
    /// The wording, for `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Answers to choose from, for `custom`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

crate::objective::words! {
    /// What a lead form can ask.
    QuestionKind {
        /// First and last name.
        FullName = "full_name",
        /// First name.
        FirstName = "first_name",
        /// Last name.
        LastName = "last_name",
        /// E-mail address.
        Email = "email",
        /// Telephone number.
        Phone = "phone",
        /// City.
        City = "city",
        /// Postal code.
        PostalCode = "postal_code",
        /// Country.
        Country = "country",
        /// Company.
        Company = "company",
        /// Job title.
        JobTitle = "job_title",
        /// E-mail address at work.
        WorkEmail = "work_email",
        /// A question of your own.
        Custom = "custom",
    }
}

/// A telephone that the button dials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// In international form: `+4930123456`.
    pub phone: String,
}

/// What counts as a conversion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The event.
    pub event: ConversionEvent,
    /// Days after a click in which it is credited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_days: Option<u32>,
    /// Days after a view in which it is credited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view_days: Option<u32>,
}

/// The words of an ad. Parts left out come from the campaign's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// The text beside the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2200))]
    pub primary_text: Option<String>,
    /// The line under the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub headline: Option<String>,
    /// The smaller line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub description: Option<String>,
    /// More headlines, for platforms that choose among several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 14))]
    pub more_headlines: Vec<String>,
    /// More descriptions, for platforms that choose among several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    pub more_descriptions: Vec<String>,
    /// The button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_to_action: Option<CallToAction>,
}
