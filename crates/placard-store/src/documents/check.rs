//! What every document must be like before it is written, whichever database it goes to.

use super::{DocumentError, Violation};
use jsonschema::Validator;
use placard_domain::document::{COLLECTIONS, Collection};
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

/// How many violations are named at most.
const NAMED: usize = 20;

static VALIDATORS: LazyLock<BTreeMap<&'static str, Validator>> = LazyLock::new(|| {
    let validator = |of: &Collection| {
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&(of.schema)()).expect("a derived schema is a schema")
    };
    COLLECTIONS.iter().map(|of| (of.name, validator(of))).collect()
});

/// Refuses a document that is not as its collection wants it, naming every path and rule.
///
/// # Errors
/// [`DocumentError::Invalid`].
pub fn check(of: &'static Collection, document: &Value) -> Result<(), DocumentError> {
    let validator = &VALIDATORS[of.name];
    let mut violations: Vec<Violation> = validator
        .iter_errors(document)
        .take(NAMED)
        .map(|error| Violation {
            path: error.instance_path().to_string(),
            rule: error.kind().keyword().to_owned(),
            message: error.masked_with("the value").to_string(),
        })
        .collect();
    storable(document, &mut String::new(), &mut violations);
    if violations.is_empty() {
        return Ok(());
    }
    Err(DocumentError::Invalid { one: of.one, violations })
}

/// PostgreSQL keeps no NUL in a text, and MongoDB no whole number beyond 64 bits; a document must fit into both.
fn storable(value: &Value, path: &mut String, violations: &mut Vec<Violation>) {
    if violations.len() >= NAMED {
        return;
    }
    let mut refuse = |path: &str, rule: &str, message: &str| {
        violations.push(Violation { path: path.into(), rule: rule.into(), message: message.into() });
    };
    match value {
        Value::String(text) if text.contains('\0') => refuse(path, "nul", "the value holds a NUL"),
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            refuse(path, "range", "the value is larger than 2^63 - 1");
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                within(item, &index.to_string(), path, violations);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if name.is_empty() || name.starts_with('$') || name.contains(['\0', '.']) {
                    let message =
                        "a name is not empty, holds neither a dot nor a NUL and begins with no dollar";
                    violations.push(Violation {
                        path: path.clone(),
                        rule: "propertyNames".into(),
                        message: message.into(),
                    });
                    continue;
                }
                within(field, name, path, violations);
            }
        }
        _ => {}
    }
}

fn within(value: &Value, name: &str, path: &mut String, violations: &mut Vec<Violation>) {
    let length = path.len();
    path.push('/');
    path.push_str(&name.replace('~', "~0").replace('/', "~1"));
    storable(value, path, violations);
    path.truncate(length);
}

/// The values of a document's natural key, as texts.
pub(super) fn natural_key(of: &Collection, body: &Value) -> Vec<String> {
    let value = |path: &&str| match &body[*path] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    of.natural_key.iter().map(value).collect()
}
