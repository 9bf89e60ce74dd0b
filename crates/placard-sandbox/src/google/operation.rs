//! The operations of a mutate call, read from its body (Google, `platforms/google.md` §2, §3).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::decode::{self, Violations};
use super::error::{AdsError, GoogleResult, Refusal, Step, steps};
use super::kind::Kind;
use super::schema::{camel, snake};
use crate::wire::{WireEnum, wire_enum};

wire_enum! {
    /// What an answer holds of a written resource.
    pub(crate) enum ContentType {
        NameOnly = "RESOURCE_NAME_ONLY",
        Mutable = "MUTABLE_RESOURCE",
    }
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Deed {
    Create(Map<String, Value>),
    Update { fields: Map<String, Value>, mask: Option<Vec<String>> },
    Remove(String),
}

/// One operation; without a deed it is refused by itself.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) kind: Kind,
    pub(crate) deed: Option<Deed>,
    /// The way to it, for errors.
    pub(crate) steps: Vec<Step>,
}

impl Operation {
    /// Whether it gives an undeclared campaign its declaration, or takes the campaign away.
    pub(crate) fn declares(&self, undeclared: &BTreeSet<String>) -> bool {
        match &self.deed {
            Some(Deed::Update { fields, mask }) if self.kind == Kind::Campaign => {
                let known = fields.get("resourceName").and_then(Value::as_str);
                known.is_some_and(|name| undeclared.contains(name))
                    && mask.iter().flatten().any(|path| path == "containsEuPoliticalAdvertising")
            }
            Some(Deed::Remove(name)) => undeclared.contains(name),
            _ => false,
        }
    }
}

/// A whole call.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) operations: Vec<Operation>,
    pub(crate) partial_failure: bool,
    pub(crate) validate_only: bool,
    pub(crate) content: ContentType,
}

/// Most operations in one call.
const MOST: usize = 10_000;

/// Kinds of operation that exist and are not served.
const OTHERS: &[&str] = &[
    "assetGroupOperation",
    "assetGroupAssetOperation",
    "assetGroupSignalOperation",
    "assetGroupListingGroupFilterOperation",
    "biddingStrategyOperation",
    "customerAssetOperation",
    "audienceOperation",
    "sharedSetOperation",
    "campaignSharedSetOperation",
    "sharedCriterionOperation",
    "customerOperation",
    "campaignConversionGoalOperation",
    "adGroupBidModifierOperation",
];

/// Reads the body of `{collection}:mutate`.
pub(crate) fn of_collection(kind: Kind, body: &Map<String, Value>) -> GoogleResult<Batch> {
    let mut violations = Violations::default();
    let flags = flags(body, kind.has_content_type(), "operations", &mut violations);
    let mut operations = Vec::new();
    for (index, item) in list(body, "operations", &mut violations).iter().enumerate() {
        let place = format!("operations[{index}]");
        let Some(item) = item.as_object() else {
            violations.value(&place, "message", item);
            continue;
        };
        operations.push(one(kind, item, &place, &mut violations)?);
    }
    finish(operations, flags, violations)
}

/// Reads the body of `googleAds:mutate`.
pub(crate) fn of_many(body: &Map<String, Value>) -> GoogleResult<Batch> {
    let mut violations = Violations::default();
    let flags = flags(body, true, "mutateOperations", &mut violations);
    let mut operations = Vec::new();
    for (index, item) in list(body, "mutateOperations", &mut violations).iter().enumerate() {
        let place = format!("mutate_operations[{index}]");
        let Some(item) = item.as_object() else {
            violations.value(&place, "message", item);
            continue;
        };
        let mut members = item.iter().filter(|(_, value)| !value.is_null());
        let (Some((name, inner)), None) = (members.next(), members.next()) else {
            let code = "OPERATION_REQUIRED";
            let error =
                AdsError::new("requestError", code, "A mutate operation holds exactly one operation.");
            return Err(error.at(&place).into());
        };
        if OTHERS.contains(&name.as_str()) {
            return Err(Refusal::not_served(name));
        }
        let kind = Kind::ALL.iter().find(|kind| format!("{}Operation", camel(kind.word())) == *name);
        match (kind, inner.as_object()) {
            (Some(kind), Some(inner)) => {
                let place = format!("{place}.{}", snake(name));
                operations.push(one(*kind, inner, &place, &mut violations)?);
            }
            (Some(_), None) => violations.value(&format!("{place}.{}", snake(name)), "message", inner),
            (None, _) => violations.unknown(&place, name),
        }
    }
    finish(operations, flags, violations)
}

