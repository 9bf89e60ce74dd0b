//! Requests as publishing stores and shows them, and what came of them.

use crate::PlatformError;
use placard_domain::{
    RemoteId,
    plan::{ObjectKey, StepKey},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The exact request of one step. References to objects without an id yet stand as `{"$ref": "kind:path"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// The step it belongs to.
    pub step: StepKey,
    /// The object it is about.
    pub object: ObjectKey,
    /// A verb phrase for messages, for example `create campaign`.
    pub operation: String,
    /// POST or DELETE.
    pub method: String,
    /// The path behind the version, for example `act_1001/campaigns`; may hold a reference: `{ad:women/hero}`.
    pub path: String,
    /// Parameters by name. Lists and objects are sent as JSON text where the platform wants that.
    pub params: BTreeMap<String, Value>,
    /// Name of the attached file, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// A request whose references are resolved, ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to send; no reference is left inside.
    pub prepared: Prepared,
    /// The file's bytes, if one goes with it.
    pub attachment: Option<Attachment>,
    /// The id by which other requests of the same call refer to what this one makes, a negative number; only where
    /// [`Capabilities::linked`](crate::Capabilities::linked) says that a platform can do that.
    pub provisional: Option<RemoteId>,
}

/// A file that goes with a request.
#[derive(Clone)]
pub struct Attachment {
    /// Its name there.
    pub file_name: String,
    /// Its content.
    pub bytes: bytes::Bytes,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.file_name, self.bytes.len())
    }
}

/// What came of one request. An error's kind says whether it may have happened.
pub type Outcome = Result<Success, PlatformError>;

/// A request that the platform carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Success {
    /// The id of what was made; `None` for updates and deletes.
    pub remote_id: Option<RemoteId>,
    /// The platform's answer, for the deployment's history.
    pub raw: Value,
}
