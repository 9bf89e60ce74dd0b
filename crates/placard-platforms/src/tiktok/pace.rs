//! How calls stay below TikTok's limits, which hold for each endpoint by itself and of which its answers say nothing
//! (TikTok, `platforms/tiktok.md` §21).

use super::{
    errors::closes_account,
    gather::gather,
    words::{MOST_IDS, noun},
};
use crate::{
    Access, ErrorKind, Next, PlatformError, Prepared, Request, Room, Urgency,
    http::{Limits, Pace, Pacer, Want, slice},
};
use placard_domain::{Platform, plan::ObjectKind, quota::Window};
use std::{collections::BTreeMap, str::FromStr};

/// What TikTok granted the app (§21). A new one is at the first level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppLevel {
    /// 10 calls a second.
    #[default]
    Basic,
    /// 20 calls a second.
    Advanced,
    /// 30 calls a second.
    Premium,
    /// 50 calls a second.
    Ultimate,
}

/// Calls to one endpoint in a second, a minute and a day.
type Quota = (u32, u32, u32);

impl AppLevel {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Advanced => "advanced",
            Self::Premium => "premium",
            Self::Ultimate => "ultimate",
        }
    }

    /// What the endpoint at `path` takes. What is documented of `ad/create/` at the first level holds at every other,
    /// because nothing else is documented of them.
    const fn quota(self, path: Path) -> Quota {
        match (path, self) {
            (Path::CreateAds, _) => (5, 150, 86_400),
            (Path::CreateReport, _) => (2, 60, 4_500),
            (Path::Other, Self::Basic) => (10, 600, 864_000),
            (Path::Other, Self::Advanced) => (20, 1_200, 1_728_000),
            (Path::Other, Self::Premium) => (30, 1_800, 2_592_000),
            (Path::Other, Self::Ultimate) => (50, 3_000, 4_320_000),
        }
    }
}

impl FromStr for AppLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Basic, Self::Advanced, Self::Premium, Self::Ultimate];
        let found = all.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not basic, advanced, premium or ultimate"))
    }
}

/// Endpoints that have limits of their own.
#[derive(Clone, Copy)]
enum Path {
    CreateAds,
    CreateReport,
    Other,
}

impl Path {
    fn of(path: &str) -> Self {
        match path {
            "ad/create/" => Self::CreateAds,
            "report/task/create/" => Self::CreateReport,
            _ => Self::Other,
        }
    }
}

const MINUTE_S: u32 = 60;
const DAY_S: u32 = 86_400;

/// The limits of the app, and what is taken of them.
pub(super) struct Paced {
    level: AppLevel,
    app_id: String,
    pacer: Pacer,
}

impl Paced {
    pub(super) fn new(level: AppLevel, app_id: &str, pace: Pace) -> Self {
        Self { level, app_id: app_id.to_owned(), pacer: Pacer::new(pace) }
    }

    fn subject(&self, path: &str) -> String {
        format!("tiktok/{}/{path}", self.app_id)
    }

    fn limits(&self, path: &str) -> Limits {
        let (second, minute, day) = self.level.quota(Path::of(path));
        let pace = self.pacer.pace();
        let window = |calls, seconds| Window { calls, length: pace.seconds(seconds) };
        Limits {
            windows: vec![window(second, 1), window(minute, MINUTE_S), window(day, DAY_S)],
            learning: None,
            // A stop looks at things and switches them.
            stops: path.ends_with("/get/") || path.ends_with("/status/update/"),
            block: 2,
            hold: pace.second,
            name: format!(
                "TikTok takes {second} calls of `{path}` a second, {minute} a minute and {day} a day from an app of \
                 the level {} (PLACARD_TIKTOK_APP_LEVEL), and they are used up",
                self.level.as_str(),
            ),
        }
    }
}

impl Paced {
    /// Sends by `send` once the endpoint at `path` has room for it.
    pub(super) async fn send<T>(
        &self,
        urgency: Urgency,
        (operation, path): (&str, &str),
        send: impl Future<Output = Result<T, PlatformError>>,
    ) -> Result<T, PlatformError> {
        let (subject, limits) = (self.subject(path), self.limits(path));
        let failed = |error| PlatformError::paced(Platform::Tiktok, operation, error);
        let pass = self.pacer.pass(&subject, &limits, 1, urgency).await.map_err(failed)?;
        let result = send.await;
        drop(pass);
        if let Err(error) = &result
            && let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind
            && closes_account(error)
        {
            self.pacer.refused(&subject, &limits, wait).await.map_err(failed)?;
        }
        result
    }
}

/// How many of `next` can go out; `paced` where calls are counted.
pub(super) async fn room(
    paced: Option<&Paced>,
    access: &Access,
    next: Next<'_>,
) -> Result<Room, PlatformError> {
    let mut calls = calls(next);
    let requests = calls.values().map(Vec::len).max().unwrap_or_default();
    let most = slice((0..requests).map(|place| calls.values().map(|costs| costs[place]).sum()));
    let Some(paced) = paced else { return Ok(Room::Now(most)) };
    calls.values_mut().for_each(|costs| costs.truncate(most));
    let wants = calls.into_iter().map(|(path, costs)| Want {
        subject: paced.subject(&path),
        limits: paced.limits(&path),
        costs,
    });
    let room = paced.pacer.room(&wants.collect::<Vec<_>>(), access.urgency).await;
    room.map(|room| room.at_most(most))
        .map_err(|error| PlatformError::paced(Platform::Tiktok, "count calls", error))
}

/// What each of `next` takes from each endpoint: a call where it is the first of those that share one.
fn calls(next: Next<'_>) -> BTreeMap<String, Vec<u32>> {
    let mut calls: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut call = |path: String, place: usize, of: usize| {
        calls.entry(path).or_insert_with(|| vec![0; of])[place] = 1;
    };
    match next {
        Next::Writes(prepared) => {
            let requests: Vec<Request> = prepared.iter().map(|one| unsent(one)).collect();
            for place in gather(&requests).iter().filter_map(|batch| batch.places.first()) {
                call(prepared[*place].path.clone(), *place, prepared.len());
            }
        }
        Next::Reads(objects) => {
            let mut seen: BTreeMap<ObjectKind, usize> = BTreeMap::new();
            for (place, object) in objects.iter().enumerate() {
                let (kind, path) = (object.key.kind, path_of(object.key.kind));
                let before = seen.entry(kind).or_default();
                if before.is_multiple_of(MOST_IDS) {
                    call(path, place, objects.len());
                }
                *before += 1;
            }
        }
        Next::Numbers => call("report/integrated/get/".to_owned(), 0, 1),
    }
    calls
}

fn path_of(kind: ObjectKind) -> String {
    match kind {
        ObjectKind::Image | ObjectKind::Video => format!("file/{}/ad/info/", noun(kind)),
        _ => format!("{}/get/", noun(kind)),
    }
}

fn unsent(prepared: &Prepared) -> Request {
    Request { prepared: prepared.clone(), attachment: None, provisional: None }
}
