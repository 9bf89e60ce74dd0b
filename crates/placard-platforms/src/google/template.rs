//! What stands in a prepared request for what is only known when it is sent.
//!
//! References to other objects are the plan's own (`{"$ref": "kind:path"}`) and may stand inside a name that is put
//! together: `{"$join": ["customers/1/campaigns/", {"$ref": "campaign:spring"}]}` becomes text once they are resolved.
//! The rest is filled in by [`super::send`], which knows the other requests of the call and can look things up:
//! `$own`, `$budget`, `$criterion` and `$file`.

use placard_domain::plan::{ObjectKey, reference};
use serde_json::{Map, Value, json};

const JOIN: &str = "$join";
const OWN: &str = "$own";
const BUDGET: &str = "$budget";
const CRITERION: &str = "$criterion";
const FILE: &str = "$file";

/// The resource name of `key` in `collection` of `account`.
pub(super) fn name_of(account: &str, collection: &str, key: &ObjectKey) -> Value {
    join([format!("customers/{account}/{collection}/").into(), reference(key)])
}

/// Parts that are one text once their references are resolved.
pub(super) fn join(parts: impl IntoIterator<Item = Value>) -> Value {
    json!({JOIN: parts.into_iter().collect::<Vec<_>>()})
}

/// The name, not yet real, of what this request makes in `collection` (§3, temporary ids).
pub(super) fn own(collection: &str) -> Value {
    json!({OWN: collection})
}

/// The name of the budget of the campaign `key`.
pub(super) fn budget_of(key: &ObjectKey) -> Value {
    json!({BUDGET: reference(key)})
}

/// The name of the criterion `body` of the campaign or ad group `key`.
pub(super) fn criterion_of(key: &ObjectKey, body: &Value) -> Value {
    json!({CRITERION: {"of": reference(key), "is": body}})
}

/// The content of the file that goes with the request.
pub(super) fn file() -> Value {
    json!({FILE: true})
}

/// Something to be filled in.
pub(super) enum Slot<'a> {
    /// What this request makes in a collection.
    Own(&'a str),
    /// The budget of the campaign with this id.
    Budget(&'a str),
    /// The criterion with this body, of the campaign or ad group with this id.
    Criterion(&'a str, &'a Value),
    /// The attached file.
    File,
}

impl<'a> Slot<'a> {
    /// What `value` stands for, if it stands for something.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        let (name, inner) = value.as_object().filter(|object| object.len() == 1)?.iter().next()?;
        match name.as_str() {
            OWN => Some(Self::Own(inner.as_str()?)),
            BUDGET => Some(Self::Budget(inner.as_str()?)),
            CRITERION => Some(Self::Criterion(inner.get("of")?.as_str()?, inner.get("is")?)),
            FILE => Some(Self::File),
            _ => None,
        }
    }

    /// Every slot within `value`.
    pub(super) fn all_in(value: &'a Value, found: &mut Vec<Self>) {
        if let Some(slot) = Self::of(value) {
            found.push(slot);
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| Self::all_in(item, found)),
            Value::Object(members) => members.values().for_each(|member| Self::all_in(member, found)),
            _ => {}
        }
    }
}

/// `value` with every slot filled; `None` if one of them has nothing to be filled with.
pub(super) fn filled(value: &Value, fill: &mut dyn FnMut(Slot<'_>) -> Option<Value>) -> Option<Value> {
    if let Some(slot) = Slot::of(value) {
        return fill(slot);
    }
    Some(match value {
        Value::Array(items) => {
            items.iter().map(|item| filled(item, fill)).collect::<Option<Vec<_>>>()?.into()
        }
        Value::Object(members) => {
            let filled = members.iter().map(|(name, member)| Some((name.clone(), filled(member, fill)?)));
            Value::Object(filled.collect::<Option<Map<_, _>>>()?)
        }
        other => other.clone(),
    })
}

/// `value` with joined texts, once its references are resolved.
pub(super) fn joined(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(joined).collect(),
        Value::Object(members) => {
            if let Some(parts) = members.get(JOIN).and_then(Value::as_array) {
                return parts.iter().filter_map(Value::as_str).collect::<String>().into();
            }
            Value::Object(members.into_iter().map(|(name, member)| (name, joined(member))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::{
        RemoteId,
        plan::{ObjectKind, RemoteIds, resolve},
    };

    #[test]
    fn a_name_is_put_together_once_its_reference_is_known() {
        let key = ObjectKey::new(ObjectKind::Campaign, "spring");
        let fields = [("campaign".to_owned(), name_of("1", "campaigns", &key))].into();
        assert!(resolve(&fields, &RemoteIds::new()).is_err());
        let ids = RemoteIds::from([(key, RemoteId("-4".to_owned()))]);
        let resolved = resolve(&fields, &ids).unwrap();
        assert_eq!(joined(resolved["campaign"].clone()), json!("customers/1/campaigns/-4"));
    }

    #[test]
    fn an_operation_with_a_slot_that_stays_open_is_none() {
        let operation = json!({"remove": criterion_like("7"), "other": [own("campaigns")]});
        let all = filled(&operation, &mut |slot| match slot {
            Slot::Own(collection) => Some(collection.into()),
            Slot::Criterion(of, _) => Some(of.into()),
            Slot::Budget(_) | Slot::File => None,
        });
        assert_eq!(all, Some(json!({"remove": "7", "other": ["campaigns"]})));
        assert_eq!(filled(&operation, &mut |_| None), None);
        let mut found = Vec::new();
        Slot::all_in(&operation, &mut found);
        assert_eq!(found.len(), 2);
    }

    fn criterion_like(id: &str) -> Value {
        json!({CRITERION: {"of": id, "is": {"location": {}}}})
    }
}
