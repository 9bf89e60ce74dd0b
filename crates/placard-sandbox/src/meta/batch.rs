//! Batch requests (Meta, `platforms/meta.md` §18).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{MetaError, MetaResult};
use super::{Answer, answer};
use crate::faults::Action;
use crate::world::World;

/// Items of one batch.
const MOST: usize = 50;

/// What became of a batch.
pub(crate) enum Outcome {
    /// Answers in order; `null` for items that did not run or whose answer is left out.
    Answered(Value),
    /// The connection closes after some items were carried out.
    Cut,
}

struct Item {
    method: String,
    relative_url: String,
    body: Option<String>,
    name: Option<String>,
    depends_on: Option<String>,
    omit: bool,
    attached: Vec<String>,
}

const ITEM: &[&str] = &[
    "method",
    "relative_url",
    "body",
    "name",
    "depends_on",
    "omit_response_on_success",
    "attached_files",
    "headers",
];

/// Reads the `batch` parameter.
fn items(call: &Call) -> MetaResult<Vec<Item>> {
    call.params.only(&[&["batch", "include_headers"]])?;
    let list = call
        .params
        .list("batch")?
        .ok_or_else(|| MetaError::field("batch", "The parameter batch is required"))?;
    if list.len() > MOST {
        return Err(MetaError::new(
            100,
            format!("(#100) Too many requests in batch message. Maximum batch size is {MOST}"),
        ));
    }
    list.iter().map(item).collect()
}

/// The ad account that the first item about one names.
pub(crate) fn account(call: &Call) -> Option<String> {
    let urls = items(call).ok()?.into_iter().map(|item| item.relative_url);
    urls.into_iter().find_map(|url| {
        let segment = url.split(['/', '?']).find_map(|segment| segment.strip_prefix("act_"))?;
        Some(segment.to_owned())
    })
}

/// How many items a call has, when it is a batch.
pub(crate) fn count(call: &Call) -> usize {
    items(call).map_or(0, |items| items.len())
}

fn item(value: &Value) -> MetaResult<Item> {
    let bad = |message: &str| MetaError::field("batch", message);
    let object = value.as_object().ok_or_else(|| bad("A batch item must be an object"))?;
    if let Some(name) = object.keys().find(|name| !ITEM.contains(&name.as_str())) {
        return Err(bad(&format!("Unknown field {name} in a batch item")));
    }
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Item {
        method: text("method").ok_or_else(|| bad("A batch item needs a method"))?,
        relative_url: text("relative_url").ok_or_else(|| bad("A batch item needs a relative_url"))?,
        body: text("body"),
        depends_on: text("depends_on"),
        omit: match object.get("omit_response_on_success") {
            None => text("name").is_some(),
            Some(flag) => super::params::as_bool(flag)
                .ok_or_else(|| bad("omit_response_on_success must be a boolean"))?,
        },
        name: text("name"),
        attached: text("attached_files")
            .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect())
            .unwrap_or_default(),
    })
}

/// Carries out a batch; `fault` is what strikes the batch as a whole.
pub(crate) fn run(world: &mut World, call: &Call, seq: u64, fault: Option<&Action>) -> MetaResult<Outcome> {
    let items = items(call)?;
    let with_headers = call.params.bool("include_headers")?.unwrap_or(true);
    let mut results: BTreeMap<String, Value> = BTreeMap::new();
    let mut failed: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match fault {
            Some(Action::BatchPartialDrop(after)) if index >= *after => return Ok(Outcome::Cut),
            Some(Action::BatchItemNull(null)) if *null == index => {
                failed.extend(item.name.clone());
                out.push(Value::Null);
                continue;
            }
            _ => {}
        }
        let answer = match prepared(item, call, &results, &failed) {
            Ok(call) => {
                let struck = world.faults.scripted(call.method.as_str(), &call.path_text());
                if struck == Some(Action::DropBefore) {
                    return Ok(Outcome::Cut);
                }
                let answer = answer(world, &call, Some(seq), struck.as_ref());
                if matches!(struck, Some(Action::DropAfter | Action::TruncatedBody)) {
                    return Ok(Outcome::Cut);
                }
                answer
            }
            Err(error) => Answer::refusal(&error, world.head.seq),
        };
        let ok = answer.status == 200;
        match (&item.name, ok) {
            (Some(name), true) => {
                results.insert(name.clone(), answer.json.clone());
            }
            (Some(name), false) => failed.push(name.clone()),
            (None, _) => {}
        }
        out.push(if ok && item.omit { Value::Null } else { wire(&answer, with_headers) });
    }
    if let Some(Action::BatchPartialDrop(_)) = fault {
        return Ok(Outcome::Cut);
    }
    Ok(Outcome::Answered(Value::Array(out)))
}

