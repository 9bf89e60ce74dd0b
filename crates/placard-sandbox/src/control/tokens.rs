//! Tokens without a login.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, bad};
use crate::fixtures::USER;
use crate::google;
use crate::meta::auth::{self, LONG, TokenKind};
use crate::microsoft;
use crate::server::App;
use crate::tiktok;
use crate::wire::WireEnum;
use crate::world::World;

/// Whose tokens a call is about.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Platform {
    #[default]
    Meta,
    Google,
    #[serde(rename = "tiktok")]
    TikTok,
    Microsoft,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Revoke {
    platform: Platform,
    token: Option<String>,
    subcode: Option<i64>,
}

pub(super) async fn revoke(State(app): State<App>, body: Option<Json<Revoke>>) -> Answered {
    let Json(revoke) = body.unwrap_or_default();
    let mut world = app.world();
    let ended = match revoke.platform {
        Platform::Meta => world.revoke(revoke.token.as_deref(), revoke.subcode.unwrap_or(460)),
        Platform::Google => world.google_revoke(revoke.token.as_deref()),
        Platform::TikTok => world.tiktok_revoke(revoke.token.as_deref()),
        Platform::Microsoft => world.microsoft_revoke(revoke.token.as_deref()),
    };
    world.commit()?;
    Ok(Json(json!({ "revoked": ended })))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Mint {
    platform: Platform,
    scopes: Option<Vec<String>>,
    page: Option<String>,
}

pub(super) async fn mint(State(app): State<App>, body: Option<Json<Mint>>) -> Answered {
    let Json(mint) = body.unwrap_or_default();
    match mint.platform {
        Platform::Google => return mint_google(&mut app.world(), mint),
        Platform::TikTok => return mint_tiktok(&mut app.world(), mint.scopes),
        Platform::Microsoft => return mint_microsoft(&mut app.world(), mint.scopes),
        Platform::Meta => {}
    }
    let scopes = match mint.scopes {
        None => auth::all_scopes(),
        Some(words) => words
            .iter()
            .map(|word| auth::Scope::parse(word).ok_or_else(|| bad(format!("there is no scope {word}"))))
            .collect::<Result<_, _>>()?,
    };
    let mut world = app.world();
    let token = match &mint.page {
        Some(page) => world.mint(TokenKind::Page, USER, Some(page), scopes, None),
        None => world.mint(TokenKind::User, USER, None, scopes, Some(LONG)),
    };
    world.commit()?;
    Ok(Json(json!({ "access_token": token.value, "expires_at": token.expires })))
}

/// A grant of Ada's with its first access token, as if she had logged in.
fn mint_google(world: &mut World, mint: Mint) -> Answered {
    let scopes = mint.scopes.unwrap_or_else(|| vec![google::auth::SCOPE.to_owned()]);
    let token = world.google_access(USER, scopes.clone());
    let grant = world.google_grant(USER, scopes);
    world.commit()?;
    Ok(Json(json!({
        "access_token": token.value, "expires_at": token.expires, "refresh_token": grant.refresh_token,
    })))
}

/// A marketing token of Ada's, as if she had consented to the scopes with these numbers.
fn mint_tiktok(world: &mut World, scopes: Option<Vec<String>>) -> Answered {
    let number = |word: String| word.parse::<i64>().map_err(|_| bad(format!("there is no scope {word}")));
    let scopes = match scopes {
        None => tiktok::auth::ALL_SCOPES.to_vec(),
        Some(words) => words.into_iter().map(number).collect::<Result<_, _>>()?,
    };
    let token = world.tiktok_token(tiktok::auth::TokenKind::Marketing, scopes, false);
    world.commit()?;
    Ok(Json(json!({ "access_token": token.value, "scope": token.scopes })))
}

/// A pair of tokens of Ada's, as if she had consented to the scopes.
fn mint_microsoft(world: &mut World, scopes: Option<Vec<String>>) -> Answered {
    let scopes = scopes.unwrap_or_else(microsoft::auth::all_scopes);
    let token = world.microsoft_access(scopes.clone());
    let refresh = world.microsoft_refresh(scopes);
    world.commit()?;
    Ok(Json(json!({
        "access_token": token.value, "expires_at": token.expires, "refresh_token": refresh.value,
    })))
}
