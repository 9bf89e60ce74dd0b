//! What exists on the TikTok side: advertisers, tokens, campaigns, ad groups, ads, media.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::auth::{AuthCode, RefreshToken, Token};
use super::fixtures;
use super::leads::LeadTask;
use super::media::Media;
use super::money;
use super::rate::RateDesk;
use super::report::task::Task;
use crate::auction::facts::DayFacts;
use crate::object::Moment;
use crate::wire::wire_enum;

wire_enum! {
    /// `status` of an advertiser (§4); the ones that the simulation knows the effect of.
    pub(crate) enum AdvertiserStatus {
        Enable = "STATUS_ENABLE",
        Disable = "STATUS_DISABLE",
        Limit = "STATUS_LIMIT",
        PendingConfirm = "STATUS_PENDING_CONFIRM",
        ConfirmFail = "STATUS_CONFIRM_FAIL",
        ContractPending = "STATUS_CONTRACT_PENDING",
    }
}

wire_enum! {
    /// `identity_type` (§4).
    pub(crate) enum IdentityType {
        CustomizedUser = "CUSTOMIZED_USER",
        AuthCode = "AUTH_CODE",
        TtUser = "TT_USER",
        BcAuthTt = "BC_AUTH_TT",
    }
}

wire_enum! {
    /// The own switch of a campaign, ad group or ad (§14).
    pub(crate) enum Switch {
        Enable = "ENABLE",
        Disable = "DISABLE",
        Delete = "DELETE",
    }
}

wire_enum! {
    /// What can be made, as the control API names it.
    pub(crate) enum Level {
        Campaign = "tiktok_campaign",
        AdGroup = "tiktok_adgroup",
        Ad = "tiktok_ad",
    }
}

/// An ad account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Advertiser {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) timezone: String,
    pub(crate) country: String,
    pub(crate) status: AdvertiserStatus,
    pub(crate) user: String,
    /// May use the goals that only some accounts may (§9).
    pub(crate) allow_listed: bool,
    /// Confirmed the terms of lead ads (§15).
    pub(crate) lead_terms: bool,
    /// How many ad groups may run (§4).
    pub(crate) quota: usize,
    pub(crate) has_balance: bool,
    pub(crate) created: DateTime<Utc>,
}

impl Advertiser {
    /// Punished, unpaid or not yet let in: nothing is shown.
    pub(crate) fn may_deliver(&self) -> bool {
        self.status == AdvertiserStatus::Enable
    }

    pub(crate) fn zone(&self) -> chrono_tz::Tz {
        // Only fixtures set it.
        self.timezone.parse().unwrap_or(chrono_tz::Tz::UTC)
    }

    /// The currency's smallest unit in micros.
    pub(crate) fn unit(&self) -> i64 {
        money::unit(&self.currency)
    }
}

/// In whose name an ad speaks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) advertiser: String,
    pub(crate) kind: IdentityType,
    pub(crate) name: String,
}

/// One entry of an object's status history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StatusChange {
    pub(crate) at: DateTime<Utc>,
    pub(crate) seq: u64,
    pub(crate) status: Switch,
}

/// An ad's review: fixed when it begins, visible when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) since: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    /// The phrase that breaks a policy.
    pub(crate) refused: Option<String>,
    /// A change of an ad that had been reviewed before.
    pub(crate) again: bool,
}

/// A campaign, an ad group or an ad.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) level: Level,
    pub(crate) advertiser: String,
    pub(crate) campaign: Option<String>,
    pub(crate) ad_group: Option<String>,
    pub(crate) switch: Switch,
    /// What was set, as it is read back; ids and the switch are beside it.
    pub(crate) fields: Map<String, Value>,
    /// `request_id` of the body that made it (§17).
    pub(crate) request_id: Option<String>,
    pub(crate) created: Moment,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) history: Vec<StatusChange>,
    /// First time it and all above it could be shown.
    pub(crate) first_active: Option<Moment>,
    pub(crate) review: Option<Review>,
    /// Switched off by itself because the account has too many ad groups (§4).
    pub(crate) over_quota: bool,
    /// Wall-clock moment from which reads find it; only the edge-lag fault sets one.
    #[serde(skip)]
    pub(crate) listed_from: Option<Instant>,
}

impl Object {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let items = self.fields.get(name).and_then(Value::as_array);
        items.map(|items| items.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.text(self.level.name_field())
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.switch == Switch::Delete
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.switch == Switch::Enable
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.listed_from.is_none_or(|from| Instant::now() >= from)
    }

    /// What it hangs below.
    pub(crate) fn parent(&self) -> Option<&str> {
        match self.level {
            Level::Campaign => None,
            Level::AdGroup => self.campaign.as_deref(),
            Level::Ad => self.ad_group.as_deref(),
        }
    }
}

impl Level {
    pub(crate) fn name_field(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_name",
            Self::AdGroup => "adgroup_name",
            Self::Ad => "ad_name",
        }
    }

    pub(crate) fn id_field(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_id",
            Self::AdGroup => "adgroup_id",
            Self::Ad => "ad_id",
        }
    }

    pub(crate) fn ids_field(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_ids",
            Self::AdGroup => "adgroup_ids",
            Self::Ad => "ad_ids",
        }
    }
}

/// The key of one record of the state file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    NextId,
    Advertiser(String),
    Token(String),
    Refresh(String),
    Code(String),
    Identity(String),
    Object(String),
    Media(String),
    Facts(String, NaiveDate),
    Task(String),
    LeadTask(String),
}

