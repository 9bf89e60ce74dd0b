//! Sealing anew what a retired data key sealed.

use super::place;
use crate::{StoreError, TenantTx, Vault, reseal::reseal};
use placard_domain::{ActivityId, ConversionId, DealId, LeadId, TenantId};

/// Seals up to `limit` values of each kind anew that a retired data key sealed, and returns how many it was; 0 means
/// that none is left but what someone else works on at this moment. It runs beside everything else and may stop
/// anywhere.
pub async fn reseal(tx: &mut TenantTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_key_id(tx).await?;
    let mut held = vault.hold(tx).await?;
    let mut resealed = 0;
    resealed += reseal!(tx, held, current, limit;
        r#"select tenant_id as id, sealed from lead_key
           where tenant_id = $1 and substring(sealed for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update lead_key set sealed = $3 where tenant_id = $1 and tenant_id = $2",
        |id| place::lead_key(TenantId(id))
    );
    resealed += reseal!(tx, held, current, limit;
        r#"select id, sealed as "sealed!" from lead
           where tenant_id = $1 and substring(sealed for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update lead set sealed = $3 where tenant_id = $1 and id = $2",
        |id| place::lead(LeadId(id))
    );
    resealed += reseal!(tx, held, current, limit;
        r#"select id, sealed from lead_touch
           where tenant_id = $1 and substring(sealed for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update lead_touch set sealed = $3 where tenant_id = $1 and id = $2",
        place::touch
    );
    resealed += reseal!(tx, held, current, limit;
        r#"select id, title as "sealed!" from deal
           where tenant_id = $1 and substring(title for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update deal set title = $3 where tenant_id = $1 and id = $2",
        |id| place::deal(DealId(id))
    );
    resealed += reseal!(tx, held, current, limit;
        r#"select id, text as sealed from activity
           where tenant_id = $1 and substring(text for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update activity set text = $3 where tenant_id = $1 and id = $2",
        |id| place::activity(ActivityId(id))
    );
    resealed += reseal!(tx, held, current, limit;
        r#"select id, click as "sealed!" from conversion
           where tenant_id = $1 and substring(click for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update conversion set click = $3 where tenant_id = $1 and id = $2",
        |id| place::conversion(ConversionId(id))
    );
    Ok(resealed)
}
