//! Where commands work that have no counterpart on a server: a session, and the tenant it works for.

use super::paint::Paint;
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use placard_domain::TenantId;

/// A session and the tenant it works for.
pub(super) struct Office {
    pub(super) session: Session,
    pub(super) tenant: TenantId,
}

impl Office {
    /// Does `work` for the command that people call `command`, and closes the session however that ends.
    pub(super) async fn at<T>(
        settings: &Settings,
        command: &str,
        work: impl AsyncFnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let session = Session::open(settings, command).await?;
        let tenant = session.tenant().await?.id;
        let office = Self { session, tenant };
        let outcome = Box::pin(work(&office)).await;
        let closed = office.session.close().await;
        let done = outcome?;
        closed?;
        Ok(done)
    }

    pub(super) async fn tx(&self) -> Result<placard_store::TenantTx> {
        Ok(self.session.db().tenant(self.tenant).await?)
    }
}

/// Says that something was done.
pub(super) fn said(as_json: bool, value: &serde_json::Value, text: &str) {
    if as_json { println!("{value}") } else { println!("{} {text}", Paint::for_stdout().green("✓")) }
}
