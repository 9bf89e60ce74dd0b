//! Who is in a campaign: taking them in, deciding about them, and what was said to them.

use super::super::leads::sees_people;
use crate::{
    api::{
        Shared,
        body::{At, Body, Csv, Query},
        caller::Caller,
        paging::{self, Page, Paging},
        problem::{FieldError, Problem},
        text::{Email, Text},
        view::{DeliveryView, PersonView},
        words::{self, Cursor},
    },
    outreach::{PeopleError, people, zone},
};
use axum::{Json, extract::State, http::StatusCode};
use placard_domain::{
    DeliveryId, EnrolmentId, OutreachId,
    outreach::{EnrolmentStatus, Placeholder},
};
use placard_store::outreach::{self, Decided, Enrolled, Recipient, Resolution};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// So many people may come in one request; a table may hold as many as the body has room for.
const MOST: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(queue, enrol))
        .routes(routes!(import))
        .routes(routes!(decide))
        .routes(routes!(resolve))
        .routes(routes!(deliveries))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedPeople {
    /// Where they stand; those who wait for approval if left out.
    #[param(schema_with = words::enrolment_status)]
    status: Option<EnrolmentStatus>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// People of a campaign, the longest waiting first. Addresses are masked without `personal:read`.
#[utoipa::path(get, path = "/outreach/campaigns/{id}/people", tag = "outreach",
    params(("id" = Uuid, Path), WantedPeople), responses((status = 200, body = Page<PersonView>)))]
async fn queue(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Query(wanted): Query<WantedPeople>,
) -> Result<Json<Page<PersonView>>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after::<Uuid>(wanted.cursor.as_ref())?.map(EnrolmentId);
    let mut tx = caller.begin(&api).await?;
    let campaign = outreach::by_id(&mut tx, OutreachId(id)).await?;
    let wanted = outreach::Wanted {
        status: wanted.status.unwrap_or(EnrolmentStatus::Pending),
        after,
        limit: limit as i64 + 1,
    };
    let found = outreach::queue(&mut tx, api.session.vault(), campaign.id, &wanted).await?;
    tx.commit().await?;
    let sees = sees_people(&caller);
    Ok(Json(Page::of(found, limit, |one| one.id.0, |one| PersonView::of(one, sees))))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    /// Their address.
    address: Email,
    /// Their zone, if it is known: `Europe/Berlin`.
    #[serde(default)]
    zone: Option<Text<1, 60>>,
    /// Their profile, if there is one.
    #[serde(default)]
    profile: Option<Uuid>,
    /// What is known of them: `first_name`, `display_name`, `username`, `platform`, `location`.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

impl NewPerson {
    fn read(self, position: usize) -> Result<Enrolled, Problem> {
        let unfit = |field: &str, error: String| Problem::unfit(format!("people[{position}].{field}"), error);
        let values = self.values.into_iter().map(|(name, value)| match name.parse() {
            Ok(known) if !matches!(known, Placeholder::SenderName | Placeholder::Unsubscribe) => {
                Ok((known, value))
            }
            _ => Err(unfit(&format!("values.{name}"), "is nothing that a text asks for".to_owned())),
        });
        let values = values.collect::<Result<_, _>>()?;
        let zone = self.zone.map(|text| zone(text.as_str())).transpose();
        Ok(Enrolled {
            recipient: Recipient { address: self.address.as_str().to_owned(), values },
            profile: self.profile,
            zone: zone.map_err(|error| unfit("zone", error))?,
        })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPeople {
    /// Whom.
    #[schema(min_items = 1, max_items = 1000)]
    people: Vec<NewPerson>,
}

/// How many were enrolled.
#[derive(Serialize, ToSchema)]
struct EnrolledView {
    /// How many were given.
    read: usize,
    /// How many of them are new; they wait for approval.
    new: u64,
}

async fn put_in(
    api: &Shared,
    caller: &Caller,
    id: Uuid,
    people: &[Enrolled],
) -> Result<Json<EnrolledView>, Problem> {
    let mut tx = caller.begin(api).await?;
    let campaign = outreach::by_id(&mut tx, OutreachId(id)).await?;
    let new = outreach::enrol(&mut tx, api.session.vault(), campaign.id, people, (api.now)()).await?;
    tx.commit().await?;
    Ok(Json(EnrolledView { read: people.len(), new }))
}

/// Puts people into a campaign, to wait for approval. Whoever is in it already stays as they are.
#[utoipa::path(post, path = "/outreach/campaigns/{id}/people", tag = "outreach", params(("id" = Uuid, Path)),
    request_body = NewPeople, responses((status = 200, body = EnrolledView)))]
