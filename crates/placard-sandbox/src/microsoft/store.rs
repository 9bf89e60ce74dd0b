//! What exists on the Microsoft side: accounts, tokens, campaigns and all below them, media, reports.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::auth::{AccessToken, Code, RefreshToken};
use super::fixtures;
use super::rate::RateDesk;
use super::report::task::Task;
use super::shape;
use crate::auction::facts::DayFacts;
use crate::object::Moment;
use crate::wire::wire_enum;

wire_enum! {
    /// `AccountLifeCycleStatus` (Microsoft, `platforms/microsoft.md` §3).
    pub(crate) enum LifeCycle {
        Draft = "Draft",
        Active = "Active",
        Inactive = "Inactive",
        Pause = "Pause",
        Pending = "Pending",
        Suspended = "Suspended",
    }
}

wire_enum! {
    /// The own status of an object.
    pub(crate) enum Status {
        Active = "Active",
        Paused = "Paused",
        Deleted = "Deleted",
    }
}

wire_enum! {
    /// What can be made, as the control API names it. A click is made by the control API alone.
    pub(crate) enum Kind {
        Campaign = "microsoft_campaign",
        CampaignCriterion = "microsoft_campaign_criterion",
        AdGroup = "microsoft_ad_group",
        AdGroupCriterion = "microsoft_ad_group_criterion",
        Ad = "microsoft_ad",
        Keyword = "microsoft_keyword",
        NegativeKeyword = "microsoft_negative_keyword",
        Image = "microsoft_image",
        ConversionGoal = "microsoft_conversion_goal",
        OfflineConversion = "microsoft_offline_conversion",
        Click = "microsoft_click",
    }
}

/// An ad account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) number: String,
    pub(crate) currency: String,
    /// Microsoft's own name of it.
    pub(crate) time_zone: String,
    pub(crate) life_cycle: LifeCycle,
    pub(crate) user: String,
    /// The manager account that it belongs to.
    pub(crate) customer: String,
    /// The service is being maintained and only reads (code 1010).
    pub(crate) read_only: bool,
}

/// The zone with one of Microsoft's names.
pub(crate) fn zone(name: &str) -> Option<chrono_tz::Tz> {
    fixtures::ZONES.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone)
}

impl Account {
    pub(crate) fn zone(&self) -> chrono_tz::Tz {
        // Only fixtures set it.
        zone(&self.time_zone).unwrap_or(chrono_tz::Tz::UTC)
    }

    pub(crate) fn may_deliver(&self) -> bool {
        self.life_cycle == LifeCycle::Active
    }
}

/// One entry of an object's status history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StatusChange {
    pub(crate) at: DateTime<Utc>,
    pub(crate) seq: u64,
    pub(crate) status: Status,
}

wire_enum! {
    /// Where an appeal stands (§5).
    pub(crate) enum Appeal {
        Appealable = "Appealable",
        AppealPending = "AppealPending",
    }
}

/// An editorial review: fixed when it begins, visible when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) until: DateTime<Utc>,
    /// The phrase that breaks a policy.
    pub(crate) refused: Option<String>,
    pub(crate) appeal: Appeal,
}

/// Anything with an id that a caller can make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    pub(crate) account: String,
    pub(crate) campaign: Option<u64>,
    pub(crate) ad_group: Option<u64>,
    pub(crate) status: Status,
    /// What was set, as it is read back; the id and the status are beside it.
    pub(crate) fields: Map<String, Value>,
    pub(crate) created: Moment,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) history: Vec<StatusChange>,
    /// First time it and all above it could be shown.
    pub(crate) first_active: Option<Moment>,
    pub(crate) review: Option<Review>,
    /// Wall-clock moment from which queries find it; only the edge-lag fault sets one.
    #[serde(skip)]
    pub(crate) listed_from: Option<Instant>,
}

impl Kind {
    /// Whether it is, or is part of, what people are shown in time.
    pub(crate) const fn is_shown(self) -> bool {
        !matches!(self, Self::Image | Self::ConversionGoal | Self::OfflineConversion | Self::Click)
    }
}

impl Object {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A member inside a member, e.g. `Criterion.LocationId`.
    pub(crate) fn inner(&self, outer: &str, name: &str) -> &Value {
        self.fields.get(outer).map_or(&Value::Null, |value| &value[name])
    }

    pub(crate) fn day(&self, name: &str) -> Option<NaiveDate> {
        shape::date(self.fields.get(name)?)
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.status == Status::Deleted
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.listed_from.is_none_or(|from| Instant::now() >= from)
    }

    /// What it hangs below.
    pub(crate) fn parent(&self) -> Option<u64> {
        self.ad_group.or(self.campaign)
    }
}

/// The key of one record of the state file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    NextId,
    Account(String),
    Token(String),
    Refresh(String),
    Code(String),
    Object(u64),
    Facts(u64, NaiveDate),
    Task(String),
}

/// One record of the state file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    NextId(u64),
    Account(Account),
    Token(AccessToken),
    Refresh(RefreshToken),
    Code(Code),
    Object(Box<Object>),
    Facts { ad: u64, date: NaiveDate, facts: Box<DayFacts> },
    Task(Box<Task>),
}

