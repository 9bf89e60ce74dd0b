//! Google: search results and the sites that show Google's ads, through the Google Ads API v26 over REST.
//!
//! Facts are cited as "Google, `platforms/google.md` §n". Whatever belongs to one slice of a plan goes in one call, all
//! or nothing; what does not exist yet is referred to by negative numbers.

mod accounts;
mod advice;
mod api;
mod assemble;
mod canonical;
mod desired;
mod encode;
mod errors;
mod geo;
mod goals;
mod import;
mod insights;
mod lookup;
pub(crate) mod mapping;
mod money;
mod oauth;
mod observe;
mod pace;
mod query;
mod read;
mod readable;
mod requests;
#[cfg(test)]
mod roundtrip;
mod search;
mod send;
mod survey;
mod template;
mod wire;
mod words;

pub use oauth::SCOPE;
pub use pace::AccessLevel;

use crate::{
    Access, AccountContext, AccountHealth, AccountView, AdPlatform, Capabilities, Found, Grant, Held, Next,
    Opened, Outcome, PlatformError, Prepared, ReadBack, Request, Room,
    http::{Http, HttpConfig, Jitter, Pace, SetupError},
    import::{Holding, Listed, Read, Shown},
    insights::{InsightsQuery, InsightsRow},
};
use api::Api;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pace::Paced;
use placard_domain::{
    AccountRef, Currency, Platform, RemoteId,
    marker::{CampaignTag, Naming},
    plan::{DesiredObject, Observation, RemoteIds, Step, UnboundReference},
    spec::{Campaign, Diagnostic},
};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// The version of the API that is spoken (§1).
const VERSION: &str = "v26";

/// Days in which Google still restates its numbers: conversions are credited to the day of the click and arrive while
/// their window is open, for which most accounts keep 30 days (§6, freshness).
const RESTATEMENT_DAYS: u32 = 30;

/// An access token lives for an hour (§1); what is begun with one should also end with it.
const RENEW_AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Where Google is and as which project to speak to it.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// Base address of the API, without a version.
    pub api_url: Url,
    /// The consent page.
    pub accounts_url: Url,
    /// The token endpoint.
    pub token_url: Url,
    /// The OAuth client's id.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: SecretString,
    /// The developer token of older projects; Google no longer asks for one (§1, headers).
    pub developer_token: Option<SecretString>,
    /// What Google granted the project, on which its limit for a day depends.
    pub level: AccessLevel,
    /// How operations are kept below the limit; `None` where there is none.
    pub pace: Option<Pace>,
    /// Time limits, patience and journal.
    pub http: HttpConfig,
}

impl GoogleConfig {
    /// Google itself.
    pub fn live(client_id: impl Into<String>, client_secret: SecretString) -> Self {
        let address = |text: &str| Url::parse(text).expect("the address is a constant");
        Self {
            api_url: address("https://googleads.googleapis.com"),
            accounts_url: address("https://accounts.google.com/o/oauth2/v2/auth"),
            token_url: address("https://oauth2.googleapis.com/token"),
            client_id: client_id.into(),
            client_secret,
            developer_token: None,
            level: AccessLevel::default(),
            pace: Some(Pace::default()),
            http: HttpConfig::default(),
        }
    }

    /// A server that stands in for Google at `base`, such as the sandbox. It is taken to have no limit.
    pub fn at(base: Url, client_id: impl Into<String>, client_secret: SecretString) -> Self {
        let under = |path: &str| {
            let mut url = base.clone();
            url.set_path(path);
            url
        };
        let (accounts_url, token_url) = (under("/o/oauth2/v2/auth"), under("/token"));
        Self { api_url: base, accounts_url, token_url, pace: None, ..Self::live(client_id, client_secret) }
    }
}

/// The adapter.
pub struct Google {
    api: Api,
    accounts: Url,
    token_url: Url,
    client_id: String,
    client_secret: SecretString,
}

