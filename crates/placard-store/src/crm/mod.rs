//! Leads, and what is sold to them.
//!
//! Personal data rests sealed by the vault, addresses and numbers by which people are found again as keyed hashes, and
//! the audit log names ids alone. Whatever finds or makes a lead by its identities does so one after another within a
//! tenant (`lock`), so that one person is one lead however many forms arrive at one moment.

pub mod activity;
pub mod conversion;
pub mod deal;
mod erase;
mod intake;
mod key;
mod lead;
mod merge;
pub mod pipeline;
mod place;
mod reseal;
mod resolve;
mod revenue;
mod sealed;

pub use erase::{Erased, erase_person};
pub use intake::{Taken, take_lead, take_leads};
pub use lead::{Filter, Lead, consent_of, count, edit, find_by, get, list, move_to, touches};
pub use merge::{Merge, merge, merges, undo_merge};
pub use reseal::reseal;
pub use revenue::{RevenueRow, RevenueScope, revenue};
pub use sealed::Person;

use crate::{StoreError, TenantTx};

/// One at a time within a tenant decides who is who. The audit log makes its writers follow each other anyway.
async fn lock(tx: &mut TenantTx) -> Result<(), StoreError> {
    let key = format!("placard.leads/{}", tx.tenant());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 0)) as "locked!: ()""#, key)
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}
