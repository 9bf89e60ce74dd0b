//! Update masks (Google, `platforms/google.md` §3).

use serde_json::{Map, Value, json};

use super::error::AdsError;
use super::schema::{Field, Message, Role, snake};

/// `old` with what `mask` names taken from `body`; a masked field that the body lacks is cleared.
pub(crate) fn apply(
    message: &'static Message,
    old: &Map<String, Value>,
    body: &Map<String, Value>,
    mask: &[String],
) -> Result<Map<String, Value>, Vec<AdsError>> {
    let mut out = old.clone();
    let mut errors = Vec::new();
    for path in mask {
        let parts: Vec<&str> = path.split('.').collect();
        match check(message, &parts) {
            Ok(fields) => write(message, &mut out, body, &parts, fields[0]),
            Err(error) => errors.push(error.trigger(json!(path))),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

fn check(message: &'static Message, parts: &[&str]) -> Result<Vec<&'static Field>, AdsError> {
    let error = |code, text: &str| AdsError::new("fieldMaskError", code, text).at("update_mask");
    let fields = message
        .resolve_camel(parts)
        .ok_or_else(|| error("FIELD_NOT_FOUND", "The field mask contains an invalid field."))?;
    if fields.last().and_then(|field| field.parts()).is_some_and(|inner| !inner.fields.is_empty()) {
        let text = "The field mask updated a field with subfields. Name the subfields.";
        return Err(error("FIELD_HAS_SUBFIELDS", text));
    }
    if fields.iter().any(|field| matches!(field.role, Role::Immutable | Role::OutputOnly)) {
        let path: Vec<String> = parts.iter().map(|part| snake(part)).collect();
        let text = "The field cannot be modified.";
        return Err(AdsError::new("fieldError", "IMMUTABLE_FIELD", text).at(&path.join(".")));
    }
    Ok(fields)
}

fn write(
    message: &'static Message,
    out: &mut Map<String, Value>,
    body: &Map<String, Value>,
    parts: &[&str],
    first: &'static Field,
) {
    if let (Some(oneof), true) = (first.oneof, body.contains_key(first.name)) {
        let others =
            message.fields.iter().filter(|other| other.oneof == Some(oneof) && other.name != first.name);
        others.for_each(|other| drop(out.remove(other.name)));
        if first.parts().is_some() && !out.contains_key(first.name) {
            out.insert(first.name.to_owned(), json!({}));
        }
    }
    put(out, Some(body), parts);
}

fn put(out: &mut Map<String, Value>, body: Option<&Map<String, Value>>, parts: &[&str]) {
    let Some((first, rest)) = parts.split_first() else { return };
    let given = body.and_then(|body| body.get(*first));
    if rest.is_empty() {
        match given {
            Some(value) => drop(out.insert((*first).to_owned(), value.clone())),
            None => drop(out.remove(*first)),
        }
        return;
    }
    let inner_body = given.and_then(Value::as_object);
    if !out.contains_key(*first) {
        if inner_body.is_none() {
            return;
        }
        out.insert((*first).to_owned(), json!({}));
    }
    if let Some(inner) = out.get_mut(*first).and_then(Value::as_object_mut) {
        put(inner, inner_body, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::tables::CAMPAIGN;

    fn applied(old: Value, body: Value, mask: &str) -> Result<Value, &'static str> {
        let mask: Vec<String> = mask.split(',').map(str::to_owned).collect();
        apply(&CAMPAIGN, old.as_object().unwrap(), body.as_object().unwrap(), &mask)
            .map(Value::Object)
            .map_err(|errors| errors[0].code)
    }

    #[test]
    fn only_what_the_mask_names_is_written_or_cleared() {
        let old = json!({ "name": "a", "finalUrlSuffix": "x", "networkSettings": { "targetYoutube": true } });
        let body = json!({ "name": "b", "networkSettings": { "targetGoogleSearch": true }, "trackingUrlTemplate": "t" });
        let new = applied(old, body, "name,finalUrlSuffix,networkSettings.targetGoogleSearch").unwrap();
        let wanted =
            json!({ "name": "b", "networkSettings": { "targetYoutube": true, "targetGoogleSearch": true } });
        assert_eq!(new, wanted);
    }

    #[test]
    fn another_bidding_strategy_takes_the_place_of_the_old_one() {
        let body = json!({ "maximizeConversions": {} });
        let new = applied(json!({ "manualCpc": {} }), body, "maximizeConversions.targetCpaMicros").unwrap();
        assert_eq!(new, json!({ "maximizeConversions": {} }));
    }

    #[test]
    fn masks_name_leaves_that_exist_and_can_be_changed() {
        for (mask, code) in [
            ("nme", "FIELD_NOT_FOUND"),
            ("network_settings.target_youtube", "FIELD_NOT_FOUND"),
            ("networkSettings", "FIELD_HAS_SUBFIELDS"),
            ("advertisingChannelType", "IMMUTABLE_FIELD"),
            ("servingStatus", "IMMUTABLE_FIELD"),
        ] {
            assert_eq!(applied(json!({}), json!({}), mask), Err(code), "{mask}");
        }
    }
}
