//! Rate limits of incoming requests: for each caller, tenant and kind of route, by the tenant's plan.

use super::{
    Api,
    access::Rule,
    caller::{Caller, Who},
    problem::{Code, Problem},
    server::Peer,
};
use axum::{
    extract::MatchedPath,
    http::{Extensions, HeaderName, HeaderValue},
    response::Response,
};
use placard_domain::TenantId;
use placard_store::{
    StoreError,
    rate_limit::{Limit, Subject, Verdict, headers},
    tenant::{self, SubscriptionPlan},
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
    /// From one address to where platforms deliver: what they sign comes in bursts.
    pub platform: NonZeroU32,
    /// Of routes that reach a platform or compute for long, by one tenant.
    pub costly: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).expect("not zero");
        Self { caller: number(1_200), stranger: number(60), platform: number(6_000), costly: number(120) }
    }
}

/// Takes one from each limit that a request falls under by what is known of it, or from none.
pub(super) async fn take(api: &Api, known: &Extensions) -> Verdict {
    let path = known.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let peer = known.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let wants = match known.get::<Caller>() {
        Some(caller) => api.wants(caller, path).await,
        None if known.get::<Rule>() == Some(&Rule::Signed) => {
            vec![(Subject::address(peer).at(path), Limit::per_minute(api.limits.platform))]
        }
        None => vec![(Subject::address(peer), Limit::per_minute(api.limits.stranger))],
    };
    api.limiter.take(&wants, (api.now)()).await
}

/// The answer to a request that is not let in.
pub(super) fn refusal(verdict: &Verdict) -> Option<Problem> {
    let wait = verdict.retry_after.unwrap_or(MINUTE).as_secs_f64().ceil();
    (!verdict.allowed).then(|| Problem::new(Code::TooManyRequests, format!("try again in {wait:.0} s")))
}

/// Tells who asked how the limits stand.
pub(super) fn tell(verdict: &Verdict, response: &mut Response) {
    for (name, value) in headers(verdict) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
}

fn is_costly(path: &str) -> bool {
    [
        "/plans",
        "/apply",
        "/drift",
        "/imports",
        "/verification",
        "/connections/check",
        "/webhooks/subscriptions",
        "/website-audits",
    ]
    .iter()
    .any(|part| path.contains(part))
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
        let plan = Box::pin(self.plan(tenant)).await.ok()?;
        let limit = plan.limits().api_per_minute.and_then(NonZeroU32::new).map(Limit::per_minute);
        self.standings.keep_plan(tenant, limit, now);
        limit
    }

    async fn plan(&self, tenant: TenantId) -> Result<SubscriptionPlan, StoreError> {
        let mut tx = self.session.db().tenant(tenant).await?;
        let plan = tenant::get(&mut tx).await?.plan;
        tx.commit().await?;
        Ok(plan)
    }
}
