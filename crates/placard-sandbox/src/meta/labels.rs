//! Ad labels: a caller's own markers on objects (Meta, `platforms/meta.md` §23).

use serde_json::{Value, json};

use super::account::Account;
use super::edges::LIST_PARAMS;
use super::envelope::{MetaError, MetaResult};
use super::params::{Params, missing};
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

/// The kind behind an edge that lists by label.
pub(crate) fn edge(name: &str) -> Option<Kind> {
    match name {
        "campaignsbylabels" => Some(Kind::Campaign),
        "adsetsbylabels" => Some(Kind::AdSet),
        "adsbylabels" => Some(Kind::Ad),
        "adcreativesbylabels" => Some(Kind::Creative),
        _ => None,
    }
}

/// The objects that carry any, or all, of the labels in `ad_label_ids`.
pub(crate) fn labelled(
    world: &World,
    account: &Account,
    kind: Kind,
    params: &Params,
) -> MetaResult<Vec<NodeId>> {
    params.only(&[LIST_PARAMS, &["ad_label_ids", "operator"]])?;
    let wanted = params.words("ad_label_ids")?.ok_or_else(|| missing("ad_label_ids"))?;
    let all = match params.text("operator")? {
        None | Some("ANY") => false,
        Some("ALL") => true,
        Some(other) => return Err(MetaError::field("operator", format!("Unknown operator {other}"))),
    };
    let carries = |id: &NodeId| {
        let labels = world.object(*id).and_then(|object| object.fields.get("adlabels")?.as_array());
        let has =
            |label: &String| labels.is_some_and(|list| list.iter().any(|known| known["id"] == json!(label)));
        if all { wanted.iter().all(has) } else { wanted.iter().any(has) }
    };
    Ok(world.owned(&account.id, kind).into_iter().filter(carries).collect())
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
