//! The consent page and the token endpoint (Microsoft, `platforms/microsoft.md` §1).

use std::collections::BTreeMap;

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::auth::{ACCESS_LIFE, OFFLINE, SCOPE};
use super::error::{Fault, MicrosoftResult};
use super::fixtures::{MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET};
use super::request::{AUTHORIZE, Body, Request};
use super::store::Key;
use crate::answer::Reply;
use crate::consent;
use crate::world::{RecordKey, World};

type Pairs = BTreeMap<String, String>;

fn refuse(error: &'static str, number: i64, description: impl Into<String>) -> Fault {
    Fault::OAuth { error, number, description: description.into() }
}

fn needed<'a>(pairs: &'a Pairs, name: &str) -> MicrosoftResult<&'a str> {
    let value = pairs.get(name).filter(|value| !value.is_empty()).map(String::as_str);
    let text =
        || refuse("invalid_request", 900_144, format!("The request must contain the parameter '{name}'."));
    value.ok_or_else(text)
}

fn check_client(pairs: &Pairs) -> MicrosoftResult<()> {
    match needed(pairs, "client_id")? {
        MICROSOFT_CLIENT_ID => Ok(()),
        other => Err(refuse("unauthorized_client", 700_016, format!("Application {other} was not found."))),
    }
}

fn scopes(pairs: &Pairs) -> MicrosoftResult<Vec<String>> {
    Ok(needed(pairs, "scope")?.split_whitespace().map(str::to_owned).collect())
}

/// `GET …/authorize`: a page to consent on, or a redirect at once with `auto=1`.
pub(crate) fn dialog(world: &mut World, request: &Request) -> MicrosoftResult<Reply> {
    if request.method != Method::GET {
        return Err(Fault::Html(405));
    }
    let pairs = &request.query;
    check_client(pairs)?;
    let redirect_uri = needed(pairs, "redirect_uri")?.to_owned();
    let mismatch = |_| refuse("invalid_request", 50_011, "The redirect URI does not match.");
    let mut target = Url::parse(&redirect_uri).map_err(mismatch)?;
    if needed(pairs, "response_type")? != "code" {
        return Err(refuse(
            "unsupported_response_type",
            700_054,
            "Only response_type=code is enabled for the application.",
        ));
    }
    let scopes = scopes(pairs)?;
    let method = pairs.get("code_challenge_method").map_or("plain", String::as_str).to_owned();
    if !["plain", "S256"].contains(&method.as_str()) {
        return Err(refuse("invalid_request", 501_481, "The code_challenge_method is not supported."));
    }
    let challenge = pairs.get("code_challenge").map(|challenge| (challenge.clone(), method));
    let answer = match pairs.get("answer").map(String::as_str) {
        None if pairs.get("auto").is_some_and(|auto| auto == "1") => Some("continue"),
        answer => answer,
    };
    match answer {
        None => return Ok(Reply::Html(page(pairs))),
        Some("continue") => {
            let code = world.microsoft_code(redirect_uri, scopes, challenge);
            target.query_pairs_mut().append_pair("code", &code);
        }
        Some("cancel") => {
            let mut query = target.query_pairs_mut();
            query.append_pair("error", "access_denied");
            query.append_pair("error_description", "AADSTS65004: User declined to consent.");
        }
        Some(other) => return Err(refuse("invalid_request", 9_000_001, format!("Not an answer: {other}."))),
    }
    if let Some(state) = pairs.get("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    Ok(Reply::Redirect(target.into()))
}

fn page(pairs: &Pairs) -> String {
    let link = |answer: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs).append_pair("answer", answer);
        format!("{AUTHORIZE}?{}", query.finish())
    };
    let wanted =
        ["Manage your Microsoft Advertising accounts", "Maintain access to data you have given it access to"];
    consent::page("Microsoft", &wanted, &link("continue"), &link("cancel"))
}

