//! TikTok's answers, as far as they are read (TikTok, `platforms/tiktok.md` §1, §2). What must be there and is not is an
//! error that names its place.

use super::errors::ours;
use crate::{ErrorKind, PlatformError};
use rust_decimal::Decimal;
use serde_json::Value;

/// A text, or a number as text: ids are texts of digits, and some samples have them as numbers (§2).
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

/// The text at a dotted path that TikTok's documents promise.
pub(super) fn promised(operation: &str, value: &Value, path: &str) -> Result<String, PlatformError> {
    text_at(value, path).ok_or_else(|| missing(operation, path))
}

/// The list at a dotted path that TikTok's documents promise.
pub(super) fn list<'a>(
    operation: &str,
    value: &'a Value,
    path: &str,
) -> Result<&'a Vec<Value>, PlatformError> {
    at(value, path).and_then(Value::as_array).ok_or_else(|| missing(operation, path))
}

/// The answer lacks what stands at `path`.
pub(super) fn missing(operation: &str, path: &str) -> PlatformError {
    let error =
        ours(operation, ErrorKind::Malformed, format!("the answer has no `{path}`, or not as documented"));
    PlatformError { field: Some(path.to_owned()), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_may_be_numbers_and_amounts_are_read_exactly() {
        assert_eq!(plain(&json!(1_700_000_000_000_000_123_u64)), "1700000000000000123");
        assert_eq!(plain(&json!("1700")), "1700");
        assert_eq!(decimal(&json!(50.55)), "50.55".parse().ok());
        assert_eq!(decimal(&json!("-")), None);
    }

    #[test]
    fn what_is_missing_is_named_with_its_place() {
        let answer = json!({"campaign": {"id": "1", "name": null}});
        assert_eq!(promised("read", &answer, "campaign.id").unwrap(), "1");
        let error = promised("read", &answer, "campaign.name").unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Malformed, Some("campaign.name")));
        assert!(list("read", &answer, "campaign").is_err());
    }
}
