//! Requests whose callers go away in the middle leave nothing on the connection that they used.

mod storm;

use crate::support::Office;

/// Of the million that `./x soak tenants` makes.
const REQUESTS: u64 = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_requests_leave_no_tenant_and_no_transaction_behind() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let tenants = [office.tenant, office.stranger().await?];
    let tally = storm::run(&office.database, tenants, REQUESTS, 1, |_| ()).await?;
    assert_eq!(tally.wrong, Vec::<String>::new());
    // Else nothing was tried.
    assert!(tally.finished > REQUESTS / 5 && tally.cancelled > REQUESTS / 5, "{tally}");
    assert!(tally.looks > REQUESTS / 20 && tally.kept > REQUESTS / 20, "{tally}");
    Ok(())
}
