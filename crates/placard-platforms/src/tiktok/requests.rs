//! The exact request of each step (TikTok, `platforms/tiktok.md` §6–§8, §12, §17).

use super::{
    canonical::{START, TAGS, absent},
    encode::{Params, params},
    words::{noun, status},
};
use crate::Prepared;
use placard_domain::{
    AccountRef,
    marker::Naming,
    plan::{
        Action, Fields, ObjectKind, RemoteIds, Step, UnboundReference, reference, resolve as resolve_fields,
    },
    spec::RunState,
};
use serde_json::{Map, Value, json};

/// The parameter that holds ads (§12).
pub(super) const CREATIVES: &str = "creatives";

/// The switch of everything that runs (§7, §8, §12).
pub(super) const SWITCH: &str = "operation_status";

/// The account, which every call names.
pub(super) const ACCOUNT: &str = "advertiser_id";

/// A start in the past, which TikTok takes as "now" (§8), for ad groups whose spec names no start.
const LONG_AGO: &str = "2020-01-01 00:00:00";

/// The request of `step`. Whatever is made waits and carries a marker in its name.
pub(super) fn prepare(step: &Step, naming: &Naming, account: &AccountRef) -> Prepared {
    let kind = step.object.kind;
    let noun = noun(kind);
    let (path, mut params) = match step.action {
        Action::Create if kind.is_file() => upload(noun),
        Action::Create => (format!("{noun}/create/"), create(step, naming)),
        Action::Update => (format!("{noun}/update/"), update(step, naming)),
        Action::Activate => switch(step, noun, status(RunState::Active)),
        Action::Pause => switch(step, noun, status(RunState::Paused)),
        Action::Delete => switch(step, noun, "DELETE"),
    };
    params.insert(ACCOUNT.to_owned(), account.id.clone().into());
    Prepared {
        step: step.key.clone(),
        object: step.object.clone(),
        operation: format!("{} {}", verb(step.action), kind.title()),
        method: "POST".to_owned(),
        path,
        params,
        file_name: step.upload.as_ref().map(|_| file_name(step)),
    }
}

/// `prepared` with ids in place of references.
pub(super) fn resolve(prepared: &Prepared, ids: &RemoteIds) -> Result<Prepared, UnboundReference> {
    let params = resolve_fields(&prepared.params, ids)?;
    Ok(Prepared { params, ..prepared.clone() })
}

/// Whether `prepared` makes an object, so that its answer must name one.
pub(super) fn creates(prepared: &Prepared) -> bool {
    prepared.path.ends_with("/create/") || prepared.path.ends_with("/upload/")
}

/// Whether `prepared` switches or deletes, which TikTok does for twenty ids at once (§7, §8, §12).
pub(super) fn switches(prepared: &Prepared) -> bool {
    prepared.path.ends_with("/status/update/")
}

fn upload(noun: &str) -> (String, Params) {
    (format!("file/{noun}/ad/upload/"), params([("upload_type", "UPLOAD_BY_FILE".into())]))
}

fn create(step: &Step, naming: &Naming) -> Params {
    let kind = step.object.kind;
    // An empty list says nothing; what is off is said, because TikTok fills in defaults without a word (§1).
    let said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    let said = step.fields.iter().filter(|(_, value)| said(value));
    let mut fields: Fields = said.map(|(name, value)| (name.clone(), value.clone())).collect();
    mark_name(&mut fields, naming);
    // Left out, the object would run at once (§2, defaults).
    fields.insert(SWITCH.to_owned(), "DISABLE".into());
    match kind {
        ObjectKind::Ad => return with_creative(fields),
        ObjectKind::AdGroup => {
            fields.entry(START.to_owned()).or_insert_with(|| LONG_AGO.into());
        }
        ObjectKind::Campaign
        | ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting
        | ObjectKind::Keyword => {}
    }
    // No `request_id`: TikTok remembers it for some seconds and, where there is one, no longer sees to it that names
    // differ (§7, §17). A name with a marker is refused a second time for as long as the first stands.
    fields
}

/// The ad in the list that TikTok takes, beside its ad group (§12).
fn with_creative(mut fields: Fields) -> Params {
    let ad_group = fields.remove("adgroup_id").unwrap_or_default();
    let creative: Map<String, Value> = fields.into_iter().collect();
    params([("adgroup_id", ad_group), (CREATIVES, json!([creative]))])
}

fn update(step: &Step, naming: &Naming) -> Params {
    let changed = step.fields.iter().filter_map(|(name, value)| Some((name.clone(), changed(name, value)?)));
    let mut fields: Fields = changed.collect();
    mark_name(&mut fields, naming);
    let own = format!("{}_id", noun(step.object.kind));
    fields.insert(own, reference(&step.object));
    if step.object.kind != ObjectKind::Ad {
        return fields;
    }
    // Without its flag, what is not sent would be taken from the ad (§12).
    fields.insert("adgroup_id".to_owned(), step.recorded().get("adgroup_id").cloned().unwrap_or_default());
    let mut params = with_creative(fields);
    params.insert("patch_update".to_owned(), true.into());
    params
}

