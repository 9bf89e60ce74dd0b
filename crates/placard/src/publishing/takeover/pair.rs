//! What a spec wants, laid over what stands on the platform.

use placard_domain::{
    marker::{CampaignTag, Marker, Naming},
    plan::{
        DesiredObject, Fields, ObjectKey, ObjectKind, Observation, RUN_FIELD, RemoteIds, ids_in, resolve,
    },
};
use placard_platforms::{
    AdPlatform, ReadBack,
    import::{Holding, Left, LeftWhat, Shown},
};
use placard_store::platform_object::{Applied, Change};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Objects paired with what stands there.
pub(super) struct Paired {
    pub(super) bound: Vec<Change>,
    pub(super) seen: Vec<(ObjectKey, Observation)>,
    pub(super) adopted: Vec<Adopted>,
    pub(super) beyond: Vec<Left>,
}

/// A field in which the platform differs from what the spec says. It stands until the spec changes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adopted {
    /// The object.
    pub object: ObjectKey,
    /// Its name for people.
    pub name: String,
    /// The platform's name of the field.
    pub field: String,
    /// What the spec says.
    pub spec: Value,
    /// What stands on the platform.
    pub platform: Value,
}

/// Pairs `desired` with what `holding` shows, or says which object is not there.
pub(super) fn pair(
    platform: &dyn AdPlatform,
    holding: &Holding,
    tag: &CampaignTag,
    key: &str,
    desired: &[DesiredObject],
) -> Result<Paired, String> {
    let mut ids = holding.ids.clone();
    ids.insert(ObjectKey::new(ObjectKind::Campaign, key), holding.remote_id.clone());
    follow(platform, holding, desired, &mut ids);
    let mut paired = Paired { bound: Vec::new(), seen: Vec::new(), adopted: Vec::new(), beyond: Vec::new() };
    for object in desired {
        let id = ids.get(&object.key).ok_or_else(|| missing(object))?;
        let applied = resolve(&object.fields, &ids).map_err(|error| error.to_string())?;
        let asked = ReadBack { key: object.key.clone(), remote_id: id.clone(), applied };
        let Shown { observation, beyond } = platform.shown(holding, &asked);
        let Observation::Present(seen) = &observation else { return Err(missing(object)) };
        let accepted =
            paired.differences(object, &asked.applied, &seen.fields, seen.run.map(|run| run.as_str()));
        paired.beyond.extend(beyond.into_iter().map(|(field, value)| Left {
            kind: object.key.kind,
            remote_id: id.clone(),
            name: object.name.clone(),
            what: LeftWhat::Field { field, value },
        }));
        let marker = holding.markers.get(id).filter(|marker| **marker == Marker::derive(tag, &object.key));
        paired.bound.push(Change::Bound {
            key: object.key.clone(),
            name: object.name.clone(),
            remote_id: id.clone(),
            naming: marker.map_or(Naming::AsFound, |marker| Naming::Marked(marker.clone())),
            applied: Applied {
                fields: object.fields.clone(),
                run: object.run,
                accepted,
                rules: object.rules.clone(),
                daily_cost: object.daily_cost,
            },
            adopted: true,
        });
        paired.seen.push((object.key.clone(), observation));
    }
    Ok(paired)
}

/// Finds the ids of objects that others refer to: where a wanted field has a reference, what stands there is the id.
fn follow(platform: &dyn AdPlatform, holding: &Holding, desired: &[DesiredObject], ids: &mut RemoteIds) {
    let mut followed: BTreeSet<&ObjectKey> = BTreeSet::new();
    loop {
        let open: Vec<&DesiredObject> = desired
            .iter()
            .filter(|object| ids.contains_key(&object.key) && !followed.contains(&object.key))
            .collect();
        if open.is_empty() {
            return;
        }
        for object in open {
            followed.insert(&object.key);
            let Some(remote_id) = ids.get(&object.key).cloned() else { continue };
            let asked = ReadBack { key: object.key.clone(), remote_id, applied: object.fields.clone() };
            if let Observation::Present(seen) = platform.shown(holding, &asked).observation {
                for (key, id) in ids_in(&object.fields, &seen.fields) {
                    ids.entry(key).or_insert(id);
                }
            }
        }
    }
}

fn missing(object: &DesiredObject) -> String {
    format!("its {} `{}` was not found", object.key.kind.title(), object.name)
}

impl Paired {
    /// Notes every field in which the platform differs, and gives the values that stand there.
    fn differences(
        &mut self,
        object: &DesiredObject,
        wanted: &Fields,
        seen: &Fields,
        run: Option<&str>,
    ) -> Fields {
        let said = |value: Option<&Value>| value.cloned().unwrap_or(Value::Null);
        let compared = wanted.iter().filter(|(field, _)| !object.rules.write_only.contains(field));
        let mut differing: Vec<(String, Value, Value)> = compared
            .map(|(field, value)| (field.clone(), value.clone(), said(seen.get(field))))
            .filter(|(_, wanted, seen)| wanted != seen)
            .collect();
        if let (Some(wanted), Some(seen)) = (object.run, run)
            && wanted.as_str() != seen
        {
            differing.push((RUN_FIELD.to_owned(), wanted.as_str().into(), seen.into()));
        }
        let adopted = differing.iter().map(|(field, spec, platform)| Adopted {
            object: object.key.clone(),
            name: object.name.clone(),
            field: field.clone(),
            spec: spec.clone(),
            platform: platform.clone(),
        });
        self.adopted.extend(adopted);
        differing.into_iter().map(|(field, _, platform)| (field, platform)).collect()
    }
}
