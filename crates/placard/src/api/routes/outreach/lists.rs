//! Who must not be written to, and what came back.

use crate::{
    api::{
        Shared,
        body::{Body, Raw},
        caller::Caller,
        problem::Problem,
        text::{Email, Text},
        view::SuppressedView,
        words,
    },
    outreach::{Arrival, classify, take},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::outreach::{ConsentState, SuppressionReason};
use placard_store::outreach::{self, ConsentEntry, Taken};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// So many addresses may come at once.
const MOST: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(count, suppress))
        .routes(routes!(lift))
        .routes(routes!(consent))
        .routes(routes!(intake))
}

/// How many addresses are not written to, and why.
#[utoipa::path(get, path = "/outreach/suppressions", tag = "outreach",
    responses((status = 200, body = SuppressedView)))]
async fn count(State(api): State<Shared>, caller: Caller) -> Result<Json<SuppressedView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let counts = outreach::list_counts(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(counts.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSuppressions {
    /// Which.
    #[schema(min_items = 1, max_items = 1000)]
    addresses: Vec<Email>,
}

/// What a list of addresses has changed.
#[derive(Serialize, ToSchema)]
struct ListedView {
    /// How many were not on the list.
    new: u64,
}

/// Puts addresses on the list of those who are never written to again.
#[utoipa::path(post, path = "/outreach/suppressions", tag = "outreach", request_body = NewSuppressions,
    responses((status = 200, body = ListedView)))]
async fn suppress(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewSuppressions>,
) -> Result<Json<ListedView>, Problem> {
    if new.addresses.is_empty() || new.addresses.len() > MOST {
        let words = format!("holds {}; 1 to {MOST} are taken", new.addresses.len());
        return Err(Problem::field("addresses", words));
    }
    let addresses: Vec<String> = new.addresses.iter().map(|address| address.as_str().to_owned()).collect();
    let (reason, now) = (SuppressionReason::Manual, (api.now)());
    let mut tx = caller.begin(&api).await?;
    let new = outreach::suppress(&mut tx, api.session.vault(), &addresses, reason, now).await?;
    tx.commit().await?;
    Ok(Json(ListedView { new }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneAddress {
    /// Which.
    address: Email,
}

/// Takes an address off the list that a person put there. One that bounced, complained or asked to be left alone stays.
#[utoipa::path(post, path = "/outreach/suppressions/lift", tag = "outreach", request_body = OneAddress,
    responses((status = 204)))]
async fn lift(
    State(api): State<Shared>,
    caller: Caller,
    Body(one): Body<OneAddress>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    let lifted = outreach::lift(&mut tx, api.session.vault(), one.address.as_str()).await?;
    tx.commit().await?;
    if lifted {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::unfit("address", "is not on the list, or was not put there by hand"))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutreachConsent {
    /// Whose address.
    address: Email,
    /// Yes or no more.
    #[schema(schema_with = words::consent_state)]
    state: ConsentState,
    /// Where they said it, for people.
    source: Text<1, 200>,
    /// When; now if left out.
    #[serde(default)]
    at: Option<DateTime<Utc>>,
}

/// Keeps what somebody said about being written to. What was said later counts, in whatever order it arrives.
#[utoipa::path(post, path = "/outreach/consents", tag = "outreach", request_body = OutreachConsent,
    responses((status = 204)))]
async fn consent(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<OutreachConsent>,
) -> Result<StatusCode, Problem> {
    let now = (api.now)();
    let at = new.at.unwrap_or(now);
    if at > now {
        return Err(Problem::unfit("at", "is in the future"));
    }
    let entry = ConsentEntry {
        address: new.address.as_str().to_owned(),
        state: new.state,
        source: new.source.into_inner(),
        at,
    };
    let mut tx = caller.begin(&api).await?;
    outreach::consent(&mut tx, api.session.vault(), &entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a message that came back did.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum IntakeOutcome {
    /// It stopped a sequence.
    Stopped,
    /// A machine wrote it; the sequence goes on.
    Automatic,
    /// It is about no message of ours.
    Stranger,
}

/// What came of a message that was taken in.
#[derive(Serialize, ToSchema)]
struct IntakeView {
    /// What it did.
    outcome: IntakeOutcome,
}

/// Takes in a raw message (RFC 5322) that came back: a bounce, a reply, a wish to be left alone.
#[utoipa::path(post, path = "/outreach/intake", tag = "outreach",
    request_body(content = String, content_type = "message/rfc822"), responses((status = 200, body = IntakeView)))]
async fn intake(
    State(api): State<Shared>,
    caller: Caller,
    Raw(message): Raw,
) -> Result<Json<IntakeView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let outcome = match classify(&message) {
        Arrival::Unreadable => return Err(Problem::unfit("", "is no e-mail message")),
        Arrival::Stranger => IntakeOutcome::Stranger,
        Arrival::Automatic(_) => IntakeOutcome::Automatic,
        Arrival::Response(delivery, response) => {
            match take(&mut tx, api.session.vault(), delivery, response, (api.now)()).await? {
                Taken::Stopped => IntakeOutcome::Stopped,
                Taken::Stranger => IntakeOutcome::Stranger,
            }
        }
    };
    tx.commit().await?;
    Ok(Json(IntakeView { outcome }))
}
