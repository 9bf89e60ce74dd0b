//! Plans: what must be done on a platform so that it becomes what a spec says.
//!
//! [`make`] compares three states of every object: what we want (desired), what we last sent (applied) and what the
//! platform shows (observed). It is pure; publishing carries its steps out.

mod accepted;
mod cost;
mod exposure;
mod fields;
mod hash;
mod merge;
mod object;
mod planner;
mod step;

pub use accepted::still_accepted;
pub use cost::CostDelta;
pub use exposure::Exposure;
pub use fields::{Fields, RemoteIds, UnboundReference, ids_in, reference, references_in, resolve};
pub use hash::{StateHash, state_hash};
pub use object::{
    Bound, DesiredObject, FieldRules, ObjectKey, ObjectKind, Observation, Observed, ParseObjectKeyError,
    Upload,
};
pub use planner::{DriftPolicy, Input, RUN_FIELD, make};
pub use step::{Action, Conflict, Drift, FieldChange, Plan, Rebase, Stage, Step, StepKey, Warning};
