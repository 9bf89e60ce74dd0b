//! Keywords that keep searches away from an ad group (Microsoft, `platforms/microsoft.md` §3, `EntityNegativeKeywords`).
//!
//! They have calls of their own, no parameters that could carry a marker, and no state. But an ad group has each only
//! once: before some are made, those that are there are read, so that making one twice gives the same.

use super::{
    encode::{Params, params},
    wire::text_at,
    words::SERVICE,
};
use crate::Prepared;
use placard_domain::{
    plan::{Action, ObjectKey, ObjectKind, Step, reference},
    spec::MatchType,
};
use serde_json::{Value, json};

/// The last part of the path, and the list with one entry for each ad group.
pub(super) const LIST: &str = "EntityNegativeKeywords";
/// The list of keywords within an entry, also in what is read.
pub(super) const KEYWORDS: &str = "NegativeKeywords";
/// What names the ad group in an entry.
pub(super) const ENTITY: &str = "EntityId";
/// Between the ad group's key and the keyword's own.
const NOT: &str = "not/";

/// What keywords can be kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Campaign,
    AdGroup,
}

impl Holder {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Campaign => "Campaign",
            Self::AdGroup => "AdGroup",
        }
    }
}

/// The key of a keyword that keeps searches away from the ad group with the key `group`.
pub(super) fn key(group: &str, kind: MatchType, text: &str) -> ObjectKey {
    ObjectKey::new(ObjectKind::Keyword, format!("{group}/{NOT}{kind}:{text}"))
}

/// Whether `key` is of such a keyword.
pub(super) fn is_negative(key: &ObjectKey) -> bool {
    let within = key.path.split_once('/').map(|(_, within)| within);
    key.kind == ObjectKind::Keyword && within.is_some_and(|within| within.starts_with(NOT))
}

/// The closest kind that Microsoft has (§3): searches with the words in any order cannot be kept away.
pub(super) const fn closest(kind: MatchType) -> MatchType {
    match kind {
        MatchType::Broad | MatchType::Phrase => MatchType::Phrase,
        MatchType::Exact => MatchType::Exact,
    }
}

/// The request of `step`, which makes or deletes one.
pub(super) fn prepare(step: &Step) -> Prepared {
    let group = step.object.path.split_once('/').map_or("", |(group, _)| group);
    let (verb, method, keyword) = match step.action {
        Action::Delete => ("delete", "DELETE", json!({"Id": reference(&step.object)})),
        _ => {
            let said = |name: &str| step.fields.get(name).cloned().unwrap_or_default();
            ("create", "POST", json!({"Text": said("Text"), "MatchType": said("MatchType")}))
        }
    };
    let entry = json!({
        ENTITY: reference(&ObjectKey::new(ObjectKind::AdGroup, group)),
        "EntityType": Holder::AdGroup.word(),
        KEYWORDS: [keyword],
    });
    Prepared {
        step: step.key.clone(),
        object: step.object.clone(),
        operation: format!("{verb} negative keyword"),
        method: method.to_owned(),
        path: format!("{SERVICE}/{LIST}"),
        params: params([(LIST, json!([entry]))]),
        file_name: None,
    }
}

/// The ad group of a prepared request, by which those that share a call are told.
pub(super) fn entity(params: &Params) -> Option<String> {
    text_at(params.get(LIST)?.get(0)?, ENTITY)
}

/// Calls that sending requests of one ad group takes: those that are there are read first.
pub(super) fn calls(prepared: &Prepared) -> u32 {
    if prepared.method == "DELETE" { 1 } else { 2 }
}

/// The keyword of a request.
pub(super) fn keyword(prepared: &Prepared) -> Option<&Value> {
    prepared.params.get(LIST)?.get(0)?.get(KEYWORDS)?.get(0)
}

/// The id of the one among `known` that is the same as `wanted`.
pub(super) fn same(wanted: &Value, known: &[Value]) -> Option<String> {
    let wanted = identity(wanted)?;
    text_at(known.iter().find(|one| identity(one).as_ref() == Some(&wanted))?, "Id")
}

/// By what an ad group tells its keywords apart: capitals make no difference.
fn identity(keyword: &Value) -> Option<(String, String)> {
    Some((text_at(keyword, "Text")?.to_lowercase(), text_at(keyword, "MatchType")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_what_keeps_searches_away_from_what_brings_them() {
        assert!(is_negative(&key("women", MatchType::Exact, "used/old")));
        for other in ["women/exact:not/really", "not/exact:tent", "women"] {
            assert!(!is_negative(&ObjectKey::new(ObjectKind::Keyword, other)), "{other}");
        }
        assert!(!is_negative(&ObjectKey::new(ObjectKind::Targeting, "x/not/age")));
    }
}
