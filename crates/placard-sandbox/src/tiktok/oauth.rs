//! The consent page and the token endpoints (TikTok, `platforms/tiktok.md` §3).

use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::auth::{ACCESS_LIFE, ALL_SCOPES, REFRESH_LIFE, TokenKind};
use super::error::{Code, Refusal, Said, TikTokResult};
use super::fixtures::{TIKTOK_APP_ID, TIKTOK_APP_SECRET};
use super::read::{self, Params};
use super::request::{CONSENT, Request};
use super::store::Key;
use crate::consent;
use crate::fixtures::USER;
use crate::world::{RecordKey, World};

fn partner(message: &str) -> Refusal {
    Refusal::new(Code::InvalidPartner, message)
}

pub(crate) fn check_app(params: &Params, id: &str, secret: &str) -> TikTokResult<()> {
    if read::need(params, id)? != TIKTOK_APP_ID {
        return Err(partner("The app does not exist."));
    }
    if read::need(params, secret)? != TIKTOK_APP_SECRET {
        return Err(partner("The app's secret is wrong."));
    }
    Ok(())
}

/// `GET /portal/auth`: a page to consent on, or a redirect at once with `auto=1`.
pub(crate) fn dialog(world: &mut World, request: &Request) -> TikTokResult<Said> {
    let params = &request.params;
    if read::need(params, "app_id")? != TIKTOK_APP_ID {
        return Err(partner("The app does not exist."));
    }
    let redirect_uri = read::need(params, "redirect_uri")?;
    let mut target =
        Url::parse(&redirect_uri).map_err(|_| Refusal::field("redirect_uri", "Not an absolute address."))?;
    let answer = match read::text(params, "answer")? {
        None if read::text(params, "auto")?.as_deref() == Some("1") => Some("continue".to_owned()),
        answer => answer,
    };
    match answer.as_deref() {
        None => return Ok(Said::Html(page(params))),
        Some("continue") => {
            let code = world.tiktok_code();
            target.query_pairs_mut().append_pair("auth_code", &code).append_pair("code", &code);
        }
        Some("cancel") => drop(target.query_pairs_mut().append_pair("error", "access_denied")),
        Some(other) => return Err(Refusal::field("answer", format!("Not an answer: {other}."))),
    }
    if let Some(state) = read::text(params, "state")? {
        target.query_pairs_mut().append_pair("state", &state);
    }
    Ok(Said::Redirect(target.into()))
}

fn page(params: &Params) -> String {
    let link = |answer: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in params {
            query.append_pair(name, value.as_str().unwrap_or_default());
        }
        format!("{CONSENT}?{}", query.append_pair("answer", answer).finish())
    };
    let wanted = [
        "Read and manage your ad accounts, campaigns, ad groups and ads",
        "Read your reports and audiences",
        "Upload videos and images, use pixels and download leads",
    ];
    consent::page("TikTok", &wanted, &link("continue"), &link("cancel"))
}

/// Uses a code up.
fn take_code(world: &mut World, value: &str) -> TikTokResult<()> {
    let now = world.now();
    let code = world.tiktok.codes.get_mut(value).filter(|code| !code.used && code.expires > now);
    let wrong = "The authorization code is wrong, used or expired.";
    code.ok_or_else(|| Refusal::new(Code::AuthCodeInvalid, wrong))?.used = true;
    world.touch(RecordKey::TikTok(Key::Code(value.to_owned())));
    Ok(())
}

fn own_advertisers<'a>(
    world: &'a World,
    user: &'a str,
) -> impl Iterator<Item = &'a super::store::Advertiser> {
    world.tiktok.advertisers.values().filter(move |advertiser| advertiser.user == user)
}

/// `POST /oauth2/access_token/`.
pub(crate) fn access_token(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let params = &request.params;
    check_app(params, "app_id", "secret")?;
    take_code(world, &read::need(params, "auth_code")?)?;
    let token = world.tiktok_token(TokenKind::Marketing, ALL_SCOPES.to_vec(), false);
    let mut out = json!({ "access_token": token.value, "scope": token.scopes });
    if read::flag(params, "return_advertiser_ids")?.unwrap_or(true) {
        let ids: Vec<&str> = own_advertisers(world, USER).map(|advertiser| advertiser.id.as_str()).collect();
        out["advertiser_ids"] = json!(ids);
    }
    Ok(out)
}

