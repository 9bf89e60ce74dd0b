//! Tokens, and which account a caller may touch (Microsoft, `platforms/microsoft.md` §1).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::{Code as Refused, Fault, MicrosoftResult};
use super::fixtures::MICROSOFT_DEVELOPER_TOKEN;
use super::request::Request;
use super::store::{Account, Key, LifeCycle};
use crate::draw;
use crate::fixtures::USER;
use crate::world::{RecordKey, World};

/// The scope that ads need; tokens with another are refused (105).
pub(crate) const SCOPE: &str = "https://ads.microsoft.com/msads.manage";
/// The scope that brings a refresh token.
pub(crate) const OFFLINE: &str = "offline_access";
/// Lifetime of an access token.
pub(crate) const ACCESS_LIFE: TimeDelta = TimeDelta::seconds(3600);
/// Lifetime of a refresh token: nobody promises more.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(90);
/// How long a login code can be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// An access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) value: String,
    pub(crate) user: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) revoked: bool,
}

/// A refresh token. Its use brings a new one and does not end it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) value: String,
    pub(crate) user: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) revoked: bool,
}

/// A login code, good for one exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) value: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    /// PKCE: the challenge with its method.
    pub(crate) challenge: Option<(String, String)>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) used: bool,
}

/// All that a login asks for.
pub(crate) fn all_scopes() -> Vec<String> {
    vec![SCOPE.to_owned(), OFFLINE.to_owned()]
}

impl World {
    fn microsoft_secret(&mut self, of: &str) -> String {
        let serial = self.head.next_token;
        self.head.next_token += 1;
        let secret = draw::join(draw::key(self.head.seed, &["microsoft", of]), serial);
        self.touch(RecordKey::Head);
        format!("{secret:016x}{:016x}", draw::join(secret, 1))
    }

    pub(crate) fn microsoft_access(&mut self, scopes: Vec<String>) -> AccessToken {
        let token = AccessToken {
            value: format!("EwB4sandbox.{}", self.microsoft_secret("access")),
            user: USER.to_owned(),
            scopes,
            expires: self.now() + ACCESS_LIFE,
            revoked: false,
        };
        self.microsoft.tokens.insert(token.value.clone(), token.clone());
        self.touch(RecordKey::Microsoft(Key::Token(token.value.clone())));
        token
    }

    pub(crate) fn microsoft_refresh(&mut self, scopes: Vec<String>) -> RefreshToken {
        let token = RefreshToken {
            value: format!("M.C5sandbox.{}", self.microsoft_secret("refresh")),
            user: USER.to_owned(),
            scopes,
            expires: self.now() + REFRESH_LIFE,
            revoked: false,
        };
        self.microsoft.refresh.insert(token.value.clone(), token.clone());
        self.touch(RecordKey::Microsoft(Key::Refresh(token.value.clone())));
        token
    }

    pub(crate) fn microsoft_code(
        &mut self,
        redirect_uri: String,
        scopes: Vec<String>,
        challenge: Option<(String, String)>,
    ) -> String {
        let value = format!("M.C5code.{}", self.microsoft_secret("code"));
        let expires = self.now() + CODE_LIFE;
        let code = Code { value: value.clone(), redirect_uri, scopes, challenge, expires, used: false };
        self.microsoft.codes.insert(value.clone(), code);
        self.touch(RecordKey::Microsoft(Key::Code(value.clone())));
        value
    }

    /// Ends a token, or all of Ada's tokens.
    pub(crate) fn microsoft_revoke(&mut self, value: Option<&str>) -> usize {
        let fits = |known: &str, user: &str| value.map_or(user == USER, |value| known == value);
        let mut ended = Vec::new();
        for token in self.microsoft.tokens.values_mut().filter(|token| fits(&token.value, &token.user)) {
            token.revoked = true;
            ended.push(Key::Token(token.value.clone()));
        }
        for token in self.microsoft.refresh.values_mut().filter(|token| fits(&token.value, &token.user)) {
            token.revoked = true;
            ended.push(Key::Refresh(token.value.clone()));
        }
        let count = ended.len();
        ended.into_iter().for_each(|key| self.touch(RecordKey::Microsoft(key)));
        count
    }

    /// The user of a call, if its token and developer token are good.
    pub(crate) fn microsoft_user(&self, request: &Request) -> MicrosoftResult<String> {
        let invalid = |message: &str| Fault::new(Refused::InvalidCredentials, message);
        let developer = request.developer_token.as_deref().ok_or_else(|| missing("DeveloperToken"))?;
        let value =
            request.bearer.as_deref().ok_or_else(|| invalid("The call carries no authentication token."))?;
        let token = self.microsoft.tokens.get(value).filter(|token| !token.revoked);
        let token =
            token.ok_or_else(|| invalid("Authentication failed. The authentication token is invalid."))?;
        if token.expires <= self.now() {
            return Err(Fault::new(Refused::TokenExpired, "Authentication token expired."));
        }
        if !token.scopes.iter().any(|scope| scope == SCOPE) {
            return Err(invalid("The authentication token lacks the scope msads.manage."));
        }
        match developer == MICROSOFT_DEVELOPER_TOKEN {
            true => Ok(token.user.clone()),
            false => Err(invalid("The developer token is invalid.")),
        }
    }

    /// The account that a call names in its headers, if the caller may touch it.
    pub(crate) fn microsoft_account(&self, request: &Request) -> MicrosoftResult<Account> {
        let user = self.microsoft_user(request)?;
        let customer = request.customer.as_deref().ok_or_else(|| missing("CustomerId"))?;
        let id = request.account.as_deref().ok_or_else(|| missing("CustomerAccountId"))?;
        let account = self.microsoft_reach(&user, id)?;
        if account.customer != customer {
            let text = format!("The customer {customer} does not manage the account {id}.");
            return Err(Fault::new(Refused::NotAuthorized, text));
        }
        Ok(account.clone())
    }

    /// An account that a user may touch.
    pub(crate) fn microsoft_reach(&self, user: &str, id: &str) -> MicrosoftResult<&Account> {
        let denied =
            || Fault::new(Refused::NotAuthorized, format!("The user may not touch the account {id}."));
        let account = self.microsoft.accounts.get(id).filter(|account| account.user == user);
        let account = account.ok_or_else(denied)?;
        match account.life_cycle {
            LifeCycle::Inactive => Err(Fault::new(Refused::InvalidCredentials, "The account is inactive.")),
            _ => Ok(account),
        }
    }
}

fn missing(header: &str) -> Fault {
    Fault::new(Refused::MissingHeaders, format!("The request lacks the header {header}."))
}
