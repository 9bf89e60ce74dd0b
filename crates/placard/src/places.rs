//! Where a campaign is on the platforms, or should be.

use crate::session::Session;
use anyhow::Result;
use placard_store::{
    campaign::{self, Campaign},
    connection::Connection,
    platform_object,
    tenant::Tenant,
};

/// A connection for each ad account in which the campaign has objects, and for each platform that its spec names
/// beyond these.
pub async fn of(session: &Session, tenant: &Tenant, campaign: &Campaign) -> Result<Vec<Connection>> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let spec = campaign::spec(&mut tx, campaign.id, None).await?;
    let there = platform_object::accounts_of(&mut tx, campaign.id).await?;
    tx.commit().await?;
    let wanted = spec.platforms.named().into_iter();
    let not_there = wanted.filter(|platform| there.iter().all(|account| account.platform != *platform));
    let named = not_there.map(|platform| (platform, spec.platforms.account(platform)));
    let places = there.iter().map(|account| (account.platform, Some(account.id.as_str()))).chain(named);
    let mut all = Vec::new();
    for (platform, account) in places {
        all.push(session.connection(tenant, platform, account, Some(campaign.currency)).await?);
    }
    Ok(all)
}
