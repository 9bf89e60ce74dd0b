//! What the control API shows and changes on the Google side.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::change::Client;
use super::kind::{Kind, Lifecycle};
use super::mutate::save_written;
use super::schema::Type;
use super::store::{Customer, CustomerStatus, Resource, StatusChange};
use crate::wire::WireEnum;
use crate::world::World;

/// Kinds as `/_sandbox/world` names them, e.g. `google_campaign`.
pub(crate) fn kind(word: &str) -> Option<Kind> {
    let word = word.strip_prefix("google_")?;
    Kind::ALL.iter().copied().find(|kind| kind.word() == word)
}

/// All kinds that `/_sandbox/world` can be asked for.
pub(crate) fn kinds() -> String {
    let words = Kind::ALL.iter().filter(|kind| **kind != Kind::Ad);
    words.map(|kind| format!("google_{}", kind.word())).collect::<Vec<_>>().join(", ")
}

/// Every resource, removed ones too, oldest first; fixtures only when their kind is asked for.
pub(crate) fn objects(world: &World, account: Option<&str>, kind: Option<Kind>) -> Vec<Value> {
    let mut all: Vec<&Resource> = world
        .google
        .all()
        .filter(|resource| account.is_none_or(|account| resource.customer == account))
        .filter(|resource| kind.map_or(resource.created.seq > 0, |kind| resource.kind == kind))
        .collect();
    all.sort_by_key(|resource| (resource.created.seq, resource.created.at));
    all.into_iter().map(|resource| object(world, resource)).collect()
}

fn object(world: &World, resource: &Resource) -> Value {
    let fields = world.google_view(resource);
    let effective = fields.get("primaryStatus").cloned().unwrap_or_else(|| json!(resource.state));
    let enabled = resource.history.iter().find(|change| change.status == Lifecycle::Enabled);
    json!({
        "id": resource.name, "kind": format!("google_{}", resource.kind.word()), "owner": resource.customer,
        "name": resource.text("name"), "status": resource.state, "effective_status": effective,
        "created": resource.created, "updated": resource.updated, "status_history": resource.history,
        "first_set_active": enabled.map(|change| json!({ "at": change.at, "seq": change.seq })),
        "first_active_at": resource.first_active, "spend_micros": spent(world, resource), "fields": fields,
    })
}

/// Micros that a resource's ads spent in all.
fn spent(world: &World, resource: &Resource) -> i64 {
    let ads = world.google_ads_below(resource);
    let days = ads.iter().flat_map(|ad| {
        let range = (ad.clone(), NaiveDate::MIN)..=(ad.clone(), NaiveDate::MAX);
        world.google.facts.range(range).map(|(_, day)| day.total().cost_micros)
    });
    days.sum()
}

/// Every customer.
pub(crate) fn customers<'a>(world: &'a World, account: Option<&str>) -> Vec<&'a Customer> {
    world
        .google
        .customers
        .values()
        .filter(|known| account.is_none_or(|account| known.id == account))
        .collect()
}

impl World {
    /// Names of the ads that a resource's money goes to.
    pub(crate) fn google_ads_below(&self, resource: &Resource) -> Vec<String> {
        let below = |kind| self.google.below(&resource.name, kind);
        match resource.kind {
            Kind::AdGroupAd => vec![resource.name.clone()],
            Kind::AdGroup => below(Kind::AdGroupAd).map(|ad| ad.name.clone()).collect(),
            Kind::Campaign => below(Kind::AdGroup).flat_map(|group| self.google_ads_below(group)).collect(),
            Kind::CampaignBudget => {
                below(Kind::Campaign).flat_map(|campaign| self.google_ads_below(campaign)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What a person does in the web interface: sets members as they are read back, checked lightly.
pub(crate) fn edit(world: &mut World, name: &str, mut fields: Map<String, Value>) -> Result<(), String> {
    let old = world.google.get(name).cloned().ok_or_else(|| format!("there is no resource {name}"))?;
    let mut new = old.clone();
    let moment = world.moment();
    if let Some(word) = fields.remove("status") {
        let status = word.as_str().and_then(Lifecycle::parse).ok_or_else(|| format!("no status {word}"))?;
        if status != new.state {
            new.state = status;
            new.history.push(StatusChange { at: moment.at, seq: moment.seq, status });
        }
    }
    for (member, value) in fields {
        let field = new.kind.message().find(&member).ok_or_else(|| format!("there is no member {member}"))?;
        match (value, field.ty) {
            (Value::Null, _) => drop(new.fields.remove(&member)),
            (Value::Number(number), Type::Int64) => {
                new.fields.insert(member, json!(number.to_string()));
            }
            (value, _) => drop(new.fields.insert(member, value)),
        }
    }
    new.updated = moment.at;
    save_written(world, old, new, Client::Web);
    Ok(())
}

/// Changes an account's state or settings from outside.
pub(crate) fn change_customer(
    world: &mut World,
    id: &str,
    status: Option<&str>,
    name: Option<String>,
) -> Result<Option<Value>, String> {
    let Some(customer) = world.google.customers.get_mut(id) else { return Ok(None) };
    if let Some(word) = status {
        let words = || format!("status is one of {}", CustomerStatus::words());
        customer.status = CustomerStatus::parse(word).ok_or_else(words)?;
    }
    if let Some(name) = name {
        customer.name = name;
    }
    let customer = json!(customer);
    world.touch(crate::world::RecordKey::Google(super::Key::Customer(id.to_owned())));
    Ok(Some(customer))
}
