//! The three-way merge of one object's fields: applied, desired, observed.

use super::{FieldChange, Fields};
use serde_json::Value;

/// What is to be done with one field.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing.
    Keep,
    /// The spec changed it: send it.
    Send(FieldChange),
    /// Someone else changed it: keep that, and say so.
    Drifted(FieldChange),
    /// Both changed it, to different values.
    Conflict {
        /// What we sent last.
        applied: Option<Value>,
        /// What the spec wants.
        desired: Option<Value>,
        /// What stands there.
        observed: Option<Value>,
    },
}

/// One field in its three states. Applied and desired are compared as written, applied and observed as resolved.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) applied: Option<&'a Value>,
    pub(super) applied_resolved: Option<&'a Value>,
    pub(super) desired: Option<&'a Value>,
    /// The desired value with ids where they are known.
    pub(super) desired_resolved: Option<&'a Value>,
    pub(super) observed: Option<&'a Value>,
    /// Whether the platform never shows this field.
    pub(super) write_only: bool,
}

pub(super) fn verdict(field: &Field<'_>) -> Verdict {
    let spec_changed = field.applied != field.desired;
    let platform_changed = !field.write_only && said(field.applied_resolved) != said(field.observed);
    match (spec_changed, platform_changed) {
        (false, false) => Verdict::Keep,
        (true, false) => Verdict::Send(change(field.name, field.applied, field.desired)),
        // Whoever changed it wants what the spec says.
        (_, true) if said(field.desired_resolved) == said(field.observed) => Verdict::Keep,
        (false, true) => Verdict::Drifted(change(field.name, field.applied_resolved, field.observed)),
        (true, true) => Verdict::Conflict {
            applied: field.applied_resolved.cloned(),
            desired: field.desired.cloned(),
            observed: field.observed.cloned(),
        },
    }
}

/// What stands there is absent where an adopted value says null.
fn said(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

fn change(name: &str, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    FieldChange { field: name.to_owned(), before: before.cloned(), after: after.cloned() }
}

/// Every field name of either side, once, in order.
pub(super) fn names<'a>(left: &'a Fields, right: &'a Fields) -> impl Iterator<Item = &'a String> {
    let mut names: Vec<&String> =
        left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))).collect();
    names.sort();
    names.into_iter()
}
