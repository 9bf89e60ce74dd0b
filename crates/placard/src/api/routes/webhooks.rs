//! Where platforms tell by themselves, and what they were asked to tell.

use crate::{
    api::{
        Shared,
        body::{At, Body, Query, Raw},
        caller::Caller,
        paging::Page,
        problem::{Code, Problem},
        text::Text,
        view::{MadeView, WebhooksView},
    },
    webhooks::{self, Delivery, NotTaken, Received},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::TimeDelta;
use placard_domain::{Platform, notice::NoticeRefusal};
use placard_platforms::{meta::webhooks as meta, tiktok::webhooks as tiktok, verify_token};
use placard_store::{connection, tenant, webhook};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(subscribe))
        .routes(routes!(greet, from_meta))
        .routes(routes!(from_tiktok))
}

/// How Meta asks whether an address is ours.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Greeting {
    /// `subscribe`.
    #[serde(rename = "hub.mode")]
    #[param(inline)]
    mode: Text<1, 60>,
    /// What to answer with.
    #[serde(rename = "hub.challenge")]
    #[param(max_length = 200, pattern = "^[A-Za-z0-9_-]+$")]
    challenge: String,
    /// What we gave Meta with the address.
    #[serde(rename = "hub.verify_token")]
    #[param(inline)]
    token: Text<1, 200>,
}

/// Answers Meta's question whether this address is ours.
#[utoipa::path(get, path = "/webhooks/meta", tag = "webhooks", params(Greeting),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn greet(State(api): State<Shared>, Query(asked): Query<Greeting>) -> Result<String, Problem> {
    let secrets = [false, true].into_iter().flat_map(|sandbox| api.secrets.of(Platform::Meta, sandbox));
    let digest = |token: &str| Sha256::digest(token.as_bytes());
    let given = digest(asked.token.as_str());
    // Digests are compared, so that the time it takes says nothing about the token.
    let ours = secrets.map(|secret| digest(verify_token(&secret).expose_secret())).any(|own| own == given);
    if asked.mode.as_str() != "subscribe" || !ours {
        return Err(Problem::new(Code::Forbidden, "this is not what we gave the platform"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if asked.challenge.is_empty() || asked.challenge.len() > 200 || !asked.challenge.bytes().all(plain) {
        return Err(Problem::field("hub.challenge", "is not what the platform documents"));
    }
    Ok(asked.challenge)
}

/// What became of a delivery.
#[derive(Serialize, ToSchema)]
struct Taken {
    /// Notices that are new.
    new: usize,
    /// Notices that had come before.
    repeated: usize,
}

/// Takes what Meta tells by itself. It is stored when this answers, and looked after from the queue.
///
/// The signature is over the bytes of the body as they are sent. What had come before, what is too old and what is about
/// nothing that is connected here is counted and otherwise ignored, because sending it again would help nobody.
#[utoipa::path(post, path = "/webhooks/meta", tag = "webhooks",
    params(("X-Hub-Signature-256" = Option<String>, Header, description = "`sha256=` and the hexadecimal HMAC-SHA256 of the body under the app's secret")),
    request_body(content = Object, content_type = "application/json"), responses((status = 200, body = Taken)))]
async fn from_meta(
    State(api): State<Shared>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Taken>, Problem> {
    let signature = told(&headers, meta::SIGNATURE);
    take(&api, &Delivery { platform: Platform::Meta, token: None, signature, body: &body }).await
}

/// Takes what TikTok tells by itself. It is stored when this answers, and looked after from the queue.
#[utoipa::path(post, path = "/webhooks/tiktok/{token}", tag = "webhooks",
    params(("token" = String, Path, description = "What nobody but TikTok was told"),
        ("Tiktok-Signature" = Option<String>, Header, description = "`t=` and unix seconds, `,s=` and the hexadecimal HMAC-SHA256 of these, a dot and the body under the app's secret; good for five minutes")),
    request_body(content = Object, content_type = "application/json"), responses((status = 200, body = Taken)))]
