//! What a code that was sent is good for: another password, a proven address, a place in a tenant.

use super::auth::note;
use crate::{
    api::{
        Shared,
        body::Body,
        problem::Problem,
        text::{Email, Text},
    },
    people::fresh_token,
};
use axum::{Extension, extract::State, http::StatusCode};
use chrono::Duration;
use placard_domain::UserId;
use placard_store::{
    StoreError, TokenHash,
    audit::{self, Actor, Origin},
    invitation, outbox, password,
    session::{self, RevokedReason},
    tenant, user, user_token,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(forgot))
        .routes(routes!(reset))
        .routes(routes!(verify_email))
        .routes(routes!(accept))
}

/// How long a reset code is good.
const RESET: Duration = Duration::hours(1);

/// A password as people may choose it.
pub(super) type Password = Text<10, 200>;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Forgot {
    /// The address of the account.
    email: Email,
}

/// Sends a link to choose another password, if anybody has the address. The answer is the same either way.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "sign-in", request_body = Forgot,
    responses((status = 202)))]
async fn forgot(State(api): State<Shared>, Body(request): Body<Forgot>) -> Result<StatusCode, Problem> {
    let now = (api.now)();
    let mut tx = api.session.db().system().await?;
    if let Some(known) = user::find_by_email(&mut tx, request.email.as_str()).await? {
        let token = fresh_token();
        let hash = TokenHash::of(&token);
        user_token::create(&mut tx, user_token::Purpose::ResetPassword, known.id, &hash, now + RESET).await?;
        let message = outbox::NewMessage {
            tenant: None,
            kind: outbox::Kind::ResetPassword,
            recipient: known.email,
            subject: "Choose another password".into(),
            body: format!(
                "Your code is {}\nIt is good for an hour. If you did not ask for it, do nothing.",
                token.expose_secret()
            )
            .into(),
        };
        outbox::put(&mut tx, api.session.vault(), &message).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// The code that was sent.
    token: Text<1, 200>,
    /// The new password.
    password: Password,
}

/// Chooses another password with the code that was sent. Every session of the account ends.
#[utoipa::path(post, path = "/auth/password/reset", tag = "sign-in", request_body = Reset,
    responses((status = 204)))]
async fn reset(
    State(api): State<Shared>,
    Extension(origin): Extension<Origin>,
    Body(request): Body<Reset>,
) -> Result<StatusCode, Problem> {
    let now = (api.now)();
    let given = TokenHash::of(&SecretString::from(request.token.as_str()));
    let hash = password::hash(SecretString::from(request.password.as_str()));
    let hash = hash.await.map_err(|error| Problem::defect(&error))?;
    let mut tx = api.session.db().system().await?;
    tx.come_from(origin);
    let user = user_token::redeem(&mut tx, user_token::Purpose::ResetPassword, &given, now).await?;
    let user = user.ok_or_else(|| Problem::unfit("token", "is not valid; ask for another"))?;
    user::set_password_hash(&mut tx, user, &hash).await?;
    session::revoke_all(&mut tx, user, None, RevokedReason::PasswordChanged, now).await?;
    let tenant = tenant::memberships_of(&mut tx, user).await?.first().map(|one| one.tenant);
    let actor = Actor::User { id: user, name: "whoever held the code".into() };
    let what = serde_json::json!({"password": "reset"});
    note(tx, tenant, &actor, audit::Action::Update, user, Some(what)).await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// The code that was sent.
    token: Text<1, 200>,
}

/// Proves that an address is yours, with the code that was sent to it.
#[utoipa::path(post, path = "/auth/email/verify", tag = "sign-in", request_body = Proof,
    responses((status = 204)))]
async fn verify_email(State(api): State<Shared>, Body(request): Body<Proof>) -> Result<StatusCode, Problem> {
    let now = (api.now)();
    let given = TokenHash::of(&SecretString::from(request.token.as_str()));
    let mut tx = api.session.db().system().await?;
    let user = user_token::redeem(&mut tx, user_token::Purpose::VerifyEmail, &given, now).await?;
    let user = user.ok_or_else(|| Problem::unfit("token", "is not valid; ask for another"))?;
    user::verify_email(&mut tx, user, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Accept {
    /// The code of the invitation.
    token: Text<1, 200>,
    /// A password, for an address that has no account yet; the account's password otherwise.
    password: Password,
}

/// Accepts an invitation: joins the tenant, with a new account if the address has none.
#[utoipa::path(post, path = "/auth/invitations/accept", tag = "sign-in", request_body = Accept,
    responses((status = 204)))]
async fn accept(
    State(api): State<Shared>,
    Extension(origin): Extension<Origin>,
    Body(request): Body<Accept>,
) -> Result<StatusCode, Problem> {
    let now = (api.now)();
    let given = TokenHash::of(&SecretString::from(request.token.as_str()));
    let wrong = || Problem::unfit("token", "is not valid; ask for another invitation");
    let mut tx = api.session.db().system().await?;
    let invitation = invitation::find_by_token(&mut tx, &given).await?;
    let invitation = invitation.filter(|one| one.is_open(now)).ok_or_else(wrong)?;
    let known = user::find_by_email(&mut tx, &invitation.email).await?;
    tx.commit().await?;
    let secret = SecretString::from(request.password.as_str());
    let hash = match &known {
        Some(known) => {
            let right = password::verify(secret, known.password_hash.clone()).await;
            if !right.map_err(|error| Problem::defect(&error))? {
                return Err(Problem::unfit("password", "is not the one of the account with this address"));
            }
            None
        }
        None => Some(password::hash(secret).await.map_err(|error| Problem::defect(&error))?),
    };
    let mut tx = api.session.db().system().await?;
    tx.come_from(origin);
    let user = match (known, hash) {
        (Some(known), _) => known.id,
        (None, Some(hash)) => {
            let id = UserId(Uuid::now_v7());
            user::insert(&mut tx, id, &invitation.email, &hash).await?;
            user::verify_email(&mut tx, id, now).await?;
            id
        }
        (None, None) => return Err(wrong()),
    };
    match invitation::accept(&mut tx, &given, user, now).await {
        Err(StoreError::NotFound { .. }) => return Err(wrong()),
        other => drop(other?),
    }
    let actor = Actor::User { id: user, name: invitation.email.clone() };
    note(tx, Some(invitation.tenant), &actor, audit::Action::Accept, user, None).await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}
