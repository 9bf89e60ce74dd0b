//! One Google ad account of the sandbox.

use crate::desk::{self, campaign, hasten, in_currency};
use placard_domain::spec::Campaign;
use placard_platforms::{
    Access, AdPlatform, Urgency,
    google::{Google, GoogleConfig},
};
use placard_sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, RunningSandbox, SandboxConfig};
use std::{sync::Arc, time::Duration};

pub(crate) type Desk = desk::Desk<Google>;

impl Desk {
    /// The first account that counts in euros.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Self::open_in("EUR", SandboxConfig::default()).await
    }

    /// The first account that counts in `currency`.
    pub(crate) async fn open_in(currency: &str, config: SandboxConfig) -> anyhow::Result<Self> {
        let sandbox = placard_sandbox::start(config).await?;
        let google = adapter(&sandbox, Duration::from_secs(10))?;
        let token = sandbox.google_tokens().0;
        let opened = google.opened(&token.clone().into()).await?;
        let account = in_currency(&opened.accounts, currency)?;
        let access = Access {
            account: account.account.clone(),
            token: token.into(),
            page_token: None,
            manager: account.business_id.clone(),
            urgency: Urgency::Publishing,
        };
        Self::at(sandbox, google, account, access)
    }

    /// A resource name in the account.
    pub(crate) fn name(&self, collection: &str, id: &str) -> String {
        format!("customers/{}/{collection}/{id}", self.access.account.id)
    }
}

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Google> {
    let base = sandbox.base_url().parse()?;
    let mut config = GoogleConfig::at(base, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET.to_owned().into());
    hasten(&mut config.http, timeout, "PLACARD_GOOGLE_REQUEST_LOG");
    Ok(Google::new(config, Arc::new(|| 0.5))?)
}

/// What a test may want to change of a spec for Google; the rest is a search campaign for traffic.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) goal: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) top: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) google: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) locations: &'static str,
    pub(crate) groups: &'static str,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            goal: "traffic",
            currency: "EUR",
            top: "budget: {daily: 30.00}",
            destination: "website: {url: \"https://shop.example.com/sale\", url_tags: \"utm_source=google\"}",
            copy: "{primary_text: Sleep under the stars., headline: Tents from 99 EUR, more_headlines: [Light tents, Tents \
                   for two], description: Free returns, more_descriptions: [Sent today]}",
            google: "{paths: [tents, sale]}",
            audience: "{age_min: 25, age_max: 54, genders: [female], languages: [de]}",
            locations: "include: [{country: DE}, {country: AT}]",
            groups: "
  - name: Women
    keywords: [{text: camping tent}, {text: tent, match: exact}, {text: used, match: broad, negative: true}]
    ads:
      - {name: Tent}
      - {name: Stove}",
        }
    }
}

impl Spec {
    pub(crate) fn text(&self) -> String {
        let Self { goal, currency, top, destination, copy, google, audience, locations, groups } = self;
        format!(
            "version: 1\nname: Spring sale\nkey: spring-sale\ngoal: {goal}\ncurrency: {currency}\n{top}\n\
             locations:\n  {locations}\naudience: {audience}\ndestination:\n  {destination}\ncopy: {copy}\n\
             platforms:\n  google: {google}\nad_groups:{groups}\n"
        )
    }

    pub(crate) fn campaign(&self) -> anyhow::Result<Campaign> {
        campaign(&self.text())
    }
}

/// A display campaign with a wide and a square picture.
pub(crate) fn display() -> Spec {
    Spec {
        google: "{channel: display, business_name: Placard Outdoor}",
        groups: "
  - name: Women
    ads:
      - {name: Tent, image: tent-wide.png}
      - {name: Stove, image: stove.png}",
        ..Spec::default()
    }
}
