//! What came of a campaign.

use crate::{StoreError, TenantTx};
use placard_domain::OutreachId;

/// What came of a campaign (requirement O2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// People in it.
    pub found: i64,
    /// Those who were approved.
    pub approved: i64,
    /// Messages that the channel took.
    pub sent: i64,
    /// Messages that the channel took and that did not come back.
    pub delivered: i64,
    /// Messages of which nobody knows whether they arrived.
    pub unknown: i64,
    /// People who answered.
    pub responses: i64,
    /// People who did what the campaign is for.
    pub converted: i64,
}

/// Counts what came of a campaign.
pub async fn stats(tx: &mut TenantTx, campaign: OutreachId) -> Result<Stats, StoreError> {
    let stats = sqlx::query_as!(
        Stats,
        r#"
        select e.found as "found!", e.approved as "approved!", d.sent as "sent!", d.delivered as "delivered!",
            d.unknown as "unknown!", d.responses as "responses!", e.converted as "converted!"
        from (
            select
                count(*) as found,
                count(*) filter (where status not in ('pending', 'rejected')) as approved,
                count(*) filter (where converted_at is not null) as converted
            from enrolment
            where tenant_id = $1 and campaign_id = $2
        ) as e,
        (
            select
                count(*) filter (where status in ('handed_over', 'bounced')) as sent,
                count(*) filter (where status = 'handed_over') as delivered,
                count(*) filter (where status = 'unknown') as unknown,
                count(distinct enrolment_id) filter (where replied_at is not null) as responses
            from outreach_delivery
            where tenant_id = $1 and campaign_id = $2
        ) as d
        "#,
        tx.tenant().0,
        campaign.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(stats)
}