/// The first id that is given out: beyond 2^53, so that whoever keeps ids as numbers is found out (§13).
const FIRST_ID: u64 = 9_100_000_000_000_001;

/// Everything that the Microsoft surface knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) next_id: u64,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) tokens: BTreeMap<String, AccessToken>,
    pub(crate) refresh: BTreeMap<String, RefreshToken>,
    pub(crate) codes: BTreeMap<String, Code>,
    /// By ad and day of the account.
    pub(crate) facts: BTreeMap<(u64, NaiveDate), DayFacts>,
    pub(crate) tasks: BTreeMap<String, Task>,
    pub(crate) rates: RateDesk,
    objects: BTreeMap<u64, Object>,
    below: BTreeMap<u64, BTreeSet<u64>>,
}

impl State {
    /// The fixtures and nothing else.
    pub(crate) fn fresh() -> Self {
        Self {
            next_id: FIRST_ID,
            accounts: fixtures::accounts(),
            tokens: BTreeMap::new(),
            refresh: BTreeMap::new(),
            codes: BTreeMap::new(),
            facts: BTreeMap::new(),
            tasks: BTreeMap::new(),
            rates: RateDesk::default(),
            objects: BTreeMap::new(),
            below: BTreeMap::new(),
        }
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Object> {
        self.objects.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Object> {
        self.objects.get_mut(&id)
    }

    /// An object of one kind that was not deleted.
    pub(crate) fn current(&self, kind: Kind, id: u64) -> Option<&Object> {
        self.get(id).filter(|object| object.kind == kind && !object.is_deleted())
    }

    /// Puts an object in its place.
    pub(crate) fn put(&mut self, object: Object) {
        if let Some(parent) = object.parent() {
            self.below.entry(parent).or_default().insert(object.id);
        }
        self.objects.insert(object.id, object);
    }

    /// What hangs directly below a campaign or an ad group, oldest first, deleted objects too.
    pub(crate) fn below(&self, id: u64, kind: Kind) -> impl Iterator<Item = &Object> {
        let ids = self.below.get(&id).into_iter().flatten();
        ids.filter_map(|id| self.objects.get(id)).filter(move |object| object.kind == kind)
    }

    /// The same without deleted objects.
    pub(crate) fn living(&self, id: u64, kind: Kind) -> impl Iterator<Item = &Object> {
        self.below(id, kind).filter(|object| !object.is_deleted())
    }

    /// All objects, oldest first: ids only grow.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// An account's objects of one kind that were not deleted, oldest first.
    pub(crate) fn owned<'a>(&'a self, account: &'a str, kind: Kind) -> impl Iterator<Item = &'a Object> {
        self.all().filter(move |it| it.kind == kind && it.account == account && !it.is_deleted())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        [Key::NextId]
            .into_iter()
            .chain(self.accounts.keys().cloned().map(Key::Account))
            .chain(self.tokens.keys().cloned().map(Key::Token))
            .chain(self.refresh.keys().cloned().map(Key::Refresh))
            .chain(self.codes.keys().cloned().map(Key::Code))
            .chain(self.objects.keys().copied().map(Key::Object))
            .chain(self.tasks.keys().cloned().map(Key::Task))
            .chain(self.facts.keys().map(|(ad, date)| Key::Facts(*ad, *date)))
    }

    /// The record of a key, if there is something under it.
    pub(crate) fn record(&self, key: &Key) -> Option<Record> {
        Some(match key {
            Key::NextId => Record::NextId(self.next_id),
            Key::Account(id) => Record::Account(self.accounts.get(id)?.clone()),
            Key::Token(value) => Record::Token(self.tokens.get(value)?.clone()),
            Key::Refresh(value) => Record::Refresh(self.refresh.get(value)?.clone()),
            Key::Code(value) => Record::Code(self.codes.get(value)?.clone()),
            Key::Object(id) => Record::Object(Box::new(self.objects.get(id)?.clone())),
            Key::Task(id) => Record::Task(Box::new(self.tasks.get(id)?.clone())),
            Key::Facts(ad, date) => Record::Facts {
                ad: *ad,
                date: *date,
                facts: Box::new(self.facts.get(&(*ad, *date))?.clone()),
            },
        })
    }

    /// Takes a record in; records come in the order in which they were written.
    pub(crate) fn restore(&mut self, record: Record) {
        match record {
            Record::NextId(next) => self.next_id = next,
            Record::Account(it) => drop(self.accounts.insert(it.id.clone(), it)),
            Record::Token(it) => drop(self.tokens.insert(it.value.clone(), it)),
            Record::Refresh(it) => drop(self.refresh.insert(it.value.clone(), it)),
            Record::Code(it) => drop(self.codes.insert(it.value.clone(), it)),
            Record::Object(it) => self.put(*it),
            Record::Task(it) => drop(self.tasks.insert(it.id.clone(), *it)),
            Record::Facts { ad, date, facts } => drop(self.facts.insert((ad, date), *facts)),
        }
    }
}
