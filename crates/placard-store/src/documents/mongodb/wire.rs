//! Values and refusals as MongoDB writes them.

use super::{super::DocumentError, scope::Failure};
use ::mongodb::{
    bson::{self, Bson, spec::BinarySubtype},
    error::{Error, ErrorKind, WriteFailure},
};
use chrono::{DateTime, Utc};
use placard_domain::document::Collection;
use uuid::Uuid;

/// A document stands where only one may: `DuplicateKey`.
const DUPLICATE_KEY: i32 = 11_000;

pub(super) fn binary(id: Uuid) -> Bson {
    bson::Binary { subtype: BinarySubtype::Uuid, bytes: id.into_bytes().to_vec() }.into()
}

pub(super) fn uuid(value: &Bson) -> Option<Uuid> {
    match value {
        Bson::Binary(binary) if binary.subtype == BinarySubtype::Uuid => Uuid::from_slice(&binary.bytes).ok(),
        _ => None,
    }
}

pub(super) fn date(at: DateTime<Utc>) -> Bson {
    bson::DateTime::from_millis(at.timestamp_millis()).into()
}

pub(super) fn mongo_error(error: Error) -> DocumentError {
    DocumentError::MongoDb(Box::new(error))
}

/// The server's code and words, if it refused.
pub(super) fn code_of(error: &Error) -> Option<(i32, String)> {
    match &*error.kind {
        ErrorKind::Command(refusal) => Some((refusal.code, refusal.message.clone())),
        ErrorKind::Write(WriteFailure::WriteError(refusal)) => Some((refusal.code, refusal.message.clone())),
        _ => None,
    }
}

/// Tells which of the collection's rules stood in the way. The server names the index that would hold a document twice:
/// `… index: profiles_natural_key dup key: …`.
pub(super) fn refused(of: &'static Collection, failure: Failure) -> DocumentError {
    match failure {
        Failure::Refused(DUPLICATE_KEY, words) => {
            let index = words.split("index: ").nth(1).and_then(|rest| rest.split_whitespace().next());
            let rule = index.and_then(|name| name.strip_prefix(of.name)?.strip_prefix('_'));
            match rule {
                Some(rule) => DocumentError::Taken { one: of.one, rule: rule.to_owned() },
                None => mongo_error(Error::custom(words)),
            }
        }
        Failure::Refused(code, words) => mongo_error(Error::custom(format!("{words} ({code})"))),
        Failure::Error(error) => mongo_error(error),
    }
}