impl Google {
    /// An adapter for `config`; `jitter` spreads the waits between repeated reads.
    pub fn new(config: GoogleConfig, jitter: Arc<dyn Jitter>) -> Result<Self, SetupError> {
        let http = Http::new(&config.http, jitter)?;
        let paced = config.pace.map(|pace| Paced::new(config.level, &config.client_id, pace));
        Ok(Self {
            api: Api::new(http, config.api_url, config.developer_token, paced),
            accounts: config.accounts_url,
            token_url: config.token_url,
            client_id: config.client_id,
            client_secret: config.client_secret,
        })
    }
}

#[async_trait]
impl AdPlatform for Google {
    fn platform(&self) -> Platform {
        Platform::Google
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch: send::MOST,
            uploads: send::MOST_FILES,
            linked: true,
            seeks_videos: false,
            restatement_days: RESTATEMENT_DAYS,
            age_by_gender: false,
            renew_ahead: RENEW_AHEAD,
        }
    }

    fn consent_url(&self, state: &str, redirect: &str) -> Url {
        self.consent_page(state, redirect)
    }

    async fn redeem(&self, code: &str, redirect: &str, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        self.exchange_code(code, redirect, now).await
    }

    async fn renew(&self, held: &Held, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        self.refresh(held, now).await
    }

    async fn opened(&self, token: &SecretString) -> Result<Opened, PlatformError> {
        let accounts = self.accounts(token).await?;
        // A token that may list accounts has the one permission there is.
        Ok(Opened { accounts, pages: Vec::new(), scopes: vec![SCOPE.to_owned()], user_id: None })
    }

    fn check(&self, campaign: &Campaign, context: &AccountContext) -> Vec<Diagnostic> {
        desired::map(campaign, context).findings
    }

    fn desired(
        &self,
        campaign: &Campaign,
        context: &AccountContext,
    ) -> Result<Vec<DesiredObject>, Vec<Diagnostic>> {
        desired::map(campaign, context).into_objects()
    }

    fn prepare(&self, step: &Step, naming: &Naming, account: &AccountRef) -> Prepared {
        requests::prepare(step, naming, account)
    }

    fn resolve(&self, prepared: &Prepared, ids: &RemoteIds) -> Result<Prepared, UnboundReference> {
        requests::resolve(prepared, ids)
    }

    fn readable(&self, field: &str, value: &Value, currency: Currency) -> Option<String> {
        readable::readable(field, value, currency)
    }

    async fn execute(&self, access: &Access, requests: &[Request]) -> Vec<Outcome> {
        self.send(access, requests).await
    }

    async fn room(&self, access: &Access, next: Next<'_>) -> Result<Room, PlatformError> {
        self.api.room(access, next).await
    }

    async fn survey(&self, access: &Access, tag: &CampaignTag) -> Result<Vec<Found>, PlatformError> {
        self.find_tagged(access, tag).await
    }

    async fn look_up(
        &self,
        access: &Access,
        made: &[&Prepared],
    ) -> Result<Vec<Option<RemoteId>>, PlatformError> {
        self.look_up_negatives(access, made).await
    }

    async fn read(&self, access: &Access, objects: &[ReadBack]) -> Result<Vec<Observation>, PlatformError> {
        self.read_back(access, objects).await
    }

    async fn campaigns(&self, access: &Access) -> Result<Vec<Listed>, PlatformError> {
        self.all_campaigns(access).await
    }

    async fn take_in(
        &self,
        access: &Access,
        view: &AccountView,
        campaigns: &[Listed],
    ) -> Result<Vec<Read>, PlatformError> {
        self.read_campaigns(access, view, campaigns).await
    }

    fn shown(&self, holding: &Holding, object: &ReadBack) -> Shown {
        import::shown(holding, object)
    }

    async fn health(&self, access: &Access) -> Result<AccountHealth, PlatformError> {
        self.account_health(access).await
    }

    async fn insights(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        self.insights_rows(access, query).await
    }
}
