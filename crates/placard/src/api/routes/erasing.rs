//! Forgetting people.

use super::leads::Who;
use crate::{
    api::{
        Shared,
        body::Body,
        caller::Caller,
        problem::{Code, Problem},
    },
    erasing::{Erased, Eraser},
};
use axum::{Json, extract::State};
use placard_store::documents::DocumentError;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(erase))
}

/// What was forgotten, in rows.
#[derive(Serialize, ToSchema)]
struct ErasedView {
    /// Leads that are empty now.
    leads: i64,
    /// Forms, rows and edits that are gone.
    touches: i64,
    /// Hashes of addresses and numbers that are gone.
    identities: i64,
    /// Notes, calls and tasks that are gone.
    activities: i64,
    /// Deals whose title is gone.
    deals: i64,
    /// Marks of clicks, by which platforms were told of deals, that are gone.
    clicks: i64,
    /// Records of merges that are gone.
    merges: i64,
    /// Filled-in forms, as platforms gave them, that are gone.
    lead_events: i64,
    /// Places in outreach campaigns that are nobody's now.
    enrolments: i64,
    /// Words on being written to that are gone.
    consents: i64,
    /// Profiles that are gone.
    profiles: u64,
    /// Messages that are gone.
    messages: u64,
    /// Logins of automation that are gone, because they or their cookies named the person.
    automation_sessions: u64,
    /// Profiles that are gone from the archive.
    archived: u64,
    /// Documents of other kinds that name the person, by collection and id: decide about them by hand.
    elsewhere: Vec<String>,
    /// Rows and documents with something of the person in them that were counted after all that.
    left: i64,
}

/// Forgets whoever has an address or number: every lead of theirs is emptied, what was done about them removed, outreach
/// to them ended, profiles and messages taken out. Amounts of deals and the ads that leads came by stay.
#[utoipa::path(post, path = "/leads/erase", tag = "leads", request_body = Who,
    responses((status = 200, body = ErasedView)))]
async fn erase(
    State(api): State<Shared>,
    caller: Caller,
    Body(who): Body<Who>,
) -> Result<Json<ErasedView>, Problem> {
    let identity = who.identity()?;
    let documents = api.session.documents().await.map_err(refused)?;
    let objects = api.session.library().await?.objects();
    let actor = caller.actor();
    let eraser = Eraser {
        db: api.session.db(),
        vault: api.session.vault(),
        documents,
        objects,
        tenant: caller.tenant()?,
        actor: &actor,
        origin: &caller.origin,
    };
    let erased = eraser.erase(&[identity]).await.map_err(refused)?;
    let left = erased.left();
    let Erased { leads, lead_events, outreach, documents, automation_sessions, archived } = erased;
    Ok(Json(ErasedView {
        leads: leads.leads,
        touches: leads.touches,
        identities: leads.identities,
        activities: leads.activities,
        deals: leads.deals,
        clicks: leads.clicks,
        merges: leads.merges,
        lead_events,
        enrolments: outreach.enrolments,
        consents: outreach.consents,
        profiles: documents.profiles,
        messages: documents.messages,
        automation_sessions,
        archived,
        elsewhere: documents.elsewhere.iter().map(|(of, id)| format!("{of}/{id}")).collect(),
        left,
    }))
}

/// Documents that are elsewhere or on their way are no defect.
fn refused(error: anyhow::Error) -> Problem {
    match error.downcast_ref() {
        Some(DocumentError::Moving | DocumentError::NotConnected { .. }) => {
            Problem::new(Code::Unavailable, format!("{error:#}"))
        }
        _ => Problem::defect(&*error),
    }
}
