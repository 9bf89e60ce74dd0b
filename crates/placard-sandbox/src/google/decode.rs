//! Reads JSON against a message definition and refuses what does not belong (Google, `platforms/google.md` §1, §7).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::error::{AdsError, GoogleResult, Refusal};
use super::schema::{Field, Message, Role, Type, snake};

/// Violations in the order of the body.
#[derive(Default)]
pub(crate) struct Violations(Vec<(String, String)>);

impl Violations {
    pub(crate) fn none_or_refuse(self) -> GoogleResult<()> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Refusal::BadRequest(self.0)),
        }
    }

    /// A field that the message at `place` does not have.
    pub(crate) fn unknown(&mut self, place: &str, name: &str) {
        let at = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
        let text = format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.");
        self.0.push((place.to_owned(), text));
    }

    pub(crate) fn value(&mut self, place: &str, ty: &str, value: &Value) {
        self.0.push((place.to_owned(), format!("Invalid value at '{place}' ({ty}), {value}")));
    }

    fn twice(&mut self, place: &str, oneof: &str, name: &str) {
        let text = format!(
            "Invalid value at '{place}' (oneof), oneof field '{oneof}' is already set. Cannot set '{name}'"
        );
        self.0.push((place.to_owned(), text));
    }
}

/// Reads the body of a request as a JSON object.
pub(crate) fn object(body: &[u8]) -> GoogleResult<Map<String, Value>> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    serde_json::from_slice::<Map<String, Value>>(body).map_err(|error| {
        let text = format!("Invalid JSON payload received. {error}");
        Refusal::BadRequest(vec![(String::new(), text)])
    })
}

fn under(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// Reads one message: every field known, every value of its type, numbers of 64 bits as strings.
pub(crate) fn message(
    message: &'static Message,
    body: &Map<String, Value>,
    place: &str,
    violations: &mut Violations,
) -> Map<String, Value> {
    let mut out = Map::new();
    let mut taken: Vec<&str> = Vec::new();
    for (name, value) in body {
        let Some(field) = message.find(name) else {
            violations.unknown(place, name);
            continue;
        };
        if value.is_null() {
            continue;
        }
        if let Some(oneof) = field.oneof {
            if taken.contains(&oneof) {
                violations.twice(place, oneof, &snake(name));
                continue;
            }
            taken.push(oneof);
        }
        let at = under(place, &snake(name));
        if let Some(value) = read(field, value, &at, violations) {
            out.insert(name.clone(), value);
        }
    }
    out
}

fn read(field: &'static Field, value: &Value, place: &str, violations: &mut Violations) -> Option<Value> {
    if !field.repeated {
        return single(field.ty, value, place, violations);
    }
    let Some(items) = value.as_array() else {
        violations.value(place, "repeated", value);
        return None;
    };
    let mut out = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        out.extend(single(field.ty, item, &format!("{place}[{index}]"), violations));
    }
    Some(Value::Array(out))
}

fn single(ty: Type, value: &Value, place: &str, violations: &mut Violations) -> Option<Value> {
    let read = match ty {
        Type::Text | Type::Name => value.as_str().map(|text| json!(text)),
        Type::Int64 => whole(value).map(|number| json!(number.to_string())),
        Type::Int32 => whole(value).and_then(|number| i32::try_from(number).ok()).map(|number| json!(number)),
        Type::Double => match value {
            Value::Number(number) => number.as_f64().map(|number| json!(number)),
            Value::String(text) => {
                text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|n| json!(n))
            }
            _ => None,
        },
        Type::Bool => value.as_bool().map(|flag| json!(flag)),
        Type::Bytes => value.as_str().filter(|text| BASE64.decode(text).is_ok()).map(|text| json!(text)),
        Type::Enum(words) => value.as_str().filter(|word| words.contains(word)).map(|word| json!(word)),
        Type::Message(inner) => {
            return match value.as_object() {
                Some(body) => Some(Value::Object(message(inner, body, place, violations))),
                None => {
                    violations.value(place, "message", value);
                    None
                }
            };
        }
        Type::AnyResource => None,
    };
    if read.is_none() {
        violations.value(place, type_name(ty), value);
    }
    read
}

/// A whole number, written as a number or as a string of digits.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Text | Type::Name => "TYPE_STRING",
        Type::Int64 => "TYPE_INT64",
        Type::Int32 => "TYPE_INT32",
        Type::Double => "TYPE_DOUBLE",
        Type::Bool => "TYPE_BOOL",
        Type::Bytes => "TYPE_BYTES",
        Type::Enum(_) => "TYPE_ENUM",
        Type::Message(_) | Type::AnyResource => "TYPE_MESSAGE",
    }
}

/// Notes the fields of a creation that only the platform sets.
pub(crate) fn output_only(
    message: &'static Message,
    fields: &Map<String, Value>,
    place: &str,
    errors: &mut Vec<AdsError>,
) {
    for (name, value) in fields {
        let Some(field) = message.find(name) else { continue };
        let at = format!("{place}{}", snake(name));
        if field.role == Role::OutputOnly {
            errors.push(AdsError::unset(&at, "The field is set by Google Ads only."));
        } else if let (Some(inner), Value::Object(fields)) = (field.parts(), value) {
            output_only(inner, fields, &format!("{at}."), errors);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::tables::CAMPAIGN;

    fn read(body: Value) -> Result<Map<String, Value>, Refusal> {
        let mut violations = Violations::default();
        let out = message(&CAMPAIGN, body.as_object().unwrap(), "operations[0].create", &mut violations);
        violations.none_or_refuse().map(|()| out)
    }

    #[test]
    fn numbers_of_64_bits_become_strings_and_unset_fields_vanish() {
        let out = read(json!({ "targetSpend": { "cpcBidCeilingMicros": 5 }, "name": null })).unwrap();
        assert_eq!(Value::Object(out), json!({ "targetSpend": { "cpcBidCeilingMicros": "5" } }));
    }

    #[test]
    fn what_does_not_belong_is_refused_with_its_place() {
        for (body, place) in [
            (json!({ "nme": "x" }), "operations[0].create"),
            (json!({ "networkSettings": { "x": true } }), "operations[0].create.network_settings"),
            (json!({ "status": "ACTIVE" }), "operations[0].create.status"),
            (json!({ "name": 7 }), "operations[0].create.name"),
            (json!({ "manualCpc": {}, "targetSpend": {} }), "operations[0].create"),
        ] {
            let Err(Refusal::BadRequest(violations)) = read(body.clone()) else { panic!("{body}") };
            assert_eq!(violations[0].0, place);
        }
    }
}
