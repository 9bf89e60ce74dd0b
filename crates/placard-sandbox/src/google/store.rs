//! What exists on the Google side: customers, resources, changes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::auth::{AccessToken, Code, Grant};
use super::change::Change;
use super::fixtures;
use super::kind::{Kind, Lifecycle};
use super::rate::RateDesk;
use crate::auction::facts::DayFacts;
use crate::object::Moment;
use crate::wire::wire_enum;

wire_enum! {
    /// `customer.status`.
    pub(crate) enum CustomerStatus {
        Enabled = "ENABLED",
        Canceled = "CANCELED",
        Suspended = "SUSPENDED",
        Closed = "CLOSED",
    }
}

/// An account or a manager.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) time_zone: String,
    pub(crate) is_manager: bool,
    pub(crate) status: CustomerStatus,
    /// The manager above it.
    pub(crate) manager: Option<String>,
    /// Whose login reaches it without a manager.
    pub(crate) user: Option<String>,
}

impl Customer {
    pub(crate) fn zone(&self) -> chrono_tz::Tz {
        // The name was checked when it was set.
        self.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC)
    }

    /// The currency's smallest billable unit in micros (§10).
    pub(crate) fn unit(&self) -> i64 {
        match self.currency.as_str() {
            "JPY" | "KRW" | "CLP" | "VND" | "ISK" | "PYG" => 1_000_000,
            _ => 10_000,
        }
    }
}

/// One entry of a resource's status history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StatusChange {
    pub(crate) at: DateTime<Utc>,
    pub(crate) seq: u64,
    pub(crate) status: Lifecycle,
}

/// An ad's review: fixed when it begins, visible when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) until: DateTime<Utc>,
    /// The phrase that breaks a policy.
    pub(crate) refused: Option<String>,
}

wire_enum! {
    /// Why smart bidding learns.
    pub(crate) enum LearningCause {
        New = "LEARNING_NEW",
        Setting = "LEARNING_SETTING_CHANGE",
        Budget = "LEARNING_BUDGET_CHANGE",
        Composition = "LEARNING_COMPOSITION_CHANGE",
    }
}

/// Since when and why a campaign's bidding learns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Learning {
    pub(crate) since: DateTime<Utc>,
    pub(crate) cause: LearningCause,
}

/// Anything with a resource name that a caller can make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) customer: String,
    pub(crate) state: Lifecycle,
    /// What was set, as it is read back; the status is in `state`.
    pub(crate) fields: Map<String, Value>,
    pub(crate) created: Moment,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) history: Vec<StatusChange>,
    /// First time it and all above it were enabled.
    pub(crate) first_active: Option<Moment>,
    pub(crate) review: Option<Review>,
    pub(crate) learning: Option<Learning>,
    /// Wall-clock moment from which queries find it; only the edge-lag fault sets one.
    #[serde(skip)]
    pub(crate) listed_from: Option<Instant>,
}

impl Resource {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.state == Lifecycle::Removed
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.state == Lifecycle::Enabled
    }

    /// The last id in its name.
    pub(crate) fn own_id(&self) -> &str {
        last_id(&self.name)
    }

    /// Names of what it hangs below.
    pub(crate) fn parents(&self) -> Vec<String> {
        let mut out: Vec<String> =
            self.kind.parents().iter().map(|member| self.text(member).to_owned()).collect();
        if self.kind == Kind::AdGroupAd
            && let Some(ad) = self.fields.get("ad").and_then(|ad| ad["resourceName"].as_str())
        {
            out.push(ad.to_owned());
        }
        out
    }
}

/// The last id of a resource name: what stands after the last `/` or `~`.
pub(crate) fn last_id(name: &str) -> &str {
    name.rsplit(['/', '~']).next().unwrap_or_default()
}

/// A number of 64 bits at a path of members.
pub(crate) fn int_at(fields: &Map<String, Value>, path: &[&str]) -> Option<i64> {
    let (first, rest) = path.split_first()?;
    let value = rest.iter().fold(fields.get(*first)?, |value, part| &value[*part]);
    value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_i64())
}

/// The key of one record of the state file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    NextId,
    Customer(String),
    Grant(String),
    Token(String),
    Code(String),
    Resource(String),
    Change(usize),
    Facts(String, NaiveDate),
}

/// One record of the state file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    NextId(u64),
    Customer(Customer),
    Grant(Grant),
    Token(AccessToken),
    Code(Code),
    Resource(Box<Resource>),
    Change { index: usize, change: Box<Change> },
    Facts { ad: String, date: NaiveDate, facts: Box<DayFacts> },
}

/// The first id that is given out.
const FIRST_ID: u64 = 20_000_000_001;