fn wire(answer: &Answer, with_headers: bool) -> Value {
    let mut out = json!({ "code": answer.status, "body": answer.json.to_string() });
    if with_headers {
        let headers: Vec<Value> =
            answer.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        out["headers"] = json!(headers);
    }
    out
}

/// The call of an item, its references filled in. Items whose dependency failed are refused.
fn prepared(
    item: &Item,
    outer: &Call,
    results: &BTreeMap<String, Value>,
    failed: &[String],
) -> MetaResult<Call> {
    if let Some(name) = item.depends_on.as_ref().filter(|name| !results.contains_key(*name)) {
        let why = if failed.contains(name) { "failed" } else { "is not in this batch" };
        return Err(MetaError::new(
            100,
            format!("(#100) The request named {name}, which this depends on, {why}"),
        ));
    }
    let relative_url = filled(&item.relative_url, results)?;
    let body = item.body.as_deref().map(|body| filled(body, results)).transpose()?;
    let mut files = Vec::new();
    for name in &item.attached {
        let file = outer.files.iter().find(|file| file.field == *name);
        files.push(
            file.cloned()
                .ok_or_else(|| MetaError::field("attached_files", format!("File {name} was not sent")))?,
        );
    }
    let path = relative_url.trim_start_matches('/');
    Call::item(&item.method, path, body.as_deref(), files, outer)
}

/// Replaces `{result=name:$.path}` by what the named item answered. In a body both the plain and the
/// percent-encoded spelling occur, since callers encode values before they know of references.
fn filled(text: &str, results: &BTreeMap<String, Value>) -> MetaResult<String> {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let plain = rest.find("{result=").map(|at| (at, "{result=".len(), "}"));
        let encoded = rest.find("%7Bresult%3D").map(|at| (at, "%7Bresult%3D".len(), "%7D"));
        let Some((at, skip, close)) = plain.into_iter().chain(encoded).min_by_key(|(at, ..)| *at) else {
            out.push_str(rest);
            return Ok(out);
        };
        out.push_str(&rest[..at]);
        let inner = &rest[at + skip..];
        let end = inner
            .find(close)
            .ok_or_else(|| MetaError::new(2500, "(#2500) A result reference is not closed"))?;
        out.push_str(&resolve(&inner[..end], results)?);
        rest = &inner[end + close.len()..];
    }
}

fn resolve(reference: &str, results: &BTreeMap<String, Value>) -> MetaResult<String> {
    let decoded = percent_encoding::percent_decode_str(reference).decode_utf8_lossy().into_owned();
    let bad = |message: String| MetaError::new(2500, format!("(#2500) {message}"));
    let (name, path) =
        decoded.split_once(':').ok_or_else(|| bad(format!("The reference {decoded} has no path")))?;
    let result = results
        .get(name)
        .ok_or_else(|| bad(format!("The request named {name} has no result to refer to")))?;
    let found =
        json_path(result, path).ok_or_else(|| bad(format!("{path} is not in the result of {name}")))?;
    let texts: Vec<String> =
        found.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    Ok(texts.join(","))
}

/// The part of JSONPath that batch requests use: `$`, members, indices and `*`.
fn json_path<'v>(value: &'v Value, path: &str) -> Option<Vec<&'v Value>> {
    let steps = path.strip_prefix('$')?.replace('[', ".").replace(']', "");
    let mut found = vec![value];
    for step in steps.split('.').map(|step| step.trim_matches(['\'', '"'])).filter(|step| !step.is_empty()) {
        found = found
            .into_iter()
            .flat_map(|value| match (step, value) {
                ("*", Value::Object(map)) => map.values().collect::<Vec<_>>(),
                ("*", Value::Array(list)) => list.iter().collect(),
                (step, Value::Array(list)) => {
                    step.parse::<usize>().ok().and_then(|at| list.get(at)).into_iter().collect()
                }
                (step, value) => value.get(step).into_iter().collect(),
            })
            .collect();
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_filled_in_both_spellings() {
        let results = BTreeMap::from([(
            "c1".to_owned(),
            json!({ "id": "12", "data": [{ "id": "7" }, { "id": "8" }] }),
        )]);
        assert_eq!(filled("a={result=c1:$.id}&b=1", &results).unwrap(), "a=12&b=1");
        assert_eq!(filled("a=%7Bresult%3Dc1%3A%24.id%7D", &results).unwrap(), "a=12");
        assert_eq!(filled("ids={result=c1:$.data.*.id}", &results).unwrap(), "ids=7,8");
        assert_eq!(filled("{result=c2:$.id}", &results).unwrap_err().code, 2500);
        assert_eq!(filled("{result=c1:$.nope}", &results).unwrap_err().code, 2500);
    }
}
