//! Sealing addresses and channels anew.

use super::{enrolment, setting};
use crate::{StoreError, TenantTx, Vault, reseal::reseal};
use placard_domain::EnrolmentId;

/// Seals up to `limit` values of each kind anew that a retired data key sealed, and returns how many it was; 0 means
/// that none is left but what someone else works on at this moment.
pub async fn reseal(tx: &mut TenantTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_key_id(tx).await?;
    let mut held = vault.hold(tx).await?;
    let key = reseal!(tx, held, current, limit;
        r#"select tenant_id as id, address_key as sealed from outreach_setting
           where tenant_id = $1 and substring(address_key for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update outreach_setting set address_key = $3 where tenant_id = $1 and tenant_id = $2",
        |tenant| setting::place(tenant, "address_key")
    );
    let channels = reseal!(tx, held, current, limit;
        r#"select tenant_id as id, channels as "sealed!" from outreach_setting
           where tenant_id = $1 and substring(channels for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update outreach_setting set channels = $3 where tenant_id = $1 and tenant_id = $2",
        |tenant| setting::place(tenant, "channels")
    );
    let recipients = reseal!(tx, held, current, limit;
        r#"select id, recipient as "sealed!" from enrolment
           where tenant_id = $1 and substring(recipient for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update enrolment set recipient = $3 where tenant_id = $1 and id = $2",
        |id| enrolment::place(EnrolmentId(id))
    );
    Ok(key + channels + recipients)
}
