//! TikTok, through its Business API v1.3.
//!
//! Facts are cited as "TikTok, `platforms/tiktok.md` §n". Answers come under HTTP 200 whatever they say; their code
//! decides. Names are what created objects are found by.

mod accounts;
mod advice;
mod api;
mod canonical;
mod desired;
mod encode;
mod errors;
mod gather;
mod geo;
mod goals;
mod import;
mod insights;
mod list;
pub(crate) mod mapping;
mod md5;
mod money;
mod oauth;
mod observe;
mod pace;
mod read;
mod readable;
mod requests;
#[cfg(test)]
mod roundtrip;
mod send;
mod survey;
pub mod webhooks;
mod wire;
mod words;

pub use pace::AppLevel;

use crate::{
    Access, AccountContext, AccountHealth, AccountView, AdPlatform, Capabilities, Found, Grant, Held, Next,
    Opened, Outcome, PlatformError, Prepared, Push, ReadBack, Request, Room,
    http::{Closures, Http, HttpConfig, Jitter, Pace, SetupError},
    import::{Holding, Listed, Read, Shown},
    insights::{InsightsQuery, InsightsRow},
};
use api::Api;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pace::Paced;
use placard_domain::{
    AccountRef, Currency, Platform,
    marker::{CampaignTag, Naming},
    plan::{DesiredObject, Observation, RemoteIds, Step, UnboundReference},
    spec::{Campaign, Diagnostic},
};
use secrecy::SecretString;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use url::Url;

/// What stands before every path: the version that is spoken (§1).
const VERSION: &str = "open_api/v1.3";

/// Days in which TikTok still restates its numbers: the longest window after a click (§18, freshness).
const RESTATEMENT_DAYS: u32 = 28;

/// Tokens do not end by themselves (§3).
const RENEW_AHEAD: TimeDelta = TimeDelta::zero();

/// Where TikTok is and as which app to speak to it.
#[derive(Clone, Debug)]
pub struct TiktokConfig {
    /// Base address of the API and of the consent page, without a version.
    pub base_url: Url,
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub secret: SecretString,
    /// What TikTok granted the app, on which its limits depend.
    pub level: AppLevel,
    /// How calls are kept below the limits; `None` where there are none.
    pub pace: Option<Pace>,
    /// Time limits, patience and journal.
    pub http: HttpConfig,
}

impl TiktokConfig {
    /// TikTok itself.
    pub fn live(app_id: impl Into<String>, secret: SecretString) -> Self {
        let base = Url::parse("https://business-api.tiktok.com").expect("the address is a constant");
        Self { pace: Some(Pace::default()), ..Self::at(base, app_id, secret) }
    }

    /// A server that stands in for TikTok at `base`, such as the sandbox. It is taken to have no limits.
    pub fn at(base: Url, app_id: impl Into<String>, secret: SecretString) -> Self {
        let (level, http) = (AppLevel::default(), HttpConfig::default());
        Self { base_url: base, app_id: app_id.into(), secret, level, pace: None, http }
    }
}

/// The adapter.
pub struct Tiktok {
    api: Api,
    /// Videos that were seen ready for ads, which they stay.
    ready_videos: Mutex<BTreeSet<String>>,
}

impl Tiktok {
    /// An adapter for `config`; `jitter` spreads the waits between repeated reads.
    pub fn new(config: TiktokConfig, jitter: Arc<dyn Jitter>) -> Result<Self, SetupError> {
        let http = Http::new(&config.http, jitter)?;
        let (base, app_id, secret) = (config.base_url, config.app_id, config.secret);
        let paced = config.pace.map(|pace| Paced::new(config.level, &app_id, pace));
        let api = Api { http, base, app_id, secret, closures: Closures::default(), paced };
        Ok(Self { api, ready_videos: Mutex::default() })
    }
}

#[async_trait]
impl AdPlatform for Tiktok {
    fn platform(&self) -> Platform {
        Platform::Tiktok
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch: gather::MOST,
            uploads: 1,
            linked: false,
            seeks_videos: false,
            restatement_days: RESTATEMENT_DAYS,
            age_by_gender: true,
            renew_ahead: RENEW_AHEAD,
        }
    }

    fn consent_url(&self, state: &str, redirect: &str) -> Url {
        self.consent_page(state, redirect)
    }

    async fn redeem(&self, code: &str, _: &str, _: DateTime<Utc>) -> Result<Grant, PlatformError> {
        self.exchange_code(code).await
    }

    async fn renew(&self, _: &Held, _: DateTime<Utc>) -> Result<Grant, PlatformError> {
        Err(oauth::cannot_renew())
    }

    async fn opened(&self, token: &SecretString) -> Result<Opened, PlatformError> {
        self.open(token).await
    }

    fn readable(&self, field: &str, value: &Value, currency: Currency) -> Option<String> {
        readable::readable(field, value, currency)
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

    async fn execute(&self, access: &Access, requests: &[Request]) -> Vec<Outcome> {
        self.send(access, requests).await
    }

    async fn room(&self, access: &Access, next: Next<'_>) -> Result<Room, PlatformError> {
        pace::room(self.api.paced.as_ref(), access, next).await
    }

    async fn survey(&self, access: &Access, tag: &CampaignTag) -> Result<Vec<Found>, PlatformError> {
        self.find_tagged(access, tag).await
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

    fn push(&self) -> Option<&dyn Push> {
        Some(self)
    }

    async fn insights(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        self.insights_rows(access, query).await
    }
}
