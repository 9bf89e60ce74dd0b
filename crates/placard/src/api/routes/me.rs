//! What a person does with their own account.

use super::{auth::note, codes::Password};
use crate::api::{
    Shared,
    body::{At, Body},
    caller::{Caller, Who},
    paging::Page,
    problem::{Code, Problem},
    text::Text,
};
use crate::people::fresh_token;
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Duration, Utc};
use placard_domain::{SessionId, UserId};
use placard_store::{
    SystemTx, TokenHash, audit, login_guard, outbox, password,
    session::{self, RevokedReason},
    tenant, totp,
    user::{self, Profile},
    user_token,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(get, patch))
        .routes(routes!(change_password))
        .routes(routes!(send_verification))
        .routes(routes!(sessions, end_others))
        .routes(routes!(end_session))
        .routes(routes!(enrol))
        .routes(routes!(confirm))
        .routes(routes!(remove))
}

/// A person.
#[derive(Serialize, ToSchema)]
struct Me {
    /// The id.
    id: Uuid,
    /// The address.
    email: String,
    /// Whether the address was proved.
    email_verified: bool,
    /// The name for signing in beside the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    /// Whether a second factor is asked for.
    second_factor: bool,
    /// The tenants that the person belongs to.
    tenants: Vec<Belonging>,
    /// What the person may do in the tenant that is open.
    permissions: Vec<crate::api::access::Permission>,
}

/// A tenant that a person belongs to.
#[derive(Serialize, ToSchema)]
struct Belonging {
    /// The tenant.
    id: Uuid,
    /// Its name in `switch`.
    slug: String,
    /// Its name.
    name: String,
    /// The person's role in it.
    role: &'static str,
}