fn list<'a>(body: &'a Map<String, Value>, name: &str, violations: &mut Violations) -> &'a [Value] {
    match body.get(name) {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => &[],
        Some(other) => {
            violations.value(&snake(name), "repeated", other);
            &[]
        }
    }
}

fn flags(
    body: &Map<String, Value>,
    has_content_type: bool,
    operations: &str,
    violations: &mut Violations,
) -> (bool, bool, ContentType) {
    let mut flags = (false, false, ContentType::NameOnly);
    for (name, value) in body.iter().filter(|(_, value)| !value.is_null()) {
        let flag = match name.as_str() {
            name if name == operations => continue,
            "partialFailure" => &mut flags.0,
            "validateOnly" => &mut flags.1,
            "responseContentType" if has_content_type => {
                match value.as_str().and_then(ContentType::parse) {
                    Some(content) => flags.2 = content,
                    None => violations.value("response_content_type", "TYPE_ENUM", value),
                }
                continue;
            }
            _ => {
                violations.unknown("", name);
                continue;
            }
        };
        match value.as_bool() {
            Some(value) => *flag = value,
            None => violations.value(&snake(name), "TYPE_BOOL", value),
        }
    }
    flags
}

fn one(
    kind: Kind,
    item: &Map<String, Value>,
    place: &str,
    violations: &mut Violations,
) -> GoogleResult<Operation> {
    let mut deed = None;
    let mut mask = None;
    let mut set = 0;
    for (name, value) in item.iter().filter(|(_, value)| !value.is_null()) {
        let at = format!("{place}.{}", snake(name));
        match (name.as_str(), value) {
            ("create", Value::Object(body)) if kind.can_create() => {
                deed = Some(Deed::Create(decode::message(kind.message(), body, &at, violations)));
            }
            ("update", Value::Object(body)) if kind.can_update() => {
                let fields = decode::message(kind.message(), body, &at, violations);
                deed = Some(Deed::Update { fields, mask: None });
            }
            ("remove", Value::String(resource)) if kind.can_remove() => {
                deed = Some(Deed::Remove(resource.clone()));
            }
            ("updateMask", Value::String(text)) if kind.can_update() => {
                mask = Some(text.split(',').filter(|path| !path.is_empty()).map(str::to_owned).collect());
                continue;
            }
            ("policyValidationParameter", _) if matches!(kind, Kind::AdGroupAd | Kind::Ad) => {
                return Err(Refusal::not_served("policyValidationParameter"));
            }
            ("exemptPolicyViolationKeys", _) if kind == Kind::AdGroupCriterion => {
                return Err(Refusal::not_served("exemptPolicyViolationKeys"));
            }
            ("create", other) if kind.can_create() => violations.value(&at, "message", other),
            ("update", other) if kind.can_update() => violations.value(&at, "message", other),
            ("remove", other) if kind.can_remove() => violations.value(&at, "TYPE_STRING", other),
            ("updateMask", other) if kind.can_update() => violations.value(&at, "TYPE_FIELD_MASK", other),
            _ => violations.unknown(place, name),
        }
        set += 1;
    }
    if set > 1 {
        violations.value(place, "oneof", &Value::String("operation is already set".to_owned()));
    }
    let word = match &mut deed {
        Some(Deed::Create(_)) => ".create",
        Some(Deed::Update { mask: given, .. }) => {
            *given = mask;
            ".update"
        }
        Some(Deed::Remove(_)) => ".remove",
        None => "",
    };
    Ok(Operation { kind, deed, steps: steps(&format!("{place}{word}")) })
}

fn finish(
    operations: Vec<Operation>,
    (partial_failure, validate_only, content): (bool, bool, ContentType),
    violations: Violations,
) -> GoogleResult<Batch> {
    violations.none_or_refuse()?;
    if operations.is_empty() {
        return Err(AdsError::required("operations").into());
    }
    if operations.len() > MOST {
        let text = format!("Too many mutate operations; the limit is {MOST}.");
        return Err(AdsError::new("requestError", "TOO_MANY_MUTATE_OPERATIONS", text).into());
    }
    Ok(Batch { operations, partial_failure, validate_only, content })
}
