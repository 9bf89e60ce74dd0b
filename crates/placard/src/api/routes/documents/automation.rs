//! Logins of the tenant's own accounts, for the tenant's own automation.

use super::seen;
use crate::{
    api::{
        Shared,
        body::{At, Body, Query},
        caller::{Caller, Who},
        idempotency::KeptNowhere,
        paging::{Page, Paging},
        problem::Problem,
        text::Text,
        words::{self, Cursor},
    },
    automation::{AutomationSessionView, HandedOutView, Seen},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use placard_domain::{
    TenantId,
    document::{AutomationStatus, Cookies, Proxy},
};
use placard_store::{
    audit::Actor,
    automation::{Automation, NewSession, Secret},
    documents::{Filter, Sort},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions, keep_session))
        .routes(routes!(get_session, purge_session))
        .routes(routes!(validate_session))
        .routes(routes!(use_session))
        .routes(routes!(rotate_session))
}

/// What the vault of logins needs to know of a caller.
struct Desk<'a> {
    api: &'a Shared,
    caller: &'a Caller,
    actor: Actor,
    tenant: TenantId,
}

impl<'a> Desk<'a> {
    fn of(api: &'a Shared, caller: &'a Caller) -> Result<Self, Problem> {
        Ok(Self { api, caller, actor: caller.actor(), tenant: caller.tenant()? })
    }

    async fn vault(&self) -> Result<Automation<'_>, Problem> {
        let session = &self.api.session;
        Ok(Automation {
            db: session.db(),
            vault: session.vault(),
            documents: session.documents().await?,
            tenant: self.tenant,
            actor: &self.actor,
            origin: &self.caller.origin,
        })
    }

    fn now(&self) -> DateTime<Utc> {
        (self.api.now)()
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedSessions {
    /// Only of this network.
    #[param(inline)]
    platform: Option<Text<1, 40>>,
    /// Only those that stand here.
    #[param(schema_with = words::automation_status)]
    status: Option<AutomationStatus>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// A login to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAutomationSession {
    /// What tells it apart.
    session_id: Text<1, 200>,
    /// The network, in lower case.
    #[schema(pattern = "^[a-z0-9_]{1,40}$")]
    platform: String,
    /// The account there.
    account: Text<1, 200>,
    /// The word that the account belongs to the tenant. Without it nothing is kept.
    own_account: bool,
    /// The browser that the cookies are from.
    user_agent: Option<Text<1, 1000>>,
    /// What requests go through.
    proxy: Option<NewProxy>,
    /// The cookies, as a browser exports them: objects with `name`, `value` and `domain`.
    #[schema(value_type = Vec<Object>, min_items = 1, max_items = 300)]
    cookies: Value,
    /// From when on they are handed out to nobody, at most 400 days from now.
    expires_at: DateTime<Utc>,
}

/// A proxy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProxy {
    /// Name or address.
    host: Text<1, 253>,
    /// Port.
    #[schema(minimum = 1)]
    #[schema(minimum = 1, maximum = 65535)]
    port: u16,
    /// Who signs in.
    username: Option<Text<1, 200>>,
    /// The password. It is sealed with the cookies.
    password: Option<Text<1, 200>>,
}

/// What somebody who tried a login saw.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenBody {
    /// What it was. Placard asks no network; it believes this.
    outcome: Seen,
}

/// Other cookies.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OtherCookies {
    /// The cookies, as a browser exports them.
    #[schema(value_type = Vec<Object>, min_items = 1, max_items = 300)]
    cookies: Value,
    /// Another password of the proxy.
    proxy_password: Option<Text<1, 200>>,
    /// From when on they are handed out to nobody, at most 400 days from now.
    expires_at: DateTime<Utc>,
}

/// The logins, the newest first, without their cookies.
#[utoipa::path(get, path = "/automation-sessions", tag = "automation", params(WantedSessions),
    responses((status = 200, body = Page<AutomationSessionView>)))]
async fn list_sessions(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<WantedSessions>,
) -> Result<Json<Page<AutomationSessionView>>, Problem> {
    let mut filters = Vec::new();
    filters.extend(wanted.platform.as_ref().map(|platform| Filter::eq("platform", platform.as_str())));
    filters.extend(wanted.status.map(|status| Filter::eq("status", status.as_str())));
    let paging = Paging { cursor: wanted.cursor, limit: wanted.limit };
    let query = paging.of_documents(Filter::And(filters), Sort::NEWEST)?;
    let page = Desk::of(&api, &caller)?.vault().await?.list(&query).await?;
    let items = page.items.into_iter().map(AutomationSessionView::from).collect();
    Ok(Json(Page { items, next: page.next }))
}

