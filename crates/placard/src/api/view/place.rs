//! Campaigns on platforms: what is there, what is planned, what came of it.

use super::DeploymentView;
use crate::assets::Listed;
use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef, CampaignId, Currency, DeploymentId, PlanId, RemoteId,
    plan::{ObjectKey, Observation},
    spec::RunState,
};
use placard_store::platform_object::PlatformObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A campaign in an ad account where it is or should be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlaceView {
    /// The platform, and its id of the ad account.
    #[schema(value_type = Object)]
    pub(crate) account: AccountRef,
    /// The account's currency.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
    /// What of the campaign is there by our record.
    pub(crate) objects: Vec<ObjectView>,
    /// A deployment that waits to be resumed or rolled back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unfinished: Option<DeploymentView>,
}

/// An object of a campaign on a platform.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ObjectView {
    /// Its name within the campaign: its kind, a colon and its path.
    #[schema(value_type = String)]
    pub(crate) key: ObjectKey,
    /// Its name for people.
    pub(crate) name: String,
    /// The platform's id of it.
    #[schema(value_type = String)]
    pub(crate) remote_id: RemoteId,
    /// Whether we told it to run: `active` or `paused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) run: Option<RunState>,
    /// How the platform said it stands when it was read last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effective: Option<String>,
}

impl From<PlatformObject> for ObjectView {
    fn from(object: PlatformObject) -> Self {
        let effective = object.observation.and_then(|seen| match seen {
            Observation::Present(seen) => seen.effective,
            Observation::Gone => Some("gone".to_owned()),
        });
        let PlatformObject { key, name, remote_id, applied, .. } = object;
        Self { key, name, remote_id, run: applied.run, effective }
    }
}

/// A picture that was put.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FileView {
    /// Its path as the spec names it.
    pub(crate) path: String,
    /// The SHA-256 of its content, lower-case hexadecimal.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: u64,
}

impl From<Listed> for FileView {
    fn from(Listed { path, sha256, bytes }: Listed) -> Self {
        Self { path, sha256, bytes }
    }
}

/// A plan. Nothing was sent yet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlanView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: PlanId,
    /// The campaign's id.
    #[schema(value_type = Uuid)]
    pub(crate) campaign_id: CampaignId,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// Steps, drift, conflicts, warnings and what it costs.
    #[schema(value_type = Object)]
    pub(crate) plan: Value,
    /// The exact requests that would be sent, without tokens.
    #[schema(value_type = Vec<Object>)]
    pub(crate) requests: Value,
}

/// How something that was watched live came out.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "came", rename_all = "snake_case")]
pub(crate) enum Ended {
    /// There was nothing to do.
    Nothing,
    /// Every step is done and verified.
    Applied {
        /// The deployment.
        #[schema(value_type = Uuid)]
        deployment: DeploymentId,
        /// How many steps it had.
        steps: usize,
        /// How many writing calls it took.
        calls: usize,
    },
    /// What an unfinished deployment had made is removed.
    TakenBack {
        /// How many objects were removed from the platform.
        removed: usize,
    },
}
