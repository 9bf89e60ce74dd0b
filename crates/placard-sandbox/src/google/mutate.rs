//! Carries out mutate calls: all or nothing, or each for itself (Google, `platforms/google.md` §3).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::change::Client;
use super::decode;
use super::desk::Desk;
use super::error::{AdsError, GoogleResult, Refusal, Status, partial_failure};
use super::kind::Kind;
use super::operation::{self, Batch, ContentType};
use super::request::Request;
use super::schema::{Role, camel};
use super::store::{Customer, CustomerStatus, Key, Resource};
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

/// `POST /v26/customers/{c}/{collection}:mutate`.
pub(crate) fn one(
    world: &mut World,
    request: &Request,
    customer: &str,
    collection: &str,
    id: &str,
) -> GoogleResult<Value> {
    const OTHERS: &[&str] = &[
        "customerAssets",
        "biddingStrategies",
        "sharedSets",
        "campaignSharedSets",
        "audiences",
        "assetGroups",
        "assetGroupAssets",
        "assetGroupSignals",
        "assetGroupListingGroupFilters",
    ];
    let customer = world.google_customer(request, customer)?;
    if OTHERS.contains(&collection) {
        return Err(Refusal::not_served(collection));
    }
    let kind = Kind::parse(collection).ok_or(Refusal::Html(404))?;
    let batch = operation::of_collection(kind, &decode::object(&request.body)?)?;
    let (results, failure) = run(world, customer, &batch, id)?;
    Ok(match results {
        None => body(&[], failure),
        Some(results) => body(
            &[("results", json!(results.into_iter().map(|(_, value)| value).collect::<Vec<_>>()))],
            failure,
        ),
    })
}

/// `POST /v26/customers/{c}/googleAds:mutate`.
pub(crate) fn several(world: &mut World, request: &Request, customer: &str, id: &str) -> GoogleResult<Value> {
    let customer = world.google_customer(request, customer)?;
    let batch = operation::of_many(&decode::object(&request.body)?)?;
    let (results, failure) = run(world, customer, &batch, id)?;
    let Some(results) = results else { return Ok(body(&[], failure)) };
    let wrapped = |(kind, value): (Kind, Value)| match value.as_object().is_some_and(Map::is_empty) {
        true => json!({}),
        false => json!({ format!("{}Result", camel(kind.word())): value }),
    };
    let responses: Vec<Value> = results.into_iter().map(wrapped).collect();
    Ok(body(&[("mutateOperationResponses", json!(responses))], failure))
}

fn body(members: &[(&str, Value)], failure: Option<Value>) -> Value {
    let mut out: Map<String, Value> =
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    out.extend(failure.map(|failure| ("partialFailureError".to_owned(), failure)));
    Value::Object(out)
}

type Results = Option<Vec<(Kind, Value)>>;

/// Results in the order of the operations, an empty object for one that failed; none when only checking.
fn run(
    world: &mut World,
    customer: Customer,
    batch: &Batch,
    id: &str,
) -> GoogleResult<(Results, Option<Value>)> {
    may_write(world, &customer)?;
    let rate = world.config.google_rate;
    world.google.rates.spend(&customer.id, batch.operations.len(), rate)?;
    let undeclared = undeclared(world, &customer.id);
    let mut desk = Desk::new(world, customer);
    let mut names: Vec<Option<String>> = Vec::with_capacity(batch.operations.len());
    let mut errors: Vec<AdsError> = Vec::new();
    for (index, operation) in batch.operations.iter().enumerate() {
        let mark = desk.mark(index);
        match desk.perform(operation, &undeclared) {
            Ok(name) => names.push(Some(name)),
            Err(found) => {
                desk.roll_back(mark);
                desk.fail_temp(operation);
                errors.extend(found.into_iter().map(|error| error.under(&operation.steps)));
                names.push(None);
            }
        }
    }
    if !errors.is_empty() && !batch.partial_failure {
        desk.roll_back(0);
        return Err(Refusal::Ads { status: Status::InvalidArgument, errors });
    }
    let failure = (!errors.is_empty()).then(|| partial_failure(&errors, id));
    if batch.validate_only {
        desk.roll_back(0);
        return Ok((None, failure));
    }
    let written = desk.finish();
    let results = names.iter().zip(&batch.operations);
    let results = results.map(|(name, operation)| {
        let value =
            name.as_ref().map_or(json!({}), |name| result(world, name, operation.kind, batch.content));
        (operation.kind, value)
    });
    let results = results.collect();
    settle(world, written);
    Ok((Some(results), failure))
}

fn may_write(world: &World, customer: &Customer) -> GoogleResult<()> {
    debug_assert!(world.google.customers.contains_key(&customer.id), "the customer was looked up");
    if customer.is_manager {
        let code = "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT";
        return Err(AdsError::new("requestError", code, "A manager account cannot do this.").into());
    }
    if customer.status == CustomerStatus::Suspended {
        let code = "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT";
        return Err(AdsError::new("authorizationError", code, "The customer account is suspended.").into());
    }
    Ok(())
}

/// Campaigns of an account that do not say whether they hold political advertising (§4).
fn undeclared(world: &World, customer: &str) -> BTreeSet<String> {
    let campaigns = world.google.owned(customer, Kind::Campaign);
    let silent = |campaign: &&Resource| {
        !campaign.is_removed() && !campaign.fields.contains_key("containsEuPoliticalAdvertising")
    };
    campaigns.filter(silent).map(|campaign| campaign.name.clone()).collect()
}

/// What an answer says of a written resource.
fn result(world: &World, name: &str, kind: Kind, content: ContentType) -> Value {
    let mut out = json!({ "resourceName": name });
    if content == ContentType::Mutable && kind.has_content_type() {
        let resource = match kind {
            Kind::Ad => world.google.holder_of_ad(name),
            _ => world.google.get(name),
        };
        if let Some(resource) = resource {
            out[camel(kind.word())] = writable(resource, kind);
        }
    }
    out
}

/// The fields that a request could have set, with the resource's name.
fn writable(resource: &Resource, kind: Kind) -> Value {
    let ad = resource.fields.get("ad").and_then(Value::as_object);
    let fields = match (kind, ad) {
        (Kind::Ad, Some(ad)) => ad,
        _ => &resource.fields,
    };
    let mut out = Map::new();
    for field in kind.message().fields {
        if !matches!(field.role, Role::Writable | Role::Immutable) {
            continue;
        }
        match (field.name, fields.get(field.name)) {
            ("status", _) => drop(out.insert("status".into(), json!(resource.state))),
            (name, Some(value)) => drop(out.insert(name.to_owned(), value.clone())),
            (_, None) => {}
        }
    }
    Value::Object(out)
}

/// Saves what was written, and writes the changes down.
fn settle(world: &mut World, written: Vec<(String, Option<Resource>, usize)>) {
    let mut first: BTreeMap<String, ()> = BTreeMap::new();
    for (name, before, index) in written {
        if first.insert(name.clone(), ()).is_some() {
            continue;
        }
        world.touch(RecordKey::Google(Key::Resource(name.clone())));
        world.google_change(&name, before.as_ref(), Client::Api, index);
        world.google_note_activity(&name);
    }
}

/// Puts a change that did not come through a call in its place.
pub(crate) fn save_written(world: &mut World, old: Resource, new: Resource, client: Client) {
    let name = new.name.clone();
    world.google.put(new);
    world.touch(RecordKey::Google(Key::Resource(name.clone())));
    world.google_change(&name, Some(&old), client, 0);
    world.google_note_activity(&name);
}
