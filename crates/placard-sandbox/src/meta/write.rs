//! What creating, changing and deleting have in common at every level (Meta, `platforms/meta.md` §5, §9, §15).

use serde_json::{Map, Value, json};

use super::account::{self, Account};
use super::envelope::{MetaError, MetaResult};
use super::params::{Params, parse_enum};
use crate::object::{Kind, NodeId, Object, Status};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// What to do instead of, or beside, writing.
    pub(crate) enum ExecutionOption {
        ValidateOnly = "validate_only",
        IncludeRecommendations = "include_recommendations",
        SynchronousAdReview = "synchronous_ad_review",
    }
}

/// How a write is to be carried out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) validate_only: bool,
    pub(crate) review_now: bool,
}

impl Options {
    pub(crate) fn from_params(params: &Params, kind: Kind) -> MetaResult<Self> {
        let words = params.words("execution_options")?.unwrap_or_default();
        let options: MetaResult<Vec<ExecutionOption>> =
            words.iter().map(|word| parse_enum("execution_options", word)).collect();
        let options = options?;
        let has = |option| options.contains(&option);
        let validate_only = has(ExecutionOption::ValidateOnly);
        let review_now = has(ExecutionOption::SynchronousAdReview);
        if review_now && (kind != Kind::Ad || !validate_only) {
            return Err(MetaError::field(
                "execution_options",
                "synchronous_ad_review needs an ad and validate_only",
            ));
        }
        if has(ExecutionOption::IncludeRecommendations) && !validate_only {
            return Err(MetaError::field("execution_options", "include_recommendations needs validate_only"));
        }
        Ok(Self { validate_only, review_now })
    }
}

/// Objects of one level that are not deleted, per account (§9).
const MOST: usize = 5000;
const NAME_CHARS: usize = 400;

/// Refuses a level that is full.
pub(crate) fn room_for(world: &World, account: &Account, kind: Kind) -> MetaResult<()> {
    let ids = world.owned(&account.id, kind);
    let alive = ids.len() >= MOST
        && ids.iter().filter_map(|id| world.object(*id)).filter(|o| o.status != Status::Deleted).count()
            >= MOST;
    if !alive {
        return Ok(());
    }
    Err(MetaError::new(100, format!("(#100) The ad account has reached its limit of {MOST} objects")))
}

/// A name of sane length.
pub(crate) fn name(params: &Params) -> MetaResult<Option<String>> {
    if !params.has("name") {
        return Ok(None);
    }
    let name = params.required_text("name")?;
    if name.chars().count() > NAME_CHARS {
        return Err(MetaError::field(
            "name",
            format!("Param name must be at most {NAME_CHARS} characters long"),
        ));
    }
    Ok(Some(name.to_owned()))
}

/// ACTIVE or PAUSED; leaving it out makes a running object (§5).
pub(crate) fn status_on_create(params: &Params) -> MetaResult<Status> {
    match params.one_of::<Status>("status")? {
        None => Ok(Status::Active),
        Some(status @ (Status::Active | Status::Paused)) => Ok(status),
        Some(other) => Err(MetaError::field(
            "status",
            format!("Status {other} is not valid on create; use ACTIVE or PAUSED"),
        )),
    }
}

/// The status an update asks for, if the object may take it.
pub(crate) fn status_on_update(
    object: &Object,
    account: &Account,
    params: &Params,
) -> MetaResult<Option<Status>> {
    let Some(status) = params.one_of::<Status>("status")? else { return Ok(None) };
    match (object.status, status) {
        (Status::Archived, Status::Active | Status::Paused) => Err(archived()),
        (_, Status::Active) => account::may_advertise(account).map(|()| Some(status)),
        (_, _) => Ok(Some(status)),
    }
}

fn archived() -> MetaError {
    MetaError::rule(
        1885088,
        "status",
        "Archived object",
        "This object is archived. It can be renamed or deleted, and nothing else.",
    )
}

/// An object that an update may touch: archived ones take a name and deletion, deleted ones a name (§9).
pub(crate) fn writable(world: &World, id: NodeId, params: &Params) -> MetaResult<Object> {
    let object = world.object(id).ok_or_else(|| MetaError::no_such_object("post", &id.to_string()))?;
    let changes = |allowed: &[&str]| {
        params.iter().map(|(name, _)| name.as_str()).any(|name| {
            !allowed.contains(&name)
                && !["access_token", "appsecret_proof", "fields", "method"].contains(&name)
        })
    };
    match object.status {
        Status::Deleted if changes(&["name"]) => Err(deleted(object.kind)),
        Status::Archived if changes(&["name", "status"]) => Err(archived()),
        Status::Active | Status::Paused | Status::Archived | Status::Deleted => Ok(object.clone()),
    }
}

/// The error for a deleted object; ad sets and campaigns have a subcode of their own.
pub(crate) fn deleted(kind: Kind) -> MetaError {
    let subcode = if kind == Kind::Ad { 1487056 } else { 1487566 };
    MetaError::rule(subcode, "id", "Object was deleted", "You cannot change an object that has been deleted.")
}

/// Refuses work under a parent that is gone or put away.
pub(crate) fn live_parent(parent: &Object) -> MetaResult<()> {
    match parent.status {
        Status::Deleted => Err(deleted(parent.kind)),
        Status::Archived => Err(archived()),
        Status::Active | Status::Paused => Ok(()),
    }
}

/// Copies plain text parameters as they are.
pub(crate) fn copy(params: &Params, fields: &mut Map<String, Value>, names: &[&str]) -> MetaResult<()> {
    for name in names {
        if let Some(text) = params.text(name)? {
            fields.insert((*name).to_owned(), json!(text));
        }
    }
    Ok(())
}

/// Stores the outcome of a validated update. A budget change alone leaves `updated_time` (§8).
pub(crate) fn store_update(
    world: &mut World,
    id: NodeId,
    fields: Map<String, Value>,
    budget_changed: bool,
    status: Option<Status>,
) {
    let now = world.now();
    let in_process_until = now + world.config.in_process;
    if let Some(object) = world.change(id) {
        let rest_changed = fields.iter().any(|(name, value)| {
            !["daily_budget", "lifetime_budget", "spend_cap"].contains(&name.as_str())
                && object.fields.get(name) != Some(value)
        });
        if rest_changed {
            object.updated = now;
        }
        if budget_changed {
            object.budget_changes.retain(|at| now - *at < super::budget::CHANGE_WINDOW);
            object.budget_changes.push(now);
        }
        object.fields = fields;
        object.in_process_until = in_process_until;
    }
    match status {
        Some(status) => world.set_status(id, status),
        None => world.note_activity(id),
    }
}

/// `DELETE /{id}`: sets the final status on the object and, for parents, on all below.
pub(crate) fn delete(world: &mut World, id: NodeId) -> Value {
    let mut below = vec![id];
    while let Some(id) = below.pop() {
        below.extend(world.children(id));
        world.set_status(id, Status::Deleted);
    }
    json!({ "success": true })
}
