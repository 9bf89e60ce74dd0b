//! The objects that a platform holds, in the three states that a plan compares.

use super::Fields;
use crate::{Money, RemoteId, marker::Naming, objective::words, spec::RunState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// Kinds of things that exist on platforms.
    ObjectKind {
        /// An uploaded picture.
        Image = "image",
        /// An uploaded video.
        Video = "video",
        /// A form inside the platform.
        LeadForm = "lead_form",
        /// Picture, words and destination together.
        Creative = "creative",
        /// A campaign.
        Campaign = "campaign",
        /// An ad group (Meta says ad set).
        AdGroup = "ad_group",
        /// One place, age or gender at which a campaign is aimed, where a platform keeps each as an object of its own.
        Targeting = "targeting",
        /// Words that people search for.
        Keyword = "keyword",
        /// An ad.
        Ad = "ad",
    }
}

impl ObjectKind {
    /// Whether it can run and be paused.
    pub const fn runs(self) -> bool {
        matches!(self, Self::Campaign | Self::AdGroup | Self::Ad)
    }

    /// Whether it is a file that ads show: sent once, the same for ever, and no harm where no ad uses it.
    pub const fn is_file(self) -> bool {
        matches!(self, Self::Image | Self::Video)
    }

    /// The words for people, singular.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::LeadForm => "lead form",
            Self::Creative => "creative",
            Self::Campaign => "campaign",
            Self::AdGroup => "ad group",
            Self::Targeting => "target",
            Self::Keyword => "keyword",
            Self::Ad => "ad",
        }
    }
}

impl std::str::FromStr for ObjectKind {
    type Err = ParseObjectKeyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|kind| kind.as_str() == text);
        found.copied().ok_or_else(|| ParseObjectKeyError(text.to_owned()))
    }
}

/// Names one object within a campaign: `ad:women-30s/hero`. The path holds the keys that the spec gives,
/// and for what is immutable on the platform a hash of its content behind a `@`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey {
    /// What it is.
    pub kind: ObjectKind,
    /// Where it stands.
    pub path: String,
}

/// A text that names no object.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` does not name an object; the form is kind:path")]
pub struct ParseObjectKeyError(String);

impl ObjectKey {
    /// The object of `kind` at `path`.
    pub fn new(kind: ObjectKind, path: impl Into<String>) -> Self {
        Self { kind, path: path.into() }
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind, self.path)
    }
}

impl std::str::FromStr for ObjectKey {
    type Err = ParseObjectKeyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, path) = text.split_once(':').ok_or_else(|| ParseObjectKeyError(text.to_owned()))?;
        Ok(Self::new(kind.parse()?, path))
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = ParseObjectKeyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.to_string()
    }
}

/// A file to send along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Path as the spec names it.
    pub source: String,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
}

/// What may be done to the fields of one kind of object on its platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRules {
    /// Fields that can be set only when the object is made. A change needs another object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub create_only: Vec<String>,
    /// Fields that are sent but never read back, and so never compared with what is observed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_only: Vec<String>,
    /// Whether the object stays when the spec no longer wants it, because others may use it (images).
    #[serde(default)]
    pub keep: bool,
}

/// An object as the spec wants it, in the platform's own field names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesiredObject {
    /// Its name within the campaign.
    pub key: ObjectKey,
    /// Its name for people, without a marker.
    pub name: String,
    /// Fields as the platform reads them back once normalised; references to other objects inside.
    pub fields: Fields,
    /// Whether it should run; `None` for what cannot.
    pub run: Option<RunState>,
    /// What may change.
    #[serde(default)]
    pub rules: FieldRules,
    /// A file that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// What it can spend in a day on average, where it holds a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_cost: Option<Money>,
}

/// An object that we know to exist on the platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Its name within the campaign.
    pub key: ObjectKey,
    /// Its name for people.
    pub name: String,
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Whether its name is ours.
    pub naming: Naming,
    /// The fields that we sent last, references unresolved.
    pub applied: Fields,
    /// Whether we last told it to run.
    pub applied_run: Option<RunState>,
    /// Values that someone set on the platform and that were adopted: they stand until the spec changes the field.
    pub accepted: Fields,
    /// What may change, as it was known when it was applied.
    pub rules: FieldRules,
    /// What it could spend in a day when it was applied.
    pub daily_cost: Option<Money>,
    /// What the platform shows now.
    pub observation: Observation,
}

impl Bound {
    /// Whether it stays when the spec no longer wants it, because others may use it: so it is with pictures and forms,
    /// and with a creative that somebody else made.
    pub fn stays(&self) -> bool {
        self.rules.keep || (self.key.kind == ObjectKind::Creative && self.naming == Naming::AsFound)
    }
}

/// What reading an object back gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Observation {
    /// It is there.
    Present(Observed),
    /// It is deleted or archived, or was never there.
    Gone,
}

/// The state of an object on the platform, normalised by its adapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Fields in the same form as desired ones, with platform ids where desired ones have references.
    pub fields: Fields,
    /// Whether it is switched on; what it really does is in `effective`.
    pub run: Option<RunState>,
    /// The platform's own word for what it does.
    pub effective: Option<String>,
    /// Problems that the platform reports with it, in its own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<String>,
}
