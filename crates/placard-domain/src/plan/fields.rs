//! Field values with references to objects that may not exist yet.

use super::ObjectKey;
use crate::RemoteId;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Field names and values of one object, sorted by name so that equal states have equal text.
pub type Fields = BTreeMap<String, Value>;

/// The ids of objects that exist.
pub type RemoteIds = BTreeMap<ObjectKey, RemoteId>;

const REFERENCE: &str = "$ref";

/// A reference to an object that has no id yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not exist on the platform yet")]
pub struct UnboundReference(pub ObjectKey);

/// The value that stands for the id of `key` until it is known.
pub fn reference(key: &ObjectKey) -> Value {
    Value::Object(Map::from_iter([(REFERENCE.to_owned(), Value::String(key.to_string()))]))
}

/// Every object that `fields` refer to.
pub fn references_in(fields: &Fields) -> BTreeSet<ObjectKey> {
    let mut found = BTreeSet::new();
    fields.values().for_each(|value| collect(value, &mut found));
    found
}

/// The ids that stand in `seen` where `fields` refer to objects.
pub fn ids_in(fields: &Fields, seen: &Fields) -> RemoteIds {
    let mut found = RemoteIds::new();
    for (name, value) in fields {
        if let Some(seen) = seen.get(name) {
            pair(value, seen, &mut found);
        }
    }
    found
}

/// `fields` with every reference replaced by the platform's id.
pub fn resolve(fields: &Fields, ids: &RemoteIds) -> Result<Fields, UnboundReference> {
    fields.iter().map(|(name, value)| Ok((name.clone(), resolve_value(value, ids)?))).collect()
}

fn target(value: &Value) -> Option<ObjectKey> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get(REFERENCE)?.as_str()?.parse().ok()
}

fn collect(value: &Value, found: &mut BTreeSet<ObjectKey>) {
    if let Some(key) = target(value) {
        found.insert(key);
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}

fn pair(value: &Value, seen: &Value, found: &mut RemoteIds) {
    if let Some(key) = target(value) {
        found.extend(seen.as_str().map(|id| (key, RemoteId(id.to_owned()))));
        return;
    }
    match (value, seen) {
        (Value::Array(items), Value::Array(seen)) if items.len() == seen.len() => {
            items.iter().zip(seen).for_each(|(item, seen)| pair(item, seen, found));
        }
        (Value::Object(members), Value::Object(seen)) => {
            for (name, member) in members {
                if let Some(seen) = seen.get(name) {
                    pair(member, seen, found);
                }
            }
        }
        _ => {}
    }
}

fn resolve_value(value: &Value, ids: &RemoteIds) -> Result<Value, UnboundReference> {
    if let Some(key) = target(value) {
        let id = ids.get(&key).ok_or(UnboundReference(key))?;
        return Ok(Value::String(id.0.clone()));
    }
    Ok(match value {
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| resolve_value(item, ids)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| Ok((name.clone(), resolve_value(member, ids)?)))
                .collect::<Result<_, UnboundReference>>()?,
        ),
        other => other.clone(),
    })
}
