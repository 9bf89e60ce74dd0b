//! Sealing tokens anew after a tenant's data key was rotated.

use super::tokens::{open, page_token_place, refresh_token_place, seal, token_place};
use crate::{StoreError, TenantTx, Vault};
use placard_domain::ConnectionId;

/// Seals up to `limit` accesses anew whose tokens a retired data key sealed, and returns how many it was; 0 means that
/// none is left but what someone else works on at this moment. It runs beside everything else and may stop anywhere.
pub async fn reseal(tx: &mut TenantTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_key_id(tx).await?;
    let rows = sqlx::query!(
        r#"
        select id, token, page_token, refresh_token
        from connection
        where tenant_id = $1
            and (
                substring(token for 16) <> uuid_send($2)
                or substring(page_token for 16) <> uuid_send($2)
                or substring(refresh_token for 16) <> uuid_send($2)
            )
        order by id
        limit $3
        for update skip locked
        "#,
        tx.tenant().0,
        current,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut resealed = 0;
    for row in rows {
        let id = ConnectionId(row.id);
        let token = vault.open(tx, token_place(id), &row.token).await?;
        let token = vault.seal(tx, token_place(id), &token).await?;
        let page_token = open(tx, vault, page_token_place(id), row.page_token.as_deref()).await?;
        let page_token = seal(tx, vault, page_token_place(id), page_token.as_ref()).await?;
        let refresh_token = open(tx, vault, refresh_token_place(id), row.refresh_token.as_deref()).await?;
        let refresh_token = seal(tx, vault, refresh_token_place(id), refresh_token.as_ref()).await?;
        sqlx::query!(
            r#"
            update connection
            set token = $3, page_token = $4, refresh_token = $5
            where tenant_id = $1 and id = $2
            "#,
            tx.tenant().0,
            id.0,
            token,
            page_token,
            refresh_token,
        )
        .execute(tx.conn())
        .await?;
        resealed += 1;
    }
    Ok(resealed)
}
