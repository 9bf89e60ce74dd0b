//! Meta's answers as they arrive. Nothing of this leaves the folder.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::ops::Range;

/// The error envelope (Meta, `platforms/meta.md` §20).
#[derive(Debug, Deserialize)]
pub(super) struct GraphError {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) error_subcode: Option<i64>,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) is_transient: bool,
    #[serde(default)]
    pub(super) error_user_title: Option<String>,
    #[serde(default)]
    pub(super) error_user_msg: Option<String>,
    #[serde(default)]
    pub(super) error_data: Option<ErrorData>,
    #[serde(default)]
    pub(super) fbtrace_id: Option<String>,
}

/// `error_data`: an object, or the same as JSON inside a string (§20).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ErrorData {
    Blame(Blame),
    Offsets(UploadOffsets),
    Text(String),
    Other(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
pub(super) struct Blame {
    blame_field_specs: Vec<Vec<Value>>,
}

impl ErrorData {
    /// The first blamed field, dotted.
    pub(super) fn blamed_field(self) -> Option<String> {
        let blame = match self {
            Self::Blame(blame) => blame,
            Self::Text(text) => serde_json::from_str(&text).ok()?,
            Self::Offsets(_) | Self::Other(_) => return None,
        };
        let parts: Vec<String> = blame.blame_field_specs.first()?.iter().map(plain).collect();
        (!parts.is_empty()).then(|| parts.join("."))
    }

    /// The part of a file that is wanted, in an error about another (§7).
    pub(super) fn offsets(&self) -> Option<UploadOffsets> {
        match self {
            Self::Offsets(offsets) => Some(*offsets),
            Self::Text(text) => serde_json::from_str(text).ok(),
            Self::Blame(_) | Self::Other(_) => None,
        }
    }
}

/// The part of a file that an upload wants next (§7).
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct UploadOffsets {
    #[serde(rename = "start_offset", deserialize_with = "count")]
    pub(super) start: u64,
    #[serde(rename = "end_offset", deserialize_with = "count")]
    pub(super) end: u64,
}

impl UploadOffsets {
    /// Whether nothing more is wanted.
    pub(super) const fn is_done(self) -> bool {
        self.start == self.end
    }

    /// The part as a range of a file of `size` bytes; `None` if it is not in it.
    pub(super) fn within(self, size: usize) -> Option<Range<usize>> {
        let (start, end) = (usize::try_from(self.start).ok()?, usize::try_from(self.end).ok()?);
        (start < end && end <= size).then_some(start..end)
    }
}

/// The answer to the start of an upload in parts (§7).
#[derive(Debug, Deserialize)]
pub(super) struct UploadSession {
    #[serde(rename = "upload_session_id", deserialize_with = "id_text")]
    pub(super) id: String,
    #[serde(rename = "video_id", deserialize_with = "id_text")]
    pub(super) video: String,
    #[serde(flatten)]
    pub(super) offsets: UploadOffsets,
}

/// A video (§7).
#[derive(Debug, Deserialize)]
pub(super) struct VideoRow {
    #[serde(deserialize_with = "id_text")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) status: VideoState,
}

/// How far Meta is with a video (§7).
#[derive(Debug, Default, Deserialize)]
pub(super) struct VideoState {
    #[serde(default)]
    pub(super) video_status: String,
}

impl VideoState {
    /// Whether ads can show it.
    pub(super) fn is_ready(&self) -> bool {
        self.video_status == "ready"
    }

    /// Whether no ad will ever show it.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self.video_status.as_str(), "error" | "expired")
    }
}

/// A count, which is text or a number.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    plain(&Value::deserialize(deserializer)?).parse().map_err(serde::de::Error::custom)
}

/// A scalar as text without quotes.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole number that may stand as text.
pub(super) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The text of `value` with members in order, so that equal values have equal text.
pub(super) fn ordered_text(value: &Value) -> String {
    fn ordered(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut names: Vec<_> = members.iter().collect();
                names.sort_by_key(|(name, _)| *name);
                Value::Object(
                    names
                        .into_iter()
                        .map(|(name, member)| (name.clone(), ordered(member)))
                        .collect::<Map<_, _>>(),
                )
            }
            Value::Array(items) => items.iter().map(ordered).collect(),
            other => other.clone(),
        }
    }
    ordered(value).to_string()
}

