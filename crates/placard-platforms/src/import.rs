//! What an import reads of an account: campaigns as specs, and the ids of what they stand for.
//!
//! An adapter writes down what a spec can say, wholly explicit for each ad group and ad, and says what it leaves out.
//! `tidy` then moves what is common to where people would write it. Whether the spec says what stands on the platform
//! is found out by mapping it back and comparing, not by trust ([`crate::AdPlatform::shown`]).

mod keys;
mod tidy;

pub(crate) use keys::Keys;
pub(crate) use tidy::tidy;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use placard_domain::{
    RemoteId,
    marker::Marker,
    plan::{ObjectKind, Observation, RemoteIds},
    spec::{CampaignSpec, Schedule},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A campaign of an account, before anything of it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub remote_id: RemoteId,
    /// Its name as it stands.
    pub name: String,
    /// Whether it is archived or removed.
    pub ended: bool,
}

/// What came of reading a campaign.
#[derive(Clone, Debug)]
pub enum Read {
    /// A spec can say it.
    Campaign(Box<Holding>),
    /// No spec can.
    Unfit {
        /// Its id.
        remote_id: RemoteId,
        /// Its name as it stands.
        name: String,
        /// Why, one clause.
        reason: String,
    },
}

impl Read {
    /// What came of writing down `listed`.
    pub(crate) fn of(listed: &Listed, drawn: Result<Holding, String>) -> Self {
        match drawn {
            Ok(holding) => Self::Campaign(holding.into()),
            Err(reason) => {
                Self::Unfit { remote_id: listed.remote_id.clone(), name: listed.name.clone(), reason }
            }
        }
    }
}

/// A campaign that was read.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Its id.
    pub remote_id: RemoteId,
    /// Its name as it stands.
    pub name: String,
    /// What it is as a spec.
    pub spec: CampaignSpec,
    /// The ids of ad groups, ads, keywords and targets by their keys in the spec.
    pub ids: RemoteIds,
    /// The markers that objects carry, whoever's they are.
    pub markers: BTreeMap<RemoteId, Marker>,
    /// What the spec leaves out.
    pub left: Vec<Left>,
    /// The account's id.
    pub(crate) account: String,
    /// What the platform showed, in its own form, for [`crate::AdPlatform::shown`].
    pub(crate) rows: BTreeMap<(ObjectKind, RemoteId), Value>,
}

/// Something that stays on the platform as it is, because no spec can say it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// What kind of object it is, or belongs to.
    pub kind: ObjectKind,
    /// The object's id.
    pub remote_id: RemoteId,
    /// The object's name.
    pub name: String,
    /// What of it.
    #[serde(flatten)]
    pub what: LeftWhat,
}

/// What of an object is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LeftWhat {
    /// All of it; the spec does not name it.
    Object {
        /// Why, one clause.
        reason: String,
    },
    /// A field.
    Field {
        /// The platform's name of it.
        field: String,
        /// The platform's value.
        value: Value,
    },
}

/// What was read of one object.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The object as a plan compares it.
    pub observation: Observation,
    /// What it has beside the fields that we manage in it, by the platform's names.
    pub beyond: Vec<(String, Value)>,
}

impl Holding {
    /// A row as it was shown.
    pub(crate) fn row(&self, kind: ObjectKind, id: &RemoteId) -> Option<&Value> {
        self.rows.get(&(kind, id.clone()))
    }
}

impl Left {
    /// An object that no spec can say.
    pub(crate) fn object(kind: ObjectKind, id: &str, name: &str, reason: impl Into<String>) -> Self {
        let what = LeftWhat::Object { reason: reason.into() };
        Self { kind, remote_id: RemoteId(id.to_owned()), name: name.to_owned(), what }
    }
}

/// Our word for the platform's `theirs`.
pub(crate) fn ours<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, theirs: &str) -> Option<T> {
    all.iter().copied().find(|one| word(*one) == theirs)
}

/// `name` as far as a spec takes it: without a marker, without blanks around it, at most 200 characters. What it loses
/// is seen when the spec is compared with the platform.
pub(crate) fn spec_name(name: &str) -> String {
    let name: String = Marker::strip(name).trim().chars().take(200).collect();
    name.trim_end().to_owned()
}

/// An amount as a spec writes it.
pub(crate) fn written(amount: placard_domain::Money) -> placard_domain::spec::Amount {
    placard_domain::spec::Amount(amount.to_major())
}

/// A campaign of which nothing is written down yet.
pub(crate) fn draft_of(view: &crate::AccountView, remote_id: RemoteId, name: String) -> Holding {
    let spec = CampaignSpec {
        version: 1,
        name: spec_name(&name),
        key: None,
        goal: placard_domain::objective::Objective::Traffic,
        status: placard_domain::spec::RunState::Paused,
        budget: None,
        currency: view.currency.code().to_owned(),
        bid: None,
        schedule: None,
        locations: placard_domain::spec::Locations { include: Vec::new(), exclude: Vec::new() },
        audience: Default::default(),
        destination: Default::default(),
        conversion: None,
        copy: None,
        platforms: Default::default(),
        ad_groups: Vec::new(),
    };
    Holding {
        remote_id,
        name,
        spec,
        account: view.account.id.clone(),
        ids: RemoteIds::new(),
        markers: BTreeMap::new(),
        left: Vec::new(),
        rows: BTreeMap::new(),
    }
}

/// A flight as a spec writes it: whole days where it begins and ends with days of the account. A start that has passed
/// says nothing any more, unless a budget is spread from it on.
pub(crate) fn flight(
    view: &crate::AccountView,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    spread: bool,
) -> Schedule {
    let local = |moment: DateTime<Utc>| moment.with_timezone(&view.zone);
    let is_midnight = |moment: DateTime<Utc>| local(moment).time() == NaiveTime::MIN;
    let start = start.filter(|start| spread || *start > view.now);
    Schedule {
        start: start.map(|start| match is_midnight(start) {
            true => local(start).date_naive().to_string(),
            false => local(start).to_rfc3339(),
        }),
        // A day that is named is included.
        end: end.map(|end| match is_midnight(end) {
            true => local(end - TimeDelta::seconds(1)).date_naive().to_string(),
            false => local(end).to_rfc3339(),
        }),
    }
}

/// The bounds of an age, where `reached` are the bands that are reached among `all`: none where all are.
pub(crate) fn ages(
    all: &[(&'static str, u32, u32)],
    reached: impl Fn(&str) -> bool,
) -> (Option<u32>, Option<u32>) {
    let bands: Vec<_> = all.iter().filter(|(band, _, _)| reached(band)).collect();
    if bands.len() == all.len() {
        return (None, None);
    }
    (bands.first().map(|(_, first, _)| *first), bands.last().map(|(_, _, last)| *last))
}
