//! Users and accounts (Microsoft, `platforms/microsoft.md` §1 and §3).

use serde_json::{Map, Value, json};

use super::error::{Fault, MicrosoftResult};
use super::shape::{self, Field, Shape};
use super::store::{Account, LifeCycle};
use crate::world::World;

pub(super) const USER: &[Field] = &[("UserId", Shape::Id)];

const PAGE: Shape = Shape::Object(&[("Index", Shape::Int), ("Size", Shape::Int)]);

pub(super) const SEARCH: &[Field] = &[
    (
        "Predicates",
        Shape::List(&Shape::Object(&[
            ("Field", Shape::Word(&["UserId", "CustomerId", "AccountId"])),
            ("Operator", Shape::Word(&["Equals"])),
            ("Value", Shape::Id),
        ])),
    ),
    (
        "Ordering",
        Shape::List(&Shape::Object(&[
            ("Field", Shape::Word(&["Id", "Name", "Number"])),
            ("Order", Shape::Word(&["Ascending", "Descending"])),
        ])),
    ),
    ("PageInfo", PAGE),
];

pub(super) const INFO: &[Field] = &[("CustomerId", Shape::Id), ("OnlyParentAccounts", Shape::Flag)];

pub(super) const ONE: &[Field] = &[("AccountId", Shape::Id)];

fn own<'a>(world: &'a World, user: &'a str) -> impl Iterator<Item = &'a Account> {
    world.microsoft.accounts.values().filter(move |account| account.user == user)
}

/// The id that a user has here.
fn user_id(user: &str) -> String {
    format!("500{user}")
}

/// `POST /User/Query`.
pub(super) fn user(world: &World, user: &str, body: &Map<String, Value>) -> MicrosoftResult<Value> {
    if let Some(other) = body.get("UserId").and_then(shape::id)
        && other.to_string() != user_id(user)
    {
        return Err(Fault::new(super::error::Code::NotAuthorized, "The user may not read other users."));
    }
    let customer = own(world, user).next().map(|account| account.customer.as_str());
    let ids: Vec<&str> = own(world, user).map(|account| account.id.as_str()).collect();
    Ok(json!({
        "User": {
            "Id": user_id(user), "UserName": "ada@sandbox.invalid", "CustomerId": customer,
            "Name": { "FirstName": "Ada", "LastName": "Sandbox", "MiddleInitial": null },
            "UserLifeCycleStatus": "Active",
        },
        "CustomerRoles": [{ "RoleId": 41, "CustomerId": customer, "AccountIds": ids, "LinkedAccountIds": [] }],
    }))
}

fn told(account: &Account) -> Value {
    json!({
        "Id": account.id, "Name": account.name, "Number": account.number, "ParentCustomerId": account.customer,
        "CurrencyCode": account.currency, "TimeZone": account.time_zone,
        "AccountLifeCycleStatus": account.life_cycle,
        "AccountFinancialStatus": if account.may_deliver() { "ClearFinancialStatus" } else { "Hold" },
        "PauseReason": pause_reason(account),
    })
}

fn pause_reason(account: &Account) -> Option<u8> {
    (account.life_cycle == LifeCycle::Pause).then_some(1)
}

/// The part of a list that a `PageInfo` asks for; at most 1,000 (§3).
pub(super) fn page<T>(items: Vec<T>, body: &Map<String, Value>) -> MicrosoftResult<Vec<T>> {
    const MOST: i64 = 1000;
    let part = |name: &str| body.get("PageInfo").and_then(|page| page[name].as_i64());
    let (index, size) = (part("Index").unwrap_or(0), part("Size").unwrap_or(100));
    let bounds = (usize::try_from(index), usize::try_from(size));
    match bounds {
        (Ok(index), Ok(length)) if (1..=MOST).contains(&size) => {
            Ok(items.into_iter().skip(index * length).take(length).collect())
        }
        _ => Err(Fault::input("PageInfo", format!("Index starts at 0 and Size lies between 1 and {MOST}"))),
    }
}

/// `POST /Accounts/Search`.
pub(super) fn search(world: &World, user: &str, body: &Map<String, Value>) -> MicrosoftResult<Value> {
    let predicates = body.get("Predicates").and_then(Value::as_array).cloned().unwrap_or_default();
    if predicates.is_empty() {
        return Err(Fault::input("Predicates", "at least one is required"));
    }
    let fits = |account: &&Account| {
        predicates.iter().all(|predicate| {
            let value = shape::id(&predicate["Value"]).map(|value| value.to_string()).unwrap_or_default();
            match predicate["Field"].as_str() {
                Some("UserId") => value == user_id(user),
                Some("CustomerId") => value == account.customer,
                _ => value == account.id,
            }
        })
    };
    let found: Vec<Value> = own(world, user).filter(fits).map(told).collect();
    Ok(json!({ "Accounts": page(found, body)? }))
}

/// `POST /AccountsInfo/Query`.
pub(super) fn info(world: &World, user: &str, body: &Map<String, Value>) -> MicrosoftResult<Value> {
    let customer = body.get("CustomerId").and_then(shape::id).map(|id| id.to_string());
    let fits = |account: &&Account| customer.as_ref().is_none_or(|customer| *customer == account.customer);
    let brief = |account: &Account| {
        json!({
            "Id": account.id, "Name": account.name, "Number": account.number,
            "AccountLifeCycleStatus": account.life_cycle, "PauseReason": pause_reason(account),
        })
    };
    let found: Vec<Value> = own(world, user).filter(fits).map(brief).collect();
    Ok(json!({ "AccountsInfo": found }))
}

/// `POST /Account/Query`.
pub(super) fn one(world: &World, user: &str, body: &Map<String, Value>) -> MicrosoftResult<Value> {
    let id = body.get("AccountId").and_then(shape::id);
    let id = id.ok_or_else(|| Fault::new(super::error::Code::NullParameter, "AccountId is required."))?;
    Ok(json!({ "Account": told(world.microsoft_reach(user, &id.to_string())?) }))
}
