//! Boosts that are being put together.

use crate::{api::problem::FieldError, boosts::Judged};
use chrono::{DateTime, Utc};
use placard_domain::{
    document::{BoostDraft, BoostStatus},
    spec::Diagnostic,
};
use placard_store::documents::Stored;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A boost that is being put together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BoostView {
    /// The session.
    pub(crate) session: String,
    /// How often it was saved. Stands in the `ETag` as well.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// `draft`, `ready` once nothing is missing, or `converted`.
    #[schema(value_type = String)]
    pub(crate) status: BoostStatus,
    /// What was chosen so far.
    #[schema(value_type = Object)]
    pub(crate) boost: Map<String, Value>,
    /// What is missing or wrong, by field. Lists of boosts do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missing: Option<Vec<FieldError>>,
    /// The campaign that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) campaign_id: Option<Uuid>,
    /// When it was saved last.
    pub(crate) updated_at: DateTime<Utc>,
    /// When it goes away, unless it is saved again.
    pub(crate) expires_at: DateTime<Utc>,
}

impl From<Stored<BoostDraft>> for BoostView {
    fn from(stored: Stored<BoostDraft>) -> Self {
        let Stored { version, updated_at, document, .. } = stored;
        let (session, status, campaign_id) =
            (document.session_id.clone(), document.status, document.campaign_id);
        let expires_at = document.expires_at.get();
        let whole = serde_json::to_value(document).expect("a document is plain data");
        let whole = whole.as_object().cloned().unwrap_or_default();
        let ours = ["session_id", "status", "campaign_id", "expires_at"];
        let boost = whole.into_iter().filter(|(name, _)| !ours.contains(&name.as_str())).collect();
        Self { session, version, status, boost, missing: None, campaign_id, updated_at, expires_at }
    }
}

impl From<Judged> for BoostView {
    fn from(judged: Judged) -> Self {
        let missing = judged.lacks.into_iter().map(field_error).collect();
        Self { missing: Some(missing), ..judged.stored.into() }
    }
}

/// A finding as a field at fault.
pub(crate) fn field_error(finding: Diagnostic) -> FieldError {
    let Diagnostic { path, message, help, .. } = finding;
    FieldError { path, message, help }
}