/// One record of the state file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    NextId(u64),
    Advertiser(Advertiser),
    Token(Token),
    Refresh(RefreshToken),
    Code(AuthCode),
    Identity(Identity),
    Object(Box<Object>),
    Media(Box<Media>),
    Facts { ad: String, date: NaiveDate, facts: Box<DayFacts> },
    Task(Box<Task>),
    LeadTask(LeadTask),
}

/// The first id that is given out: 19 digits, as they come (§2).
const FIRST_ID: u64 = 1_790_000_000_000_000_001;

/// Everything that the TikTok surface knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) next_id: u64,
    pub(crate) advertisers: BTreeMap<String, Advertiser>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) refresh: BTreeMap<String, RefreshToken>,
    pub(crate) codes: BTreeMap<String, AuthCode>,
    pub(crate) identities: BTreeMap<String, Identity>,
    pub(crate) media: BTreeMap<String, Media>,
    /// By ad and day of the account.
    pub(crate) facts: BTreeMap<(String, NaiveDate), DayFacts>,
    pub(crate) tasks: BTreeMap<String, Task>,
    pub(crate) lead_tasks: BTreeMap<String, LeadTask>,
    pub(crate) rates: RateDesk,
    objects: BTreeMap<String, Object>,
    below: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    /// The fixtures and nothing else.
    pub(crate) fn fresh() -> Self {
        let advertisers = fixtures::advertisers();
        let identities = advertisers.keys().flat_map(|id| fixtures::identities(id));
        Self {
            next_id: FIRST_ID,
            identities: identities.map(|identity| (identity.id.clone(), identity)).collect(),
            advertisers,
            tokens: BTreeMap::new(),
            refresh: BTreeMap::new(),
            codes: BTreeMap::new(),
            media: BTreeMap::new(),
            facts: BTreeMap::new(),
            tasks: BTreeMap::new(),
            lead_tasks: BTreeMap::new(),
            rates: RateDesk::default(),
            objects: BTreeMap::new(),
            below: BTreeMap::new(),
        }
    }

    pub(crate) fn next_id(&mut self) -> String {
        let id = self.next_id;
        self.next_id += 1;
        id.to_string()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Object> {
        self.objects.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Object> {
        self.objects.get_mut(id)
    }

    /// Puts an object in its place.
    pub(crate) fn put(&mut self, object: Object) {
        let parent = object.parent().unwrap_or(&object.advertiser).to_owned();
        self.below.entry(parent).or_default().insert(object.id.clone());
        self.objects.insert(object.id.clone(), object);
    }

    /// What hangs directly below a campaign, an ad group or an advertiser, oldest first.
    pub(crate) fn below<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Object> + use<'a> {
        self.below.get(id).into_iter().flatten().filter_map(|id| self.objects.get(id))
    }

    /// All objects, oldest first: ids only grow.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// An advertiser's objects of one level, oldest first.
    pub(crate) fn owned<'a>(&'a self, advertiser: &'a str, level: Level) -> impl Iterator<Item = &'a Object> {
        self.all().filter(move |object| object.level == level && object.advertiser == advertiser)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        [Key::NextId]
            .into_iter()
            .chain(self.advertisers.keys().cloned().map(Key::Advertiser))
            .chain(self.tokens.keys().cloned().map(Key::Token))
            .chain(self.refresh.keys().cloned().map(Key::Refresh))
            .chain(self.codes.keys().cloned().map(Key::Code))
            .chain(self.identities.keys().cloned().map(Key::Identity))
            .chain(self.objects.keys().cloned().map(Key::Object))
            .chain(self.media.keys().cloned().map(Key::Media))
            .chain(self.tasks.keys().cloned().map(Key::Task))
            .chain(self.lead_tasks.keys().cloned().map(Key::LeadTask))
            .chain(self.facts.keys().map(|(ad, date)| Key::Facts(ad.clone(), *date)))
    }

    /// The record of a key, if there is something under it.
    pub(crate) fn record(&self, key: &Key) -> Option<Record> {
        Some(match key {
            Key::NextId => Record::NextId(self.next_id),
            Key::Advertiser(id) => Record::Advertiser(self.advertisers.get(id)?.clone()),
            Key::Token(value) => Record::Token(self.tokens.get(value)?.clone()),
            Key::Refresh(value) => Record::Refresh(self.refresh.get(value)?.clone()),
            Key::Code(value) => Record::Code(self.codes.get(value)?.clone()),
            Key::Identity(id) => Record::Identity(self.identities.get(id)?.clone()),
            Key::Object(id) => Record::Object(Box::new(self.objects.get(id)?.clone())),
            Key::LeadTask(id) => Record::LeadTask(self.lead_tasks.get(id)?.clone()),
            Key::Task(id) => Record::Task(Box::new(self.tasks.get(id)?.clone())),
            Key::Media(id) => Record::Media(Box::new(self.media.get(id)?.clone())),
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
            Record::Advertiser(it) => drop(self.advertisers.insert(it.id.clone(), it)),
            Record::Token(it) => drop(self.tokens.insert(it.value.clone(), it)),
            Record::Refresh(it) => drop(self.refresh.insert(it.value.clone(), it)),
            Record::Code(it) => drop(self.codes.insert(it.value.clone(), it)),
            Record::Identity(it) => drop(self.identities.insert(it.id.clone(), it)),
            Record::Object(it) => self.put(*it),
            Record::LeadTask(it) => drop(self.lead_tasks.insert(it.id.clone(), it)),
            Record::Task(it) => drop(self.tasks.insert(it.id.clone(), *it)),
            Record::Media(it) => drop(self.media.insert(it.id.clone(), *it)),
            Record::Facts { ad, date, facts } => drop(self.facts.insert((ad, date), *facts)),
        }
    }
}
