//! How operations stay below the project's limit for a day (Google, `platforms/google.md` §1, access levels, §8). Of its
//! other limits Google tells no number, but how long to wait, which every call heeds.

use super::{
    errors::{Failed, closes_account},
    requests::OPERATIONS,
};
use crate::{
    Access, ErrorCode, ErrorKind, Next, PlatformError, Room, Urgency,
    http::{Limits, Pace, Pacer, Want},
};
use placard_domain::{Platform, quota::Window};
use serde_json::Value;
use std::{collections::BTreeSet, str::FromStr};

/// What Google granted the project (§1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessLevel {
    /// 2,880 operations a day.
    Explorer,
    /// 15,000 operations a day, which a verified brand is given without anybody's review.
    #[default]
    Basic,
    /// As many as are needed.
    Standard,
}

impl AccessLevel {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Explorer => "explorer",
            Self::Basic => "basic",
            Self::Standard => "standard",
        }
    }

    const fn operations_a_day(self) -> Option<u32> {
        match self {
            Self::Explorer => Some(2_880),
            Self::Basic => Some(15_000),
            Self::Standard => None,
        }
    }
}

impl FromStr for AccessLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Explorer, Self::Basic, Self::Standard];
        let found = all.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not explorer, basic or standard"))
    }
}

/// The day slides (§1).
const DAY_S: u32 = 86_400;
/// How long claimed operations may be used.
const HOLD_S: u32 = 60;

/// The limit of the project, and what is taken of it.
pub(super) struct Paced {
    level: AccessLevel,
    subject: String,
    pacer: Pacer,
}

impl Paced {
    pub(super) fn new(level: AccessLevel, client_id: &str, pace: Pace) -> Self {
        Self { level, subject: format!("google/{client_id}"), pacer: Pacer::new(pace) }
    }

    fn limits(&self) -> Limits {
        let pace = self.pacer.pace();
        let most = self.level.operations_a_day();
        let told = most.map_or_else(String::new, |most| format!(", {most} at the"));
        Limits {
            windows: most.map(|calls| Window { calls, length: pace.seconds(DAY_S) }).into_iter().collect(),
            learning: None,
            stops: true,
            block: 8,
            hold: pace.seconds(HOLD_S),
            name: format!(
                "the operations that Google takes from the project in 24 hours{told} level {} \
                 (PLACARD_GOOGLE_ACCESS_LEVEL), are used up",
                self.level.as_str(),
            ),
        }
    }
}

impl Paced {
    /// Sends by `send` what takes `cost` operations, once the project has room for them.
    pub(super) async fn send<T>(
        &self,
        urgency: Urgency,
        (operation, cost): (&str, u32),
        send: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let limits = self.limits();
        let failed = |error| PlatformError::paced(Platform::Google, operation, error);
        let pass = self.pacer.pass(&self.subject, &limits, cost, urgency).await.map_err(failed)?;
        let result = send.await;
        drop(pass);
        if let Err(Failed { error, for_everybody: true, .. }) = &result
            && let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind
            && tells_when(error)
        {
            self.pacer.refused(&self.subject, &limits, wait).await.map_err(failed)?;
        }
        result
    }

    /// How many of `next` can go out.
    pub(super) async fn room(&self, access: &Access, next: Next<'_>) -> Result<Room, PlatformError> {
        let want = Want { subject: self.subject.clone(), limits: self.limits(), costs: costs(next) };
        let room = self.pacer.room(&[want], access.urgency).await;
        room.map_err(|error| PlatformError::paced(Platform::Google, "count calls", error))
    }
}

/// Whether everybody has to wait, and until when.
fn tells_when(error: &PlatformError) -> bool {
    closes_account(error)
        || matches!(&error.code, Some(ErrorCode::Name(code)) if code == "quotaError.RESOURCE_EXHAUSTED")
}

/// Each change is an operation; a question is one, whose further pages cost nothing (§8).
pub(super) fn cost(body: Option<&Value>) -> u32 {
    let Some(body) = body else { return 1 };
    match (body.get(OPERATIONS).and_then(Value::as_array), body.get("pageToken")) {
        (Some(operations), _) => u32::try_from(operations.len()).unwrap_or(u32::MAX),
        (None, Some(_)) => 0,
        (None, None) => 1,
    }
}

/// What each of `next` takes.
fn costs(next: Next<'_>) -> Vec<u32> {
    match next {
        Next::Writes(prepared) => {
            let operations = |params: &Value| params.as_array().map_or(1, Vec::len);
            let cost = |one: &&crate::Prepared| one.params.get(OPERATIONS).map_or(1, operations);
            prepared.iter().map(cost).map(|cost| u32::try_from(cost).unwrap_or(u32::MAX)).collect()
        }
        Next::Reads(objects) => {
            // Objects of one kind are read by one question, and what is in them by another.
            let mut seen = BTreeSet::new();
            objects.iter().map(|object| if seen.insert(object.key.kind) { 2 } else { 0 }).collect()
        }
        Next::Numbers => vec![1],
    }
}
