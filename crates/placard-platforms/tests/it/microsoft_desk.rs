//! One Microsoft ad account of the sandbox.

use crate::desk::{self, Published, campaign, hasten, in_currency};
use placard_domain::spec::Campaign;
use placard_platforms::{
    Access, AdPlatform, Urgency,
    microsoft::{Microsoft, MicrosoftConfig},
};
use placard_sandbox::{
    MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_DEVELOPER_TOKEN, RunningSandbox, SandboxConfig,
};
use std::{sync::Arc, time::Duration};

pub(crate) type Desk = desk::Desk<Microsoft>;

impl Desk {
    /// The first account that counts in euros.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Self::open_in("EUR", SandboxConfig::default()).await
    }

    /// The first account that counts in `currency`.
    pub(crate) async fn open_in(currency: &str, config: SandboxConfig) -> anyhow::Result<Self> {
        let sandbox = placard_sandbox::start(config).await?;
        let microsoft = adapter(&sandbox, Duration::from_secs(10))?;
        let token = sandbox.microsoft_token();
        let opened = microsoft.opened(&token.clone().into()).await?;
        let account = in_currency(&opened.accounts, currency)?;
        let access = Access {
            account: account.account.clone(),
            token: token.into(),
            page_token: None,
            manager: account.business_id.clone(),
            urgency: Urgency::Publishing,
        };
        Self::at(sandbox, microsoft, account, access)
    }

    /// The campaign of `spec`.
    pub(crate) fn campaign(&self, spec: &Spec) -> anyhow::Result<Campaign> {
        campaign(&spec.text())
    }

    /// Publishes the campaign of `spec` from nothing.
    pub(crate) async fn publish_spec(&self, spec: &Spec) -> anyhow::Result<Published> {
        self.publish(&self.campaign(spec)?).await
    }

    /// The calls that wrote something, in order: method and path.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.sandbox.requests(0).into_iter();
        let wrote = requests
            .filter(|entry| entry.path.contains("CampaignManagement") && !entry.path.contains("/Query"));
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        wrote.map(|entry| format!("{} {}", entry.method, last(&entry.path))).collect()
    }
}

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Microsoft> {
    let (secret, developer) = (MICROSOFT_CLIENT_SECRET.to_owned(), MICROSOFT_DEVELOPER_TOKEN.to_owned());
    let base = sandbox.base_url().parse()?;
    let mut config = MicrosoftConfig::at(base, MICROSOFT_CLIENT_ID, secret.into(), developer.into());
    hasten(&mut config.http, timeout, "PLACARD_MICROSOFT_REQUEST_LOG");
    config.report_poll = Duration::from_millis(1);
    Ok(Microsoft::new(config, Arc::new(|| 0.5))?)
}

/// What a test may want to change of a spec for Microsoft; the rest is a traffic campaign.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) goal: &'static str,
    pub(crate) top: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) microsoft: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) locations: &'static str,
    pub(crate) groups: &'static str,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            goal: "traffic",
            top: "budget: {daily: 60.00}\nschedule: {start: 2026-11-10}",
            destination: "website: {url: \"https://shop.example.com/sale\", url_tags: \"utm_source=bing\"}",
            copy: "{primary_text: Tents, headline: Tents from 99 EUR, more_headlines: [Light tents, Dry tents], \
                   description: Sleep under the stars., more_descriptions: [Made to be mended.]}",
            microsoft: "paths: [tents, sale]",
            audience: "{age_min: 25, age_max: 64, genders: [female], languages: [de]}",
            locations: "include: [{country: DE}]\n  exclude: [{country: FR}]",
            groups: "
  - name: Women
    keywords: [{text: camping tent}, {text: tent, match: exact}]
    ads:
      - {name: Tent}
      - {name: Stove, copy: {headline: Stoves that last}}",
        }
    }
}

impl Spec {
    pub(crate) fn text(&self) -> String {
        let Self { goal, top, destination, copy, microsoft, audience, locations, groups } = self;
        format!(
            "version: 1\nname: Spring sale\nkey: spring-sale\ngoal: {goal}\ncurrency: EUR\n{top}\n\
             locations:\n  {locations}\naudience: {audience}\ndestination:\n  {destination}\ncopy: {copy}\n\
             platforms:\n  microsoft: {{{microsoft}}}\nad_groups:{groups}\n"
        )
    }
}
