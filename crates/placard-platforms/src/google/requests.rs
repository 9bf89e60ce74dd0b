//! The exact operations of each step (Google, `platforms/google.md` §3, §4).

use super::{
    canonical::{self, is_criteria},
    template::{budget_of, criterion_of, file, join, joined, name_of, own},
};
use crate::Prepared;
use placard_domain::{
    AccountRef,
    marker::{Marker, Naming},
    plan::{
        Action, FieldChange, Fields, ObjectKey, ObjectKind, RemoteIds, Step, UnboundReference, reference,
        resolve as resolve_fields,
    },
    spec::RunState,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The parameter that holds the operations.
pub(super) const OPERATIONS: &str = "mutateOperations";

/// The key under which ads and keywords, which have no names, carry their marker.
pub(super) const PARAMETER: &str = "placard";

/// The request of `step`. Creates are paused and carry a marker; pausing, activating and removing need no fields.
pub(super) fn prepare(step: &Step, naming: &Naming, account: &AccountRef) -> Prepared {
    let writer = Writer { step, naming, account: &account.id };
    let operations = match step.action {
        Action::Create => writer.create(),
        Action::Update => writer.update(),
        Action::Activate => vec![writer.switch(RunState::Active)],
        Action::Pause => vec![writer.switch(RunState::Paused)],
        Action::Delete => writer.remove(),
    };
    Prepared {
        step: step.key.clone(),
        object: step.object.clone(),
        operation: format!("{} {}", verb(step.action), step.object.kind.title()),
        method: "POST".to_owned(),
        path: format!("customers/{}/googleAds:mutate", account.id),
        params: BTreeMap::from([(OPERATIONS.to_owned(), operations.into())]),
        file_name: step.upload.as_ref().map(|_| file_name(step)),
    }
}

/// `prepared` with ids in place of references.
pub(super) fn resolve(prepared: &Prepared, ids: &RemoteIds) -> Result<Prepared, UnboundReference> {
    let params = resolve_fields(&prepared.params, ids)?;
    let params = params.into_iter().map(|(name, value)| (name, joined(value))).collect();
    Ok(Prepared { params, ..prepared.clone() })
}

/// The operation that is about the object itself, among those that go with it.
pub(super) const fn main_operation(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Campaign => "campaignOperation",
        ObjectKind::AdGroup => "adGroupOperation",
        ObjectKind::Keyword => "adGroupCriterionOperation",
        ObjectKind::Ad => "adGroupAdOperation",
        // Nothing maps to a form or creative here; Google has neither.
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting => "assetOperation",
    }
}

/// The collection that an object's resource name stands in.
pub(super) const fn collection(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Campaign => "campaigns",
        ObjectKind::AdGroup => "adGroups",
        ObjectKind::Keyword => "adGroupCriteria",
        ObjectKind::Ad => "ads",
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting => "assets",
    }
}

/// Writes down the operations of one step.
struct Writer<'a> {
    step: &'a Step,
    naming: &'a Naming,
    account: &'a str,
}

