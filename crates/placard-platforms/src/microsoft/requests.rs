//! The exact request of each step (Microsoft, `platforms/microsoft.md` §3, §4).
//!
//! Each is a call with one item in its list; those that differ in nothing else share a call when they are sent.

use super::{
    canonical::{self, END, GROUPS, LINES, START, STRICT},
    encode::{Params, params},
    negative, target,
    words::{SERVICE, collection, status},
};
use crate::Prepared;
use chrono::NaiveDate;
use placard_domain::{
    AccountRef,
    marker::Naming,
    plan::{
        Action, ObjectKey, ObjectKind, RemoteIds, Step, UnboundReference, reference,
        resolve as resolve_fields,
    },
    spec::RunState,
};
use serde_json::{Map, Value, json};

/// The key under which ads and keywords, which have no names, carry their marker.
pub(super) const PARAMETER: &str = "placard";

/// The kind of ads that are made (§2).
pub(super) const RESPONSIVE: &str = "ResponsiveSearch";

/// Stands for the campaign where a step does not name it: there is one in a plan.
const CAMPAIGN: &str = "$campaign";

/// The request of `step`. Whatever is made waits, as far as it can run, and carries a marker where there is a place.
pub(super) fn prepare(step: &Step, naming: &Naming, account: &AccountRef) -> Prepared {
    if negative::is_negative(&step.object) {
        return negative::prepare(step);
    }
    let writer = Writer { step, naming, account: &account.id };
    let kind = collection(step.object.kind);
    let (method, params) = match step.action {
        Action::Create => ("POST", writer.items(writer.create())),
        Action::Update => ("PUT", writer.items(writer.update())),
        Action::Activate => ("PUT", writer.items(writer.switch(RunState::Active))),
        Action::Pause => ("PUT", writer.items(writer.switch(RunState::Paused))),
        Action::Delete => ("DELETE", writer.delete()),
    };
    Prepared {
        step: step.key.clone(),
        object: step.object.clone(),
        operation: format!("{} {}", verb(step.action), step.object.kind.title()),
        method: method.to_owned(),
        path: format!("{SERVICE}/{}", kind.name),
        params,
        file_name: None,
    }
}

/// `prepared` with ids in place of references.
pub(super) fn resolve(prepared: &Prepared, ids: &RemoteIds) -> Result<Prepared, UnboundReference> {
    let mut params = prepared.params.clone();
    if params.values().any(|value| contains(value, CAMPAIGN)) {
        let campaign = ids.keys().find(|key| key.kind == ObjectKind::Campaign);
        let campaign = campaign.ok_or_else(|| UnboundReference(prepared.object.clone()))?;
        params.values_mut().for_each(|value| fill(value, &reference(campaign)));
    }
    Ok(Prepared { params: resolve_fields(&params, ids)?, ..prepared.clone() })
}

/// Whether `prepared` makes an object, so that its answer must name one.
pub(super) fn creates(prepared: &Prepared) -> bool {
    prepared.method == "POST"
}

/// Writes down the call of one step.
struct Writer<'a> {
    step: &'a Step,
    naming: &'a Naming,
    account: &'a str,
}

