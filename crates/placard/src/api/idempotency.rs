//! `Idempotency-Key`: a request that is sent again takes no second effect and gets the first answer.

use super::{
    Api,
    caller::Caller,
    problem::{Code, Problem},
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use placard_store::idempotency::{self, Answer, Begun, Ticket};
use sha2::{Digest, Sha256};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The largest request that can be repeated by key, and the largest answer that is kept.
const MOST: usize = 2 * 1024 * 1024;

/// Marks an answer that is kept nowhere, because it holds what was handed out. The same request with the same key is
/// carried out again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeptNowhere;

/// Runs the request once for each key.
pub(super) async fn once(api: &Api, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(&KEY) else { return next.run(request).await };
    let key = key.to_str().map(str::to_owned);
    let caller = request.extensions().get::<Caller>().cloned();
    match (key, caller) {
        (Ok(key), Some(caller)) if request.method() != Method::GET && caller.tenant().is_ok() => {
            match Box::pin(keyed(api, &caller, &key, request, next)).await {
                Ok(response) => response,
                Err(problem) => problem.into_response(),
            }
        }
        (Err(_), _) => Problem::field("idempotency-key", "is not plain text").into_response(),
        _ => next.run(request).await,
    }
}

async fn keyed(
    api: &Api,
    caller: &Caller,
    key: &str,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !(1..=100).contains(&key.len()) || key.chars().any(char::is_control) {
        return Err(Problem::field("idempotency-key", "takes 1 to 100 characters"));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST)
        .await
        .map_err(|_| Problem::new(Code::TooLarge, "the body is too large to be repeated by key"))?;
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.to_string());
    hash.update([0]);
    hash.update(&body);
    let hash: [u8; 32] = hash.finalize().into();
    let mut tx = caller.begin(api).await?;
    let vault = api.session.vault();
    let begun = idempotency::begin(&mut tx, vault, &caller.subject(), key, &hash, (api.now)()).await?;
    tx.commit().await?;
    let ticket = match begun {
        Begun::Fresh(ticket) => ticket,
        Begun::Done(answer) => return replay(answer),
        Begun::Running => {
            return Err(Problem::new(Code::Conflict, "the same request is under way").retry_after(1));
        }
        Begun::Mismatch => {
            return Err(Problem::new(Code::Conflict, "this key was used for another request")
                .help("take a new key for each request"));
        }
    };
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(api, caller, &ticket, response).await
}

/// Keeps an answer that is worth repeating. What failed for a passing reason may be tried again with the same key.
async fn keep(api: &Api, caller: &Caller, ticket: &Ticket, response: Response) -> Result<Response, Problem> {
    let mut tx = caller.begin(api).await?;
    let status = response.status();
    let handed_out = response.extensions().get::<KeptNowhere>().is_some();
    if handed_out || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        idempotency::abandon(&mut tx, ticket).await?;
        tx.commit().await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MOST).await.map_err(|error| Problem::defect(&error))?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let answer =
        Answer { status: status.as_u16(), content_type: kind.map(str::to_owned), body: body.to_vec() };
    idempotency::complete(&mut tx, api.session.vault(), ticket, &answer).await?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(answer: Answer) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(answer.status).map_err(|error| Problem::defect(&error))?;
    let mut response = (status, Bytes::from(answer.body)).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    if let Some(kind) = answer.content_type.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
