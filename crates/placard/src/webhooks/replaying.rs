//! Letting notices that were put aside wait again.

use crate::work::{HandleNotices, Job};
use placard_domain::AccountRef;
use placard_store::{StoreError, TenantTx, audit::Actor, jobs, webhook};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Lets the notice with `only`, or every one that was put aside, wait again, and has it looked after. Gives how many.
pub(crate) async fn replay(
    tx: &mut TenantTx,
    actor: &Actor,
    only: Option<Uuid>,
) -> Result<usize, StoreError> {
    let accounts = webhook::replay(tx, actor, only).await?;
    let count = accounts.len();
    let each: BTreeSet<AccountRef> = accounts.into_iter().collect();
    let again: Vec<_> = each.into_iter().map(|account| HandleNotices { account }.to_job()).collect();
    jobs::enqueue(tx, &again).await?;
    Ok(count)
}