/// Everything that the Google surface knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) next_id: u64,
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) grants: BTreeMap<String, Grant>,
    pub(crate) tokens: BTreeMap<String, AccessToken>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) changes: Vec<Change>,
    pub(crate) facts: BTreeMap<(String, NaiveDate), DayFacts>,
    pub(crate) rates: RateDesk,
    resources: BTreeMap<String, Resource>,
    below: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    /// The fixtures and nothing else.
    pub(crate) fn fresh(start: DateTime<Utc>) -> Self {
        let mut state = Self {
            next_id: FIRST_ID,
            customers: fixtures::customers(),
            grants: BTreeMap::new(),
            tokens: BTreeMap::new(),
            codes: BTreeMap::new(),
            changes: Vec::new(),
            facts: BTreeMap::new(),
            rates: RateDesk::default(),
            resources: BTreeMap::new(),
            below: BTreeMap::new(),
        };
        fixtures::resources(start).into_iter().for_each(|resource| drop(state.put(resource)));
        state
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Resource> {
        self.resources.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Resource> {
        self.resources.get_mut(name)
    }

    /// Puts a resource in its place and gives back what was there.
    pub(crate) fn put(&mut self, resource: Resource) -> Option<Resource> {
        let name = resource.name.clone();
        for parent in resource.parents() {
            self.below.entry(parent).or_default().insert(name.clone());
        }
        let parents = resource.parents();
        let old = self.resources.insert(name.clone(), resource);
        if let Some(old) = &old {
            self.unlink(old, &parents);
        }
        old
    }

    /// Takes a resource out as if it had never been.
    pub(crate) fn forget(&mut self, name: &str) {
        if let Some(old) = self.resources.remove(name) {
            self.unlink(&old, &[]);
        }
    }

    fn unlink(&mut self, old: &Resource, kept: &[String]) {
        for parent in old.parents() {
            if !kept.contains(&parent)
                && let Some(children) = self.below.get_mut(&parent)
            {
                children.remove(&old.name);
            }
        }
    }

    /// What hangs directly below a resource, of one kind, oldest first.
    pub(crate) fn below<'a>(
        &'a self,
        name: &str,
        kind: Kind,
    ) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let names = self.below.get(name).into_iter().flatten();
        names.filter_map(|name| self.resources.get(name)).filter(move |resource| resource.kind == kind)
    }

    /// All of a customer's resources of one kind, oldest first.
    pub(crate) fn owned<'a>(
        &'a self,
        customer: &str,
        kind: Kind,
    ) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let prefix = format!("customers/{customer}/{kind}/");
        let range = self.resources.range(prefix.clone()..);
        range.take_while(move |(name, _)| name.starts_with(&prefix)).map(|(_, resource)| resource)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// The ad group ad that holds an ad.
    pub(crate) fn holder_of_ad(&self, ad: &str) -> Option<&Resource> {
        self.below(ad, Kind::AdGroupAd).next()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        [Key::NextId]
            .into_iter()
            .chain(self.customers.keys().cloned().map(Key::Customer))
            .chain(self.grants.keys().cloned().map(Key::Grant))
            .chain(self.tokens.keys().cloned().map(Key::Token))
            .chain(self.codes.keys().cloned().map(Key::Code))
            .chain(self.resources.keys().cloned().map(Key::Resource))
            .chain((0..self.changes.len()).map(Key::Change))
            .chain(self.facts.keys().map(|(ad, date)| Key::Facts(ad.clone(), *date)))
    }

    /// The record of a key, if there is something under it.
    pub(crate) fn record(&self, key: &Key) -> Option<Record> {
        Some(match key {
            Key::NextId => Record::NextId(self.next_id),
            Key::Customer(id) => Record::Customer(self.customers.get(id)?.clone()),
            Key::Grant(value) => Record::Grant(self.grants.get(value)?.clone()),
            Key::Token(value) => Record::Token(self.tokens.get(value)?.clone()),
            Key::Code(value) => Record::Code(self.codes.get(value)?.clone()),
            Key::Resource(name) => Record::Resource(Box::new(self.resources.get(name)?.clone())),
            Key::Change(index) => {
                Record::Change { index: *index, change: Box::new(self.changes.get(*index)?.clone()) }
            }
            Key::Facts(ad, date) => Record::Facts {
                ad: ad.clone(),
                date: *date,
                facts: Box::new(self.facts.get(&(ad.clone(), *date))?.clone()),
            },
        })
    }

    /// Takes a record in; records come in the order in which they were written.
    pub(crate) fn restore(&mut self, record: Record) {
        match record {
            Record::NextId(next) => self.next_id = next,
            Record::Customer(customer) => {
                self.customers.insert(customer.id.clone(), customer);
            }
            Record::Grant(grant) => {
                self.grants.insert(grant.refresh_token.clone(), grant);
            }
            Record::Token(token) => {
                self.tokens.insert(token.value.clone(), token);
            }
            Record::Code(code) => {
                self.codes.insert(code.value.clone(), code);
            }
            Record::Resource(resource) => drop(self.put(*resource)),
            Record::Change { index, change } => {
                self.changes.truncate(index);
                self.changes.push(*change);
            }
            Record::Facts { ad, date, facts } => {
                self.facts.insert((ad, date), *facts);
            }
        }
    }
}
