//! Microsoft's answers, as far as they are read (Microsoft, `platforms/microsoft.md` §2). What must be there and is not
//! is an error that names its place.

use crate::{ErrorKind, PlatformError};
use placard_domain::Platform;
use rust_decimal::Decimal;
use serde_json::Value;

/// A text, or a number as text: ids are texts of digits, and numbers are seen in their place (§2).
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A number or text, exactly as it was written.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    let text = plain(value);
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// The member of `value` at a dotted path; null is absent.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

/// The text at a dotted path.
pub(super) fn text_at(value: &Value, path: &str) -> Option<String> {
    at(value, path).map(plain)
}

/// The text at a dotted path that Microsoft's documents promise.
pub(super) fn promised(operation: &str, value: &Value, path: &str) -> Result<String, PlatformError> {
    text_at(value, path).ok_or_else(|| missing(operation, path))
}

/// The entries of a list that Microsoft's documents promise. Null stands where an asked object does not exist (§4).
pub(super) fn entries<'a>(
    operation: &str,
    value: &'a Value,
    name: &str,
) -> Result<impl Iterator<Item = &'a Value> + use<'a>, PlatformError> {
    let list = at(value, name).and_then(Value::as_array).ok_or_else(|| missing(operation, name))?;
    Ok(list.iter().filter(|entry| !entry.is_null()))
}

/// The id at position `index` of a list of ids. A refused position holds null, zero, or nothing (§4).
pub(super) fn id_at(value: &Value, list: &str, index: usize) -> Option<String> {
    let id = value.get(list)?.get(index).filter(|id| !id.is_null()).map(plain)?;
    (id != "0" && !id.is_empty()).then_some(id)
}

/// Between the ids of which one of ours is made.
const BELOW: char = '~';

/// The id by which we know what has the id `id` in `parent`: every call names what an object is in (§3), so ours says
/// that as well, from the campaign down: `4~7~9`.
pub(super) fn below(parent: &str, id: &str) -> String {
    format!("{parent}{BELOW}{id}")
}

/// What the object that we know by `id` is in; `None` for a campaign.
pub(super) fn parent_of(id: &str) -> Option<&str> {
    id.rsplit_once(BELOW).map(|(parent, _)| parent)
}

/// Microsoft's own id of what we know by `id`.
pub(super) fn own_id(id: &str) -> &str {
    id.rsplit(BELOW).next().unwrap_or(id)
}

/// `value` with Microsoft's own ids in the place of ours.
pub(super) fn with_own_ids(name: &str, value: &Value) -> Value {
    match value {
        Value::String(id) if name.ends_with("Id") || name.ends_with("Ids") => own_id(id).into(),
        Value::Array(items) => items.iter().map(|item| with_own_ids(name, item)).collect(),
        Value::Object(members) => {
            let own = members.iter().map(|(name, member)| (name.clone(), with_own_ids(name, member)));
            Value::Object(own.collect())
        }
        other => other.clone(),
    }
}

/// The answer lacks what stands at `path`.
pub(super) fn missing(operation: &str, path: &str) -> PlatformError {
    let message = format!("the answer has no `{path}`, or not as documented");
    let error = PlatformError::new(Platform::Microsoft, operation, ErrorKind::Malformed, message);
    PlatformError { field: Some(path.to_owned()), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_may_be_numbers_and_a_refused_one_is_none_in_every_form() {
        assert_eq!(plain(&json!(9_007_199_254_740_993_u64)), "9007199254740993");
        let answer = json!({"CampaignIds": ["17", 18, null, "0", 0]});
        let ids: Vec<_> = (0..6).map(|index| id_at(&answer, "CampaignIds", index)).collect();
        assert_eq!(ids[..2], [Some("17".to_owned()), Some("18".to_owned())]);
        assert!(ids[2..].iter().all(Option::is_none));
    }

    #[test]
    fn our_ids_say_what_an_object_is_in_and_calls_name_it_by_its_own() {
        let ad = below(&below("4", "7"), "9");
        assert_eq!((ad.as_str(), parent_of(&ad), own_id(&ad)), ("4~7~9", Some("4~7"), "9"));
        assert_eq!((parent_of("4"), own_id("4")), (None, "4"));
        let sent = with_own_ids("Ads", &json!([{"Id": "4~7~9", "Path1": "a~b"}]));
        assert_eq!(sent, json!([{"Id": "9", "Path1": "a~b"}]));
        assert_eq!(with_own_ids("AdIds", &json!(["4~7~9"])), json!(["9"]));
    }

    #[test]
    fn what_is_missing_is_named_with_its_place() {
        let answer = json!({"Account": {"Id": "1", "Name": null}, "Ads": [null, {"Id": "2"}]});
        assert_eq!(promised("read", &answer, "Account.Id").unwrap(), "1");
        let error = promised("read", &answer, "Account.Name").unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Malformed, Some("Account.Name")));
        assert_eq!(entries("read", &answer, "Ads").unwrap().count(), 1);
        assert!(entries("read", &answer, "Keywords").is_err());
    }
}
