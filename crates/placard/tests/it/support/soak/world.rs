//! The platform's side: what exists there, since when, and whether it is what we think.

use anyhow::Result;
use placard_domain::marker::Marker;
use placard_sandbox::{Kind, Moment, Status};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Everything on the platform, deleted things included.
#[derive(Debug, Deserialize)]
pub(crate) struct World {
    pub(crate) objects: Vec<Object>,
}

/// One object on the platform.
#[derive(Debug, Deserialize)]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) status: Status,
    created: Moment,
    first_set_active: Option<Moment>,
    pub(crate) fields: Map<String, Value>,
}

impl Object {
    pub(crate) fn lives(&self) -> bool {
        matches!(self.status, Status::Active | Status::Paused)
    }

    /// The id as we know it: images go by their hash.
    pub(crate) fn remote_id(&self) -> &str {
        match self.kind {
            Kind::Image => self.fields.get("hash").and_then(Value::as_str).unwrap_or_default(),
            _ => &self.id,
        }
    }

    const fn runs(&self) -> bool {
        matches!(self.kind, Kind::Campaign | Kind::AdSet | Kind::Ad)
    }
}

impl World {
    pub(crate) fn of(snapshot: Value) -> Result<Self> {
        Ok(serde_json::from_value(snapshot)?)
    }

    /// What is neither deleted nor archived.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.lives())
    }

    /// Two living things that are the same to us: duplicates.
    pub(crate) fn duplicates(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let identity = |object: &Object| match object.kind {
            Kind::Image => object.remote_id().to_owned(),
            _ => Marker::find_in(&object.name).map_or(object.name.clone(), |marker| marker.to_string()),
        };
        self.living()
            .filter(|object| !seen.insert((object.kind, identity(object))))
            .map(|object| format!("duplicate: {} {} {}", object.kind, object.id, object.name))
            .collect()
    }

    /// What was let run before the last thing was made.
    pub(crate) fn hasty(&self) -> Vec<String> {
        let last = self.objects.iter().map(|object| object.created.seq).max().unwrap_or_default();
        let running = self.objects.iter().filter(|object| object.runs());
        running
            .filter(|object| object.first_set_active.is_some_and(|moment| moment.seq <= last))
            .map(|object| format!("ran before everything was there: {} {}", object.kind, object.name))
            .collect()
    }
}
