//! Sends the requests of a slice as one call, all or nothing (Google, `platforms/google.md` §3, §9).

use super::{
    Google,
    api::{Call, Caller},
    assemble::{Known, Numbers, Planned, plan},
    errors::{Failed, is_consequence, is_taken_name, ours},
    requests::{OPERATIONS, main_operation},
    wire::{Mutated, last_id, text_at},
};
use crate::{Access, ErrorKind, Outcome, PlatformError, Request, Success};
use placard_domain::{RemoteId, plan::ObjectKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most requests in one call. A campaign may come to hundreds of operations and an ad group to eleven, of which Google
/// takes 10,000 (§3).
pub(super) const MOST: usize = 800;

/// Most images in one call. Google names no limit; this keeps a call within its time.
pub(super) const MOST_FILES: usize = 5;

/// Operations in one call (§3).
const MOST_OPERATIONS: usize = 10_000;

impl Google {
    /// One outcome for each of `requests`, in order.
    pub(super) async fn send(&self, access: &Access, requests: &[Request]) -> Vec<Outcome> {
        let writing = self.api.writing(&access.account.id);
        let _turn = writing.lock().await;
        let known = match self.look_up(access, requests).await {
            Ok(known) => known,
            // Nothing was written yet, whatever became of the question.
            Err(error) => return for_all(requests, &PlatformError { kind: unsent(error.kind), ..error }),
        };
        let planned =
            Numbers::of(requests).and_then(|mut numbers| plan(access, requests, &known, &mut numbers));
        let planned = match planned {
            Ok(planned) => planned,
            Err((guilty, error)) => return blamed(requests, guilty, error),
        };
        if planned.is_empty() {
            return requests.iter().map(|_| Ok(Success { remote_id: None, raw: json!([]) })).collect();
        }
        if planned.len() > MOST_OPERATIONS {
            let message =
                format!("{} operations are more than the {MOST_OPERATIONS} that Google takes", planned.len());
            return for_all(requests, &ours("publish", ErrorKind::Refused, message));
        }
        self.mutate(access, requests, &planned).await
    }

    async fn mutate(&self, access: &Access, requests: &[Request], planned: &[Planned]) -> Vec<Outcome> {
        let operation = match requests {
            [single] => single.prepared.operation.as_str(),
            _ => "publish",
        };
        let operations: Vec<&Value> = planned.iter().map(|planned| &planned.operation).collect();
        let path = format!("customers/{}/googleAds:mutate", access.account.id);
        let call = Call::post(operation, path, json!({OPERATIONS: operations}));
        match self.api.once(Caller::from(access), &call).await {
            Ok(answer) => successes(requests, planned, answer),
            Err(failed) => failures(requests, planned, &failed),
        }
    }
}

/// The answer's parts by request.
fn successes(requests: &[Request], planned: &[Planned], answer: Value) -> Vec<Outcome> {
    let answers = serde_json::from_value::<Mutated>(answer).unwrap_or_default().mutate_operation_responses;
    if answers.len() != planned.len() {
        let message = "the answer does not tell of every operation";
        return for_all(requests, &ours("publish", ErrorKind::LostAnswer, message));
    }
    let outcome = |(index, request): (usize, &Request)| {
        let own: Vec<(&Planned, &Value)> =
            planned.iter().zip(&answers).filter(|(planned, _)| planned.request == index).collect();
        let raw: Vec<&Value> = own.iter().map(|(_, answer)| *answer).collect();
        let Some((_, made)) = own.iter().find(|(planned, _)| makes(planned, request)) else {
            return Ok(Success { remote_id: None, raw: json!(raw) });
        };
        match remote_id(request.prepared.object.kind, made) {
            Some(remote_id) => Ok(Success { remote_id: Some(remote_id), raw: json!(raw) }),
            None => {
                Err(ours(&request.prepared.operation, ErrorKind::Malformed, "the answer names no resource"))
            }
        }
    };
    requests.iter().enumerate().map(outcome).collect()
}

/// Whether `planned` makes the object that `request` is about.
fn makes(planned: &Planned, request: &Request) -> bool {
    let operation = planned.operation.get(main_operation(request.prepared.object.kind));
    operation.is_some_and(|operation| operation.get("create").is_some())
}

/// The id in an answer. An ad is named by its place in its ad group; its own id is what stays (§1).
fn remote_id(kind: ObjectKind, answer: &Value) -> Option<RemoteId> {
    let result = answer.as_object()?.values().next()?;
    let id = last_id(result.get("resourceName")?.as_str()?);
    let id = match kind {
        ObjectKind::Ad => id.split_once('~')?.1,
        _ => id,
    };
    Some(RemoteId(id.to_owned()))
}

/// What a refused call means for each request: the guilty ones get their errors, the others did nothing wrong.
///
/// A name that is taken and carries our marker is our own from an earlier attempt, whose answer was lost (§9). As that
/// attempt was one call, whatever this one wanted to make may be there as well.
fn failures(requests: &[Request], planned: &[Planned], failed: &Failed) -> Vec<Outcome> {
    let mut errors: Vec<Option<PlatformError>> = requests.iter().map(|_| None).collect();
    if matches!(failed.error.kind, ErrorKind::Refused | ErrorKind::NotFound) {
        for part in failed.parts.iter().filter(|part| !is_consequence(&part.error)) {
            let guilty = part.operation.and_then(|place| planned.get(place)).map(|planned| planned.request);
            if let Some(slot) = guilty.and_then(|index| errors.get_mut(index)) {
                slot.get_or_insert_with(|| part.error.clone());
            }
        }
    }
    if errors.iter().all(Option::is_none) {
        return for_all(requests, &failed.error);
    }
    let creates: Vec<bool> = (0..requests.len()).map(|index| creates(requests, planned, index)).collect();
    let repeated = errors
        .iter()
        .zip(&creates)
        .any(|(error, creates)| *creates && error.as_ref().is_some_and(is_taken_name));
    let outcome = |((request, error), creates): ((&Request, Option<PlatformError>), &bool)| {
        let operation = request.prepared.operation.clone();
        Err(match error {
            Some(error) if *creates && is_taken_name(&error) => {
                PlatformError { operation, kind: ErrorKind::LostAnswer, ..error }
            }
            Some(error) => PlatformError { operation, ..error },
            None if repeated && *creates => ours(
                &operation,
                ErrorKind::LostAnswer,
                "an earlier attempt may have made it, whose answer was lost",
            ),
            None => ours(&operation, ErrorKind::Withheld, "another change of the same call was refused"),
        })
    };
    requests.iter().zip(errors).zip(&creates).map(outcome).collect()
}

fn creates(requests: &[Request], planned: &[Planned], index: usize) -> bool {
    planned.iter().any(|planned| planned.request == index && makes(planned, &requests[index]))
}

/// `error` for the request `guilty`, and nothing done for the others.
fn blamed(requests: &[Request], guilty: usize, error: PlatformError) -> Vec<Outcome> {
    let outcome = |(index, request): (usize, &Request)| {
        let operation = request.prepared.operation.as_str();
        Err(if index == guilty {
            error.clone()
        } else {
            ours(operation, ErrorKind::Withheld, "another change of the same call cannot be sent")
        })
    };
    requests.iter().enumerate().map(outcome).collect()
}

fn for_all(requests: &[Request], error: &PlatformError) -> Vec<Outcome> {
    let own = |request: &Request| {
        Err(PlatformError { operation: request.prepared.operation.clone(), ..error.clone() })
    };
    requests.iter().map(own).collect()
}

const fn unsent(kind: ErrorKind) -> ErrorKind {
    match kind {
        ErrorKind::LostAnswer | ErrorKind::ServerFault | ErrorKind::Malformed => ErrorKind::Unreachable,
        other => other,
    }
}

impl Google {
    /// What the operations of `requests` refer to and only Google knows: budgets by their campaigns, criteria by what
    /// they say.
    async fn look_up(&self, access: &Access, requests: &[Request]) -> Result<Known, PlatformError> {
        let mut known = Known::default();
        let wanted = Known::wanted(requests);
        let (caller, account) = (Caller::from(access), access.account.id.as_str());
        if !wanted.budgets.is_empty() {
            let rows = self.budgets(caller, account, &wanted.budgets).await?;
            rows.iter().for_each(|row| known.note_budget(row));
            // A removed campaign is shown as well, so one that is not shown is fresh (§9, rule 3). Without its budget's
            // name the budget would be left behind.
            let shown: BTreeSet<String> = rows.iter().filter_map(|row| text_at(row, "campaign.id")).collect();
            if !wanted.budgets.is_subset(&shown) {
                let message = "Google does not show the campaign yet";
                return Err(ours("look up the budget", ErrorKind::Unreachable, message));
            }
        }
        if !wanted.campaigns.is_empty() {
            let rows = self.campaign_criteria(caller, account, &wanted.campaigns).await?;
            rows.iter().for_each(|row| known.note_criterion(ObjectKind::Campaign, row));
        }
        if !wanted.ad_groups.is_empty() {
            let rows = self.ad_group_criteria(caller, account, &wanted.ad_groups).await?;
            rows.iter().for_each(|row| known.note_criterion(ObjectKind::AdGroup, row));
        }
        Ok(known)
    }
}
