//! What ceilings and kill switches share: the lock under which they are compared, and the columns of a scope.

use crate::{StoreError, TenantTx, stored};
use placard_domain::{AccountRef, CampaignId, guardrail::Scope};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Until `tx` ends, nobody else of this tenant raises, limits or stops anything, and nobody sends under a permit.
/// The next statement sees everything that was committed under the lock before.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<(), StoreError> {
    sqlx::query!(r#"select pg_advisory_xact_lock($1) as "locked!: ()""#, key(tx))
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// Until `tx` ends, nobody of this tenant limits or stops anything. Others may hold it as well.
pub(crate) async fn lock_shared(tx: &mut TenantTx) -> Result<(), StoreError> {
    sqlx::query!(r#"select pg_advisory_xact_lock_shared($1) as "locked!: ()""#, key(tx))
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

fn key(tx: &TenantTx) -> i64 {
    let hash = Sha256::digest(format!("placard.guardrail/{}", tx.tenant()));
    i64::from_be_bytes(*hash.first_chunk().expect("SHA-256 gives 32 bytes"))
}

/// A scope as its columns hold it.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) kind: &'static str,
    pub(crate) platform: Option<&'static str>,
    pub(crate) account: Option<String>,
    pub(crate) campaign: Option<Uuid>,
}

impl From<&Scope> for Columns {
    fn from(scope: &Scope) -> Self {
        let (platform, account, campaign) = match scope {
            Scope::Tenant => (None, None, None),
            Scope::Account(account) => (Some(account.platform.as_str()), Some(account.id.clone()), None),
            Scope::Campaign(campaign) => (None, None, Some(campaign.0)),
        };
        Self { kind: scope.kind().as_str(), platform, account, campaign }
    }
}

/// The scope that columns hold. The database's check leaves no other combination.
pub(crate) fn scope(
    platform: Option<&str>,
    account: Option<String>,
    campaign: Option<Uuid>,
) -> Result<Scope, StoreError> {
    if let Some(campaign) = campaign {
        return Ok(Scope::Campaign(CampaignId(campaign)));
    }
    let Some((platform, id)) = platform.zip(account) else { return Ok(Scope::Tenant) };
    Ok(Scope::Account(AccountRef { platform: stored::word("platform", platform)?, id }))
}