async fn from_tiktok(
    State(api): State<Shared>,
    At(token): At<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Taken>, Problem> {
    let token = SecretString::from(token);
    let signature = told(&headers, tiktok::SIGNATURE);
    take(&api, &Delivery { platform: Platform::Tiktok, token: Some(&token), signature, body: &body }).await
}

/// A header's text. One that is no text is a wrong signature, and not a missing one.
fn told<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

async fn take(api: &Shared, delivery: &Delivery<'_>) -> Result<Json<Taken>, Problem> {
    match webhooks::receive(&api.session, &api.secrets, delivery, (api.now)()).await {
        Ok(Received { new, repeated }) => Ok(Json(Taken { new, repeated })),
        Err(NotTaken::NoAddress) => Err(Problem::not_found("address")),
        Err(NotTaken::Store(error)) => Err(error.into()),
        Err(NotTaken::Refused(NoticeRefusal::Malformed)) => {
            Err(Problem::field("", "the body is not what the platform documents"))
        }
        Err(NotTaken::Refused(refusal)) => {
            Err(Problem::new(Code::Unauthenticated, format!("the signature is {}", words(refusal))))
        }
    }
}

const fn words(refusal: NoticeRefusal) -> &'static str {
    match refusal {
        NoticeRefusal::Unsigned => "missing",
        NoticeRefusal::Stale => "too old, or from the future",
        NoticeRefusal::Forged | NoticeRefusal::Malformed | NoticeRefusal::Unknown => "not the platform's",
    }
}

/// How far back is counted.
pub(crate) const COUNTED: TimeDelta = TimeDelta::days(30);

/// What platforms were asked to tell by themselves, what they told, and what was not taken.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses((status = 200, body = WebhooksView)))]
async fn status(State(api): State<Shared>, caller: Caller) -> Result<Json<WebhooksView>, Problem> {
    let mut tx = caller.begin_system(&api).await?;
    let tallies = webhook::tally(&mut tx, ((api.now)() - COUNTED).date_naive()).await?;
    tx.commit().await?;
    let mut tx = caller.begin(&api).await?;
    let subscriptions = webhook::subscriptions(&mut tx).await?;
    let connections = connection::list(&mut tx).await?;
    let counts = webhook::counts(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(WebhooksView::of(subscriptions, &connections, counts, tallies)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSubscription {
    /// The address under which platforms reach this server.
    url: Text<8, 500>,
    /// The ad account; every connected one without it.
    account: Option<Text<1, 64>>,
}

/// Asks the platforms to tell this server what happens to connected ad accounts.
#[utoipa::path(post, path = "/webhooks/subscriptions", tag = "webhooks", request_body = NewSubscription,
    responses((status = 200, body = Page<MadeView>), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn subscribe(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewSubscription>,
) -> Result<(StatusCode, Json<Page<MadeView>>), Problem> {
    let server = Url::parse(new.url.as_str()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let server = server.ok_or_else(|| Problem::unfit("url", "is not an http address"))?;
    let mut tx = caller.begin(&api).await?;
    let mut connections = connection::list(&mut tx).await?;
    let tenant = tenant::get(&mut tx).await?;
    tx.commit().await?;
    if let Some(wanted) = &new.account {
        connections.retain(|one| one.account.id == wanted.as_str());
        if connections.is_empty() {
            return Err(Problem::unfit("account", "is not connected"));
        }
    }
    let mut made = Vec::with_capacity(connections.len());
    for connection in &connections {
        let one = webhooks::subscribe(&api.session, &tenant, &caller.actor(), connection, &server).await?;
        let platform = one.account.platform;
        made.push(MadeView { platform, account: one.account.id, topics: one.topics });
    }
    Ok((StatusCode::OK, Json(Page::whole(made, |one| one))))
}
