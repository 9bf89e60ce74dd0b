//! Delivery (stub).
use super::call::Call;
use super::envelope::MetaResult;
use crate::object::{NodeId, Object};
use crate::world::World;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DayFacts {}

pub(crate) fn simulate(world: &mut World, until: DateTime<Utc>) {
    world.head.delivered_to = until;
}

impl World {
    pub(crate) fn spent_by_ad(&self, _ad: NodeId) -> i64 {
        0
    }
    pub(crate) fn spent_by(&self, _object: &Object) -> i64 {
        0
    }
    pub(crate) fn spent_today(&self, _object: &Object) -> i64 {
        0
    }
    pub(crate) fn leads_of(&self, _form: &Object) -> i64 {
        0
    }
    pub(crate) fn learning(&self, _ad_set: &Object) -> Option<Value> {
        None
    }
    pub(crate) fn leads(&self, _call: &Call, _form: &Object) -> MetaResult<Value> {
        Ok(json!({"data": []}))
    }
}
