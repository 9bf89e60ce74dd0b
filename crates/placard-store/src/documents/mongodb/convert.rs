//! Documents as JSON and as BSON. What the schema calls a moment is a date there, so that the server can compare it
//! with its clock; everything else is what it looks like.

use super::{
    super::{DocumentError, adapter::Entry},
    wire::uuid,
};
use ::mongodb::bson::{self, Bson, Document};
use chrono::{DateTime, Utc};
use placard_domain::document::{COLLECTIONS, Collection, Moment};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::LazyLock};

static SCHEMAS: LazyLock<BTreeMap<&'static str, Value>> =
    LazyLock::new(|| COLLECTIONS.iter().map(|of| (of.name, (of.schema)())).collect());

/// A document that was checked, as the server keeps it.
pub(super) fn to_document(of: &Collection, body: &Value) -> Document {
    match to_bson(body, &SCHEMAS[of.name]) {
        Bson::Document(document) => document,
        // What is no object was refused before.
        _ => Document::new(),
    }
}

/// JSON as it is, for what is no document.
pub(super) fn plain(value: &Value) -> Document {
    match to_bson(value, &Value::Null) {
        Bson::Document(document) => document,
        _ => Document::new(),
    }
}

fn to_bson(value: &Value, schema: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(yes) => Bson::Boolean(*yes),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Bson::Double(number.as_f64().unwrap_or_default()), Bson::Int64)
        }
        Value::String(text) => match (schema["format"].as_str(), text.parse::<Moment>()) {
            (Some("date-time"), Ok(at)) => bson::DateTime::from_millis(at.get().timestamp_millis()).into(),
            _ => Bson::String(text.clone()),
        },
        Value::Array(items) => {
            items.iter().map(|item| to_bson(item, &schema["items"])).collect::<Vec<_>>().into()
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let declared = &schema["properties"][name];
                let schema = if declared.is_null() { &schema["additionalProperties"] } else { declared };
                (name.clone(), to_bson(value, schema))
            };
            Bson::Document(fields.iter().map(field).collect())
        }
    }
}

pub(super) fn to_entries(of: &'static Collection, all: Vec<Document>) -> Result<Vec<Entry>, DocumentError> {
    all.into_iter().map(|document| to_entry(of, document)).collect()
}

/// What the server keeps, taken apart into the document and what is beside it.
pub(super) fn to_entry(of: &'static Collection, mut document: Document) -> Result<Entry, DocumentError> {
    let id = document.remove("_id").and_then(|id| uuid(&id));
    let corrupt = |what: &str| DocumentError::Corrupt {
        one: of.one,
        id: id.unwrap_or_default(),
        source: format!("{what} is missing or of another kind").into(),
    };
    let Some(known) = id else { return Err(corrupt("_id")) };
    let version = document.remove("version").and_then(|version| version.as_i64());
    let mut moment = |name: &str| -> Option<DateTime<Utc>> {
        let Some(Bson::DateTime(at)) = document.remove(name) else { return None };
        DateTime::from_timestamp_millis(at.timestamp_millis())
    };
    let (created_at, updated_at) = (moment("created_at"), moment("updated_at"));
    for beside in Collection::RESERVED {
        document.remove(beside);
    }
    Ok(Entry {
        id: known,
        version: version.ok_or_else(|| corrupt("version"))?,
        created_at: created_at.ok_or_else(|| corrupt("created_at"))?,
        updated_at: updated_at.ok_or_else(|| corrupt("updated_at"))?,
        body: to_json_object(document).ok_or_else(|| corrupt("a value"))?,
    })
}

fn to_json_object(document: Document) -> Option<Value> {
    let fields = document.into_iter().map(|(name, value)| Some((name, to_json(value)?)));
    Some(Value::Object(fields.collect::<Option<Map<_, _>>>()?))
}

fn to_json(value: Bson) -> Option<Value> {
    Some(match value {
        Bson::Null => Value::Null,
        Bson::Boolean(yes) => yes.into(),
        Bson::Int32(number) => number.into(),
        Bson::Int64(number) => number.into(),
        Bson::Double(number) => serde_json::Number::from_f64(number)?.into(),
        Bson::String(text) => text.into(),
        Bson::DateTime(at) => {
            let at = DateTime::from_timestamp_millis(at.timestamp_millis())?;
            Moment::new(at).ok()?.to_string().into()
        }
        Bson::Array(items) => Value::Array(items.into_iter().map(to_json).collect::<Option<_>>()?),
        Bson::Document(document) => to_json_object(document)?,
        _ => return None,
    })
}
