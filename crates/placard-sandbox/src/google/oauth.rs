//! The consent page and the token endpoint (Google, `platforms/google.md` §1).

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::auth::{ACCESS_LIFE, SCOPE};
use super::error::{GoogleResult, Refusal};
use super::fixtures::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET};
use super::request::{CONSENT, Request};
use super::store::Key;
use crate::answer::Reply;
use crate::consent;
use crate::fixtures::USER;
use crate::world::{RecordKey, World};

type Pairs = BTreeMap<String, String>;

fn pairs(text: &[u8]) -> Pairs {
    form_urlencoded::parse(text).into_owned().collect()
}

fn refuse(error: &'static str, description: impl Into<String>) -> Refusal {
    Refusal::OAuth { error, description: description.into() }
}

fn needed<'a>(pairs: &'a Pairs, name: &str) -> GoogleResult<&'a str> {
    let value = pairs.get(name).filter(|value| !value.is_empty());
    value.map(String::as_str).ok_or_else(|| refuse("invalid_request", format!("Missing parameter: {name}")))
}

fn only(pairs: &Pairs, known: &[&str]) -> GoogleResult<()> {
    match pairs.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(refuse("invalid_request", format!("Unknown parameter: {name}"))),
        None => Ok(()),
    }
}

const DIALOG: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "access_type",
    "prompt",
    "state",
    "include_granted_scopes",
    "login_hint",
    "auto",
    "answer",
];

/// `GET /o/oauth2/v2/auth`: a page to consent on, or a redirect at once with `auto=1`.
pub(crate) fn dialog(world: &mut World, request: &Request) -> GoogleResult<Reply> {
    if request.method != Method::GET {
        return Err(Refusal::Html(405));
    }
    let pairs = pairs(request.query.as_bytes());
    only(&pairs, DIALOG)?;
    if needed(&pairs, "client_id")? != GOOGLE_CLIENT_ID {
        return Err(refuse("invalid_client", "The OAuth client was not found."));
    }
    let redirect_uri = needed(&pairs, "redirect_uri")?.to_owned();
    let mut target = Url::parse(&redirect_uri)
        .map_err(|_| refuse("invalid_request", "redirect_uri is not an absolute URI"))?;
    if needed(&pairs, "response_type")? != "code" {
        return Err(refuse("unsupported_response_type", "Only response_type=code is served"));
    }
    let scopes: Vec<String> = needed(&pairs, "scope")?.split_whitespace().map(str::to_owned).collect();
    let offline = match pairs.get("access_type").map(String::as_str) {
        None | Some("online") => false,
        Some("offline") => {
            // Without a new consent, only the first login brings a refresh token.
            let again =
                pairs.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent"));
            again || !world.google.grants.values().any(|grant| grant.user == USER && !grant.revoked)
        }
        Some(other) => return Err(refuse("invalid_request", format!("Invalid access_type: {other}"))),
    };
    let state = pairs.get("state").cloned();
    let answer = match pairs.get("answer").map(String::as_str) {
        None if pairs.get("auto").is_some_and(|auto| auto == "1") => Some("continue"),
        answer => answer,
    };
    match answer {
        None => return Ok(Reply::Html(page(&pairs, &scopes))),
        Some("continue") => {
            let code = world.google_code(redirect_uri, scopes.clone(), offline);
            target.query_pairs_mut().append_pair("code", &code).append_pair("scope", &scopes.join(" "));
        }
        Some("cancel") => drop(target.query_pairs_mut().append_pair("error", "access_denied")),
        Some(other) => return Err(refuse("invalid_request", format!("Invalid answer: {other}"))),
    }
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", &state);
    }
    Ok(Reply::Redirect(target.into()))
}

fn page(pairs: &Pairs, scopes: &[String]) -> String {
    let link = |answer: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs).append_pair("answer", answer);
        format!("{CONSENT}?{}", query.finish())
    };
    let sentence = |scope: &String| match scope.as_str() {
        SCOPE => "See, edit, create and delete your Google Ads accounts and data",
        "openid" => "Associate you with your personal info",
        _ => "See your primary email address and profile",
    };
    let wanted: Vec<&str> = scopes.iter().map(sentence).collect();
    consent::page("Google", &wanted, &link("continue"), &link("cancel"))
}

const EXCHANGE: &[&str] =
    &["client_id", "client_secret", "grant_type", "code", "redirect_uri", "refresh_token"];

/// `POST /token`: codes and refresh tokens become access tokens.
pub(crate) fn token(world: &mut World, request: &Request) -> GoogleResult<Reply> {
    if request.method != Method::POST {
        return Err(Refusal::Html(405));
    }
    let pairs = pairs(&request.body);
    only(&pairs, EXCHANGE)?;
    if needed(&pairs, "client_id")? != GOOGLE_CLIENT_ID {
        return Err(refuse("invalid_client", "The OAuth client was not found."));
    }
    if needed(&pairs, "client_secret")? != GOOGLE_CLIENT_SECRET {
        return Err(refuse("invalid_client", "The provided client secret is invalid."));
    }
    match needed(&pairs, "grant_type")? {
        "authorization_code" => from_code(world, &pairs),
        "refresh_token" => from_refresh(world, &pairs),
        other => Err(refuse("unsupported_grant_type", format!("Invalid grant_type: {other}"))),
    }
    .map(Reply::Json)
}

fn from_code(world: &mut World, pairs: &Pairs) -> GoogleResult<Value> {
    let (value, redirect_uri) = (needed(pairs, "code")?, needed(pairs, "redirect_uri")?);
    let now = world.now();
    let code = world.google.codes.get_mut(value).filter(|code| !code.used && code.expires > now);
    let code = code.ok_or_else(|| refuse("invalid_grant", "Bad Request"))?;
    if code.redirect_uri != redirect_uri {
        return Err(refuse("redirect_uri_mismatch", "Bad Request"));
    }
    code.used = true;
    let code = code.clone();
    world.touch(RecordKey::Google(Key::Code(code.value.clone())));
    let token = world.google_access(USER, code.scopes.clone());
    let mut out = json!({
        "access_token": token.value, "expires_in": ACCESS_LIFE.num_seconds() - 1,
        "scope": code.scopes.join(" "), "token_type": "Bearer",
    });
    if code.offline {
        out["refresh_token"] = json!(world.google_grant(USER, code.scopes).refresh_token);
    }
    Ok(out)
}

fn from_refresh(world: &mut World, pairs: &Pairs) -> GoogleResult<Value> {
    let value = needed(pairs, "refresh_token")?;
    let grant = world.google.grants.get(value).filter(|grant| !grant.revoked).cloned();
    let grant = grant.ok_or_else(|| refuse("invalid_grant", "Token has been expired or revoked."))?;
    let token = world.google_access(&grant.user, grant.scopes.clone());
    Ok(json!({
        "access_token": token.value, "expires_in": ACCESS_LIFE.num_seconds() - 1,
        "scope": grant.scopes.join(" "), "token_type": "Bearer",
    }))
}