async fn enrol(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewPeople>,
) -> Result<Json<EnrolledView>, Problem> {
    if new.people.is_empty() || new.people.len() > MOST {
        return Err(Problem::field("people", format!("holds {}; 1 to {MOST} are taken", new.people.len())));
    }
    let people = new.people.into_iter().enumerate().map(|(position, one)| one.read(position));
    put_in(&api, &caller, id, &people.collect::<Result<Vec<_>, _>>()?).await
}

/// Puts people into a campaign, from a table with a column `address`. If a row is wrong, nobody is taken.
#[utoipa::path(post, path = "/outreach/campaigns/{id}/people/import", tag = "outreach", params(("id" = Uuid, Path)),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = EnrolledView)))]
async fn import(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    table: Csv,
) -> Result<Json<EnrolledView>, Problem> {
    // Wrong rows are an answer and no failure of reading.
    let read = table.read(|bytes| Ok::<_, PeopleError>(people(bytes))).await?;
    let people = read.map_err(|error| match error {
        PeopleError::Table(what) => Problem::unfit("", what),
        PeopleError::Rows(rows) => {
            let error = |(line, message)| FieldError { path: format!("line {line}"), message, help: None };
            Problem::fields(rows.into_iter().map(error).collect())
        }
    })?;
    put_in(&api, &caller, id, &people).await
}

/// What a person decides about those who wait.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DecisionWord {
    /// The sequence begins.
    Approve,
    /// They are not spoken to.
    Reject,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDecision {
    /// What.
    decision: DecisionWord,
    /// About whom, by their places in the campaign; about everybody who waits if null.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    people: Option<Vec<Uuid>>,
}

/// About how many was decided.
#[derive(Serialize, ToSchema)]
struct DecidedView {
    /// How many did wait for it.
    decided: u64,
}

/// Approves or rejects people who wait.
#[utoipa::path(post, path = "/outreach/campaigns/{id}/decisions", tag = "outreach", params(("id" = Uuid, Path)),
    request_body = NewDecision, responses((status = 200, body = DecidedView)))]
async fn decide(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewDecision>,
) -> Result<Json<DecidedView>, Problem> {
    let decided = match new.decision {
        DecisionWord::Approve => Decided::Approve,
        DecisionWord::Reject => Decided::Reject,
    };
    let who: Option<Vec<EnrolmentId>> = new.people.map(|ids| ids.into_iter().map(EnrolmentId).collect());
    let (actor, now) = (caller.actor(), (api.now)());
    let mut tx = caller.begin(&api).await?;
    let campaign = outreach::by_id(&mut tx, OutreachId(id)).await?;
    let count = outreach::decide(&mut tx, &actor, campaign.id, who.as_deref(), decided, now).await?;
    tx.commit().await?;
    Ok(Json(DecidedView { decided: count }))
}

/// What became of a message of which nobody knew whether it arrived.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ResolutionWord {
    /// It arrived; the sequence goes on.
    Arrived,
    /// Send it again, even if it comes twice.
    Again,
    /// Say no more.
    Stop,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewResolution {
    /// What.
    outcome: ResolutionWord,
}

/// Says what became of a message to somebody who is held because nobody knows whether it arrived.
#[utoipa::path(post, path = "/outreach/people/{id}/resolve", tag = "outreach", params(("id" = Uuid, Path)),
    request_body = NewResolution, responses((status = 204)))]
async fn resolve(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewResolution>,
) -> Result<StatusCode, Problem> {
    let resolution = match new.outcome {
        ResolutionWord::Arrived => Resolution::Arrived,
        ResolutionWord::Again => Resolution::Again,
        ResolutionWord::Stop => Resolution::Stop,
    };
    let mut tx = caller.begin(&api).await?;
    outreach::resolve(&mut tx, EnrolmentId(id), resolution, (api.now)()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Messages of a campaign, whatever became of them.
#[utoipa::path(get, path = "/outreach/campaigns/{id}/deliveries", tag = "outreach",
    params(("id" = Uuid, Path), Paging), responses((status = 200, body = Page<DeliveryView>)))]
async fn deliveries(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    let (limit, after) = (paging.limit()?, paging.after::<Uuid>()?.map(DeliveryId));
    let mut tx = caller.begin(&api).await?;
    let campaign = outreach::by_id(&mut tx, OutreachId(id)).await?;
    let found = outreach::deliveries(&mut tx, campaign.id, after, limit as i64 + 1).await?;
    tx.commit().await?;
    let sees = sees_people(&caller);
    Ok(Json(Page::of(found, limit, |one| one.id.0, |one| DeliveryView::of(one, sees))))
}
