//! Rate limits of incoming requests: for each caller, tenant and kind of route, by the tenant's plan.

use super::{
    Api, Shared,
    caller::{Caller, Who},
    problem::{Code, Problem},
    server::Peer,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use placard_domain::TenantId;
use placard_store::{
    rate_limit::{Limit, Subject, headers},
    tenant,
};
use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    time::Duration,
};

const MINUTE: Duration = Duration::from_secs(60);

/// How much may be asked in a minute. The tenant's plan limits it as well.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// By one person or program.
    pub caller: NonZeroU32,
    /// From one address where nobody is signed in: passwords and tokens are guessed there.
    pub stranger: NonZeroU32,
    /// Of routes that reach a platform or compute for long, by one tenant.
    pub costly: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).expect("not zero");
        Self { caller: number(1_200), stranger: number(60), costly: number(120) }
    }
}

/// Takes one from each limit that the request falls under, or refuses it.
pub(super) async fn limit(State(api): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let caller = request.extensions().get::<Caller>().cloned();
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let wants = match &caller {
        Some(caller) => api.wants(caller, &path).await,
        None => vec![(Subject::address(peer), Limit::per_minute(api.limits.stranger))],
    };
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

fn is_costly(path: &str) -> bool {
    ["/plans", "/apply", "/drift", "/imports", "/verification"].iter().any(|part| path.contains(part))
}

impl Api {
    /// What a request of `caller` falls under.
    async fn wants(&self, caller: &Caller, path: &str) -> Vec<(Subject, Limit)> {
        let who = match &caller.who {
            Who::Person { user, .. } => Subject::user(*user),
            Who::Program { key, .. } => Subject::key(key.0),
        };
        let mut wants = vec![(who, Limit::per_minute(self.limits.caller))];
        let Ok(tenant) = caller.tenant() else { return wants };
        let subject = Subject::tenant(tenant);
        if is_costly(path) {
            wants.push((subject.at(path), Limit::per_minute(self.limits.costly)));
        }
        wants.extend(self.plan_limit(tenant).await.map(|limit| (subject, limit)));
        wants
    }

    /// What the tenant's plan allows in a minute; no limit of its own if `None`.
    async fn plan_limit(&self, tenant: TenantId) -> Option<Limit> {
        let now = (self.now)();
        if let Some(known) = self.standings.plan(tenant, now) {
            return known;
        }
        // Without the database no request gets far; which limit held meanwhile does not matter.
        let mut tx = self.session.db().tenant(tenant).await.ok()?;
        let plan = tenant::get(&mut tx).await.ok()?.plan;
        tx.commit().await.ok()?;
        let limit = plan.limits().api_per_minute.and_then(NonZeroU32::new).map(Limit::per_minute);
        self.standings.keep_plan(tenant, limit, now);
        limit
    }
}
