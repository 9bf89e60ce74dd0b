//! Runs (stub).
use super::account::Account;
use super::auth::Token;
use super::call::Call;
use super::envelope::MetaResult;
use crate::object::{NodeId, Object};
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: NodeId,
    pub(crate) account: String,
}
pub(crate) fn start(
    _world: &mut World,
    _call: &Call,
    _account: &Account,
    _object: Option<&Object>,
) -> MetaResult<Value> {
    Ok(json!({}))
}
pub(crate) fn read(_world: &mut World, _token: &Token, _call: &Call, _id: NodeId) -> MetaResult<Value> {
    Ok(json!({}))
}
pub(crate) fn rows(_world: &World, _token: &Token, _call: &Call, _id: NodeId) -> MetaResult<Value> {
    Ok(json!({}))
}
