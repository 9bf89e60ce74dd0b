//! An asset's copies on platforms, as far as there are objects of ours that say so.

use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, AssetId, RemoteId};
use uuid::Uuid;

/// A copy of an asset in an ad account. It is read from the objects on platforms, so that it cannot disagree with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetCopy {
    /// The asset.
    pub asset: AssetId,
    /// The account.
    pub account: AccountRef,
    /// The platform's id or hash of it.
    pub remote_id: RemoteId,
    /// Where the asset was fetched from.
    pub original_url: Option<String>,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
}

/// The copies of an asset, one for each account.
pub async fn copies(tx: &mut TenantTx, id: AssetId) -> Result<Vec<AssetCopy>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            asset_id as "asset_id!", platform as "platform!", account as "account!", remote_id as "remote_id!",
            original_url, created_at as "created_at!"
        from asset_copy
        where tenant_id = $1 and asset_id = $2
        order by platform, account
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(AssetCopy::try_from).collect()
}

/// The copy in an account of what was fetched from `url`; the newest if several assets came from there.
pub async fn find_copy(
    tx: &mut TenantTx,
    account: &AccountRef,
    url: &str,
) -> Result<Option<AssetCopy>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            asset_id as "asset_id!", platform as "platform!", account as "account!", remote_id as "remote_id!",
            original_url, created_at as "created_at!"
        from asset_copy
        where tenant_id = $1 and platform = $2 and account = $3 and original_url = $4
        order by asset_id desc
        limit 1
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        url,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(AssetCopy::try_from).transpose()
}

struct Row {
    asset_id: Uuid,
    platform: String,
    account: String,
    remote_id: String,
    original_url: Option<String>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for AssetCopy {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let platform = stored::parsed("asset_copy.platform", &row.platform)?;
        Ok(Self {
            asset: AssetId(row.asset_id),
            account: AccountRef { platform, id: row.account },
            remote_id: RemoteId(row.remote_id),
            original_url: row.original_url,
            created_at: row.created_at,
        })
    }
}
