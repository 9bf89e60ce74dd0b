//! One Meta ad account of the sandbox.

use crate::desk::{self, hasten};
use placard_domain::{
    AccountRef, Platform,
    plan::{Action, Plan},
};
use placard_platforms::{
    Access, AdPlatform, Urgency,
    meta::{Meta, MetaConfig},
};
use placard_sandbox::{APP_ID, APP_SECRET, RunningSandbox, SandboxConfig};
use std::{sync::Arc, time::Duration};

pub(crate) type Desk = desk::Desk<Meta>;

impl Desk {
    /// Account 1001: euros, Berlin.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Self::open_on("act_1001", SandboxConfig::default()).await
    }

    pub(crate) async fn open_on(account: &str, config: SandboxConfig) -> anyhow::Result<Self> {
        let sandbox = placard_sandbox::start(config).await?;
        let meta = adapter(&sandbox, Duration::from_secs(10))?;
        let access = Access {
            account: AccountRef { platform: Platform::Meta, id: account.to_owned() },
            token: sandbox.user_token().into(),
            page_token: Some(sandbox.page_token("2001").into()),
            manager: None,
            urgency: Urgency::Publishing,
        };
        let account = meta.health(&access).await?.account;
        Self::at(sandbox, meta, &account, access)
    }

    /// The same account, where videos of up to so many bytes go in one call.
    pub(crate) async fn open_sending_whole(bytes: usize) -> anyhow::Result<Self> {
        let mut desk = Self::open().await?;
        let mut config = config(desk.sandbox.base_url().parse()?, Duration::from_secs(10));
        config.whole_video = bytes;
        desk.adapter = Meta::new(config, Arc::new(|| 0.5))?;
        Ok(desk)
    }

    /// Objects of the world that are neither deleted nor archived.
    pub(crate) fn living(&self) -> usize {
        let world = self.sandbox.world(None);
        let objects = world["objects"].as_array().unwrap();
        objects
            .iter()
            .filter(|object| !matches!(object["status"].as_str(), Some("DELETED" | "ARCHIVED")))
            .count()
    }

    pub(crate) fn steps(&self, plan: &Plan, action: Action) -> Vec<String> {
        plan.steps.iter().filter(|step| step.action == action).map(|step| step.object.to_string()).collect()
    }
}

/// An adapter that does not wait long between repeated reads.
pub(crate) fn adapter(sandbox: &RunningSandbox, timeout: Duration) -> anyhow::Result<Meta> {
    adapter_at(sandbox.base_url().parse()?, timeout)
}

/// The same, on any server.
pub(crate) fn adapter_at(base: url::Url, timeout: Duration) -> anyhow::Result<Meta> {
    Ok(Meta::new(config(base, timeout), Arc::new(|| 0.5))?)
}

fn config(base: url::Url, timeout: Duration) -> MetaConfig {
    let mut config = MetaConfig::at(base, APP_ID, APP_SECRET.to_owned().into());
    hasten(&mut config.http, timeout, "PLACARD_REQUEST_LOG");
    config.report_poll = Duration::from_millis(1);
    config
}
