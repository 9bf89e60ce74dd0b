//! What the control API shows and changes on the Microsoft side.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::ad;
use super::editorial;
use super::store::{Account, Key, Kind, LifeCycle, Object, Status};
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

/// A kind by its name, e.g. `microsoft_campaign`.
pub(crate) fn kind(word: &str) -> Option<Kind> {
    Kind::parse(word)
}

pub(crate) fn kinds() -> String {
    Kind::words()
}

/// Everything that was made, deleted objects too, oldest first.
pub(crate) fn objects(world: &World, account: Option<&str>, kind: Option<Kind>) -> Vec<Value> {
    let fits = |object: &&Object| {
        account.is_none_or(|account| object.account == account) && kind.is_none_or(|kind| object.kind == kind)
    };
    world.microsoft.all().filter(fits).map(|object| view(world, object)).collect()
}

fn view(world: &World, object: &Object) -> Value {
    let active = object.history.iter().find(|change| change.status == Status::Active);
    let name = match object.kind {
        Kind::Keyword | Kind::NegativeKeyword => object.text("Text"),
        _ => object.text("Name"),
    };
    let text = |id: Option<u64>| id.map(|id| id.to_string());
    json!({
        "id": object.id.to_string(), "kind": object.kind, "owner": object.account, "name": name,
        "status": object.status, "effective_status": effective(world, object),
        "campaign_id": text(object.campaign), "ad_group_id": text(object.ad_group),
        "created": object.created, "updated": object.updated, "status_history": object.history,
        "first_set_active": active.map(|change| json!({ "at": change.at, "seq": change.seq })),
        "first_active_at": object.first_active,
        "spend_micros": world.microsoft_spent(object, NaiveDate::MIN, NaiveDate::MAX),
        "fields": object.fields,
    })
}

fn effective(world: &World, object: &Object) -> &'static str {
    world.microsoft_held(object, world.now()).unwrap_or_else(|| world.microsoft_status(object))
}

/// Every account.
pub(crate) fn accounts<'a>(world: &'a World, account: Option<&str>) -> Vec<&'a Account> {
    let all = world.microsoft.accounts.values();
    all.filter(|known| account.is_none_or(|account| known.id == account)).collect()
}

/// What a person does in Microsoft Advertising's own interface: sets fields as they are read back, checked
/// lightly. `None` when there is no such object here.
pub(crate) fn edit(world: &mut World, id: &str, fields: &Map<String, Value>) -> Option<Result<(), String>> {
    let id: u64 = id.parse().ok()?;
    world.microsoft.get(id)?;
    let status = match fields.get("Status") {
        None => None,
        Some(word) => match word.as_str().and_then(Status::parse) {
            Some(status) => Some(status),
            None => return Some(Err(format!("no Status {word}"))),
        },
    };
    let now = world.now();
    let object = world.microsoft.get_mut(id)?;
    for (name, value) in fields.iter().filter(|(name, _)| *name != "Status") {
        match value {
            Value::Null => object.fields.remove(name),
            value => object.fields.insert(name.clone(), value.clone()),
        };
    }
    object.updated = now;
    if object.kind == Kind::Ad && fields.keys().any(|name| name != "Status") {
        let texts = object.fields.clone();
        let review = editorial::review(world, &ad::texts(&texts), true);
        world.microsoft.get_mut(id)?.review = review;
    }
    world.touch(RecordKey::Microsoft(Key::Object(id)));
    match status {
        Some(Status::Deleted) => world.microsoft_delete(id),
        Some(status) => world.microsoft_switch(id, status),
        None => world.microsoft_note(id),
    }
    Some(Ok(()))
}

/// What can be changed about an account from outside.
pub(crate) struct Change<'a> {
    pub(crate) status: Option<&'a str>,
    pub(crate) name: Option<String>,
    pub(crate) read_only: Option<bool>,
}

impl Change<'_> {
    /// `None` when there is no such account.
    pub(crate) fn apply(self, world: &mut World, id: &str) -> Result<Option<Value>, String> {
        let Some(account) = world.microsoft.accounts.get_mut(id) else { return Ok(None) };
        if let Some(word) = self.status {
            let words = || format!("status is one of {}", LifeCycle::words());
            account.life_cycle = LifeCycle::parse(word).ok_or_else(words)?;
        }
        account.name = self.name.unwrap_or_else(|| account.name.clone());
        account.read_only = self.read_only.unwrap_or(account.read_only);
        let told = json!(account);
        world.touch(RecordKey::Microsoft(Key::Account(id.to_owned())));
        Ok(Some(told))
    }
}