impl Writer<'_> {
    fn create(&self) -> Vec<Value> {
        let kind = self.step.object.kind;
        let mut body = self.body(self.own_fields(&self.step.fields));
        match kind {
            ObjectKind::Campaign => {
                body.insert("campaignBudget".to_owned(), own("campaignBudgets"));
                body.insert("resourceName".to_owned(), own("campaigns"));
            }
            ObjectKind::AdGroup => {
                body.insert("resourceName".to_owned(), own("adGroups"));
            }
            ObjectKind::Keyword if body.get("negative") != Some(&Value::Bool(true)) => {
                body.insert("urlCustomParameters".to_owned(), self.parameters());
            }
            // What is left out has no address, so a negative keyword carries no marker. It is looked up by what it is, and
            // making it twice gives the same one (§9).
            ObjectKind::Keyword => {}
            ObjectKind::Ad => {
                body.insert("urlCustomParameters".to_owned(), self.parameters());
                let group = body.remove("adGroup").unwrap_or_default();
                body =
                    Map::from_iter([("adGroup".to_owned(), group), ("ad".to_owned(), Value::Object(body))]);
            }
            ObjectKind::Image
            | ObjectKind::Video
            | ObjectKind::LeadForm
            | ObjectKind::Creative
            | ObjectKind::Targeting => {
                body.insert("resourceName".to_owned(), own("assets"));
                body.insert("name".to_owned(), file_name(self.step).into());
                body.insert("imageAsset".to_owned(), json!({"data": file()}));
            }
        }
        if kind.runs() {
            // Left out, the object would run at once (§12).
            body.insert("status".to_owned(), "PAUSED".into());
        }
        let main = json!({main_operation(kind): {"create": body}});
        let mut operations: Vec<Value> =
            (kind == ObjectKind::Campaign).then(|| self.budget_create()).into_iter().collect();
        operations.push(main);
        let criteria = self.step.fields.iter().filter(|(name, _)| is_criteria(name));
        let entries = criteria.flat_map(|(_, list)| list.as_array().into_iter().flatten());
        operations.extend(entries.map(|body| self.criterion_create(body, own(collection(kind)))));
        operations
    }

    fn budget_create(&self) -> Value {
        let mut body = self.body(self.budget_fields());
        body.insert("resourceName".to_owned(), own("campaignBudgets"));
        body.insert("name".to_owned(), self.naming.name(&self.step.name).into());
        json!({"campaignBudgetOperation": {"create": body}})
    }

    fn update(&self) -> Vec<Value> {
        let object = &self.step.object;
        let mut operations = Vec::new();
        let budget = self.budget_fields();
        if !budget.is_empty() {
            operations.push(self.update_of("campaignBudgetOperation", budget_of(object), budget));
        }
        let own = self.own_fields(&self.step.fields);
        if !own.is_empty() {
            // An ad's words are changed on the ad, not on its place in the ad group (§4).
            let operation =
                if object.kind == ObjectKind::Ad { "adOperation" } else { main_operation(object.kind) };
            let name = name_of(self.account, collection(object.kind), object);
            operations.push(self.update_of(operation, name, own));
        }
        for change in self.step.changes.iter().filter(|change| is_criteria(&change.field)) {
            operations.extend(self.criteria_changes(change));
        }
        operations
    }

    fn update_of(&self, operation: &str, name: Value, fields: Vec<(&str, &Value)>) -> Value {
        let mask: Vec<String> = fields.iter().flat_map(|(field, value)| mask_paths(field, value)).collect();
        let mut body = self.body(fields);
        body.insert("resourceName".to_owned(), name);
        json!({operation: {"update": body, "updateMask": mask.join(",")}})
    }

    /// Criteria cannot be changed: those that go are removed before those that come are made.
    fn criteria_changes(&self, change: &FieldChange) -> Vec<Value> {
        let object = &self.step.object;
        let list =
            |value: &Option<Value>| value.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
        let (before, after) = (list(&change.before), list(&change.after));
        let operation = criterion_operation(object.kind);
        let gone = before.iter().filter(|body| !after.contains(body));
        let removes = gone.map(|body| json!({operation: {"remove": criterion_of(object, body)}}));
        let fresh = after.iter().filter(|body| !before.contains(body));
        let parent = name_of(self.account, collection(object.kind), object);
        removes.chain(fresh.map(|body| self.criterion_create(body, parent.clone()))).collect()
    }

    fn criterion_create(&self, body: &Value, parent: Value) -> Value {
        let kind = self.step.object.kind;
        let member = if kind == ObjectKind::Campaign { "campaign" } else { "adGroup" };
        let mut body = body.clone();
        body[member] = parent;
        json!({criterion_operation(kind): {"create": body}})
    }

    fn switch(&self, run: RunState) -> Value {
        let body = json!({"resourceName": self.place(), "status": super::words::status(run)});
        json!({main_operation(self.step.object.kind): {"update": body, "updateMask": "status"}})
    }

    /// A campaign takes its budget along, which would stay behind unused (§4).
    fn remove(&self) -> Vec<Value> {
        let object = &self.step.object;
        let mut operations = vec![json!({main_operation(object.kind): {"remove": self.place()}})];
        if object.kind == ObjectKind::Campaign {
            operations.push(json!({"campaignBudgetOperation": {"remove": budget_of(object)}}));
        }
        operations
    }

    /// The resource name under which the object runs or is removed: an ad by its place in its ad group (§1).
    fn place(&self) -> Value {
        let object = &self.step.object;
        if object.kind != ObjectKind::Ad {
            return name_of(self.account, collection(object.kind), object);
        }
        let group = object.path.split_once('/').map_or(object.path.as_str(), |(group, _)| group);
        let group = ObjectKey::new(ObjectKind::AdGroup, group);
        let start = format!("customers/{}/adGroupAds/", self.account);
        join([start.into(), reference(&group), "~".into(), reference(object)])
    }

    /// Fields of the object itself, without its budget and criteria.
    fn own_fields<'f>(&self, fields: &'f Fields) -> Vec<(&'f str, &'f Value)> {
        let own =
            fields.iter().filter(|(name, _)| !name.starts_with(canonical::BUDGET) && !is_criteria(name));
        own.map(|(name, value)| (name.as_str(), value)).collect()
    }

    fn budget_fields(&self) -> Vec<(&str, &Value)> {
        let fields = self.step.fields.iter();
        fields.filter_map(|(name, value)| Some((name.strip_prefix(canonical::BUDGET)?, value))).collect()
    }

    /// Fields as Google takes them, at their places. What is to be cleared is left out; the mask names it.
    fn body(&self, fields: Vec<(&str, &Value)>) -> Map<String, Value> {
        let mut body = Map::new();
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
            match name {
                canonical::BIDDING => body.extend(value.as_object().cloned().unwrap_or_default()),
                _ => put(&mut body, name, self.sent(name, value)),
            }
        }
        body
    }

    fn sent(&self, name: &str, value: &Value) -> Value {
        let text = |text: &Value| if text.is_string() { json!({"text": text}) } else { text.clone() };
        let list =
            |each: &dyn Fn(&Value) -> Value| value.as_array().into_iter().flatten().map(each).collect();
        match name.rsplit('.').next().unwrap_or(name) {
            "name" => self.naming.name(value.as_str().unwrap_or_default()).into(),
            "campaign" => join([format!("customers/{}/campaigns/", self.account).into(), value.clone()]),
            "adGroup" => join([format!("customers/{}/adGroups/", self.account).into(), value.clone()]),
            "headlines" | "descriptions" => list(&text),
            "longHeadline" => text(value),
            "marketingImages" | "squareMarketingImages" => list(
                &|id| json!({"asset": join([format!("customers/{}/assets/", self.account).into(), id.clone()])}),
            ),
            _ => value.clone(),
        }
    }

    /// The marker without its sign, because values are letters and digits.
    fn parameters(&self) -> Value {
        let ours =
            |marker: &Marker| json!({"key": PARAMETER, "value": marker.as_str().trim_start_matches('#')});
        self.naming.marker().map(ours).into_iter().collect()
    }
}

