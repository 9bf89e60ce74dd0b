//! `customers:listAccessibleCustomers` (Google, `platforms/google.md` §2).

use serde_json::{Value, json};

use super::error::GoogleResult;
use super::request::Request;
use crate::world::World;

/// The accounts that the user reaches without a manager.
pub(crate) fn accessible(world: &World, request: &Request) -> GoogleResult<Value> {
    let user = world.google_user(request)?;
    let own = world.google.customers.values().filter(|customer| customer.user.as_ref() == Some(&user));
    let names: Vec<String> = own.map(|customer| format!("customers/{}", customer.id)).collect();
    Ok(json!({ "resourceNames": names }))
}
