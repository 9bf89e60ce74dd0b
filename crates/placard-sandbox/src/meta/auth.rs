//! Tokens: who calls, with which scopes, until when (Meta, `platforms/meta.md` §3).

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::call::Call;
use super::envelope::{MetaError, MetaResult};
use crate::draw;
use crate::fixtures::{APP_ID, APP_SECRET, USER};
use crate::wire::wire_enum;
use crate::world::{RecordKey, World};

wire_enum! {
    /// What a token stands for.
    pub(crate) enum TokenKind {
        User = "USER",
        Page = "PAGE",
        App = "APP",
    }
}

wire_enum! {
    /// Permissions a user can grant.
    pub(crate) enum Scope {
        AdsManagement = "ads_management",
        AdsRead = "ads_read",
        BusinessManagement = "business_management",
        PagesShowList = "pages_show_list",
        PagesReadEngagement = "pages_read_engagement",
        PagesManageAds = "pages_manage_ads",
        PagesManageMetadata = "pages_manage_metadata",
        LeadsRetrieval = "leads_retrieval",
        InstagramBasic = "instagram_basic",
        PublicProfile = "public_profile",
    }
}

/// An access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) kind: TokenKind,
    pub(crate) user: String,
    pub(crate) page: Option<String>,
    pub(crate) scopes: BTreeSet<Scope>,
    pub(crate) issued: DateTime<Utc>,
    /// `None` for a token that does not expire by time.
    pub(crate) expires: Option<DateTime<Utc>>,
    /// Subcode of code 190 that a revoked token answers with.
    pub(crate) revoked: Option<i64>,
}

/// A login code, good for one exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) value: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<Scope>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) used: bool,
}

/// Lifetime of the token a code is exchanged for.
pub(crate) const SHORT: TimeDelta = TimeDelta::hours(1);
/// Lifetime of a long-lived token.
pub(crate) const LONG: TimeDelta = TimeDelta::days(60);
/// How long a login code can be exchanged.
pub(crate) const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Every scope, for a token that may do everything.
pub(crate) fn all_scopes() -> BTreeSet<Scope> {
    use crate::wire::WireEnum;
    Scope::ALL.iter().copied().collect()
}

/// The app's own token in its `id|secret` form.
pub(crate) fn app_token() -> String {
    format!("{APP_ID}|{APP_SECRET}")
}

/// The proof that goes with a token: HMAC-SHA256 of it under the app secret, in lower-case hex.
pub(crate) fn proof(token: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(token.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

impl Token {
    fn app(now: DateTime<Utc>) -> Self {
        Self {
            value: app_token(),
            kind: TokenKind::App,
            user: String::new(),
            page: None,
            scopes: BTreeSet::new(),
            issued: now,
            expires: None,
            revoked: None,
        }
    }

    /// Why the token is not valid at `now`, if it is not.
    pub(crate) fn fault(&self, now: DateTime<Utc>) -> Option<MetaError> {
        if let Some(subcode) = self.revoked {
            let message = match subcode {
                458 => "Error validating access token: The user has not authorized application",
                460 => {
                    "Error validating access token: The session has been invalidated because the user changed \
                     their password or Facebook has changed the session for security reasons."
                }
                _ => {
                    "Error validating access token: The session has been invalidated and is no longer valid."
                }
            };
            return Some(MetaError::token(Some(subcode), message));
        }
        let expires = self.expires.filter(|expires| *expires <= now)?;
        let message = format!("Error validating access token: Session has expired on {expires}.");
        Some(MetaError::token(Some(463), message))
    }

    /// Refuses a call whose token lacks every one of `scopes`.
    pub(crate) fn needs(&self, scopes: &[Scope]) -> MetaResult<()> {
        if scopes.iter().any(|scope| self.scopes.contains(scope)) {
            return Ok(());
        }
        let names = scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        Err(match scopes {
            [Scope::AdsManagement] => MetaError::new(
                294,
                "(#294) Managing advertisements requires an access token with the extended permission for \
                 ads_management",
            ),
            _ => MetaError::new(200, format!("(#200) Requires {names} permission to access this object")),
        })
    }
}

impl World {
    /// Makes a token; its value depends on the seed and on how many were made before.
    pub(crate) fn mint(
        &mut self,
        kind: TokenKind,
        user: &str,
        page: Option<&str>,
        scopes: BTreeSet<Scope>,
        life: Option<TimeDelta>,
    ) -> Token {
        let serial = self.head.next_token;
        self.head.next_token += 1;
        let secret = draw::join(draw::key(self.head.seed, &["token"]), serial);
        let value = format!("EAASandbox{secret:016x}{:016x}", draw::join(secret, 1));
        let issued = self.now();
        let token = Token {
            value: value.clone(),
            kind,
            user: user.to_owned(),
            page: page.map(str::to_owned),
            scopes,
            issued,
            expires: life.map(|life| issued + life),
            revoked: None,
        };
        self.tokens.insert(value.clone(), token.clone());
        self.touch(RecordKey::Token(value));
        self.touch(RecordKey::Head);
        token
    }

    /// Finds a token by its value; the app's token always exists.
    pub(crate) fn token(&self, value: &str) -> Option<Token> {
        if value == app_token() {
            return Some(Token::app(self.config.start));
        }
        self.tokens.get(value).cloned()
    }

    /// Checks the token and proof of a call.
    pub(crate) fn authenticate(&self, call: &Call) -> MetaResult<Token> {
        let value = call.token()?.ok_or_else(|| {
            MetaError::new(
                2500,
                "An active access token must be used to query information about the current user.",
            )
        })?;
        let token = self.token(value).ok_or_else(|| {
            MetaError::token(None, "Invalid OAuth access token - Cannot parse access token")
        })?;
        if let Some(fault) = token.fault(self.now()) {
            return Err(fault);
        }
        match call.params.text("appsecret_proof")? {
            Some(sent) if sent != proof(value) => {
                Err(MetaError::new(100, "Invalid appsecret_proof provided in the API argument"))
            }
            None if self.config.require_appsecret_proof => {
                Err(MetaError::new(100, "API calls from the server require an appsecret_proof argument"))
            }
            Some(_) | None => Ok(token),
        }
    }

    /// Ends tokens of a user (all of Ada's without a value), with a subcode of code 190.
    pub(crate) fn revoke(&mut self, value: Option<&str>, subcode: i64) -> usize {
        let ended: Vec<String> = self
            .tokens
            .values()
            .filter(|token| value.is_none_or(|value| token.value == value) && token.user == USER)
            .map(|token| token.value.clone())
            .collect();
        for value in &ended {
            if let Some(token) = self.tokens.get_mut(value) {
                token.revoked = Some(subcode);
            }
            self.touch(RecordKey::Token(value.clone()));
        }
        ended.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_documented_hmac() {
        assert_eq!(proof("token").len(), 64);
        assert_ne!(proof("token"), proof("other"));
    }
}
