//! Ad labels: a caller's own markers on objects (Meta, `platforms/meta.md` §23).

use serde_json::{Value, json};

use super::account::Account;
use super::envelope::{MetaError, MetaResult};
use super::params::Params;
use crate::object::{Kind, NodeId, Status};
use crate::world::World;

/// `POST /act_X/adlabels`; a name that exists gives the same label.
pub(crate) fn create(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[&["name"]])?;
    let name = params.required_text("name")?.to_owned();
    let id = find_or_make(world, account, &name);
    Ok(json!({ "id": id }))
}

fn find_or_make(world: &mut World, account: &Account, name: &str) -> NodeId {
    let known = world
        .owned(&account.id, Kind::Label)
        .into_iter()
        .find(|id| world.object(*id).is_some_and(|label| label.is_current() && label.name() == name));
    if let Some(id) = known {
        return id;
    }
    let mut label = world.draft(Kind::Label, &account.id, Status::Active);
    label.fields.insert("name".into(), json!(name));
    world.add(label)
}

/// Reads `adlabels=[{"id"}|{"name"}]` into the form it is read back in. Names are made only when `store` is
/// set, so that a dry run leaves nothing behind.
pub(crate) fn resolve(
    world: &mut World,
    account: &Account,
    params: &Params,
    store: bool,
) -> MetaResult<Option<Value>> {
    let Some(list) = params.list("adlabels")? else { return Ok(None) };
    let bad = || MetaError::field("adlabels", "adlabels must list objects with an id or a name");
    let mut names = Vec::new();
    for entry in &list {
        let name = match (entry["id"].as_str(), entry["name"].as_str()) {
            (Some(id), _) => {
                let label = NodeId::parse(id).and_then(|id| world.object(id));
                let label = label.filter(|label| label.kind == Kind::Label && label.owner == account.id);
                label.ok_or_else(bad)?.name().to_owned()
            }
            (None, Some(name)) if !name.is_empty() => name.to_owned(),
            (None, _) => return Err(bad()),
        };
        names.push(name);
    }
    if !store {
        return Ok(Some(json!([])));
    }
    let labels: Vec<Value> =
        names.iter().map(|name| json!({ "id": find_or_make(world, account, name), "name": name })).collect();
    Ok(Some(json!(labels)))
}