/// `POST /oauth2/token/`, and `POST /tt_user/oauth2/token/` for tokens of the Accounts API.
pub(crate) fn token(world: &mut World, request: &Request, kind: TokenKind) -> TikTokResult<Value> {
    let params = &request.params;
    check_app(params, "client_id", "client_secret")?;
    if read::need(params, "grant_type")? != "authorization_code" {
        return Err(Refusal::new(Code::GrantTypeInvalid, "grant_type has to be authorization_code."));
    }
    let field = if kind == TokenKind::Account { "auth_code" } else { "code" };
    let value = match read::text(params, field)? {
        Some(value) => value,
        None => read::need(params, "code")?,
    };
    take_code(world, &value)?;
    Ok(pair(world, kind, ALL_SCOPES.to_vec()))
}

fn pair(world: &mut World, kind: TokenKind, scopes: Vec<i64>) -> Value {
    let token = world.tiktok_token(kind, scopes.clone(), true);
    let refresh = world.tiktok_refresh(kind, scopes.clone());
    json!({
        "access_token": token.value, "token_type": "Bearer", "expires_in": ACCESS_LIFE.num_seconds(),
        "refresh_token": refresh.value, "refresh_token_expires_in": REFRESH_LIFE.num_seconds(), "scope": scopes,
    })
}

/// `POST /tt_user/oauth2/refresh_token/`.
pub(crate) fn refresh(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let params = &request.params;
    check_app(params, "client_id", "client_secret")?;
    if read::need(params, "grant_type")? != "refresh_token" {
        return Err(Refusal::new(Code::GrantTypeInvalid, "grant_type has to be refresh_token."));
    }
    let value = read::need(params, "refresh_token")?;
    let known = world.tiktok.refresh.get(&value).filter(|token| !token.revoked).cloned();
    let known =
        known.ok_or_else(|| Refusal::new(Code::RefreshTokenInvalid, "The refresh token is invalid."))?;
    if known.expires <= world.now() {
        return Err(Refusal::new(Code::RefreshTokenExpired, "The refresh token has expired."));
    }
    let token = world.tiktok_token(known.kind, known.scopes.clone(), true);
    Ok(json!({
        "access_token": token.value, "token_type": "Bearer", "expires_in": ACCESS_LIFE.num_seconds(),
        "refresh_token": known.value, "refresh_token_expires_in": (known.expires - world.now()).num_seconds(),
        "scope": known.scopes,
    }))
}

/// `POST /oauth2/revoke_token/`.
pub(crate) fn revoke(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let params = &request.params;
    check_app(params, "app_id", "secret")?;
    let value = read::need(params, "access_token")?;
    let alive = world.tiktok.tokens.get(&value).is_some_and(|token| !token.revoked);
    if !alive {
        return Err(Refusal::new(Code::TokenInvalid, "Access token is incorrect or has been revoked."));
    }
    world.tiktok_revoke(Some(&value));
    Ok(json!({}))
}

/// `GET /oauth2/advertiser/get/`: the accounts that a token may touch.
pub(crate) fn advertisers(world: &World, request: &Request) -> TikTokResult<Value> {
    check_app(&request.params, "app_id", "secret")?;
    let token = world.tiktok_any_caller(request)?;
    let list: Vec<Value> = own_advertisers(world, &token.user)
        .map(|it| json!({ "advertiser_id": it.id, "advertiser_name": it.name }))
        .collect();
    Ok(json!({ "list": list }))
}

/// `GET /user/info/`.
pub(crate) fn user(world: &World, request: &Request) -> TikTokResult<Value> {
    let token = world.tiktok_any_caller(request)?;
    Ok(json!({
        "core_user_id": format!("700000000000{}", token.user), "display_name": "Ada Sandbox",
        "email": "ada@sandbox.invalid", "create_time": world.config.start.timestamp(),
    }))
}
