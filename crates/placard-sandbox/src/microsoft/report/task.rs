//! Tasks.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::microsoft::error::{Fault, MicrosoftResult};
use crate::microsoft::request::Request;
use crate::microsoft::shape::Field;
use crate::microsoft::write::Call;
use crate::world::World;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
}
pub(in crate::microsoft) const POLL: &[Field] = &[];
pub(in crate::microsoft) fn submit(_: &mut World, _: &Call<'_>) -> MicrosoftResult<Value> {
    Err(Fault::unserved("reports"))
}
pub(in crate::microsoft) fn poll(_: &mut World, _: &Call<'_>) -> MicrosoftResult<Value> {
    Err(Fault::unserved("reports"))
}
pub(in crate::microsoft) fn download(_: &mut World, _: &Request, _: &str) -> MicrosoftResult<Vec<u8>> {
    Err(Fault::unserved("reports"))
}