/// Keeps a login of an account that belongs to the tenant. Its cookies are sealed, and handed out once somebody has seen
/// them work.
#[utoipa::path(post, path = "/automation-sessions", tag = "automation", request_body = NewAutomationSession,
    responses((status = 201, body = AutomationSessionView)))]
async fn keep_session(
    State(api): State<Shared>,
    caller: Caller,
    Body(body): Body<NewAutomationSession>,
) -> Result<Response, Problem> {
    let password = body.proxy.as_ref().and_then(|proxy| proxy.password.as_ref());
    let secret = secret(&body.cookies, password)?;
    let (Who::Person { user, .. } | Who::Program { user, .. }) = &caller.who;
    let new = NewSession {
        session_id: body.session_id.into_inner(),
        platform: body.platform,
        account: body.account.into_inner(),
        own_account: body.own_account,
        user: Some(*user),
        proxy: body.proxy.map(Proxy::from),
        user_agent: body.user_agent.map(Text::into_inner),
        secret,
        expires_at: body.expires_at,
    };
    let desk = Desk::of(&api, &caller)?;
    let kept = desk.vault().await?.create(new, desk.now()).await?;
    Ok((StatusCode::CREATED, answer(kept.into())).into_response())
}

/// A login, without its cookies.
#[utoipa::path(get, path = "/automation-sessions/{id}", tag = "automation", params(("id" = Uuid, Path)),
    responses((status = 200, body = AutomationSessionView)))]
async fn get_session(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    Ok(answer(Desk::of(&api, &caller)?.vault().await?.get(id).await?.into()))
}

/// Removes a login with its cookies.
#[utoipa::path(delete, path = "/automation-sessions/{id}", tag = "automation", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn purge_session(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<StatusCode, Problem> {
    Desk::of(&api, &caller)?.vault().await?.purge(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes whether a login works, as somebody who tried it saw. One that does not work needs other cookies.
#[utoipa::path(post, path = "/automation-sessions/{id}/validations", tag = "automation",
    params(("id" = Uuid, Path)), request_body = SeenBody,
    responses((status = 200, body = AutomationSessionView)))]
async fn validate_session(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(body): Body<SeenBody>,
) -> Result<Response, Problem> {
    let desk = Desk::of(&api, &caller)?;
    Ok(answer(desk.vault().await?.validate(id, body.outcome.into(), desk.now()).await?.into()))
}

/// Hands the cookies of a login out, in this answer alone: it is kept nowhere, and a request that is repeated by its key
/// hands them out again. Each time is in the audit log before.
#[utoipa::path(post, path = "/automation-sessions/{id}/uses", tag = "automation", params(("id" = Uuid, Path)),
    responses((status = 200, body = HandedOutView)))]
async fn use_session(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let desk = Desk::of(&api, &caller)?;
    let handed_out = desk.vault().await?.hand_out(id, desk.now()).await?;
    Ok((Extension(KeptNowhere), Json(HandedOutView::of(handed_out))).into_response())
}

/// Puts other cookies in the place of those of the version that `If-Match` names. Nobody has seen the new ones work yet.
#[utoipa::path(put, path = "/automation-sessions/{id}/cookies", tag = "automation", params(("id" = Uuid, Path)),
    request_body = OtherCookies, responses((status = 200, body = AutomationSessionView)))]
async fn rotate_session(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(body): Body<OtherCookies>,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let secret = secret(&body.cookies, body.proxy_password.as_ref())?;
    let desk = Desk::of(&api, &caller)?;
    let rotated = desk.vault().await?.rotate(id, seen, secret, body.expires_at, desk.now()).await?;
    Ok(answer(rotated.into()))
}

fn secret(cookies: &Value, password: Option<&Text<1, 200>>) -> Result<Secret, Problem> {
    let cookies = Cookies::of(cookies).map_err(|error| Problem::unfit("cookies", error.to_string()))?;
    Ok(Secret { cookies, proxy_password: password.map(|password| password.as_str().into()) })
}

fn answer(view: AutomationSessionView) -> Response {
    ([(header::ETAG, format!("\"{}\"", view.version))], Json(view)).into_response()
}

impl From<NewProxy> for Proxy {
    fn from(new: NewProxy) -> Self {
        let username = new.username.map(Text::into_inner);
        Self { host: new.host.into_inner(), port: new.port, username }
    }
}
