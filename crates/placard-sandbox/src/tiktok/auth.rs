//! Tokens, scopes and who may reach which advertiser (TikTok, `platforms/tiktok.md` §3).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal, TikTokResult};
use super::read;
use super::request::Request;
use super::store::{Advertiser, Key};
use crate::draw;
use crate::fixtures::USER;
use crate::wire::wire_enum;
use crate::world::{RecordKey, World};

/// How long a login code can be exchanged.
pub(crate) const CODE_LIFE: TimeDelta = TimeDelta::hours(1);
/// Lifetime of an account token.
pub(crate) const ACCESS_LIFE: TimeDelta = TimeDelta::hours(24);
/// Lifetime of a refresh token.
pub(crate) const REFRESH_LIFE: TimeDelta = TimeDelta::days(365);

wire_enum! {
    /// What a token is for.
    pub(crate) enum TokenKind {
        /// Ads, reports and everything else of the Business API.
        Marketing = "marketing",
        /// Only the Accounts API.
        Account = "account",
    }
}

/// Numbers of what the app may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Account,
    Ads,
    Creative,
    Pixel,
    Campaign,
    AdGroup,
    Ad,
    Report,
    Leads,
}

impl Scope {
    /// Any of these numbers grants the scope.
    fn numbers(self) -> &'static [i64] {
        match self {
            Self::Account => &[1],
            Self::Ads => &[2],
            Self::Creative => &[6],
            Self::Pixel => &[8, 5],
            Self::Campaign => &[2, 20],
            Self::AdGroup => &[2, 21],
            Self::Ad => &[2, 22],
            Self::Report => &[4, 44],
            Self::Leads => &[12_000_000],
        }
    }
}

/// All that the app asks for.
pub(crate) const ALL_SCOPES: &[i64] = &[1, 2, 3, 4, 5, 6, 8, 12_000_000];

/// An access token; marketing tokens end by revocation only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) kind: TokenKind,
    pub(crate) user: String,
    pub(crate) scopes: Vec<i64>,
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) revoked: bool,
}

/// A refresh token of an account token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) value: String,
    pub(crate) kind: TokenKind,
    pub(crate) user: String,
    pub(crate) scopes: Vec<i64>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) revoked: bool,
}

/// A login code, good for one exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AuthCode {
    pub(crate) value: String,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) used: bool,
}

impl World {
    fn tiktok_secret(&mut self, of: &str) -> String {
        let serial = self.head.next_token;
        self.head.next_token += 1;
        let secret = draw::join(draw::key(self.head.seed, &["tiktok", of]), serial);
        self.touch(RecordKey::Head);
        format!("{secret:016x}{:016x}", draw::join(secret, 1))
    }

    pub(crate) fn tiktok_token(&mut self, kind: TokenKind, scopes: Vec<i64>, expires: bool) -> Token {
        let token = Token {
            value: self.tiktok_secret("access"),
            kind,
            user: USER.to_owned(),
            scopes,
            expires: expires.then(|| self.now() + ACCESS_LIFE),
            revoked: false,
        };
        self.tiktok.tokens.insert(token.value.clone(), token.clone());
        self.touch(RecordKey::TikTok(Key::Token(token.value.clone())));
        token
    }

    pub(crate) fn tiktok_refresh(&mut self, kind: TokenKind, scopes: Vec<i64>) -> RefreshToken {
        let token = RefreshToken {
            value: self.tiktok_secret("refresh"),
            kind,
            user: USER.to_owned(),
            scopes,
            expires: self.now() + REFRESH_LIFE,
            revoked: false,
        };
        self.tiktok.refresh.insert(token.value.clone(), token.clone());
        self.touch(RecordKey::TikTok(Key::Refresh(token.value.clone())));
        token
    }

    pub(crate) fn tiktok_code(&mut self) -> String {
        let value = self.tiktok_secret("code");
        let code = AuthCode { value: value.clone(), expires: self.now() + CODE_LIFE, used: false };
        self.tiktok.codes.insert(value.clone(), code);
        self.touch(RecordKey::TikTok(Key::Code(value.clone())));
        value
    }

    /// Ends a token, or all of Ada's tokens.
    pub(crate) fn tiktok_revoke(&mut self, value: Option<&str>) -> usize {
        let fits = |known: &str, user: &str| value.map_or(user == USER, |value| known == value);
        let mut ended = Vec::new();
        for token in self.tiktok.tokens.values_mut().filter(|token| fits(&token.value, &token.user)) {
            token.revoked = true;
            ended.push(Key::Token(token.value.clone()));
        }
        for token in self.tiktok.refresh.values_mut().filter(|token| fits(&token.value, &token.user)) {
            token.revoked = true;
            ended.push(Key::Refresh(token.value.clone()));
        }
        let count = ended.len();
        ended.into_iter().for_each(|key| self.touch(RecordKey::TikTok(key)));
        count
    }

    /// The token of a call, if it lives and grants a scope.
    pub(crate) fn tiktok_caller(&self, request: &Request, scope: Scope) -> TikTokResult<&Token> {
        let token = self.tiktok_any_caller(request)?;
        if !token.scopes.iter().any(|number| scope.numbers().contains(number)) {
            let text = "The app has not been granted the permission that this call needs.";
            return Err(Refusal::new(Code::ScopeMissing, text));
        }
        Ok(token)
    }

    /// The token of a call, whatever it grants.
    pub(crate) fn tiktok_any_caller(&self, request: &Request) -> TikTokResult<&Token> {
        let value = request.token.as_deref();
        let value = value.ok_or_else(|| Refusal::new(Code::TokenMissing, "Access token is empty."))?;
        let invalid = || Refusal::new(Code::TokenInvalid, "Access token is incorrect or has been revoked.");
        let token = self.tiktok.tokens.get(value).filter(|token| !token.revoked).ok_or_else(invalid)?;
        if token.kind == TokenKind::Account {
            return Err(invalid());
        }
        if token.expires.is_some_and(|expires| expires <= self.now()) {
            return Err(Refusal::new(Code::TokenExpired, "Access token has expired."));
        }
        Ok(token)
    }

    /// The advertiser that a call is about, if the caller may touch it.
    pub(crate) fn tiktok_advertiser(&self, request: &Request, scope: Scope) -> TikTokResult<Advertiser> {
        let token = self.tiktok_caller(request, scope)?;
        let id = read::need(&request.params, "advertiser_id")?;
        self.tiktok_reach(token, &id).cloned()
    }

    /// An advertiser that a token may touch.
    pub(crate) fn tiktok_reach(&self, token: &Token, id: &str) -> TikTokResult<&Advertiser> {
        let absent = || Refusal::new(Code::NoAdvertiser, format!("Advertiser {id} does not exist."));
        let advertiser = self.tiktok.advertisers.get(id).ok_or_else(absent)?;
        if advertiser.user != token.user {
            let text = format!("No permission to operate advertiser {id}.");
            return Err(Refusal::new(Code::NoPermission, text));
        }
        Ok(advertiser)
    }
}
