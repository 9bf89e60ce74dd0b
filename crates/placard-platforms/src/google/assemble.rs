//! The operations of one call: slots filled, like beside like, nothing before what it needs (Google,
//! `platforms/google.md` §3).

use super::{
    canonical, encode,
    errors::ours,
    requests::{OPERATIONS, collection},
    template::{Slot, filled},
    wire::{at, text_at},
};
use crate::{Access, ErrorKind, PlatformError, Request};
use placard_domain::plan::ObjectKind;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// An operation and the request that it belongs to.
pub(super) struct Planned {
    pub(super) request: usize,
    pub(super) operation: Value,
}

/// What is wrong with the request at a place.
pub(super) type Blame = (usize, PlatformError);

/// The operations of `requests` in the order in which they are sent.
pub(super) fn plan(
    access: &Access,
    requests: &[Request],
    known: &Known,
    numbers: &mut Numbers,
) -> Result<Vec<Planned>, Blame> {
    let mut planned = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let prepared = &request.prepared;
        if prepared.file_name.is_some() && request.attachment.is_none() {
            let error =
                ours(&prepared.operation, ErrorKind::Refused, "the file that belongs to it is missing");
            return Err((index, error));
        }
        for operation in operations(request) {
            let mut fill = |slot: Slot<'_>| match slot {
                Slot::Own(collection) => Some(numbers.name(access, index, collection).into()),
                Slot::Budget(campaign) => known.budgets.get(campaign).cloned().map(Value::from),
                Slot::Criterion(of, body) => known.criterion(prepared.object.kind, of, body).map(Value::from),
                Slot::File => request.attachment.as_ref().map(|file| encode::base64(&file.bytes).into()),
            };
            match filled(operation, &mut fill) {
                Some(operation) => planned.push(Planned { request: index, operation }),
                // What is gone already need not be removed.
                None if removes(operation) => {
                    tracing::debug!(object = %prepared.object, "a part is gone already")
                }
                None => {
                    let message = "the campaign has no budget of its own any more";
                    return Err((index, ours(&prepared.operation, ErrorKind::NotFound, message)));
                }
            }
        }
    }
    planned.sort_by_key(|planned| rank(&planned.operation));
    Ok(planned)
}

fn operations(request: &Request) -> impl Iterator<Item = &Value> {
    request.prepared.params.get(OPERATIONS).and_then(Value::as_array).into_iter().flatten()
}

fn removes(operation: &Value) -> bool {
    operation
        .as_object()
        .is_some_and(|operation| operation.values().any(|inner| inner.get("remove").is_some()))
}

/// Where an operation stands in a call: what is referred to comes first, like types are neighbours, and what goes gives
/// way before what comes. A budget goes after its campaign, a campaign after what it holds.
fn rank(operation: &Value) -> u8 {
    let kind = operation.as_object().and_then(|operation| operation.keys().next()).map_or("", String::as_str);
    match (kind, removes(operation)) {
        ("campaignBudgetOperation", false) => 0,
        ("campaignOperation", false) => 1,
        ("campaignCriterionOperation", true) => 2,
        ("campaignCriterionOperation", false) => 3,
        ("assetOperation", _) => 4,
        ("adGroupOperation", false) => 5,
        ("adGroupAdOperation", true) => 6,
        ("adGroupAdOperation", false) => 7,
        ("adOperation", _) => 8,
        ("adGroupCriterionOperation", true) => 9,
        ("adGroupCriterionOperation", false) => 10,
        ("adGroupOperation", true) => 11,
        ("campaignOperation", true) => 12,
        _ => 13,
    }
}

/// Negative numbers for what does not exist yet, each once in a call whatever its type (§3).
pub(super) struct Numbers {
    next: i64,
    given: HashMap<(usize, String), i64>,
}

impl Numbers {
    /// Numbers beside those that `requests` bring along.
    pub(super) fn of(requests: &[Request]) -> Result<Self, Blame> {
        let mut numbers = Self { next: -1, given: HashMap::new() };
        for (index, request) in requests.iter().enumerate() {
            let Some(provisional) = &request.provisional else { continue };
            let Some(number) = provisional.0.parse::<i64>().ok().filter(|number| *number < 0) else {
                let message = format!("the provisional id {provisional} is no negative number");
                return Err((index, ours(&request.prepared.operation, ErrorKind::Refused, message)));
            };
            numbers.next = numbers.next.min(number - 1);
            let own = collection(request.prepared.object.kind);
            numbers.given.insert((index, own.to_owned()), number);
        }
        Ok(numbers)
    }

    fn name(&mut self, access: &Access, index: usize, wanted: &str) -> String {
        let next = &mut self.next;
        let number = *self.given.entry((index, wanted.to_owned())).or_insert_with(|| {
            let number = *next;
            *next -= 1;
            number
        });
        format!("customers/{}/{wanted}/{number}", access.account.id)
    }
}

/// Ids of which something must be looked up.
#[derive(Default)]
pub(super) struct Wanted {
    /// Campaigns whose budgets are meant.
    pub(super) budgets: BTreeSet<String>,
    /// Campaigns of whose criteria some go.
    pub(super) campaigns: BTreeSet<String>,
    /// Ad groups of whose criteria some go.
    pub(super) ad_groups: BTreeSet<String>,
}

/// Resource names that were looked up.
#[derive(Default)]
pub(super) struct Known {
    budgets: HashMap<String, String>,
    criteria: HashMap<(ObjectKind, String, String), String>,
}

impl Known {
    /// What the operations of `requests` need.
    pub(super) fn wanted(requests: &[Request]) -> Wanted {
        let mut wanted = Wanted::default();
        for request in requests {
            let mut slots = Vec::new();
            operations(request).for_each(|operation| Slot::all_in(operation, &mut slots));
            for slot in slots {
                match (slot, request.prepared.object.kind) {
                    (Slot::Budget(campaign), _) => wanted.budgets.insert(campaign.to_owned()),
                    (Slot::Criterion(of, _), ObjectKind::Campaign) => wanted.campaigns.insert(of.to_owned()),
                    (Slot::Criterion(of, _), _) => wanted.ad_groups.insert(of.to_owned()),
                    (Slot::Own(_) | Slot::File, _) => false,
                };
            }
        }
        wanted
    }

    /// Notes a campaign's budget, unless other campaigns use it as well: that is not ours to change or remove.
    pub(super) fn note_budget(&mut self, row: &Value) {
        let shared = at(row, "campaignBudget.explicitlyShared").and_then(Value::as_bool).unwrap_or_default();
        let (campaign, budget) = (text_at(row, "campaign.id"), text_at(row, "campaign.campaignBudget"));
        if let (Some(campaign), Some(budget), false) = (campaign, budget, shared) {
            self.budgets.insert(campaign, budget);
        }
    }

    /// Notes a criterion of a campaign or ad group.
    pub(super) fn note_criterion(&mut self, kind: ObjectKind, row: &Value) {
        let (parent, member) = match kind {
            ObjectKind::Campaign => ("campaign.id", "campaignCriterion"),
            _ => ("adGroup.id", "adGroupCriterion"),
        };
        let Some(wire) = row.get(member) else { return };
        let name = text_at(wire, "resourceName");
        if let (Some(parent), Some(name), Some((_, body))) =
            (text_at(row, parent), name, canonical::criterion(wire))
        {
            self.criteria.insert((kind, parent, body.to_string()), name);
        }
    }

    fn criterion(&self, kind: ObjectKind, of: &str, body: &Value) -> Option<String> {
        self.criteria.get(&(kind, of.to_owned(), body.to_string())).cloned()
    }
}
