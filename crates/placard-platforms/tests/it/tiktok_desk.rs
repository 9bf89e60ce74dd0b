//! One TikTok ad account of the sandbox.

use crate::desk::{self, Published, campaign, hasten, in_currency};
use placard_domain::spec::Campaign;
use placard_platforms::{
    Access, AdPlatform, Urgency,
    tiktok::{Tiktok, TiktokConfig},
};
use placard_sandbox::{RunningSandbox, SandboxConfig, TIKTOK_APP_ID, TIKTOK_APP_SECRET};
use std::{sync::Arc, time::Duration};

pub(crate) type Desk = desk::Desk<Tiktok>;

impl Desk {
    /// The first account that counts in euros.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Self::open_in("EUR", SandboxConfig::default()).await
    }

    /// The first account that counts in `currency`.
    pub(crate) async fn open_in(currency: &str, config: SandboxConfig) -> anyhow::Result<Self> {
        let sandbox = placard_sandbox::start(config).await?;
        let tiktok = adapter(&sandbox, Duration::from_secs(10))?;
        let token = sandbox.tiktok_token();
        let opened = tiktok.opened(&token.clone().into()).await?;
        let account = in_currency(&opened.accounts, currency)?;
        let access = Access {
            account: account.account.clone(),
            token: token.into(),
            page_token: None,
            manager: None,
            urgency: Urgency::Publishing,
        };
        Self::at(sandbox, tiktok, account, access)
    }

    /// As whom the ads of the account speak: the identity that the sandbox gives each account for ads of its own name.
    pub(crate) fn identity(&self) -> String {
        let account = &self.access.account.id;
        format!("730000000000001{}", &account[account.len() - 4..])
    }

    /// The campaign of `spec`, which speaks as this desk's identity.
    pub(crate) fn campaign(&self, spec: &Spec) -> anyhow::Result<Campaign> {
        campaign(&spec.text(&self.identity()))
    }

    /// Publishes the campaign of `spec` from nothing.
    pub(crate) async fn publish_spec(&self, spec: &Spec) -> anyhow::Result<Published> {
        self.publish(&self.campaign(spec)?).await
    }

    /// The paths of all calls that wrote something, in order.
    pub(crate) fn writes(&self) -> Vec<String> {
        let wrote = |path: &str| ["/create/", "/update/", "/upload/"].iter().any(|end| path.ends_with(end));
        let requests = self.sandbox.requests(0).into_iter();
        requests.filter(|entry| wrote(&entry.path)).map(|entry| entry.path).collect()
    }
}

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Tiktok> {
    let base = sandbox.base_url().parse()?;
    let mut config = TiktokConfig::at(base, TIKTOK_APP_ID, TIKTOK_APP_SECRET.to_owned().into());
    hasten(&mut config.http, timeout, "PLACARD_TIKTOK_REQUEST_LOG");
    Ok(Tiktok::new(config, Arc::new(|| 0.5))?)
}

/// What a test may want to change of a spec for TikTok; the rest is a traffic campaign.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) goal: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) top: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) copy: &'static str,
    /// Beside the identity.
    pub(crate) tiktok: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) locations: &'static str,
    pub(crate) groups: &'static str,
}

/// A pixel and a published form of the first account.
pub(crate) const PIXEL_AND_FORM: &str = ", pixel: \"7400000000000000001\", form: \"7500000000000000001\"";

pub(crate) const FORM: &str = "form: {name: Ask for an offer, questions: [{ask: full_name}, {ask: email}], \
                               privacy_policy_url: \"https://example.com/privacy\"}";

pub(crate) const CALL: &str = "call: {phone: \"+4930123456\"}";

impl Default for Spec {
    fn default() -> Self {
        Self {
            goal: "traffic",
            currency: "EUR",
            top: "budget: {daily: 60.00}",
            destination: "website: {url: \"https://shop.example.com/sale\", url_tags: \"utm_source=tiktok\"}",
            copy: "{primary_text: Sleep under the stars., headline: Tents from 99 EUR}",
            tiktok: "",
            audience: "{age_min: 25, age_max: 54, genders: [female], languages: [de]}",
            locations: "include: [{country: DE}, {country: AT}]",
            groups: "
  - name: Women
    ads:
      - {name: Tent, image: tent.png}
      - {name: Stove, image: stove.png}",
        }
    }
}

impl Spec {
    pub(crate) fn text(&self, identity: &str) -> String {
        let Self { goal, currency, top, destination, copy, tiktok, audience, locations, groups } = self;
        format!(
            "version: 1\nname: Spring sale\nkey: spring-sale\ngoal: {goal}\ncurrency: {currency}\n{top}\n\
             locations:\n  {locations}\naudience: {audience}\ndestination:\n  {destination}\ncopy: {copy}\n\
             platforms:\n  tiktok: {{identity: \"{identity}\"{tiktok}}}\nad_groups:{groups}\n"
        )
    }
}
