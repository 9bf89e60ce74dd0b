//! Which ads show which assets.

use crate::{StoreError, TenantTx, stored};
use placard_domain::{AssetId, CampaignId, asset::AssetRole};
use uuid::Uuid;

/// An ad that shows an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetUse {
    /// The campaign's key.
    pub campaign: String,
    /// The ad's name.
    pub ad: String,
    /// What the asset does there.
    pub role: AssetRole,
    /// The order within the role, from 0.
    pub position: i16,
    /// Whether the campaign has objects on a platform, or is on its way there.
    pub live: bool,
}

/// Every ad of a spec that shows an asset, by campaign. Pictures, videos and forms do not make a campaign live: platforms keep
/// them when it is gone.
pub async fn uses(tx: &mut TenantTx, id: AssetId) -> Result<Vec<AssetUse>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            c.key as campaign, ad.name as ad, u.role, u.position,
            (
                c.status = 'publishing'
                or exists (
                    select from platform_object as o
                    where o.tenant_id = c.tenant_id and o.campaign_id = c.id and o.presence = 'present'
                        and o.kind not in ('image', 'video', 'lead_form')
                )
            ) as "live!"
        from ad_asset as u
        join ad on ad.tenant_id = u.tenant_id and ad.id = u.ad_id
        join campaign as c on c.tenant_id = ad.tenant_id and c.id = ad.campaign_id
        where u.tenant_id = $1 and u.asset_id = $2 and ad.removed_at is null
        order by c.key, ad.name, u.role, u.position
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let uses = rows.into_iter().map(|row| {
        let role = stored::word("ad_asset.role", &row.role)?;
        Ok(AssetUse { campaign: row.campaign, ad: row.ad, role, position: row.position, live: row.live })
    });
    uses.collect()
}

/// Notes which assets a campaign's ads show, by the hashes of their pictures and videos.
pub(crate) async fn link_campaign(tx: &mut TenantTx, campaign: CampaignId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from ad_asset
        using ad
        where ad_asset.tenant_id = $1 and ad.tenant_id = $1 and ad.id = ad_asset.ad_id and ad.campaign_id = $2
        "#,
        tx.tenant().0,
        campaign.0,
    )
    .execute(tx.conn())
    .await?;
    link(tx, Some(campaign.0), None).await
}

/// Notes which ads show an asset that is new.
pub(super) async fn link_asset(tx: &mut TenantTx, asset: AssetId) -> Result<(), StoreError> {
    link(tx, None, Some(asset.0)).await
}

/// A file's hash may be that of what is kept or of what arrived; the first asset that has it counts.
async fn link(tx: &mut TenantTx, campaign: Option<Uuid>, asset: Option<Uuid>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into ad_asset (tenant_id, ad_id, role, position, asset_id)
        select distinct on (ad.id, shown.role) $1, ad.id, shown.role, 0, a.id
        from ad
        cross join lateral (
            values
                ($2::text, ad.creative #>> '{image_facts,sha256}'),
                ($3::text, ad.creative #>> '{video_facts,sha256}')
        ) as shown (role, hash)
        join asset as a
            on a.tenant_id = $1 and shown.hash in (a.content_hash, a.received_hash)
        where ad.tenant_id = $1 and ad.removed_at is null and a.deleted_at is null
            and ($4::uuid is null or ad.campaign_id = $4)
            and ($5::uuid is null or a.id = $5)
        order by ad.id, shown.role, a.created_at, a.id
        on conflict on constraint ad_asset_pkey do nothing
        "#,
        tx.tenant().0,
        AssetRole::PrimaryImage.as_str(),
        AssetRole::Video.as_str(),
        campaign,
        asset,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