/// What a mask says of a field. It names leaves, because the path of a message is refused (§3): a strategy is chosen by
/// naming its setting, whether or not that has a value.
fn mask_paths(field: &str, value: &Value) -> Vec<String> {
    if field.ends_with(".longHeadline") {
        return vec![format!("{field}.text")];
    }
    if field != canonical::BIDDING {
        return vec![field.to_owned()];
    }
    let members = value.as_object().into_iter().flatten().map(|(member, _)| member);
    members
        .filter_map(|member| super::goals::Bidding::of_member(member))
        .map(|bidding| format!("{}.{}", bidding.member(), bidding.setting()))
        .collect()
}

/// Puts `value` at a dotted path.
fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

const fn criterion_operation(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Campaign => "campaignCriterionOperation",
        _ => "adGroupCriterionOperation",
    }
}

/// An image's name, which is its content's, because two images cannot share one (§4).
fn file_name(step: &Step) -> String {
    let is_png =
        step.upload.as_ref().is_some_and(|upload| upload.source.to_ascii_lowercase().ends_with(".png"));
    format!("{}.{}", step.object.path, if is_png { "png" } else { "jpg" })
}

const fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Activate => "activate",
        Action::Pause => "pause",
        Action::Delete => "remove",
    }
}

#[cfg(test)]
mod tests;
