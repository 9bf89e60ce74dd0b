//! Meta: Facebook, Instagram and their siblings, through the Marketing API v26.0.
//!
//! Facts are cited as "Meta, `platforms/meta.md` §n". Instant forms and their leads speak for the page and use its
//! token; everything else uses the token of the person or system user.

mod accounts;
mod batch;
mod canonical;
mod desired;
mod encode;
mod errors;
mod goals;
mod graph;
mod import;
mod insights;
mod list;
pub(crate) mod mapping;
mod money;
mod oauth;
mod observe;
mod rates;
mod read;
mod requests;
#[cfg(test)]
mod roundtrip;
mod send;
mod story;
mod survey;
mod targeting;
mod videos;
pub mod webhooks;
mod wire;
mod words;

pub use oauth::{Permission, SCOPES, TokenFacts};
pub use rates::Usage;

use crate::{
    Access, AccountContext, AccountHealth, AccountView, AdPlatform, Capabilities, Found, Grant, Held, Next,
    Opened, Outcome, PlatformError, Prepared, Push, ReadBack, Request, Room,
    http::{Http, HttpConfig, Jitter, SetupError},
    import::{Holding, Listed, Read, Shown},
    insights::{InsightsQuery, InsightsRow},
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use graph::Graph;
use placard_domain::{
    AccountRef, Currency, Platform, RemoteId,
    marker::{CampaignTag, Naming},
    plan::{DesiredObject, ObjectKind, Observation, RemoteIds, Step, UnboundReference},
    spec::{Campaign, Diagnostic},
};
use secrecy::SecretString;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use url::Url;

/// The version of the API that is spoken (§1).
const VERSION: &str = "v26.0";

/// Days in which Meta still restates its numbers (§19, freshness).
const RESTATEMENT_DAYS: u32 = 28;

/// A token of 60 days is renewed in its last two weeks (§3).
const RENEW_AHEAD: TimeDelta = TimeDelta::days(14);

/// So much of a video goes in one call, within the time that a call has over a slow line.
const WHOLE_VIDEO: usize = 10 * 1024 * 1024;

/// Where Meta is and as which app to speak to it.
#[derive(Clone, Debug)]
pub struct MetaConfig {
    /// Base address of the Graph API, without a version.
    pub graph_url: Url,
    /// Base address to which videos are sent, without a version.
    pub video_url: Url,
    /// Base address of the consent dialog, without a version.
    pub dialog_url: Url,
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: SecretString,
    /// Time between two looks at a report that is being made (§21).
    pub report_poll: Duration,
    /// How long a report may take before it is asked for in smaller parts (§24).
    pub report_limit: Duration,
    /// After how long an account that was called as often as it may be is as if never called (§21).
    pub score_decay: Duration,
    /// Bytes of a video that goes in one call; a larger one goes in parts, whose size Meta chooses (§7).
    pub whole_video: usize,
    /// Time limits, patience and journal.
    pub http: HttpConfig,
}

impl MetaConfig {
    /// Meta itself.
    pub fn live(app_id: impl Into<String>, app_secret: SecretString) -> Self {
        let base = |address: &str| Url::parse(address).expect("the address is a constant");
        Self {
            graph_url: base("https://graph.facebook.com"),
            video_url: base("https://graph-video.facebook.com"),
            dialog_url: base("https://www.facebook.com"),
            app_id: app_id.into(),
            app_secret,
            report_poll: Duration::from_secs(30),
            report_limit: Duration::from_secs(30 * 60),
            score_decay: Duration::from_secs(300),
            whole_video: WHOLE_VIDEO,
            http: HttpConfig::default(),
        }
    }

    /// A server that stands in for Meta at `base`, such as the sandbox.
    pub fn at(base: Url, app_id: impl Into<String>, app_secret: SecretString) -> Self {
        let (graph_url, video_url) = (base.clone(), base.clone());
        Self { graph_url, video_url, dialog_url: base, ..Self::live(app_id, app_secret) }
    }
}

/// The adapter.
pub struct Meta {
    graph: Graph,
    dialog: Url,
    report_poll: Duration,
    report_limit: Duration,
    whole_video: usize,
    looks: videos::Looks,
}

impl Meta {
    /// An adapter for `config`; `jitter` spreads the waits between repeated reads.
    pub fn new(config: MetaConfig, jitter: Arc<dyn Jitter>) -> Result<Self, SetupError> {
        let graph = Graph {
            http: Http::new(&config.http, jitter)?,
            base: config.graph_url,
            video_base: config.video_url,
            app_id: config.app_id,
            app_secret: config.app_secret,
            board: rates::Board::new(config.score_decay),
        };
        let (report_poll, report_limit) = (config.report_poll, config.report_limit);
        let (dialog, whole_video) = (config.dialog_url, config.whole_video);
        Ok(Self { graph, dialog, report_poll, report_limit, whole_video, looks: videos::Looks::default() })
    }

    /// How much of its limits `account` has used, by the last answer about it.
    pub fn usage(&self, account: &AccountRef) -> Usage {
        self.graph.board.usage(&account.id)
    }
}

#[async_trait]
impl AdPlatform for Meta {
    fn platform(&self) -> Platform {
        Platform::Meta
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch: batch::MOST,
            uploads: send::MOST_FILES,
            linked: false,
            seeks_videos: true,
            restatement_days: RESTATEMENT_DAYS,
            age_by_gender: true,
            renew_ahead: RENEW_AHEAD,
        }
    }

    fn consent_url(&self, state: &str, redirect: &str) -> Url {
        self.dialog_url(state, redirect)
    }

    async fn redeem(&self, code: &str, redirect: &str, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        let short = self.exchange_code(code, redirect, now).await?;
        self.long_lived(&short.token, now).await
    }

    async fn renew(&self, held: &Held, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        // Meta has no refresh token: a token that still works is exchanged once more (§3).
        self.long_lived(&held.token, now).await
    }

    async fn opened(&self, token: &SecretString) -> Result<Opened, PlatformError> {
        self.open(token).await
    }

    fn readable(&self, field: &str, value: &Value, currency: Currency) -> Option<String> {
        money::AMOUNTS
            .contains(&field)
            .then(|| money::from_wire(value, currency))?
            .map(|amount| amount.to_string())
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

    async fn room(&self, access: &Access, _next: Next<'_>) -> Result<Room, PlatformError> {
        Ok(self.graph.board.room(&access.account.id, access.urgency))
    }

    async fn survey(&self, access: &Access, tag: &CampaignTag) -> Result<Vec<Found>, PlatformError> {
        self.find_tagged(access, tag).await
    }

    async fn look_up(
        &self,
        access: &Access,
        made: &[&Prepared],
    ) -> Result<Vec<Option<RemoteId>>, PlatformError> {
        let mut found = Vec::with_capacity(made.len());
        for prepared in made {
            let is_video = prepared.object.kind == ObjectKind::Video;
            found.push(if is_video { self.video_with_title_of(access, prepared).await? } else { None });
        }
        Ok(found)
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