impl Writer<'_> {
    fn kind(&self) -> ObjectKind {
        self.step.object.kind
    }

    /// The body of a call with one item.
    fn items(&self, item: Params) -> Params {
        let kind = collection(self.kind());
        let list = json!([Value::Object(item.into_iter().collect())]);
        match self.kind() {
            ObjectKind::Targeting => params([("CriterionType", target::ANY.into()), (kind.name, list)]),
            _ => params([(kind.parent, self.parent()), (kind.name, list)]),
        }
    }

    fn delete(&self) -> Params {
        let kind = collection(self.kind());
        let mut body =
            params([(kind.parent, self.parent()), (kind.ids, json!([reference(&self.step.object)]))]);
        if self.kind() == ObjectKind::Targeting {
            body.insert("CriterionType".to_owned(), target::ANY.into());
        }
        body
    }

    /// What the object is in, which every call names.
    fn parent(&self) -> Value {
        match self.kind() {
            ObjectKind::AdGroup | ObjectKind::Targeting => json!({CAMPAIGN: true}),
            ObjectKind::Ad | ObjectKind::Keyword => {
                let path = &self.step.object.path;
                let group = path.split_once('/').map_or(path.as_str(), |(group, _)| group);
                reference(&ObjectKey::new(ObjectKind::AdGroup, group))
            }
            ObjectKind::Campaign
            | ObjectKind::Image
            | ObjectKind::Video
            | ObjectKind::LeadForm
            | ObjectKind::Creative => self.account.into(),
        }
    }

    fn create(&self) -> Params {
        let fields = &self.step.fields;
        if self.kind() == ObjectKind::Targeting {
            return target::body(fields, &self.step.name);
        }
        // An empty list says nothing.
        let said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
        let mut body = self.body(fields.iter().filter(|(_, value)| said(value)));
        if matches!(self.kind(), ObjectKind::Ad | ObjectKind::Keyword)
            && let Some(marker) = self.naming.marker()
        {
            let value = marker.as_str().trim_start_matches('#');
            let parameters = json!({"Parameters": [{"Key": PARAMETER, "Value": value}]});
            body.insert("UrlCustomParameters".to_owned(), parameters);
        }
        if self.kind().runs() {
            // Left out, an ad would run at once (§4).
            body.insert("Status".to_owned(), status(RunState::Paused).into());
        }
        body
    }

    fn update(&self) -> Params {
        let mut body = if self.kind() == ObjectKind::Targeting {
            // A criterion is told of as a whole; its bid is all that changes.
            target::body(self.step.recorded(), &self.step.name)
        } else {
            self.body(self.step.fields.iter())
        };
        body.insert("Id".to_owned(), reference(&self.step.object));
        body
    }

    fn switch(&self, run: RunState) -> Params {
        let mut body = self.body(std::iter::empty());
        body.extend(params([("Id", reference(&self.step.object)), ("Status", status(run).into())]));
        body
    }

    /// Fields as Microsoft takes them, without the object above, which the call names.
    fn body<'f>(&self, fields: impl Iterator<Item = (&'f String, &'f Value)>) -> Params {
        let kind = self.kind();
        let parent = collection(kind).parent;
        let fields = fields.filter(|(name, _)| name.as_str() != parent);
        let mut body: Params = fields.map(|(name, value)| self.sent(name, value)).collect();
        if kind == ObjectKind::Ad {
            body.insert("Type".to_owned(), RESPONSIVE.into());
        }
        body
    }

    /// A field's name and value on the wire. Absent means "as it is", so what is to be cleared is said (§2).
    fn sent(&self, name: &str, value: &Value) -> (String, Value) {
        let sent = match name {
            "Name" => self.naming.name(value.as_str().unwrap_or_default()).into(),
            END if value.is_null() => canonical::never(),
            START | END => day(value).map_or_else(|| value.clone(), canonical::parts),
            STRICT => return ("Settings".to_owned(), strict(value)),
            _ if LINES.contains(&name) => {
                let link = |text: &Value| json!({"Asset": {"Type": "TextAsset", "Text": text}});
                value.as_array().into_iter().flatten().map(link).collect()
            }
            _ if value.is_null() => "".into(),
            _ => value.clone(),
        };
        (name.to_owned(), sent)
    }
}

/// The setting that makes the targets of some groups the only ones reached. The others are named too, so that what was
/// on before goes off.
fn strict(groups: &Value) -> Value {
    let on = |group: &str| groups.as_array().into_iter().flatten().any(|known| known == group);
    let detail = |group: &&str| json!({"CriterionTypeGroup": group, "TargetAndBid": on(group)});
    json!([{"Type": STRICT, "Details": GROUPS.iter().map(detail).collect::<Vec<_>>()}])
}

fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.parse().ok()
}

/// Whether a slot called `slot` stands within `value`.
fn contains(value: &Value, slot: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| contains(item, slot)),
        Value::Object(members) => {
            members.contains_key(slot) || members.values().any(|member| contains(member, slot))
        }
        _ => false,
    }
}

/// Puts `campaign` wherever the campaign's slot stands.
fn fill(value: &mut Value, campaign: &Value) {
    match value {
        Value::Object(members) if is_slot(members) => *value = campaign.clone(),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, campaign)),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, campaign)),
        _ => {}
    }
}

fn is_slot(members: &Map<String, Value>) -> bool {
    members.len() == 1 && members.contains_key(CAMPAIGN)
}

const fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Activate => "activate",
        Action::Pause => "pause",
        Action::Delete => "delete",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::roundtrip::{context, objects, spec, step};
    use placard_domain::marker::Marker;
    use placard_domain::{
        RemoteId,
        plan::{DesiredObject, Fields},
    };

    fn object(kind: ObjectKind) -> DesiredObject {
        objects(&spec()).into_iter().find(|object| object.key.kind == kind).unwrap()
    }

    fn prepared(object: &DesiredObject, action: Action, fields: Fields) -> Prepared {
        let marker = Marker::derive(&context().tag, &object.key);
        prepare(&step(object, action, fields), &Naming::Marked(marker), &context().account)
    }

    fn ids() -> RemoteIds {
        let numbered = |(n, object): (usize, DesiredObject)| (object.key, RemoteId(format!("{}", n + 1)));
        objects(&spec()).into_iter().enumerate().map(numbered).collect()
    }

    #[test]
    fn whatever_can_run_is_made_waiting_and_marked() {
        for kind in [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad] {
            let object = object(kind);
            let prepared = prepared(&object, Action::Create, object.fields.clone());
            let item = &prepared.params[collection(kind).name][0];
            assert_eq!(item["Status"], "Paused", "{kind}");
            assert!(creates(&prepared) && item.get("Id").is_none());
            let marked = match kind {
                ObjectKind::Ad => {
                    format!("#{}", item["UrlCustomParameters"]["Parameters"][0]["Value"].as_str().unwrap())
                }
                _ => item["Name"].as_str().unwrap().to_owned(),
            };
            assert!(Marker::find_in(&marked).is_some(), "{marked}");
        }
    }

    #[test]
    fn every_call_names_what_the_object_is_in() {
        for object in objects(&spec()) {
            for action in [Action::Create, Action::Update, Action::Delete] {
                let fields = if action == Action::Create { object.fields.clone() } else { Fields::new() };
                let resolved = resolve(&prepared(&object, action, fields), &ids()).unwrap();
                let parent = collection(object.key.kind).parent;
                let body = json!(resolved.params);
                let item = &body[collection(object.key.kind).name][0];
                let named = if object.key.kind == ObjectKind::Targeting && action != Action::Delete {
                    &item[parent]
                } else {
                    assert_eq!(item.get(parent), None);
                    &body[parent]
                };
                let named = named.as_str().unwrap_or_else(|| panic!("{} {action}: {body:#}", object.key));
                assert!(named.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }

    #[test]
    fn without_a_campaign_nothing_below_it_is_sent() {
        let delete = prepared(&object(ObjectKind::AdGroup), Action::Delete, Fields::new());
        let mut ids = ids();
        ids.retain(|key, _| key.kind != ObjectKind::Campaign);
        assert!(resolve(&delete, &ids).is_err());
    }

    #[test]
    fn what_is_cleared_is_said() {
        let group = object(ObjectKind::AdGroup);
        let cleared = Fields::from([(END.to_owned(), Value::Null), (START.to_owned(), json!("2026-11-10"))]);
        let body = json!(prepared(&group, Action::Update, cleared).params);
        assert_eq!(body["AdGroups"][0]["EndDate"], json!({"Day": 1, "Month": 1, "Year": 2050}));
        assert_eq!(body["AdGroups"][0]["StartDate"], json!({"Day": 10, "Month": 11, "Year": 2026}));
        let ad = object(ObjectKind::Ad);
        let cleared = Fields::from([("Path1".to_owned(), Value::Null)]);
        let body = json!(prepared(&ad, Action::Update, cleared).params);
        assert_eq!(
            (&body["Ads"][0]["Path1"], &body["Ads"][0]["Type"]),
            (&json!(""), &json!("ResponsiveSearch"))
        );
        let open = Fields::from([(STRICT.to_owned(), json!(["Age"]))]);
        let body = json!(prepared(&object(ObjectKind::Campaign), Action::Update, open).params);
        let details = &body["Campaigns"][0]["Settings"][0]["Details"];
        assert_eq!((&details[0]["TargetAndBid"], &details[1]["TargetAndBid"]), (&json!(true), &json!(false)));
    }

    #[test]
    fn switching_sends_nothing_but_the_switch() {
        let ad = object(ObjectKind::Ad);
        let on = prepared(&ad, Action::Activate, Fields::new());
        assert_eq!((on.method.as_str(), on.path.as_str()), ("PUT", "CampaignManagement/v13/Ads"));
        let body = json!(resolve(&on, &ids()).unwrap().params);
        let members: Vec<&String> = body["Ads"][0].as_object().unwrap().keys().collect();
        assert_eq!(members, ["Id", "Status", "Type"]);
    }
}
