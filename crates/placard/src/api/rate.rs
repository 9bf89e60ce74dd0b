//! Rate limits of incoming requests: for each caller, tenant and kind of route, by the tenant's plan.

use super::{
    Shared,
    caller::Caller,
    problem::{Code, Problem},
    server::Peer,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use placard_store::rate_limit::{Limit, Subject, headers};
use std::{num::NonZeroU32, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);

/// What one caller may ask in a minute.
const CALLER: NonZeroU32 = NonZeroU32::new(1_200).expect("not zero");

/// What one address may try in a minute where nobody is signed in yet: passwords and tokens are guessed there.
const STRANGER: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// Routes that reach a platform or compute for long, for one tenant in a minute.
const COSTLY: NonZeroU32 = NonZeroU32::new(120).expect("not zero");

/// Takes one from each limit that the request falls under, or refuses it.
pub(super) async fn limit(State(api): State<Shared>, request: Request, next: Next) -> Response {
    let wants = wants(&api, &request).await;
    let verdict = api.limiter.take(&wants, (api.now)()).await;
    let mut response = if verdict.allowed {
        next.run(request).await
    } else {
        let wait = verdict.retry_after.unwrap_or(MINUTE).as_secs_f64().ceil();
        Problem::new(Code::TooManyRequests, format!("try again in {wait:.0} s")).into_response()
    };
    for (name, value) in headers(&verdict) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn wants(api: &Shared, request: &Request) -> Vec<(Subject, Limit)> {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(caller) = request.extensions().get::<Caller>() else {
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.to_string());
        return vec![(Subject::new(format!("address/{peer}")), Limit { requests: STRANGER, window: MINUTE })];
    };
    let mut wants =
        vec![(Subject::new(caller.subject()), Limit { requests: CALLER, window: MINUTE })];
    let Ok(tenant) = caller.tenant() else { return wants };
    if let Some(requests) = api.plan_limit(tenant).await {
        wants.push((Subject::new(format!("tenant/{tenant}")), Limit { requests, window: MINUTE }));
    }
    if is_costly(path) {
        let subject = Subject::new(format!("endpoint/{tenant}{path}"));
        wants.push((subject, Limit { requests: COSTLY, window: MINUTE }));
    }
    wants
}

fn is_costly(path: &str) -> bool {
    ["/plans", "/apply", "/drift", "/imports", "/verification"].iter().any(|part| path.contains(part))
}