/// `POST …/token`: codes and refresh tokens become pairs of tokens.
pub(crate) fn token(world: &mut World, request: &Request) -> MicrosoftResult<Reply> {
    if request.method != Method::POST {
        return Err(Fault::Html(405));
    }
    let Body::Form(pairs) = &request.body else {
        return Err(refuse("invalid_request", 900_144, "The request body must be a form."));
    };
    check_client(pairs)?;
    if pairs.get("client_secret").is_some_and(|secret| secret != MICROSOFT_CLIENT_SECRET) {
        return Err(refuse("invalid_client", 7_000_215, "Invalid client secret provided."));
    }
    match needed(pairs, "grant_type")? {
        "authorization_code" => from_code(world, pairs),
        "refresh_token" => from_refresh(world, pairs),
        other => Err(refuse(
            "unsupported_grant_type",
            70_003,
            format!("The grant type '{other}' is not supported."),
        )),
    }
    .map(Reply::Json)
}

fn no_secret() -> Fault {
    refuse("invalid_client", 7_000_218, "The request must contain 'client_assertion' or 'client_secret'.")
}

fn from_code(world: &mut World, pairs: &Pairs) -> MicrosoftResult<Value> {
    let (value, redirect_uri) = (needed(pairs, "code")?, needed(pairs, "redirect_uri")?);
    let invalid = |text: &str| refuse("invalid_grant", 70_000, text);
    let now = world.now();
    let code = world.microsoft.codes.get_mut(value).filter(|code| !code.used && code.expires > now);
    let code = code.ok_or_else(|| invalid("The code is invalid, was used or has expired."))?;
    if code.redirect_uri != redirect_uri {
        return Err(refuse("invalid_request", 50_011, "The redirect URI does not match."));
    }
    match &code.challenge {
        Some((challenge, method)) => {
            let verifier = pairs.get("code_verifier").map_or("", String::as_str);
            let proof = match method.as_str() {
                "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
                _ => verifier.to_owned(),
            };
            if proof != *challenge {
                return Err(refuse("invalid_grant", 501_481, "The code_verifier does not match."));
            }
        }
        None if !pairs.contains_key("client_secret") => return Err(no_secret()),
        None => {}
    }
    code.used = true;
    let scopes = code.scopes.clone();
    world.touch(RecordKey::Microsoft(Key::Code(value.to_owned())));
    Ok(pair(world, scopes))
}

fn from_refresh(world: &mut World, pairs: &Pairs) -> MicrosoftResult<Value> {
    let value = needed(pairs, "refresh_token")?;
    let now = world.now();
    let known =
        world.microsoft.refresh.get(value).filter(|token| !token.revoked && token.expires > now).cloned();
    let known = known.ok_or_else(|| {
        refuse("invalid_grant", 70_000, "The refresh token is invalid, was revoked or has expired.")
    })?;
    let scopes = match pairs.get("scope") {
        Some(scope) => scope.split_whitespace().map(str::to_owned).collect(),
        None => known.scopes.clone(),
    };
    if scopes.iter().any(|scope| !known.scopes.contains(scope)) {
        return Err(refuse("invalid_grant", 65_001, "The user has not consented to these scopes."));
    }
    Ok(pair(world, scopes))
}

/// A new access token, and a new refresh token if one was asked for: the newest has to be kept.
fn pair(world: &mut World, scopes: Vec<String>) -> Value {
    let token = world.microsoft_access(scopes.clone());
    let told: Vec<&str> = scopes.iter().filter(|scope| *scope != OFFLINE).map(String::as_str).collect();
    let scope = if told.is_empty() { SCOPE.to_owned() } else { told.join(" ") };
    let mut out = json!({
        "token_type": "Bearer", "scope": scope, "expires_in": ACCESS_LIFE.num_seconds(),
        "access_token": token.value,
    });
    if scopes.iter().any(|scope| scope == OFFLINE) {
        out["refresh_token"] = json!(world.microsoft_refresh(scopes).value);
    }
    out
}