/// Who I am and what I may do.
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Me)))]
async fn get(State(api): State<Shared>, caller: Caller) -> Result<Json<Me>, Problem> {
    let (user, _) = caller.person()?;
    let mut tx = caller.begin_system(&api).await?;
    let me = user::find(&mut tx, user).await?.ok_or_else(|| Problem::not_found("person"))?;
    let second_factor = has_factor(&mut tx, user).await?;
    let memberships = tenant::memberships_of(&mut tx, user).await?;
    let mut tenants = Vec::new();
    for one in memberships {
        if let Some(tenant) = tenant::find_by_id(&mut tx, one.tenant).await? {
            let (id, role) = (tenant.id.0, one.role.as_str());
            tenants.push(Belonging { id, slug: tenant.slug, name: tenant.name, role });
        }
    }
    tx.commit().await?;
    Ok(Json(Me {
        id: me.id.0,
        email: me.email,
        email_verified: me.email_verified_at.is_some(),
        username: me.profile.username,
        first_name: me.profile.first_name,
        last_name: me.profile.last_name,
        second_factor,
        tenants,
        permissions: caller.permissions().iter().collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProfile {
    /// The name for signing in beside the address.
    username: Option<Text<3, 40>>,
    /// The first name.
    first_name: Option<Text<0, 80>>,
    /// The last name.
    last_name: Option<Text<0, 80>>,
}

/// Changes my names. What is left out stays as it is.
#[utoipa::path(patch, path = "/me", tag = "me", request_body = NewProfile, responses((status = 200, body = Me)))]
async fn patch(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewProfile>,
) -> Result<Json<Me>, Problem> {
    let (user, _) = caller.person()?;
    let mut tx = caller.begin_system(&api).await?;
    let me = user::find(&mut tx, user).await?.ok_or_else(|| Problem::not_found("person"))?;
    let profile = Profile {
        username: new.username.map(Text::into_inner).or(me.profile.username),
        first_name: new.first_name.map(Text::into_inner).or(me.profile.first_name),
        last_name: new.last_name.map(Text::into_inner).or(me.profile.last_name),
        ..me.profile
    };
    user::update_profile(&mut tx, user, &profile).await?;
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Update, user, None).await?;
    get(State(api), caller).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password as it is.
    current: Text<1, 200>,
    /// The password as it shall be.
    password: Password,
}

/// Changes my password. Every other session ends.
#[utoipa::path(post, path = "/me/password", tag = "me", request_body = NewPassword, responses((status = 204)))]
async fn change_password(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    let (user, session) = caller.person()?;
    expect_password(&api, &caller, new.current.as_str(), "current").await?;
    let hash = password::hash(SecretString::from(new.password.as_str()));
    let hash = hash.await.map_err(|error| Problem::defect(&error))?;
    let mut tx = caller.begin_system(&api).await?;
    user::set_password_hash(&mut tx, user, &hash).await?;
    session::revoke_all(&mut tx, user, Some(session), RevokedReason::PasswordChanged, (api.now)()).await?;
    let what = serde_json::json!({"password": "changed"});
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Update, user, Some(what)).await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses unless `given` is the caller's password. Guessing is limited as at signing in.
async fn expect_password(api: &Shared, caller: &Caller, given: &str, field: &str) -> Result<(), Problem> {
    let Who::Person { email, .. } = &caller.who else {
        return Err(Problem::new(Code::Forbidden, "this is for people; an API key cannot do it"));
    };
    let now = (api.now)();
    api.count_attempt(email, &caller.origin, now).await?;
    let mut tx = caller.begin_system(api).await?;
    let known = user::find_by_email(&mut tx, email).await?.ok_or_else(|| Problem::not_found("person"))?;
    tx.commit().await?;
    let right = password::verify(SecretString::from(given), known.password_hash).await;
    if right.map_err(|error| Problem::defect(&error))? {
        let mut tx = caller.begin_system(api).await?;
        login_guard::clear(&mut tx, &login_guard::Subject::user(email)).await?;
        return Ok(tx.commit().await?);
    }
    Err(Problem::unfit(field, "is not your password"))
}

/// Sends a code to my address, to prove that it is mine.
#[utoipa::path(post, path = "/me/email/verification", tag = "me", responses((status = 202)))]
async fn send_verification(State(api): State<Shared>, caller: Caller) -> Result<StatusCode, Problem> {
    let (user, _) = caller.person()?;
    let now = (api.now)();
    let token = fresh_token();
    let mut tx = caller.begin_system(&api).await?;
    let me = user::find(&mut tx, user).await?.ok_or_else(|| Problem::not_found("person"))?;
    let (purpose, hash) = (user_token::Purpose::VerifyEmail, TokenHash::of(&token));
    user_token::create(&mut tx, purpose, user, &hash, now + Duration::days(1)).await?;
    let message = outbox::NewMessage {
        tenant: None,
        kind: outbox::Kind::VerifyEmail,
        recipient: me.email,
        subject: "Is this your address?".into(),
        body: format!("Your code is {}\nIt is good for a day.", token.expose_secret()).into(),
    };
    outbox::put(&mut tx, api.session.vault(), &message).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// A session.
#[derive(Serialize, ToSchema)]
struct SessionView {
    /// Its id.
    id: Uuid,
    /// Whether it is this one.
    current: bool,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last refreshed.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is refreshed.
    expires_at: DateTime<Utc>,
    /// The address that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    ip: Option<std::net::IpAddr>,
    /// The program that it was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
}

/// My sessions.
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses((status = 200, body = Page<SessionView>)))]
async fn sessions(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<SessionView>>, Problem> {
    let (user, current) = caller.person()?;
    let mut tx = caller.begin_system(&api).await?;
    let found = session::list(&mut tx, user, (api.now)()).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, |one| SessionView {
        id: one.id.0,
        current: one.id == current,
        created_at: one.created_at,
        last_used_at: one.last_used_at,
        expires_at: one.expires_at,
        ip: one.ip,
        agent: one.user_agent,
    })))
}

/// Ends every session of mine but this one.
#[utoipa::path(delete, path = "/me/sessions", tag = "me", responses((status = 204)))]
async fn end_others(State(api): State<Shared>, caller: Caller) -> Result<StatusCode, Problem> {
    let (user, session) = caller.person()?;
    let mut tx = caller.begin_system(&api).await?;
    session::revoke_all(&mut tx, user, Some(session), RevokedReason::Revoked, (api.now)()).await?;
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Revoke, user, None).await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session of mine.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn end_session(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<StatusCode, Problem> {
    let (user, _) = caller.person()?;
    let now = (api.now)();
    let mut tx = caller.begin_system(&api).await?;
    let mine = session::list(&mut tx, user, now).await?;
    if !mine.iter().any(|one| one.id.0 == id) {
        return Err(Problem::not_found("session"));
    }
    session::revoke(&mut tx, SessionId(id), RevokedReason::Revoked, now).await?;
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Revoke, user, None).await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProvePassword {
    /// My password.
    password: Text<1, 200>,
}

/// A second factor to put into an authenticator.
#[derive(Serialize, ToSchema)]
struct Enrolment {
    /// The secret, in base32.
    secret: String,
    /// The same as an address, for a QR code.
    url: String,
}

/// Begins a second factor. It is asked for once it was confirmed.
#[utoipa::path(post, path = "/me/totp", tag = "me", request_body = ProvePassword,
    responses((status = 200, body = Enrolment)))]
