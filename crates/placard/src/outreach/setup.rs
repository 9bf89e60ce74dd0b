//! A tenant's channels, as they are kept and opened.

use super::{ChannelSettings, Channels};
use anyhow::{Context, Result};
use placard_store::{TenantTx, Vault, audit::Actor, outreach};
use secrecy::ExposeSecret;

/// The tenant's channels; `None` if none was set up.
///
/// # Errors
/// If they cannot be read, or one of them cannot be used.
pub async fn channels(tx: &mut TenantTx, vault: &Vault) -> Result<Option<Channels>> {
    let Some(settings) = channel_settings(tx, vault).await? else { return Ok(None) };
    Channels::open(tx.tenant(), &settings).map(Some)
}

/// The settings of the tenant's channels, secrets among them.
///
/// # Errors
/// If they cannot be read.
pub async fn channel_settings(tx: &mut TenantTx, vault: &Vault) -> Result<Option<ChannelSettings>> {
    let kept = outreach::channels(tx, vault).await?;
    let read = |kept: secrecy::SecretString| {
        serde_json::from_str(kept.expose_secret()).context("the stored channels cannot be read")
    };
    kept.map(read).transpose()
}

/// Keeps the tenant's channels, sealed. Whether they can be used was found out by [`Channels::open`].
///
/// # Errors
/// If the database does not take them.
pub async fn keep_channels(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    settings: &ChannelSettings,
) -> Result<()> {
    let text = serde_json::to_string(settings)?.into();
    Ok(outreach::set_channels(tx, vault, actor, &text).await?)
}
