//! The whole simulated world behind one lock: accounts, objects, tokens, the clock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::SandboxConfig;
use crate::auction::pace;
use crate::faults::{FaultDesk, Violation};
use crate::fixtures;
use crate::google;
use crate::hooks;
use crate::journal::Journal;
use crate::meta::account::{Account, Page};
use crate::meta::auth::{Code, Token};
use crate::meta::delivery::DayFacts;
use crate::meta::insights_async::Run;
use crate::meta::rate::RateDesk;
use crate::microsoft;
use crate::object::{Kind, Moment, NodeId, Object, Status, StatusChange};
use crate::state::StateFile;
use crate::tiktok;

/// Small state that changes with almost every write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) now: DateTime<Utc>,
    pub(crate) seq: u64,
    pub(crate) next_id: u64,
    pub(crate) next_token: u64,
    /// Delivery is simulated up to here.
    pub(crate) delivered_to: DateTime<Utc>,
    pub(crate) seed: u64,
}

/// The key of one record of the state file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RecordKey {
    Head,
    Account(String),
    Object(NodeId),
    Token(String),
    Code(String),
    Run(NodeId),
    Facts(NodeId, NaiveDate),
    Violations,
    DeclinedScopes,
    Google(google::Key),
    TikTok(tiktok::Key),
    Microsoft(microsoft::Key),
    Hooks,
}

/// Everything the server knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: SandboxConfig,
    pub(crate) head: Head,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) pages: BTreeMap<String, Page>,
    pub(crate) objects: BTreeMap<NodeId, Object>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) runs: BTreeMap<NodeId, Run>,
    pub(crate) facts: BTreeMap<(NodeId, NaiveDate), DayFacts>,
    pub(crate) declined_scopes: BTreeSet<String>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) faults: FaultDesk,
    pub(crate) rates: RateDesk,
    pub(crate) journal: Journal,
    pub(crate) google: google::State,
    pub(crate) tiktok: tiktok::State,
    pub(crate) microsoft: microsoft::State,
    pub(crate) hooks: hooks::State,
    /// By owner and kind, for edges.
    by_owner: BTreeMap<(String, Kind), BTreeSet<NodeId>>,
    /// Ad sets of a campaign, ads of an ad set.
    children: BTreeMap<NodeId, BTreeSet<NodeId>>,
    dirty: BTreeSet<RecordKey>,
    state: Option<StateFile>,
}

/// The first object id; high enough that ids exceed 2^53 (Meta, `platforms/meta.md` §2).
const FIRST_ID: u64 = 120_210_000_000_000_001;

impl World {
    /// A fresh world with its fixtures and nothing else.
    pub(crate) fn fresh(config: SandboxConfig) -> Self {
        let head = Head {
            now: config.start,
            seq: 0,
            next_id: FIRST_ID,
            next_token: 1,
            delivered_to: config.start,
            seed: config.seed,
        };
        Self {
            head,
            accounts: fixtures::accounts(),
            pages: fixtures::pages(),
            objects: BTreeMap::new(),
            tokens: BTreeMap::new(),
            codes: BTreeMap::new(),
            runs: BTreeMap::new(),
            facts: BTreeMap::new(),
            declined_scopes: BTreeSet::new(),
            violations: Vec::new(),
            faults: FaultDesk::default(),
            rates: RateDesk::default(),
            journal: Journal::default(),
            google: google::State::fresh(config.start),
            tiktok: tiktok::State::fresh(),
            microsoft: microsoft::State::fresh(),
            hooks: hooks::State::default(),
            by_owner: BTreeMap::new(),
            children: BTreeMap::new(),
            dirty: BTreeSet::new(),
            state: None,
            config,
        }
    }

    /// Opens the world kept in the state file, or a fresh one.
    pub(crate) fn open(config: SandboxConfig) -> anyhow::Result<Self> {
        let path = config.state_file.clone();
        let mut world = Self::fresh(config);
        if let Some(path) = path {
            StateFile::load(&path, &mut world)?;
            world.reindex();
            world.state = Some(StateFile::create(&path, &world)?);
        }
        Ok(world)
    }

