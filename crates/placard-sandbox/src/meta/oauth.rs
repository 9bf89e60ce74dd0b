//! Login: the consent page, token exchanges, inspection and permissions (Meta, `platforms/meta.md` §3).

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use url::Url;

use super::Reply;
use super::account;
use super::auth::{self, Code, LONG, SHORT, Scope, Token, TokenKind};
use super::call::Call;
use super::edges::{self, Shape};
use super::envelope::{MetaError, MetaResult};
use crate::draw;
use crate::fixtures::{APP_ID, APP_SECRET, USER, USERS};
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

const DIALOG: &[&str] = &[
    "client_id",
    "redirect_uri",
    "state",
    "response_type",
    "scope",
    "config_id",
    "auth_type",
    "display",
    "auto",
    "answer",
];

/// `GET /dialog/oauth`: a page to consent on, or a redirect at once with `auto=1`.
pub(crate) fn dialog(world: &mut World, call: &Call) -> MetaResult<Reply> {
    let params = &call.params;
    params.only(&[DIALOG])?;
    if params.required_text("client_id")? != APP_ID {
        return Err(MetaError::new(101, "Error validating application. Cannot get application info."));
    }
    let redirect_uri = params.required_text("redirect_uri")?.to_owned();
    let target = Url::parse(&redirect_uri)
        .map_err(|_| MetaError::field("redirect_uri", "redirect_uri isn't an absolute URI"))?;
    if !matches!(params.text("response_type")?, None | Some("code")) {
        return Err(MetaError::field("response_type", "Only response_type=code is served"));
    }
    let state = params.text("state")?.unwrap_or_default().to_owned();
    let scopes = scopes(params.text("scope")?)?;
    let answer = params.text("answer")?;
    if answer == Some("cancel") {
        return Ok(Reply::Redirect(refusal(target, &state)));
    }
    if answer == Some("continue") || params.bool("auto")? == Some(true) {
        let code = world.login_code(redirect_uri, scopes);
        let mut target = target;
        target.query_pairs_mut().append_pair("code", &code).append_pair("state", &state);
        return Ok(Reply::Redirect(target.into()));
    }
    Ok(Reply::Html(super::consent::page(call, &scopes)))
}

fn scopes(text: Option<&str>) -> MetaResult<BTreeSet<Scope>> {
    let words = text.unwrap_or("public_profile").split([',', ' ']).filter(|word| !word.is_empty());
    words
        .map(|word| {
            Scope::parse(word).ok_or_else(|| MetaError::field("scope", format!("Invalid Scopes: {word}")))
        })
        .chain([Ok(Scope::PublicProfile)])
        .collect()
}

fn refusal(mut target: Url, state: &str) -> String {
    target
        .query_pairs_mut()
        .append_pair("error", "access_denied")
        .append_pair("error_code", "200")
        .append_pair("error_description", "Permissions error")
        .append_pair("error_reason", "user_denied")
        .append_pair("state", state);
    target.into()
}

impl World {
    fn login_code(&mut self, redirect_uri: String, scopes: BTreeSet<Scope>) -> String {
        self.declined_scopes.clear();
        let serial = self.head.next_token;
        self.head.next_token += 1;
        let value = format!("AQ{:016x}", draw::join(draw::key(self.head.seed, &["code"]), serial));
        let expires = self.now() + auth::CODE_LIFE;
        let code = Code { value: value.clone(), redirect_uri, scopes, expires, used: false };
        self.codes.insert(value.clone(), code);
        self.touch(RecordKey::Code(value.clone()));
        self.touch(RecordKey::DeclinedScopes);
        value
    }
}

const EXCHANGE: &[&str] =
    &["client_id", "client_secret", "redirect_uri", "code", "grant_type", "fb_exchange_token"];

