//! The exact request of each step (Meta, `platforms/meta.md` §5–§14).

use super::{encode::Params, words};
use crate::Prepared;
use placard_domain::{
    AccountRef,
    marker::Naming,
    plan::{
        Action, ObjectKey, ObjectKind, RemoteIds, Step, UnboundReference, reference,
        resolve as resolve_fields,
    },
    spec::RunState,
};
use serde_json::Value;

/// What a video is called, by which it is found again (§23).
pub(super) const TITLE: &str = "title";

/// The request of `step`. Creates are paused and carry a marker in their name; pausing, activating and deleting need
/// no fields.
pub(super) fn prepare(step: &Step, naming: &Naming, account: &AccountRef) -> Prepared {
    let kind = step.object.kind;
    let mut params = Params::new();
    let (method, path) = match step.action {
        Action::Create => {
            params = create_params(step, naming);
            ("POST", create_path(step, account))
        }
        Action::Update => {
            params = update_params(step, naming);
            ("POST", placeholder(&step.object))
        }
        Action::Activate => {
            params.insert("status".to_owned(), words::status(RunState::Active).into());
            ("POST", placeholder(&step.object))
        }
        Action::Pause => {
            params.insert("status".to_owned(), words::status(RunState::Paused).into());
            ("POST", placeholder(&step.object))
        }
        Action::Delete => match kind {
            ObjectKind::Image => {
                params.insert("hash".to_owned(), reference(&step.object));
                ("DELETE", format!("{}/adimages", account.id))
            }
            // An archived form would keep its name, which no other form of the page may have then (§14).
            ObjectKind::LeadForm => {
                params.insert("status".to_owned(), "DELETED".into());
                ("POST", placeholder(&step.object))
            }
            ObjectKind::Campaign
            | ObjectKind::AdGroup
            | ObjectKind::Ad
            | ObjectKind::Keyword
            | ObjectKind::Targeting
            | ObjectKind::Video
            | ObjectKind::Creative => ("DELETE", placeholder(&step.object)),
        },
    };
    let file_name = step.upload.as_ref().map(|upload| file_name(&step.object, &upload.source));
    if let (Action::Create, ObjectKind::Video, Some(name)) = (step.action, kind, &file_name) {
        params.insert(TITLE.to_owned(), name.clone().into());
    }
    Prepared {
        step: step.key.clone(),
        object: step.object.clone(),
        operation: format!("{} {}", step.action, meta_word(kind)),
        method: method.to_owned(),
        path,
        params,
        file_name,
    }
}

/// `prepared` with ids in place of references, in its path as well.
pub(super) fn resolve(prepared: &Prepared, ids: &RemoteIds) -> Result<Prepared, UnboundReference> {
    let params = resolve_fields(&prepared.params, ids)?;
    let path = match placeholder_key(&prepared.path) {
        None => prepared.path.clone(),
        Some(key) => ids.get(&key).ok_or(UnboundReference(key))?.0.clone(),
    };
    Ok(Prepared { params, path, ..prepared.clone() })
}

/// Whether `prepared` makes an object, so that its answer must name one. Only creates go to an edge.
pub(super) fn creates(prepared: &Prepared) -> bool {
    prepared.method == "POST" && prepared.path.contains('/')
}

fn create_path(step: &Step, account: &AccountRef) -> String {
    let edge = match step.object.kind {
        ObjectKind::Image => "adimages",
        ObjectKind::Creative => "adcreatives",
        ObjectKind::Campaign => "campaigns",
        ObjectKind::AdGroup => "adsets",
        ObjectKind::Ad => "ads",
        ObjectKind::Video => "advideos",
        // Nothing maps to a keyword or target here; Meta would refuse the edge.
        ObjectKind::Keyword => "keywords",
        ObjectKind::Targeting => "targets",
        // Forms belong to the page, whose id the form brings along.
        ObjectKind::LeadForm => {
            let page = step.fields.get("page_id").and_then(Value::as_str).unwrap_or_default();
            return format!("{page}/leadgen_forms");
        }
    };
    format!("{}/{edge}", account.id)
}

fn create_params(step: &Step, naming: &Naming) -> Params {
    let mut params: Params = step.fields.iter().filter(|(_, value)| !value.is_null()).map(owned).collect();
    params.remove("page_id");
    mark_name(&mut params, naming);
    if step.object.kind.runs() {
        // Left out, the object may run at once (§5).
        params.insert("status".to_owned(), words::status(RunState::Paused).into());
    }
    params
}

fn update_params(step: &Step, naming: &Naming) -> Params {
    let mut params: Params = step
        .fields
        .iter()
        .filter_map(|(name, value)| {
            let value = if value.is_null() { cleared(name)? } else { value.clone() };
            Some((name.clone(), value))
        })
        .collect();
    mark_name(&mut params, naming);
    params
}

/// What takes the value of a field away; `None` where the field that takes its place does so.
fn cleared(field: &str) -> Option<Value> {
    match field {
        // Open-ended again (§9).
        "end_time" => Some(0.into()),
        "daily_budget" | "lifetime_budget" | "bid_amount" | "bid_constraints" | "start_time" => None,
        "attribution_spec" => Some(Value::Array(Vec::new())),
        _ => Some("".into()),
    }
}

fn mark_name(params: &mut Params, naming: &Naming) {
    if let Some(Value::String(name)) = params.get_mut("name") {
        *name = naming.name(name);
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// Stands in a path for the id of `key`.
fn placeholder(key: &ObjectKey) -> String {
    format!("{{{key}}}")
}

fn placeholder_key(path: &str) -> Option<ObjectKey> {
    path.strip_prefix('{')?.strip_suffix('}')?.parse().ok()
}

/// A name that is the file's own, made from its content: answers about several images are found by it (§6), and a video is
/// found by it among all others (§23).
fn file_name(key: &ObjectKey, source: &str) -> String {
    let source = source.to_ascii_lowercase();
    let ending = match key.kind {
        ObjectKind::Video if source.ends_with(".mov") || source.ends_with(".qt") => "mov",
        ObjectKind::Video => "mp4",
        _ if source.ends_with(".png") => "png",
        _ => "jpg",
    };
    format!("{}.{ending}", key.path)
}

/// Meta's word for people.
const fn meta_word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Image => "image",
        ObjectKind::LeadForm => "instant form",
        ObjectKind::Creative => "creative",
        ObjectKind::Campaign => "campaign",
        ObjectKind::AdGroup => "ad set",
        ObjectKind::Keyword => "keyword",
        ObjectKind::Video => "video",
        ObjectKind::Targeting => "target",
        ObjectKind::Ad => "ad",
    }
}
