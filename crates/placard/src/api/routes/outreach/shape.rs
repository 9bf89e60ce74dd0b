//! What a request for a campaign looks like. What it means is read in one place, [`Draft`], which files share.

use crate::{api::problem::Problem, outreach::Draft};
use placard_store::outreach::NewCampaign;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A campaign to make.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOutreach {
    /// Its name, unique in the tenant.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Whom it is meant for. Each criterion that is given must hold; of a list, one member is enough.
    #[serde(default)]
    criteria: CriteriaShape,
    /// How it behaves.
    #[serde(default)]
    settings: SettingsShape,
    /// One to ten messages.
    #[schema(min_items = 1, max_items = 10)]
    sequence: Vec<StepShape>,
}

/// Whom a campaign is meant for.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct CriteriaShape {
    /// Networks, in lower case.
    platforms: Vec<String>,
    /// Ages in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    ages: Option<AgesShape>,
    /// Places, as words that stand together.
    locations: Vec<String>,
    /// Interests.
    interests: Vec<String>,
    /// Words or phrases in the bio or a post.
    keywords: Vec<String>,
    /// How many followers.
    #[serde(skip_serializing_if = "Option::is_none")]
    followers: Option<FollowersShape>,
}

/// Ages in years, both included.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgesShape {
    /// The youngest.
    #[schema(minimum = 18, maximum = 120)]
    min: u8,
    /// The oldest.
    #[schema(minimum = 18, maximum = 120)]
    max: u8,
}

/// How many followers, both included.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FollowersShape {
    /// The fewest.
    #[schema(minimum = 0)]
    min: i64,
    /// The most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    max: Option<i64>,
}

/// How a campaign behaves. What is left out is as usual: weekdays from nine to eight, 50 a day, a minute apart.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct SettingsShape {
    /// The zone of those whose own is not known: `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    /// When nobody is written to, on the recipient's clock; null for never.
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<QuietShape>)]
    quiet: Option<Option<QuietShape>>,
    /// On which days people are written to, from 1, Monday, to 7, Sunday.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<crate::api::words::DayNumber>>)]
    days: Option<Vec<u8>>,
    /// How many messages go out on a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    daily_cap: Option<u32>,
    /// How long to be silent between two messages, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap_seconds: Option<u32>,
    /// How much longer at most, by chance, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter_seconds: Option<u32>,
    /// How often a message is tried again that was refused for the time being.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 255)]
    retries: Option<u8>,
    /// Whether only those are written to who said yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_required: Option<bool>,
}

/// Hours in which nobody is written to. They may go over midnight.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuietShape {
    /// When they begin: `20:00`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    from: String,
    /// When they end: `09:00`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    until: String,
}

/// One message.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StepShape {
    /// How long after the one before, or after the approval, in minutes.
    #[serde(default)]
    #[schema(maximum = 527_040)]
    delay_minutes: u32,
    /// What carries it: `smtp`, `webhook`, or `sandbox` for trying things out.
    #[schema(pattern = "^(smtp|webhook|sandbox)$")]
    channel: String,
    /// Its words.
    template: TemplateShape,
}

/// The words of a message, in which `{first_name|there}` stands for what is known of the recipient.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TemplateShape {
    /// One line.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// The text, with `{unsubscribe}` in it.
    #[schema(min_length = 1, max_length = 20_000, examples("Hello {first_name|there}.\n\n{unsubscribe}"))]
    body: String,
}

/// Keeps a null apart from nothing.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<QuietShape>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl NewOutreach {
    /// The campaign that is meant.
    pub(super) fn read(&self) -> Result<NewCampaign, Problem> {
        let value = serde_json::to_value(self).map_err(|error| Problem::defect(&error))?;
        let draft: Draft = serde_path_to_error::deserialize(value)
            .map_err(|error| Problem::unfit(error.path().to_string(), error.inner().to_string()))?;
        draft.check().map_err(|error| Problem::unfit(error.field(), error.to_string()))
    }
}