/// `/oauth/access_token`: code, exchange and client-credential grants.
pub(crate) fn access_token(world: &mut World, call: &Call) -> MetaResult<Reply> {
    let params = &call.params;
    params.only(&[EXCHANGE])?;
    if params.required_text("client_id")? != APP_ID {
        return Err(MetaError::new(101, "Error validating application. Cannot get application info."));
    }
    if params.required_text("client_secret")? != APP_SECRET {
        return Err(MetaError::new(1, "Error validating client secret."));
    }
    let token = match params.text("grant_type")? {
        None | Some("authorization_code") => from_code(world, call)?,
        Some("fb_exchange_token") => from_token(world, call)?,
        Some("client_credentials") => {
            return Ok(Reply::Json(json!({ "access_token": auth::app_token(), "token_type": "bearer" })));
        }
        Some(other) => return Err(MetaError::field("grant_type", format!("Unsupported grant_type {other}"))),
    };
    let seconds = token.expires.map_or(0, |expires| (expires - token.issued).num_seconds());
    Ok(Reply::Json(json!({ "access_token": token.value, "token_type": "bearer", "expires_in": seconds })))
}

fn from_code(world: &mut World, call: &Call) -> MetaResult<Token> {
    let value = call.params.required_text("code")?.to_owned();
    let redirect_uri = call.params.required_text("redirect_uri")?;
    let bad = |message: &str| MetaError::new(100, message);
    let code = world.codes.get(&value).ok_or_else(|| bad("Invalid verification code format."))?.clone();
    if code.used {
        return Err(bad("This authorization code has been used.").subcode(36009));
    }
    if code.expires <= world.now() {
        return Err(bad("This authorization code has expired.").subcode(36007));
    }
    if code.redirect_uri != redirect_uri {
        return Err(bad(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one \
             you used in the OAuth dialog request",
        )
        .subcode(36008));
    }
    if let Some(code) = world.codes.get_mut(&value) {
        code.used = true;
    }
    world.touch(RecordKey::Code(value));
    Ok(world.mint(TokenKind::User, USER, None, code.scopes, Some(SHORT)))
}

fn from_token(world: &mut World, call: &Call) -> MetaResult<Token> {
    let value = call.params.required_text("fb_exchange_token")?;
    let old = world.token(value).ok_or_else(|| MetaError::token(None, "Invalid OAuth access token."))?;
    match old.fault(world.now()) {
        Some(fault) => Err(fault),
        None if old.kind != TokenKind::User => {
            Err(MetaError::field("fb_exchange_token", "Only a user token can be exchanged"))
        }
        None => Ok(world.mint(TokenKind::User, &old.user, None, old.scopes, Some(LONG))),
    }
}

/// `GET /debug_token` with an app token.
pub(crate) fn debug_token(world: &World, call: &Call) -> MetaResult<Reply> {
    call.params.only(&[&["input_token"]])?;
    let inspector = world.authenticate(call)?;
    let input = call.params.required_text("input_token")?;
    if inspector.kind != TokenKind::App && inspector.value != input {
        return Err(MetaError::new(
            100,
            "(#100) You must provide an app access token, or a user access token that is an owner or developer \
             of the app",
        ));
    }
    let Some(token) = world.token(input) else {
        return Ok(Reply::Json(json!({ "data": {
            "is_valid": false, "scopes": [],
            "error": { "code": 190, "message": "Invalid OAuth access token." }
        } })));
    };
    let scopes: Vec<&Scope> = token.scopes.iter().collect();
    let mut data = json!({
        "app_id": APP_ID,
        "type": token.kind,
        "application": "Placard Sandbox",
        "is_valid": token.fault(world.now()).is_none(),
        "expires_at": token.expires.map_or(0, |expires| expires.timestamp()),
        "data_access_expires_at": (token.issued + chrono::TimeDelta::days(90)).timestamp(),
        "issued_at": token.issued.timestamp(),
        "scopes": scopes,
        "granular_scopes": scopes.iter().map(|scope| json!({ "scope": scope })).collect::<Vec<_>>(),
        "user_id": token.user,
    });
    if let Some(page) = &token.page {
        data["profile_id"] = json!(page);
    }
    if let Some(fault) = token.fault(world.now()) {
        let error = &fault.body(world.head.seq, false)["error"];
        data["error"] = json!({
            "code": 190, "message": error["message"], "subcode": error["error_subcode"]
        });
    }
    Ok(Reply::Json(json!({ "data": data })))
}