    /// Forgets everything that was made and starts over, at the same seed.
    pub(crate) fn reset(&mut self) -> anyhow::Result<()> {
        let state = self.state.take();
        *self = Self::fresh(self.config.clone());
        if let Some(old) = state {
            self.state = Some(StateFile::create(old.path(), self)?);
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.head.now
    }

    /// The moment of the request being served.
    pub(crate) fn moment(&self) -> Moment {
        Moment { at: self.head.now, seq: self.head.seq }
    }

    /// Numbers the next request.
    pub(crate) fn next_seq(&mut self) -> u64 {
        self.head.seq += 1;
        self.head.seq
    }

    pub(crate) fn next_id(&mut self) -> NodeId {
        let id = NodeId(self.head.next_id);
        self.head.next_id += 1;
        id
    }

    pub(crate) fn object(&self, id: NodeId) -> Option<&Object> {
        self.objects.get(&id)
    }

    /// Borrows an object for a change, which is saved with the request.
    pub(crate) fn change(&mut self, id: NodeId) -> Option<&mut Object> {
        let object = self.objects.get_mut(&id)?;
        self.dirty.insert(RecordKey::Object(id));
        Some(object)
    }

    /// Marks a record as changed.
    pub(crate) fn touch(&mut self, key: RecordKey) {
        self.dirty.insert(key);
    }

    /// A new object of `kind`, not yet in the world.
    pub(crate) fn draft(&mut self, kind: Kind, owner: &str, status: Status) -> Object {
        let now = self.now();
        Object {
            id: self.next_id(),
            kind,
            owner: owner.to_owned(),
            campaign: None,
            ad_set: None,
            creative: None,
            status,
            created: now,
            updated: now,
            created_seq: self.head.seq,
            in_process_until: now + self.config.in_process,
            review: None,
            fields: serde_json::Map::new(),
            history: Vec::new(),
            first_set_active: None,
            first_active: None,
            budget_changes: Vec::new(),
            learning_since: now,
            past_audiences: Vec::new(),
            listed_from: self.faults.edge_lag(),
        }
    }

    /// Commits a new object.
    pub(crate) fn add(&mut self, mut object: Object) -> NodeId {
        let id = object.id;
        let moment = self.moment();
        object.history.push(StatusChange { at: moment.at, seq: moment.seq, status: object.status });
        if object.status == Status::Active {
            object.first_set_active = Some(moment);
        }
        self.index(&object);
        self.objects.insert(id, object);
        self.dirty.insert(RecordKey::Object(id));
        self.note_activity(id);
        id
    }

    /// Sets an object's own status and keeps its history.
    pub(crate) fn set_status(&mut self, id: NodeId, status: Status) {
        let moment = self.moment();
        let Some(object) = self.change(id) else { return };
        if object.status == status {
            return;
        }
        object.status = status;
        object.updated = moment.at;
        object.history.push(StatusChange { at: moment.at, seq: moment.seq, status });
        if status == Status::Active && object.first_set_active.is_none() {
            object.first_set_active = Some(moment);
        }
        self.note_activity(id);
    }

    /// Notes for `id` and all below it when they first became effectively ACTIVE.
    pub(crate) fn note_activity(&mut self, id: NodeId) {
        let moment = self.moment();
        let mut below = vec![id];
        while let Some(id) = below.pop() {
            below.extend(self.children(id));
            let Some(object) = self.object(id) else { continue };
            let first = object.first_active.is_none()
                && crate::meta::status::effective(self, object, moment.at)
                    == crate::meta::status::Effective::Active;
            if first && let Some(object) = self.change(id) {
                object.first_active = Some(moment);
            }
        }
    }

    /// Objects of one kind that an account or page owns, oldest first.
    pub(crate) fn owned(&self, owner: &str, kind: Kind) -> Vec<NodeId> {
        self.by_owner
            .get(&(owner.to_owned(), kind))
            .map(|ids| ids.iter().copied().collect())
            .unwrap_or_default()
    }

    /// Ad sets of a campaign or ads of an ad set, oldest first.
    pub(crate) fn children(&self, id: NodeId) -> Vec<NodeId> {
        self.children.get(&id).map(|ids| ids.iter().copied().collect()).unwrap_or_default()
    }

    fn index(&mut self, object: &Object) {
        self.by_owner.entry((object.owner.clone(), object.kind)).or_default().insert(object.id);
        let parent = match object.kind {
            Kind::AdSet => object.campaign,
            Kind::Ad => object.ad_set,
            Kind::Campaign | Kind::Creative | Kind::Image | Kind::Video | Kind::LeadForm | Kind::Label => {
                None
            }
        };
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().insert(object.id);
        }
    }

    fn reindex(&mut self) {
        let objects: Vec<Object> = self.objects.values().cloned().collect();
        objects.iter().for_each(|object| self.index(object));
    }

    /// Whether the request being served has changed anything on the platform so far; tokens do not count.
    pub(crate) fn has_changes(&self) -> bool {
        let counts = |key: &RecordKey| {
            matches!(
                key,
                RecordKey::Object(_)
                    | RecordKey::Account(_)
                    | RecordKey::Run(_)
                    | RecordKey::Facts(..)
                    | RecordKey::Google(google::Key::Resource(_))
                    | RecordKey::TikTok(
                        tiktok::Key::Object(_) | tiktok::Key::Media(_) | tiktok::Key::Identity(_)
                    )
                    | RecordKey::Microsoft(microsoft::Key::Object(_))
            )
        };
        self.dirty.iter().any(counts)
    }

    /// Writes what the request changed to the state file; says whether there was anything.
    pub(crate) fn commit(&mut self) -> anyhow::Result<bool> {
        if self.dirty.is_empty() {
            return Ok(false);
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        if let Some(mut state) = self.state.take() {
            dirty.extend([
                RecordKey::Head,
                RecordKey::Google(google::Key::NextId),
                RecordKey::TikTok(tiktok::Key::NextId),
                RecordKey::Microsoft(microsoft::Key::NextId),
            ]);
            let written = state.append(self, &dirty);
            self.state = Some(state);
            written?;
        }
        Ok(true)
    }

    /// Moves the virtual clock and lets everything happen that the time brings.
    pub(crate) fn advance(&mut self, by: TimeDelta) {
        let until = self.head.now + by;
        let from = pace::next_tick(self.head.delivered_to);
        crate::meta::delivery::simulate(self, until);
        google::delivery::simulate(self, from, until);
        tiktok::delivery::simulate(self, from, until);
        microsoft::delivery::simulate(self, from, until);
        self.head.now = until;
        let campaigns: Vec<NodeId> = self
            .objects
            .values()
            .filter(|object| object.kind == Kind::Campaign)
            .map(|object| object.id)
            .collect();
        campaigns.into_iter().for_each(|id| self.note_activity(id));
        self.google_note_all();
        self.tiktok_note_all();
        self.microsoft_note_all();
        self.touch(RecordKey::Head);
    }
}
