//! The fingerprint of the state that a plan saw.

use super::{Bound, Observation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 over what was applied and observed, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateHash(pub String);

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The fingerprint of `bound`: ids, applied fields and observed fields, whatever their order.
///
/// What the platform does with an object by itself (review, learning) is left out, so that a plan does not grow
/// stale while an ad is reviewed.
pub fn state_hash(bound: &[Bound]) -> StateHash {
    let mut objects: Vec<&Bound> = bound.iter().collect();
    objects.sort_by(|left, right| left.key.cmp(&right.key));
    let mut hash = Sha256::new();
    for object in objects {
        let observed = match &object.observation {
            Observation::Present(observed) => Some((&observed.fields, observed.run)),
            Observation::Gone => None,
        };
        let state = (&object.key, &object.remote_id, &object.applied, object.applied_run, observed);
        let text = serde_json::to_vec(&state).expect("keys are text and values are JSON already");
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    StateHash(hex::encode(hash.finalize()))
}