/// What is sent for a changed field; `None` where the field that takes its place says it.
fn changed(name: &str, value: &Value) -> Option<Value> {
    match name {
        _ if !value.is_null() => Some(value.clone()),
        TAGS => Some(json!([])),
        _ => absent(name).filter(|meaning| !meaning.is_null()),
    }
}

fn switch(step: &Step, noun: &str, word: &str) -> (String, Params) {
    let ids = format!("{noun}_ids");
    let params = params([(ids.as_str(), json!([reference(&step.object)])), (SWITCH, word.into())]);
    (format!("{noun}/status/update/"), params)
}

fn mark_name(fields: &mut Fields, naming: &Naming) {
    for name in ["campaign_name", "adgroup_name", "ad_name"] {
        if let Some(Value::String(name)) = fields.get_mut(name) {
            *name = naming.name(name);
        }
    }
}

/// A name by the file's content. A copy's gets a number, because TikTok takes a name once (§6).
fn file_name(step: &Step) -> String {
    let source = step.upload.as_ref().map(|upload| upload.source.to_ascii_lowercase()).unwrap_or_default();
    let ending = match step.object.kind {
        ObjectKind::Video if source.ends_with(".mov") || source.ends_with(".qt") => "mov",
        ObjectKind::Video => "mp4",
        _ if source.ends_with(".png") => "png",
        _ => "jpg",
    };
    format!("{}.{ending}", step.object.path)
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
    use crate::tiktok::roundtrip::{context, objects, spec, step};
    use placard_domain::marker::Marker;
    use placard_domain::{
        RemoteId,
        plan::{DesiredObject, ObjectKey},
    };

    fn object(kind: ObjectKind) -> DesiredObject {
        objects(&spec()).into_iter().find(|object| object.key.kind == kind).unwrap()
    }

    fn prepared(object: &DesiredObject, action: Action, fields: Fields) -> Prepared {
        let marker = Marker::derive(&context().tag, &object.key);
        prepare(&step(object, action, fields), &Naming::Marked(marker), &context().account)
    }

    #[test]
    fn whatever_is_made_waits_and_is_marked() {
        for kind in [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad] {
            let object = object(kind);
            let prepared = prepared(&object, Action::Create, object.fields.clone());
            let made = match kind {
                ObjectKind::Ad => prepared.params[CREATIVES][0].clone(),
                _ => json!(prepared.params),
            };
            assert_eq!(made[SWITCH], "DISABLE", "{kind}");
            let name = made[format!("{}_name", noun(kind))].as_str().unwrap();
            assert!(Marker::find_in(name).is_some(), "{name}");
            assert_eq!(prepared.params[ACCOUNT], json!(context().account.id));
            assert!(creates(&prepared));
        }
    }

    #[test]
    fn nothing_keeps_tiktok_from_refusing_a_name_twice() {
        for kind in [ObjectKind::Campaign, ObjectKind::AdGroup] {
            let object = object(kind);
            let prepared = prepared(&object, Action::Create, object.fields.clone());
            assert!(!prepared.params.contains_key("request_id"), "{kind}");
        }
    }

    #[test]
    fn an_ad_group_without_a_start_starts_in_the_past_which_is_now() {
        let mut group = object(ObjectKind::AdGroup);
        group.fields.remove(START);
        let prepared = prepared(&group, Action::Create, group.fields.clone());
        assert_eq!(prepared.params[START], LONG_AGO);
    }

    #[test]
    fn a_change_of_an_ad_names_its_group_and_sends_only_what_changed() {
        let ad = object(ObjectKind::Ad);
        let fields = Fields::from([("ad_text".to_owned(), json!("New")), (TAGS.to_owned(), Value::Null)]);
        let marker = Marker::derive(&context().tag, &ad.key);
        let step = Step { whole: Some(ad.fields.clone()), ..step(&ad, Action::Update, fields) };
        let prepared = prepare(&step, &Naming::Marked(marker.clone()), &context().account);
        let group: ObjectKey = "ad_group:women".parse().unwrap();
        let ids = RemoteIds::from([
            (group, RemoteId("20".to_owned())),
            (ad.key.clone(), RemoteId("30".to_owned())),
        ]);
        let params = resolve(&prepared, &ids).unwrap().params;
        assert_eq!(
            json!(params),
            json!({"advertiser_id": context().account.id, "adgroup_id": "20", "patch_update": true,
                "creatives": [{"ad_id": "30", "ad_text": "New", "utm_params": []}]})
        );
    }

    #[test]
    fn switching_and_deleting_are_one_call_with_a_word() {
        let group = object(ObjectKind::AdGroup);
        let pause = prepared(&group, Action::Pause, Fields::new());
        assert_eq!(pause.path, "adgroup/status/update/");
        assert_eq!(pause.params[SWITCH], "DISABLE");
        assert!(switches(&pause) && !creates(&pause));
        let delete = prepared(&group, Action::Delete, Fields::new());
        assert_eq!(delete.params[SWITCH], "DELETE");
        assert!(resolve(&delete, &RemoteIds::new()).is_err());
    }
}