/// `/me` and what hangs below it.
pub(crate) fn me(world: &mut World, call: &Call) -> MetaResult<Reply> {
    let token = world.authenticate(call)?;
    let segments = call.segments();
    let shape = Shape::from_params(&call.params)?;
    match (call.method.clone(), &segments[1..]) {
        (Method::GET, []) => {
            call.params.only(&[])?;
            me_node(world, &token, &shape).map(Reply::Json)
        }
        (Method::GET, ["permissions"]) => {
            call.params.only(&[])?;
            Ok(Reply::Json(json!({ "data": permissions(world, &token) })))
        }
        (Method::DELETE, ["permissions"]) => {
            call.params.only(&[])?;
            world.declined_scopes = token.scopes.iter().map(ToString::to_string).collect();
            world.touch(RecordKey::DeclinedScopes);
            world.revoke(None, 458);
            Ok(Reply::Json(json!({ "success": true })))
        }
        (Method::GET, ["adaccounts"]) => {
            token.needs(&[Scope::AdsRead, Scope::AdsManagement])?;
            let accounts = world.accounts.values().filter(|account| account.user == token.user);
            let rows: MetaResult<Vec<Value>> =
                accounts.map(|account| account::render(world, account, &shape).map(Value::Object)).collect();
            edges::page_fixed(call, rows?).map(Reply::Json)
        }
        (Method::GET, ["accounts"]) => {
            token.needs(&[Scope::PagesShowList])?;
            let rows = page_rows(world, &token, &shape)?;
            edges::page_fixed(call, rows).map(Reply::Json)
        }
        (_, _) => Err(MetaError::no_such_object(&call.method.as_str().to_lowercase(), &call.path.join("/"))),
    }
}

fn me_node(world: &World, token: &Token, shape: &Shape) -> MetaResult<Value> {
    if let Some(page) = token.page.as_ref().and_then(|page| world.pages.get(page)) {
        return account::render_page(page, shape, Some(&token.value)).map(Value::Object);
    }
    let name = USERS.iter().find(|(id, _)| *id == token.user).map(|(_, name)| *name).unwrap_or_default();
    let mut out = json!({ "id": token.user });
    if shape.is_default() {
        out["name"] = json!(name);
    }
    for want in &shape.0 {
        match want.name.as_str() {
            "id" => {}
            "name" => out["name"] = json!(name),
            "first_name" => out["first_name"] = json!(name.split(' ').next()),
            other => edges::check_field(other, &[], "User")?,
        }
    }
    Ok(out)
}

fn permissions(world: &World, token: &Token) -> Vec<Value> {
    let status =
        |scope: &Scope| if world.declined_scopes.contains(scope.as_str()) { "declined" } else { "granted" };
    token.scopes.iter().map(|scope| json!({ "permission": scope, "status": status(scope) })).collect()
}

/// The user's pages; a page token made here is kept, so that asking twice gives the same one.
fn page_rows(world: &mut World, token: &Token, shape: &Shape) -> MetaResult<Vec<Value>> {
    let shape = if shape.is_default() {
        &Shape::of(&["id", "name", "category", "access_token", "tasks"])
    } else {
        shape
    };
    let pages: Vec<_> = world.pages.values().filter(|page| page.user == token.user).cloned().collect();
    let mut rows = Vec::new();
    for page in pages {
        let page_token = world.page_token(token, page.id);
        rows.push(Value::Object(account::render_page(&page, shape, Some(&page_token))?));
    }
    Ok(rows)
}

impl World {
    /// The page token derived from a user token; long-lived user tokens give ones without an expiry.
    pub(crate) fn page_token(&mut self, user: &Token, page: &str) -> String {
        let long = user.expires.is_none_or(|expires| expires - user.issued > SHORT);
        let life = if long { None } else { Some(SHORT) };
        let known = self.tokens.values().find(|token| {
            token.page.as_deref() == Some(page)
                && token.user == user.user
                && token.scopes == user.scopes
                && token.revoked.is_none()
                && token.expires.is_none() == long
        });
        match known {
            Some(token) => token.value.clone(),
            None => self.mint(TokenKind::Page, &user.user, Some(page), user.scopes.clone(), life).value,
        }
    }
}
