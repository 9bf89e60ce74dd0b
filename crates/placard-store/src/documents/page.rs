//! Where a page of documents ended, as a text that means nothing to its holder.

use super::{DocumentError, Filter, Scalar, Sort, adapter::Entry};
use placard_domain::document::{Collection, Field, Kind, Moment};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// After which document a page begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct After {
    /// What it has in the field that is sorted by.
    pub(super) value: Option<Scalar>,
    pub(super) id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Written {
    question: String,
    value: Option<Value>,
    id: Uuid,
}

/// The cursor after `entry`, for the same question.
pub(super) fn cursor(of: &Collection, filter: &Filter, sort: &Sort, entry: &Entry) -> String {
    let field = sort.field.as_deref().and_then(|path| of.field(path));
    let value = field.and_then(|field| match value_at(entry, field)? {
        Scalar::Text(text) => Some(text.into()),
        Scalar::Integer(number) => Some(number.into()),
        Scalar::Bool(yes) => Some(yes.into()),
        Scalar::Moment(at) => Some(at.to_string().into()),
    });
    let written = Written { question: question(of, filter, sort), value, id: entry.id };
    hex::encode(serde_json::to_vec(&written).expect("names are texts"))
}

/// Reads a cursor that was given for the same question.
pub(super) fn after(
    of: &'static Collection,
    filter: &Filter,
    sort: &Sort,
    cursor: &str,
) -> Result<After, DocumentError> {
    let bytes = hex::decode(cursor).map_err(|_| DocumentError::Cursor)?;
    let written: Written = serde_json::from_slice(&bytes).map_err(|_| DocumentError::Cursor)?;
    if written.question != question(of, filter, sort) {
        return Err(DocumentError::Cursor);
    }
    let value = match (sort.resolve(of)?, written.value) {
        (_, None) => None,
        (Some(field), Some(value)) => Some(scalar(field.kind, &value).ok_or(DocumentError::Cursor)?),
        (None, Some(_)) => return Err(DocumentError::Cursor),
    };
    Ok(After { value, id: written.id })
}

/// What a cursor is good for.
fn question(of: &Collection, filter: &Filter, sort: &Sort) -> String {
    let text = serde_json::to_string(&(of.name, filter, sort)).expect("names are texts");
    hex::encode(&Sha256::digest(text)[..8])
}

/// What an entry has in a field that holds one value.
pub(super) fn value_at(entry: &Entry, field: Field) -> Option<Scalar> {
    let moment = |at| Moment::new(at).ok().map(Scalar::Moment);
    if field == Collection::CREATED_AT {
        return moment(entry.created_at);
    }
    if field == Collection::UPDATED_AT {
        return moment(entry.updated_at);
    }
    let value = field.path.split('.').try_fold(&entry.body, |value, name| value.get(name))?;
    scalar(field.kind, value)
}

fn scalar(kind: Kind, value: &Value) -> Option<Scalar> {
    Some(match kind {
        Kind::Text => Scalar::Text(value.as_str().filter(|text| !text.contains('\0'))?.to_owned()),
        Kind::Integer => Scalar::Integer(value.as_i64()?),
        Kind::Bool => Scalar::Bool(value.as_bool()?),
        Kind::Moment => Scalar::Moment(value.as_str()?.parse().ok()?),
        Kind::Texts => return None,
    })
}
