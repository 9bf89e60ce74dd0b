//! Insights (stub).
use super::account::Account;
use super::call::Call;
use super::envelope::MetaResult;
use crate::object::Object;
use crate::world::World;
use serde_json::{Value, json};
pub(crate) fn read(
    _world: &World,
    _call: &Call,
    _account: &Account,
    _object: Option<&Object>,
) -> MetaResult<Value> {
    Ok(json!({"data": []}))
}
