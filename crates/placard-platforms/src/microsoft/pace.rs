//! How calls stay below Microsoft's limit for a customer, of which neither documents nor answers tell the number
//! (Microsoft, `platforms/microsoft.md` §9). A refusal teaches it, unless it is configured.

use super::{errors::closes_customer, gather::gather, negative, sort::group};
use crate::{
    Access, ErrorKind, Next, PlatformError, Prepared, Request, Room,
    http::{Limits, Pace, Pacer, Want, slice},
};
use placard_domain::{
    Platform,
    quota::{Learning, Window},
};
use std::collections::BTreeMap;

/// The limit counts a sliding minute (§9).
const MINUTE_S: u32 = 60;
/// How long claimed calls may be used.
const HOLD_S: u32 = 10;
/// Other tools and people call as well, so that a refusal does not mean that our few calls were too many.
const FLOOR: u32 = 60;

/// The limit of a customer, and what is taken of it.
pub(super) struct Paced {
    calls_per_minute: Option<u32>,
    pacer: Pacer,
}

impl Paced {
    pub(super) fn new(calls_per_minute: Option<u32>, pace: Pace) -> Self {
        Self { calls_per_minute, pacer: Pacer::new(pace) }
    }

    fn limits(&self) -> Limits {
        let pace = self.pacer.pace();
        let length = pace.seconds(MINUTE_S);
        let told = match self.calls_per_minute {
            Some(calls) => format!("{calls} calls a minute are configured for"),
            None => "a refusal taught how many calls a minute Microsoft takes from".to_owned(),
        };
        Limits {
            windows: self.calls_per_minute.map(|calls| Window { calls, length }).into_iter().collect(),
            learning: self.calls_per_minute.is_none().then_some(Learning { length, floor: FLOOR }),
            stops: true,
            block: 8,
            hold: pace.seconds(HOLD_S),
            name: format!("{told} the customer (PLACARD_MICROSOFT_CALLS_PER_MINUTE), and they are used up"),
        }
    }
}

impl Paced {
    /// Sends by `send` once the customer has room for it.
    pub(super) async fn send<T>(
        &self,
        access: &Access,
        operation: &str,
        send: impl Future<Output = Result<T, PlatformError>>,
    ) -> Result<T, PlatformError> {
        let (subject, limits) = (subject(access), self.limits());
        let failed = |error| PlatformError::paced(Platform::Microsoft, operation, error);
        let pass = self.pacer.pass(&subject, &limits, 1, access.urgency).await.map_err(failed)?;
        let result = send.await;
        drop(pass);
        if let Err(error) = &result
            && let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind
            && closes_customer(error)
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
    let mut costs = calls(access, next);
    let most = slice(costs.iter().copied());
    let Some(paced) = paced else { return Ok(Room::Now(most)) };
    costs.truncate(most);
    let want = Want { subject: subject(access), limits: paced.limits(), costs };
    let room = paced.pacer.room(&[want], access.urgency).await;
    room.map(|room| room.at_most(most))
        .map_err(|error| PlatformError::paced(Platform::Microsoft, "count calls", error))
}

/// Calls count for the customer, whichever of its accounts they are about.
fn subject(access: &Access) -> String {
    format!("microsoft/{}", access.manager.as_deref().unwrap_or(&access.account.id))
}

/// What each of `next` takes: a call where it is the first of those that share one.
fn calls(access: &Access, next: Next<'_>) -> Vec<u32> {
    match next {
        Next::Writes(prepared) => {
            let requests: Vec<Request> = prepared.iter().map(|one| unsent(one)).collect();
            let mut costs = vec![0; requests.len()];
            for place in gather(&requests).iter().filter_map(|batch| batch.places.first()) {
                let first = &requests[*place].prepared;
                costs[*place] = if negative::is_negative(&first.object) { negative::calls(first) } else { 1 };
            }
            costs
        }
        Next::Reads(objects) => {
            let mut seen: BTreeMap<_, usize> = BTreeMap::new();
            let cost = |object| {
                let group = group(access, object)?;
                let before = seen.entry(group).or_default();
                let first = before.is_multiple_of(group.0.most());
                *before += 1;
                first.then_some(1)
            };
            objects.iter().map(cost).map(Option::unwrap_or_default).collect()
        }
        // Ordered, looked after and fetched.
        Next::Numbers => vec![3],
    }
}

fn unsent(prepared: &Prepared) -> Request {
    Request { prepared: prepared.clone(), attachment: None, provisional: None }
}
