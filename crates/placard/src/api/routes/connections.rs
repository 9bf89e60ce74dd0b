//! Connected ad accounts, and the way through the platform's consent.

use crate::{
    api::{
        Shared,
        body::{At, Body},
        caller::Caller,
        paging::Page,
        problem::Problem,
        text::Text,
        view::{AccountView, CheckedView},
        words::PlatformName,
    },
    checking,
    connecting::{self, Wish},
    session::SANDBOX,
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Duration, Utc};
use placard_domain::{ConnectionId, Platform};
use placard_store::{ad_account, connection, tenant, webhook};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(list, begin))
        .routes(routes!(complete))
        .routes(routes!(remove))
        .routes(routes!(check))
}

/// Every ad account that was seen.
#[utoipa::path(get, path = "/accounts", tag = "connections", responses((status = 200, body = Page<AccountView>)))]
async fn accounts(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<AccountView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = ad_account::list(&mut tx).await?;
    let connections = connection::list(&mut tx).await?;
    let told = webhook::subscriptions(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, |one| AccountView::of(one, &connections, &told))))
}

/// A granted access to an ad account. Tokens are never shown.
#[derive(Serialize, ToSchema)]
struct ConnectionView {
    /// Its id.
    id: Uuid,
    /// The platform.
    platform: &'static str,
    /// The ad account's id on the platform.
    account: String,
    /// How it stands: `active`, `expired`, `revoked`, `error`.
    status: &'static str,
    /// When the token ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_expires_at: Option<DateTime<Utc>>,
    /// Whether it leads to the sandbox.
    sandbox: bool,
}

/// Connected ad accounts.
#[utoipa::path(get, path = "/connections", tag = "connections",
    responses((status = 200, body = Page<ConnectionView>)))]
async fn list(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<ConnectionView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = connection::list(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, |one| ConnectionView {
        id: one.id.0,
        platform: one.account.platform.as_str(),
        account: one.account.id,
        status: one.status.as_str(),
        token_expires_at: one.token_expires_at,
        sandbox: one.endpoint.as_deref() == Some(SANDBOX),
    })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConnection {
    /// The platform; `meta` without it.
    #[schema(inline, value_type = Option<PlatformName>)]
    platform: Option<Platform>,
    /// Pretend: the sandbox instead of the platform.
    #[serde(default)]
    sandbox: bool,
    /// Where the platform sends the person back to, with `code` and `state`.
    redirect_uri: Text<8, 500>,
}

/// The way to the platform's consent.
#[derive(Serialize, ToSchema)]
struct Consent {
    /// Open it in a browser.
    authorize_url: String,
    /// Comes back with the code.
    state: String,
}

/// What is sent around with a consent, so that nobody can finish another's.
#[derive(Serialize, Deserialize)]
pub(in crate::api) struct ConsentState {
    tenant: Uuid,
    caller: String,
    redirect_uri: String,
    platform: Platform,
    sandbox: bool,
}

const CONSENT: &str = "placard-consent";

/// Begins connecting: gives the address of the platform's consent.
#[utoipa::path(post, path = "/connections", tag = "connections", request_body = NewConnection,
    responses((status = 200, body = Consent)))]