/// Reads an id, which is text or, in some answers, a number (§2).
pub(super) fn id_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(plain(&Value::deserialize(deserializer)?))
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// One page of a list (§17).
#[derive(Debug, Deserialize)]
pub(super) struct Listing<T> {
    #[serde(default = "Vec::new")]
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    cursors: Option<Cursors>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Cursors {
    #[serde(default)]
    after: Option<String>,
}

impl<T> Listing<T> {
    /// The cursor of the next page. Only `next` says that there is one: `after` stands on the last page too (§17).
    pub(super) fn next_cursor(&self) -> Option<String> {
        let paging = self.paging.as_ref()?;
        let next = paging.next.as_ref()?;
        let cursor = paging.cursors.as_ref().and_then(|cursors| cursors.after.clone());
        cursor.or_else(|| {
            let url = url::Url::parse(next).ok()?;
            url.query_pairs().find(|(name, _)| name == "after").map(|(_, value)| value.into_owned())
        })
    }
}

/// An item of a batch answer; `null` means that it was not run (§18).
#[derive(Debug, Deserialize)]
pub(super) struct BatchReply {
    pub(super) code: u16,
    #[serde(default)]
    pub(super) headers: Vec<BatchHeader>,
    #[serde(default)]
    pub(super) body: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BatchHeader {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// What an object edge answers when only id and name are asked for (§23).
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    #[serde(deserialize_with = "id_text")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) status: Option<String>,
}

/// The answer of the token endpoint (§3).
#[derive(Deserialize)]
pub(super) struct TokenReply {
    #[serde(deserialize_with = "secret")]
    pub(super) access_token: SecretString,
    #[serde(default)]
    pub(super) expires_in: Option<i64>,
}

/// The answer of `debug_token` (§3).
#[derive(Debug, Deserialize)]
pub(super) struct DebugToken {
    pub(super) data: TokenData,
}

#[derive(Debug, Deserialize)]
pub(super) struct TokenData {
    #[serde(default)]
    pub(super) is_valid: bool,
    #[serde(default)]
    pub(super) app_id: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) expires_at: i64,
    #[serde(default)]
    pub(super) data_access_expires_at: i64,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) user_id: Option<Value>,
    #[serde(default)]
    pub(super) profile_id: Option<Value>,
    #[serde(default)]
    pub(super) error: Option<TokenProblem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TokenProblem {
    #[serde(default)]
    pub(super) message: String,
}

/// A row of `me/permissions` (§3).
#[derive(Debug, Deserialize)]
pub(super) struct PermissionRow {
    pub(super) permission: String,
    pub(super) status: String,
}

/// A row of `me/accounts` (§3, §4).
#[derive(Deserialize)]
pub(super) struct PageRow {
    #[serde(deserialize_with = "id_text")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(deserialize_with = "secret")]
    pub(super) access_token: SecretString,
    #[serde(default)]
    pub(super) instagram_business_account: Option<Value>,
    #[serde(default)]
    pub(super) leadgen_tos_accepted: bool,
}

/// An ad account (§4).
#[derive(Debug, Deserialize)]
pub(super) struct AccountRow {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) timezone_name: String,
    pub(super) account_status: i64,
    #[serde(default)]
    pub(super) funding_source_details: Option<Value>,
    #[serde(default)]
    pub(super) spend_cap: Option<Value>,
    #[serde(default)]
    pub(super) business: Option<Value>,
    #[serde(default)]
    pub(super) user_tasks: Option<Vec<String>>,
}

/// A problem of an object (§12).
#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    #[serde(default)]
    pub(super) error_summary: Option<String>,
    #[serde(default)]
    pub(super) error_message: Option<String>,
}

/// A failed check of an ad's delivery (§12).
#[derive(Debug, Deserialize)]
pub(super) struct FailedCheck {
    #[serde(default)]
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
}