async fn enrol(
    State(api): State<Shared>,
    caller: Caller,
    Body(proof): Body<ProvePassword>,
) -> Result<Json<Enrolment>, Problem> {
    let (user, _) = caller.person()?;
    expect_password(&api, &caller, proof.password.as_str(), "password").await?;
    let Who::Person { email, .. } = &caller.who else { return Err(Problem::not_found("person")) };
    let seed: [u8; 20] = rand::random();
    let code = generator(seed.to_vec(), email)?;
    let mut tx = caller.begin_system(&api).await?;
    let secret = SecretString::from(hex::encode(seed));
    let sealed = api.session.vault().seal_system(&mut tx, totp::place(user), &secret).await?;
    if !totp::enrol(&mut tx, user, &sealed).await? {
        return Err(Problem::new(Code::Conflict, "there is a second factor already; remove it first"));
    }
    tx.commit().await?;
    let url = code.to_url().map_err(|error| Problem::defect(&error))?;
    Ok(Json(Enrolment { secret: Secret::from(seed.to_vec()).to_base32(), url }))
}

/// Codes of six digits, each good for its half minute and its neighbours.
fn generator(seed: Vec<u8>, email: &str) -> Result<Totp, Problem> {
    let builder = Builder::new().with_secret(seed).with_skew(1).with_issuer(Some("Placard"));
    builder.with_account_name(email).build().map_err(|error| Problem::defect(&error))
}

async fn has_factor(tx: &mut SystemTx, user: UserId) -> Result<bool, Problem> {
    Ok(totp::find(tx, user).await?.is_some_and(|factor| factor.confirmed_at.is_some()))
}

/// Whether `code` is the second factor's of now or a neighbouring half minute, used for the first time, or a recovery
/// code that is left.
pub(super) async fn code_fits(
    tx: &mut SystemTx,
    user: UserId,
    secret: &SecretString,
    code: &str,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    if code.len() != 6 {
        let hash = TokenHash::of(&SecretString::from(code.to_lowercase()));
        return Ok(totp::redeem_recovery(tx, user, &hash, now).await?);
    }
    let seed = hex::decode(secret.expose_secret()).map_err(|error| Problem::defect(&error))?;
    let step = generator(seed, "account")?.check(code, now.timestamp().unsigned_abs());
    let Some(step) = step else { return Ok(false) };
    let step = i64::try_from(step).map_err(|error| Problem::defect(&error))?;
    Ok(totp::accept_step(tx, user, step).await?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// The code that the authenticator shows.
    code: Text<6, 6>,
}

/// Codes that each replace the second factor once. Shown only now.
#[derive(Serialize, ToSchema)]
struct Recovery {
    /// The codes.
    recovery_codes: Vec<String>,
}

/// Confirms the second factor with a code. From now on it is asked for.
#[utoipa::path(post, path = "/me/totp/confirm", tag = "me", request_body = Confirmation,
    responses((status = 200, body = Recovery)))]
async fn confirm(
    State(api): State<Shared>,
    caller: Caller,
    Body(given): Body<Confirmation>,
) -> Result<Json<Recovery>, Problem> {
    let (user, _) = caller.person()?;
    let now = (api.now)();
    let mut tx = caller.begin_system(&api).await?;
    let factor = totp::find(&mut tx, user).await?.filter(|factor| factor.confirmed_at.is_none());
    let factor = factor.ok_or_else(|| Problem::new(Code::Conflict, "no second factor waits for a code"))?;
    let secret = api.session.vault().open_system(&mut tx, totp::place(user), &factor.sealed).await?;
    if !code_fits(&mut tx, user, &secret, given.code.as_str(), now).await? {
        return Err(Problem::unfit("code", "is not the one that the authenticator shows now"));
    }
    let recovery_codes: Vec<String> = (0..10).map(|_| hex::encode(rand::random::<[u8; 8]>())).collect();
    let hashes: Vec<_> =
        recovery_codes.iter().map(|code| TokenHash::of(&SecretString::from(code.as_str()))).collect();
    totp::confirm(&mut tx, user, &hashes, now).await?;
    let what = serde_json::json!({"second_factor": true});
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Update, user, Some(what)).await?;
    Ok(Json(Recovery { recovery_codes }))
}

/// Removes the second factor.
#[utoipa::path(post, path = "/me/totp/remove", tag = "me", request_body = ProvePassword,
    responses((status = 204)))]
async fn remove(
    State(api): State<Shared>,
    caller: Caller,
    Body(proof): Body<ProvePassword>,
) -> Result<StatusCode, Problem> {
    let (user, _) = caller.person()?;
    expect_password(&api, &caller, proof.password.as_str(), "password").await?;
    let mut tx = caller.begin_system(&api).await?;
    totp::remove(&mut tx, user).await?;
    let what = serde_json::json!({"second_factor": false});
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Update, user, Some(what)).await?;
    Ok(StatusCode::NO_CONTENT)
}
