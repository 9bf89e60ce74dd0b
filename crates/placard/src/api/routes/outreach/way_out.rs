//! Being left alone without signing in. A link names one message by a random id; whoever holds it may end its sequence.

use crate::{
    api::{Shared, body::At, problem::Problem},
    outreach::{read_token, take},
};
use axum::{
    extract::State,
    response::{Html, IntoResponse},
};
use placard_domain::{DeliveryId, TenantId};
use placard_store::outreach::{self, Response, Taken};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(ask, leave))
}

fn named(token: &str) -> Result<(TenantId, DeliveryId), Problem> {
    read_token(token).ok_or_else(|| Problem::not_found("message"))
}

/// Asks whether to be left alone. It changes nothing: programs that look after mail open every link (RFC 8058 §1).
#[utoipa::path(get, path = "/outreach/unsubscribe/{token}", tag = "outreach",
    params(("token" = String, Path, description = "From the link in the message")),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn ask(State(api): State<Shared>, At(token): At<String>) -> Result<impl IntoResponse, Problem> {
    let (tenant, id) = named(&token)?;
    let mut tx = api.session.db().tenant(tenant).await?;
    let known = outreach::is_sent(&mut tx, id).await?;
    tx.commit().await?;
    if !known {
        return Err(Problem::not_found("message"));
    }
    Ok(Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>Unsubscribe</title>\
         <style>body{font:1.1rem/1.5 system-ui;margin:4rem auto;max-width:30rem;padding:0 1rem}\
         button{font:inherit;padding:.5rem 1rem}</style>\
         <h1>No more messages?</h1><p>We will not write to this address again.</p>\
         <form method=\"post\"><button name=\"List-Unsubscribe\" value=\"One-Click\">Unsubscribe</button></form>",
    ))
}

/// Leaves whoever got the message alone from now on: with one click (RFC 8058 §3.2), or by the page. The same again
/// changes nothing.
#[utoipa::path(post, path = "/outreach/unsubscribe/{token}", tag = "outreach",
    params(("token" = String, Path, description = "From the link in the message")),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn leave(State(api): State<Shared>, At(token): At<String>) -> Result<impl IntoResponse, Problem> {
    let (tenant, id) = named(&token)?;
    let mut tx = api.session.db().tenant(tenant).await?;
    let taken = take(&mut tx, api.session.vault(), id, Response::Unsubscribe, (api.now)()).await?;
    tx.commit().await?;
    match taken {
        Taken::Stranger => Err(Problem::not_found("message")),
        Taken::Stopped => Ok(Html(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Unsubscribed</title>\
             <style>body{font:1.1rem/1.5 system-ui;margin:4rem auto;max-width:30rem;padding:0 1rem}</style>\
             <h1>Done</h1><p>We will not write to this address again.</p>",
        )),
    }
}
