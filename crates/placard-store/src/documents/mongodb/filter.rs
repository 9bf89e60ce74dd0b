//! Filters and orders as MongoDB reads them, from names that a collection declares.

use super::{
    super::{Comparison, Filter, Scalar, adapter::Entry, page::After},
    wire::{binary, date},
};
use ::mongodb::bson::{Bson, Document, doc};
use placard_domain::document::{Collection, Field};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// True of nothing.
fn nothing() -> Document {
    doc! { "_id": { "$in": [] } }
}

pub(super) fn filter_of(filter: &Filter) -> Document {
    match filter {
        Filter::Compare(path, comparison, value) => {
            let operator = match comparison {
                Comparison::Eq => "$eq",
                Comparison::Ne => "$ne",
                Comparison::Lt => "$lt",
                Comparison::Lte => "$lte",
                Comparison::Gt => "$gt",
                Comparison::Gte => "$gte",
            };
            doc! { path: { operator: bson_of(value) } }
        }
        Filter::In(path, values) => doc! { path: { "$in": values.iter().map(bson_of).collect::<Vec<_>>() } },
        Filter::Exists(path, wanted) => doc! { path: { "$exists": *wanted } },
        Filter::Contains(path, texts) => doc! { path: { "$in": texts } },
        Filter::And(all) if all.is_empty() => Document::new(),
        Filter::And(all) => all_of(all.iter().map(filter_of).collect()),
        Filter::Or(all) if all.is_empty() => nothing(),
        Filter::Or(all) => doc! { "$or": all.iter().map(filter_of).collect::<Vec<_>>() },
    }
}

/// What all of them are true of. Filters about different fields stand side by side, which every server finds an index
/// for.
pub(super) fn all_of(all: Vec<Document>) -> Document {
    let mut joined = Document::new();
    let mut rest = Vec::new();
    for filter in all {
        if filter.keys().any(|name| joined.contains_key(name)) {
            rest.push(filter);
        } else {
            joined.extend(filter);
        }
    }
    if !rest.is_empty() {
        if let Some(Bson::Array(more)) = joined.remove("$and") {
            rest.push(doc! { "$and": more });
        }
        joined.insert("$and", rest);
    }
    joined
}

pub(super) fn order_of(field: Option<Field>, down: bool) -> Document {
    let direction = if down { -1 } else { 1 };
    let mut order = Document::new();
    if let Some(field) = field {
        order.insert(field.path, direction);
    }
    order.insert("_id", direction);
    order
}

/// What comes after `after`. Documents without a value come first going up and last going down, as everywhere in
/// MongoDB.
pub(super) fn beyond(field: Option<Field>, down: bool, after: &After) -> Document {
    let more = if down { "$lt" } else { "$gt" };
    let id = doc! { more: binary(after.id) };
    let Some(Field { path, .. }) = field else { return doc! { "_id": id } };
    let mut ways = Vec::new();
    match &after.value {
        Some(value) => {
            ways.push(doc! { path: { more: bson_of(value) } });
            ways.push(doc! { path: bson_of(value), "_id": id });
            if down {
                ways.push(doc! { path: { "$exists": false } });
            }
        }
        None => {
            ways.push(doc! { path: { "$exists": false }, "_id": id });
            if !down {
                ways.push(doc! { path: { "$exists": true } });
            }
        }
    }
    doc! { "$or": ways }
}

/// The document with this natural key.
pub(super) fn natural_key(of: &Collection, body: &Value) -> Document {
    of.natural_key.iter().map(|path| ((*path).to_owned(), plain(&body[*path]))).collect()
}

/// The documents with the natural keys of `bodies`, in a few questions: those that differ in one field alone are asked for
/// together. One question with all of them as an `$or` beside the tenant has some servers read the whole collection.
pub(super) fn natural_keys<'b>(of: &Collection, bodies: impl Iterator<Item = &'b Value>) -> Vec<Document> {
    let keys: Vec<Document> = bodies.map(|body| natural_key(of, body)).collect();
    let variety = |path: &&str| {
        let values = keys.iter().filter_map(|key| key.get(*path)).map(ToString::to_string);
        values.collect::<BTreeSet<String>>().len()
    };
    let Some(varied) = of.natural_key.iter().copied().max_by_key(variety) else { return Vec::new() };
    let mut questions: BTreeMap<String, (Document, Vec<Bson>)> = BTreeMap::new();
    for mut key in keys {
        let value = key.remove(varied);
        let (_, values) = questions.entry(key.to_string()).or_insert_with(|| (key, Vec::new()));
        values.extend(value);
    }
    let question = |(mut which, values): (Document, Vec<Bson>)| {
        which.insert(varied, doc! { "$in": values });
        which
    };
    questions.into_values().map(question).collect()
}

/// Documents with another id that have something of the entry which only one may have.
pub(super) fn in_the_way(of: &Collection, entry: &Entry) -> Document {
    let mut rules = vec![natural_key(of, &entry.body)];
    for index in of.indexes.iter().filter(|index| index.unique) {
        let value = |path: &'static str| {
            let value = path.split('.').try_fold(&entry.body, |value, name| value.get(name))?;
            Some((path.to_owned(), plain(value)))
        };
        rules.extend(index.keys.iter().map(|key| value(key.path())).collect::<Option<Document>>());
    }
    doc! { "_id": { "$ne": binary(entry.id) }, "$or": rules }
}

/// A value of a natural key, which is a text or a whole number.
fn plain(value: &Value) -> Bson {
    value.as_i64().map_or_else(|| value.as_str().unwrap_or_default().into(), Bson::Int64)
}

fn bson_of(value: &Scalar) -> Bson {
    match value {
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Integer(number) => Bson::Int64(*number),
        Scalar::Bool(yes) => Bson::Boolean(*yes),
        Scalar::Moment(at) => date(at.get()),
    }
}