async fn begin(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewConnection>,
) -> Result<Json<Consent>, Problem> {
    let redirect_uri = new.redirect_uri.into_inner();
    let target = Url::parse(&redirect_uri).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    target.ok_or_else(|| Problem::unfit("redirect_uri", "is not an http address"))?;
    let wanted = new.platform.unwrap_or(Platform::Meta);
    let (platform, _) = api.session.platform(wanted, new.sandbox.then_some(SANDBOX)).await?;
    let state = ConsentState {
        tenant: caller.tenant()?.0,
        caller: caller.subject(),
        redirect_uri: redirect_uri.clone(),
        platform: wanted,
        sandbox: new.sandbox,
    };
    let state = api.tokens.seal(CONSENT, &state, (api.now)(), Duration::minutes(10));
    let state = state.map_err(|error| Problem::defect(&error))?;
    let authorize_url = platform.consent_url(&state, &redirect_uri).to_string();
    Ok(Json(Consent { authorize_url, state }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Completion {
    /// The `state` that came back.
    state: Text<1, 2000>,
    /// The `code` that came back.
    code: Text<1, 2000>,
    /// The account; every one that can advertise without it.
    account: Option<Text<1, 64>>,
    /// The page that speaks; the first that may use lead forms without it.
    page: Option<Text<1, 64>>,
}

/// What is connected now.
#[derive(Serialize, ToSchema)]
struct Connected {
    /// The accounts, by their ids on the platform.
    accounts: Vec<String>,
    /// Accounts that were seen and cannot advertise.
    left_out: Vec<String>,
}

/// Ends connecting: exchanges the code and stores what was granted.
#[utoipa::path(post, path = "/connections/complete", tag = "connections", request_body = Completion,
    responses((status = 200, body = Connected), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn complete(
    State(api): State<Shared>,
    caller: Caller,
    Body(came): Body<Completion>,
) -> Result<Json<Connected>, Problem> {
    let state: Option<ConsentState> = api.tokens.unseal(CONSENT, came.state.as_str(), (api.now)());
    let mine = |state: &ConsentState| {
        Some(state.tenant) == caller.tenant().ok().map(|tenant| tenant.0) && state.caller == caller.subject()
    };
    let state = state.filter(mine).ok_or_else(|| {
        Problem::unfit("state", "belongs to another attempt, or is older than ten minutes; begin again")
    })?;
    let mut tx = caller.begin(&api).await?;
    let tenant = tenant::get(&mut tx).await?;
    tx.commit().await?;
    let (platform, now) = api.session.platform(state.platform, state.sandbox.then_some(SANDBOX)).await?;
    let token = platform.redeem(came.code.as_str(), &state.redirect_uri, now).await;
    let token = token.map_err(|error| Problem::unfit("code", error.to_string()))?;
    let wish = Wish {
        platform: state.platform,
        sandbox: state.sandbox,
        account: came.account.map(Text::into_inner),
        page: came.page.map(Text::into_inner),
        headless: false,
    };
    let actor = caller.actor();
    let made = connecting::keep(&api.session, &tenant, &actor, &*platform, &wish, &token, now).await?;
    let ids = |accounts: Vec<placard_domain::AdAccount>| {
        accounts.into_iter().map(|account| account.account.id).collect()
    };
    Ok(Json(Connected { accounts: ids(made.accounts), left_out: ids(made.left_out) }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Check {
    /// The ad account; every connected one without it.
    account: Option<Text<1, 64>>,
}

/// Asks the platforms whether connections work, and notes what they say.
#[utoipa::path(post, path = "/connections/check", tag = "connections", request_body = Check,
    responses((status = 200, body = Page<CheckedView>)))]
async fn check(
    State(api): State<Shared>,
    caller: Caller,
    Body(wanted): Body<Check>,
) -> Result<Json<Page<CheckedView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let mut connections = connection::list(&mut tx).await?;
    let tenant = tenant::get(&mut tx).await?;
    tx.commit().await?;
    if let Some(account) = &wanted.account {
        connections.retain(|one| one.account.id == account.as_str());
        if connections.is_empty() {
            return Err(Problem::unfit("account", "is not connected"));
        }
    }
    let mut checked = Vec::with_capacity(connections.len());
    for connection in &connections {
        let found = checking::check(&api.session, &tenant, connection).await;
        checked.push(CheckedView::of(&connection.account, found));
    }
    Ok(Json(Page::whole(checked, |one| one)))
}

/// Disconnects an ad account. What runs on the platform goes on.
#[utoipa::path(delete, path = "/connections/{id}", tag = "connections", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn remove(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    connection::delete(&mut tx, &caller.actor(), ConnectionId(id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
