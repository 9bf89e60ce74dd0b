//! Microsoft Advertising: results of Bing and its partners, through the REST form of API v13.
//!
//! Facts are cited as "Microsoft, `platforms/microsoft.md` §n". Calls carry many items of one kind, each of which is
//! accepted or refused by itself. Names, a custom parameter and, for what a campaign is aimed at, the thing itself are
//! what created objects are found by.

mod accounts;
mod advice;
mod api;
mod canonical;
mod conversions;
mod desired;
mod encode;
mod errors;
mod gather;
mod geo;
mod goals;
mod import;
mod insights;
mod keep_away;
pub(crate) mod mapping;
mod money;
mod negative;
mod oauth;
mod observe;
mod pace;
mod read;
mod readable;
mod requests;
#[cfg(test)]
mod roundtrip;
mod send;
mod sort;
mod survey;
mod target;
mod wire;
mod words;
mod zones;

pub use oauth::SCOPE;

use crate::{
    Access, AccountContext, AccountHealth, AccountView, AdPlatform, Capabilities, Conversions, Found, Grant,
    Held, Next, Opened, Outcome, PlatformError, Prepared, ReadBack, Request, Room,
    http::{Closures, Http, HttpConfig, Jitter, Pace, SetupError},
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
use std::{sync::Arc, time::Duration};
use url::Url;

/// Days in which Microsoft still restates its numbers: corrections of invalid traffic go on for a week or more, and
/// conversions are credited to the day of the click (§6, late data).
const RESTATEMENT_DAYS: u32 = 30;

/// An access token lives for about an hour (§1); what is begun with one should also end with it.
const RENEW_AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Where Microsoft is and as which app to speak to it. Its services have hosts of their own (§1).
#[derive(Clone, Debug)]
pub struct MicrosoftConfig {
    /// Campaign management.
    pub campaign_url: Url,
    /// Reporting.
    pub reporting_url: Url,
    /// Customer management.
    pub customer_url: Url,
    /// The consent page and the token endpoint.
    pub login_url: Url,
    /// The app's id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: SecretString,
    /// The developer token, without which nothing is answered.
    pub developer_token: SecretString,
    /// How soon a report is first asked after.
    pub report_poll: Duration,
    /// The longest that calls rest when Microsoft has had enough of them; it announces no end of that itself (§9).
    pub longest_rest: Duration,
    /// How many calls Microsoft takes from a customer within a minute, where that is known.
    pub calls_per_minute: Option<u32>,
    /// How calls are kept below the limit; `None` where there is none.
    pub pace: Option<Pace>,
    /// Time limits, patience and journal.
    pub http: HttpConfig,
}

impl MicrosoftConfig {
    /// Microsoft itself.
    pub fn live(
        client_id: impl Into<String>,
        client_secret: SecretString,
        developer_token: SecretString,
    ) -> Self {
        let address = |text: &str| Url::parse(text).expect("the address is a constant");
        Self {
            campaign_url: address("https://campaign.api.bingads.microsoft.com"),
            reporting_url: address("https://reporting.api.bingads.microsoft.com"),
            customer_url: address("https://clientcenter.api.bingads.microsoft.com"),
            login_url: address("https://login.microsoftonline.com"),
            client_id: client_id.into(),
            client_secret,
            developer_token,
            report_poll: insights::FIRST_LOOK,
            longest_rest: errors::MAINTENANCE,
            calls_per_minute: None,
            pace: Some(Pace::default()),
            http: HttpConfig::default(),
        }
    }

    /// A server that stands in for all of Microsoft's hosts at `base`, such as the sandbox. It is taken to have no
    /// limit.
    pub fn at(
        base: Url,
        client_id: impl Into<String>,
        client_secret: SecretString,
        developer_token: SecretString,
    ) -> Self {
        Self {
            campaign_url: base.clone(),
            reporting_url: base.clone(),
            customer_url: base.clone(),
            login_url: base,
            pace: None,
            ..Self::live(client_id, client_secret, developer_token)
        }
    }
}

/// The adapter.
pub struct Microsoft {
    api: Api,
    login: Url,
    client_id: String,
    client_secret: SecretString,
    report_poll: Duration,
}

impl Microsoft {
    /// An adapter for `config`; `jitter` spreads the waits between repeated reads.
    pub fn new(config: MicrosoftConfig, jitter: Arc<dyn Jitter>) -> Result<Self, SetupError> {
        let http = Http::new(&config.http, jitter)?;
        let api = Api {
            http,
            campaign: config.campaign_url,
            reporting: config.reporting_url,
            customer: config.customer_url,
            developer_token: config.developer_token,
            longest_rest: config.longest_rest,
            closures: Closures::default(),
            paced: config.pace.map(|pace| Paced::new(config.calls_per_minute, pace)),
        };
        let (client_id, client_secret) = (config.client_id, config.client_secret);
        Ok(Self { api, login: config.login_url, client_id, client_secret, report_poll: config.report_poll })
    }
}

#[async_trait]
impl AdPlatform for Microsoft {
    fn platform(&self) -> Platform {
        Platform::Microsoft
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch: gather::MOST,
            uploads: 1,
            linked: false,
            seeks_videos: false,
            restatement_days: RESTATEMENT_DAYS,
            // Of both together, but only down to ad groups (§6, AgeGender).
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
        self.open(token).await
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
        pace::room(self.api.paced.as_ref(), access, next).await
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

    fn conversions(&self) -> Option<&dyn Conversions> {
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
