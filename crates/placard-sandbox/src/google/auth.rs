//! Tokens and who may reach which customer (Google, `platforms/google.md` §1).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::{AdsError, GoogleResult, Refusal, Status};
use super::request::Request;
use super::store::{Customer, CustomerStatus, Key};
use crate::draw;
use crate::fixtures::USER;
use crate::world::{RecordKey, World};

/// The scope that ads need.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/adwords";
/// Lifetime of an access token; the answer says a second less.
pub(crate) const ACCESS_LIFE: TimeDelta = TimeDelta::hours(1);
/// How long a login code can be exchanged.
pub(crate) const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// What a person agreed to; it lives until it is revoked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) refresh_token: String,
    pub(crate) user: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) revoked: bool,
}

/// An access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessToken {
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
    /// Whether the exchange brings a refresh token.
    pub(crate) offline: bool,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) used: bool,
}

impl World {
    fn google_secret(&mut self, of: &str) -> String {
        let serial = self.head.next_token;
        self.head.next_token += 1;
        let secret = draw::join(draw::key(self.head.seed, &["google", of]), serial);
        self.touch(RecordKey::Head);
        format!("{secret:016x}{:016x}", draw::join(secret, 1))
    }

    pub(crate) fn google_access(&mut self, user: &str, scopes: Vec<String>) -> AccessToken {
        let token = AccessToken {
            value: format!("ya29.sandbox-{}", self.google_secret("access")),
            user: user.to_owned(),
            scopes,
            expires: self.now() + ACCESS_LIFE,
            revoked: false,
        };
        self.google.tokens.insert(token.value.clone(), token.clone());
        self.touch(RecordKey::Google(Key::Token(token.value.clone())));
        token
    }

    pub(crate) fn google_grant(&mut self, user: &str, scopes: Vec<String>) -> Grant {
        let grant = Grant {
            refresh_token: format!("1//sandbox-{}", self.google_secret("refresh")),
            user: user.to_owned(),
            scopes,
            revoked: false,
        };
        self.google.grants.insert(grant.refresh_token.clone(), grant.clone());
        self.touch(RecordKey::Google(Key::Grant(grant.refresh_token.clone())));
        grant
    }

    pub(crate) fn google_code(&mut self, redirect_uri: String, scopes: Vec<String>, offline: bool) -> String {
        let value = format!("4/0sandbox-{}", self.google_secret("code"));
        let expires = self.now() + CODE_LIFE;
        let code = Code { value: value.clone(), redirect_uri, scopes, offline, expires, used: false };
        self.google.codes.insert(value.clone(), code);
        self.touch(RecordKey::Google(Key::Code(value.clone())));
        value
    }

    /// Ends a token, or all of Ada's tokens and grants.
    pub(crate) fn google_revoke(&mut self, value: Option<&str>) -> usize {
        let fits = |known: &str, user: &str| match value {
            Some(value) => known == value,
            None => user == USER,
        };
        let mut ended = Vec::new();
        for token in self.google.tokens.values_mut().filter(|token| fits(&token.value, &token.user)) {
            token.revoked = true;
            ended.push(Key::Token(token.value.clone()));
        }
        for grant in self.google.grants.values_mut().filter(|grant| fits(&grant.refresh_token, &grant.user)) {
            grant.revoked = true;
            ended.push(Key::Grant(grant.refresh_token.clone()));
        }
        let count = ended.len();
        ended.into_iter().for_each(|key| self.touch(RecordKey::Google(key)));
        count
    }

    /// The user of a call's access token.
    pub(crate) fn google_user(&self, request: &Request) -> GoogleResult<String> {
        let Some(header) = &request.authorization else {
            return Err(Refusal::Bare(Status::Unauthenticated, None));
        };
        let error = |code, message: &str| Refusal::from(AdsError::new("authenticationError", code, message));
        let value = header.strip_prefix("Bearer ").ok_or_else(|| {
            error("OAUTH_TOKEN_HEADER_INVALID", "The authorization header is not a bearer token.")
        })?;
        let token = self
            .google
            .tokens
            .get(value)
            .ok_or_else(|| error("OAUTH_TOKEN_INVALID", "Cannot parse the OAuth access token."))?;
        if token.revoked {
            return Err(error("OAUTH_TOKEN_REVOKED", "The OAuth token has been revoked."));
        }
        if token.expires <= self.now() {
            return Err(error("OAUTH_TOKEN_EXPIRED", "The OAuth access token has expired."));
        }
        if !token.scopes.iter().any(|scope| scope == SCOPE) {
            let text = "Request had insufficient authentication scopes.".to_owned();
            return Err(Refusal::Bare(Status::PermissionDenied, Some(text)));
        }
        Ok(token.user.clone())
    }

    /// The customer that a call is about, if its user may reach it the way it says.
    pub(crate) fn google_customer(&self, request: &Request, id: &str) -> GoogleResult<Customer> {
        let user = self.google_user(request)?;
        if !is_customer_id(id) {
            return Err(AdsError::new("requestError", "INVALID_CUSTOMER_ID", "Invalid customer ID.").into());
        }
        let denied = || {
            let message = "User doesn't have permission to access customer. Note: If you're accessing a client \
                           customer, the manager's customer id must be set in the 'login-customer-id' header.";
            Refusal::from(AdsError::new("authorizationError", "USER_PERMISSION_DENIED", message))
        };
        let reaches = |id: &str| {
            self.google.customers.get(id).is_some_and(|customer| customer.user.as_ref() == Some(&user))
        };
        let login = request.login_customer.as_deref();
        if login.is_some_and(|login| !is_customer_id(login)) {
            let message = "The login customer ID is not valid.";
            return Err(AdsError::new("headerError", "INVALID_LOGIN_CUSTOMER_ID", message).into());
        }
        if !reaches(login.unwrap_or(id)) {
            return Err(denied());
        }
        let customer = self.google.customers.get(id).ok_or_else(denied)?;
        let above = login.is_none_or(|login| login == id || customer.manager.as_deref() == Some(login));
        if !above {
            let code = "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION";
            let message = "The login customer is not a manager of the serving customer.";
            return Err(AdsError::new("authorizationError", code, message).into());
        }
        match customer.status {
            CustomerStatus::Enabled | CustomerStatus::Suspended => Ok(customer.clone()),
            CustomerStatus::Canceled | CustomerStatus::Closed => Err(AdsError::new(
                "authorizationError",
                "CUSTOMER_NOT_ENABLED",
                "The customer account can't be accessed because it is not yet enabled or has been deactivated.",
            )
            .into()),
        }
    }
}

fn is_customer_id(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}
