//! Whether the platform, our record and a spec are one and the same.

use super::{Installation, Object, World};
use anyhow::Result;
use placard_domain::{
    marker::{CampaignTag, Marker},
    plan::{ObjectKey, ObjectKind},
    spec::RunState,
    status::{CampaignStatus, DeploymentStatus},
};
use placard_sandbox::Status;
use placard_store::{ceiling, deployment};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

impl World {
    /// How many of each kind live.
    pub(crate) fn census(&self) -> BTreeMap<ObjectKind, usize> {
        let mut census = BTreeMap::new();
        for object in self.living() {
            *census.entry(object.kind).or_default() += 1;
        }
        census
    }

    /// The only living object of `kind` whose name begins with `name`.
    pub(crate) fn only(&self, kind: ObjectKind, name: &str) -> Result<&Object> {
        let mut fitting = self.living().filter(|object| object.kind == kind && object.name.starts_with(name));
        match (fitting.next(), fitting.next()) {
            (Some(object), None) => Ok(object),
            (None, _) => anyhow::bail!("there is no {kind} named {name}"),
            (Some(_), Some(_)) => anyhow::bail!("there is more than one {kind} named {name}"),
        }
    }
}

impl Installation {
    /// What is wrong after `spec` was published from nothing under `key`, whatever happened on the way. `wanted` are
    /// the objects that its first plan named.
    pub(crate) async fn faults_of_first_publishing(
        &self,
        key: &str,
        spec: &str,
        wanted: &BTreeSet<ObjectKey>,
    ) -> Result<Vec<String>> {
        let mut faults = self.world()?.hasty();
        let deleted = self.world()?.objects.into_iter().filter(|object| !object.lives());
        faults.extend(deleted.map(|object| format!("made and deleted: {} {}", object.kind, object.name)));
        faults.extend(self.faults(key, spec, wanted).await?);
        Ok(faults)
    }

    /// Every way in which the platform, our record and `spec` are not one and the same.
    pub(crate) async fn faults(
        &self,
        key: &str,
        spec: &str,
        wanted: &BTreeSet<ObjectKey>,
    ) -> Result<Vec<String>> {
        let (world, (campaign, record)) = (self.world()?, self.on_record(key).await?);
        let mut faults = world.duplicates();
        faults.extend(world.stray_parts());
        let on_record: BTreeSet<&str> = record.iter().map(|object| object.remote_id.0.as_str()).collect();
        faults.extend(world.orphans(&on_record));

        let living: BTreeMap<&str, _> = world.living().map(|object| (object.remote_id(), object)).collect();
        let tag = CampaignTag::derive(self.tenant.id, &self.account(), key);
        for object in &record {
            let Some(there) = living.get(object.remote_id.0.as_str()) else {
                faults.push(format!("on record, not on the platform: {}", object.key));
                continue;
            };
            let marker = Marker::derive(&tag, &object.key);
            let is_same = match object.key.kind {
                ObjectKind::Image | ObjectKind::Video => true,
                // It has no place for a marker; its key says what it is.
                ObjectKind::Targeting => is_aimed_at(&there.fields, &object.key),
                ObjectKind::Keyword if there.marker.is_none() => {
                    let group = object.key.path.split_once('/').map_or("", |(group, _)| group);
                    let group = ObjectKey::new(ObjectKind::AdGroup, group);
                    let group =
                        record.iter().find(|one| one.key == group).map(|one| one.remote_id.0.as_str());
                    keeps_away(there, &object.key)
                        && group == there.remote_id().rsplit_once('~').map(|(group, _)| group)
                }
                _ => there.marker.as_ref() == Some(&marker),
            };
            if !is_same {
                faults.push(format!("bound to something else: {} to {}", object.key, there.name));
            }
            let run = object.key.kind.runs().then_some(match there.status {
                Status::Active => RunState::Active,
                _ => RunState::Paused,
            });
            if object.applied.run != run {
                faults.push(format!("{} is {} and on record otherwise", object.key, there.status));
            }
        }
        let keys: BTreeSet<ObjectKey> = record.into_iter().map(|object| object.key).collect();
        faults.extend(wanted.difference(&keys).map(|key| format!("missing: {key}")));
        faults.extend(keys.difference(wanted).map(|key| format!("not wanted: {key}")));

        let mut tx = self.database.db.tenant(self.tenant.id).await?;
        let history = deployment::history(&mut tx, Some(campaign.id), 1).await?;
        let committed = ceiling::commitments(&mut tx).await?.iter().map(|one| one.daily.minor()).sum::<i64>();
        tx.commit().await?;
        let live = world.live_budget()?;
        if committed != live {
            faults.push(format!("{committed} are committed, and {live} run"));
        }
        if history.first().is_none_or(|last| last.status != DeploymentStatus::Succeeded) {
            faults.push("the last deployment did not succeed".to_owned());
        }
        if matches!(campaign.status, CampaignStatus::Publishing | CampaignStatus::Error) {
            faults.push(format!("the campaign is {}", campaign.status));
        }
        let plan = self.plan(spec).await?;
        if !plan.is_empty() || !plan.drift.is_empty() || !plan.warnings.is_empty() {
            faults.push(format!("a new plan has something to do: {plan:#?}"));
        }
        faults.extend(self.sandbox.violations().iter().map(|one| format!("came too early: {one:?}")));
        Ok(faults)
    }
}

/// Whether a keyword without a marker is the one that `key` names: the kind that keeps searches away.
fn keeps_away(there: &Object, key: &ObjectKey) -> bool {
    let text = there.fields.get("Text").or_else(|| there.fields.get("keyword")?.get("text"));
    let said = text.and_then(Value::as_str).is_some_and(|text| key.path.ends_with(&format!(":{text}")));
    let negative = there.fields.get("negative").is_none_or(|negative| negative == true);
    said && negative
}

/// Whether a target is what its key says.
fn is_aimed_at(fields: &Map<String, Value>, key: &ObjectKey) -> bool {
    let what = key.path.rsplit('/').next();
    let criterion = fields.get("Criterion").and_then(Value::as_object);
    criterion.is_some_and(|criterion| criterion.values().any(|value| value.as_str() == what))
}
