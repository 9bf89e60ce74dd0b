//! The rows of a resource before figures: one for each entity, with the resources that go with it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::plan::Plan;
use super::report::Slice;
use crate::google::change;
use crate::google::geo;
use crate::google::kind::Kind;
use crate::google::schema::camel;
use crate::google::store::{Customer, Resource};
use crate::world::World;

/// One row in the making.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    /// Members by resource, e.g. `ad_group`.
    pub(super) parts: BTreeMap<&'static str, Map<String, Value>>,
    /// Names of the ads whose figures are the row's.
    pub(super) ads: Vec<String>,
    /// The part of the ads' figures that is the row's.
    pub(super) slice: Slice,
}

struct Maker<'w> {
    world: &'w World,
    customer: &'w Customer,
    plan: &'w Plan,
    now: Instant,
    /// Views of what stands above rows, because many stand below the same campaign, whose status looks at all of it.
    above: RefCell<BTreeMap<&'w str, Map<String, Value>>>,
}

type Parts = BTreeMap<&'static str, Map<String, Value>>;

/// All entities of a query's resource that the customer has, removed ones too.
pub(super) fn all(world: &World, customer: &Customer, plan: &Plan) -> Vec<Entity> {
    let maker = Maker { world, customer, plan, now: Instant::now(), above: RefCell::default() };
    match plan.source.name {
        "customer" => vec![maker.customer_entity()],
        "customer_client" => maker.clients(),
        "change_event" => maker.changes(),
        "age_range_view" => maker.demographic("age_range_view", "ageRange", crate::google::rules::AGES),
        "gender_view" => maker.demographic("gender_view", "gender", crate::google::rules::GENDERS),
        "geographic_view" | "user_location_view" => maker.places(),
        name => maker.resources(name),
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn picture(customer: &Customer) -> Map<String, Value> {
    object(json!({
        "resourceName": format!("customers/{}", customer.id), "id": customer.id,
        "descriptiveName": customer.name, "currencyCode": customer.currency, "timeZone": customer.time_zone,
        "manager": customer.is_manager, "testAccount": false, "status": customer.status,
        "autoTaggingEnabled": true,
    }))
}

impl<'w> Maker<'w> {
    fn entity(&self, parts: Parts, ads: Vec<String>, slice: Slice) -> Entity {
        let mut parts = parts;
        if self.plan.uses("customer") {
            parts.insert("customer", picture(self.customer));
        }
        Entity { parts, ads, slice }
    }

    fn customer_entity(&self) -> Entity {
        let ads = self.world.google.owned(&self.customer.id, Kind::AdGroupAd);
        self.entity(
            BTreeMap::from([("customer", picture(self.customer))]),
            ads.map(|ad| ad.name.clone()).collect(),
            Slice::Whole,
        )
    }

    fn clients(&self) -> Vec<Entity> {
        let below = |other: &&Customer| {
            other.id == self.customer.id || other.manager.as_ref() == Some(&self.customer.id)
        };
        let client = |other: &Customer| {
            let mut fields = picture(other);
            fields.remove("autoTaggingEnabled");
            let name = format!("customers/{}/customerClients/{}", self.customer.id, other.id);
            fields.insert("resourceName".into(), json!(name));
            fields.insert("clientCustomer".into(), json!(format!("customers/{}", other.id)));
            fields.insert("level".into(), json!(if other.id == self.customer.id { "0" } else { "1" }));
            fields.insert("hidden".into(), json!(false));
            self.entity(BTreeMap::from([("customer_client", fields)]), Vec::new(), Slice::Whole)
        };
        self.world.google.customers.values().filter(below).map(client).collect()
    }

    /// Whether queries find a resource yet, and still.
    fn is_listed(&self, resource: &Resource) -> bool {
        let link = matches!(resource.kind, Kind::CampaignLabel | Kind::AdGroupLabel | Kind::AdGroupAdLabel);
        let gone = link && resource.is_removed();
        !gone && resource.listed_from.is_none_or(|from| from <= self.now)
    }

    /// Resources of one kind with what the query uses of those above them.
    fn resources(&self, name: &str) -> Vec<Entity> {
        let kinds = <Kind as crate::wire::WireEnum>::ALL;
        let Some(kind) = kinds.iter().copied().find(|kind| kind.word() == name) else { return Vec::new() };
        let all = self.world.google.owned(&self.customer.id, kind);
        all.filter(|resource| self.is_listed(resource)).map(|resource| self.of(resource)).collect()
    }

    fn of(&self, resource: &Resource) -> Entity {
        let ads = if self.plan.reports() { self.world.google_ads_below(resource) } else { Vec::new() };
        let mut parts = BTreeMap::from([(resource.kind.word(), self.world.google_view(resource))]);
        self.above(resource, &mut parts);
        self.entity(parts, ads, Slice::Whole)
    }

    /// Adds what a resource hangs below, as far as the query uses it.
    fn above(&self, resource: &Resource, parts: &mut Parts) {
        for parent in resource.parents() {
            let Some(parent) = self.world.google.get(&parent) else { continue };
            let word = parent.kind.word();
            if parts.contains_key(word) {
                continue;
            }
            if self.plan.uses(word) {
                parts.insert(word, self.view_above(parent));
            }
            if self.plan.source.with.contains(&word) {
                self.above(parent, parts);
            }
        }
    }

    fn view_above(&self, parent: &'w Resource) -> Map<String, Value> {
        let mut known = self.above.borrow_mut();
        known.entry(&parent.name).or_insert_with(|| self.world.google_view(parent)).clone()
    }

    fn changes(&self) -> Vec<Entity> {
        let zone = self.customer.zone();
        let now = self.world.now();
        let known = self.world.google.changes.iter().filter(|change| {
            change.customer == self.customer.id
                && change.shown_from <= now
                && change.at >= now - TimeDelta::days(30)
        });
        let row = |change: &change::Change| {
            let customer = &self.customer.id;
            let at = change.at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.6f").to_string();
            let wrap = |fields: &Map<String, Value>| json!({ camel(change.kind.word()): fields });
            let mut fields = object(json!({
                "resourceName": format!(
                    "customers/{customer}/changeEvents/{}~{}~{}",
                    change.at.timestamp_micros(), change.seq, change.index
                ),
                "changeDateTime": at, "changeResourceType": change::type_word(change.kind),
                "changeResourceName": change.resource, "clientType": change.client,
                "userEmail": "ada@example.com", "resourceChangeOperation": change.operation,
                "changedFields": change.fields.join(","), "oldResource": wrap(&change.before),
                "newResource": wrap(&change.after),
            }));
            if let Some(campaign) = &change.campaign {
                fields.insert("campaign".into(), json!(campaign));
            }
            if let Some(ad_group) = &change.ad_group {
                fields.insert("adGroup".into(), json!(ad_group));
            }
            self.entity(BTreeMap::from([("change_event", fields)]), Vec::new(), Slice::Whole)
        };
        known.map(row).collect()
    }

    /// One row for each ad group and age or gender, whether or not somebody made a criterion of it.
    fn demographic(
        &self,
        view: &'static str,
        member: &'static str,
        table: &[(&'static str, u64)],
    ) -> Vec<Entity> {
        let mut out = Vec::new();
        let collection = if member == "gender" { "genderViews" } else { "ageRangeViews" };
        for group in self.world.google.owned(&self.customer.id, Kind::AdGroup) {
            let ads = self.world.google_ads_below(group);
            for (word, id) in table {
                let ids = format!("{}~{id}", group.own_id());
                let customer = &self.customer.id;
                let name = format!("customers/{customer}/adGroupCriteria/{ids}");
                let criterion = self.world.google.get(&name).map_or_else(
                    || {
                        object(json!({
                            "resourceName": name, "criterionId": id.to_string(), "status": "ENABLED",
                            "adGroup": group.name, "negative": false, member: { "type": word },
                        }))
                    },
                    |criterion| self.world.google_view(criterion),
                );
                let own =
                    object(json!({ "resourceName": format!("customers/{customer}/{collection}/{ids}") }));
                let mut parts = BTreeMap::from([(view, own), ("ad_group_criterion", criterion)]);
                parts.insert("ad_group", self.world.google_view(group));
                self.above(group, &mut parts);
                let slice = if member == "gender" { Slice::Gender(word) } else { Slice::Age(word) };
                out.push(self.entity(parts, ads.clone(), slice));
            }
        }
        out
    }

    /// One row for each country, split by campaign or ad group where the query uses them.
    fn places(&self) -> Vec<Entity> {
        let holders: Vec<Option<&Resource>> = if self.plan.uses("ad_group") {
            self.world.google.owned(&self.customer.id, Kind::AdGroup).map(Some).collect()
        } else if self.plan.uses("campaign") {
            self.world.google.owned(&self.customer.id, Kind::Campaign).map(Some).collect()
        } else {
            vec![None]
        };
        let mut out = Vec::new();
        for holder in holders {
            let (ads, mut parts) = match holder {
                Some(holder) => {
                    let own = BTreeMap::from([(holder.kind.word(), self.world.google_view(holder))]);
                    (self.world.google_ads_below(holder), own)
                }
                None => (self.customer_entity().ads, BTreeMap::new()),
            };
            if let Some(holder) = holder {
                self.above(holder, &mut parts);
            }
            for country in geo::PLACES.iter().filter(|place| place.is_country()) {
                let mut parts = parts.clone();
                parts.insert(self.plan.source.name, self.place_view(country));
                out.push(self.entity(parts, ads.clone(), Slice::Country(country.country)));
            }
        }
        out
    }

    fn place_view(&self, country: &geo::Place) -> Map<String, Value> {
        let (customer, id) = (&self.customer.id, country.id);
        object(match self.plan.source.name {
            "geographic_view" => json!({
                "resourceName": format!("customers/{customer}/geographicViews/{id}~LOCATION_OF_PRESENCE"),
                "countryCriterionId": id.to_string(), "locationType": "LOCATION_OF_PRESENCE",
            }),
            _ => json!({
                "resourceName": format!("customers/{customer}/userLocationViews/{id}~true"),
                "countryCriterionId": id.to_string(), "targetingLocation": true,
            }),
        })
    }
}
