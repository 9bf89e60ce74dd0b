//! What platforms were told, and what became of the deals since.

use super::super::{place, sealed::text};
use crate::{StoreError, TenantTx, Vault, stored};
use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef, ConversionId, DealId, Money, Platform,
    crm::{conversion::ConversionStatus, pipeline::StageKind},
};

/// Which are wanted. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Told to this account.
    pub account: Option<AccountRef>,
    /// Of this deal.
    pub deal: Option<DealId>,
    /// Standing here.
    pub status: Option<ConversionStatus>,
    /// Older than this one: the last of the page before.
    pub after: Option<ConversionId>,
}

/// What became of a deal since it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It is as it was told.
    Same,
    /// It is not won any more.
    Reopened,
    /// It is worth this now.
    Worth(Money),
}

/// What a platform was told of a deal, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: ConversionId,
    /// Of which deal.
    pub deal: DealId,
    /// Which account.
    pub account: AccountRef,
    /// Under which goal.
    pub goal: String,
    /// Where it stands.
    pub status: ConversionStatus,
    /// How often it was sent, or was about to be.
    pub attempts: i16,
    /// The mark of the click; nothing once the person was forgotten.
    pub click: Option<String>,
    /// When the deal was won, as it was told.
    pub at: DateTime<Utc>,
    /// What it was worth, as it was told.
    pub value: Money,
    /// When it was last committed to.
    pub intended_at: DateTime<Utc>,
    /// Not before this moment.
    pub due_at: Option<DateTime<Utc>>,
    /// When the platform answered, or was found not to.
    pub answered_at: Option<DateTime<Utc>>,
    /// What it said last.
    pub answer: Option<String>,
    /// What became of the deal since.
    pub since: Since,
}

/// Up to `limit` of them, the newest first.
pub async fn list(
    tx: &mut TenantTx,
    vault: &Vault,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            c.id, c.deal_id, c.platform, c.account, c.goal, c.status, c.attempts, c.click, c.at, c.amount_minor,
            c.currency, c.intended_at, c.due_at, c.answered_at, c.answer, s.kind, d.amount_minor as deal_minor,
            d.currency as deal_currency
        from conversion as c
        join deal as d on d.tenant_id = c.tenant_id and d.id = c.deal_id
        join pipeline_stage as s on s.tenant_id = d.tenant_id and s.id = d.stage_id
        where c.tenant_id = $1
            and ($2::text is null or c.platform = $2)
            and ($3::text is null or c.account = $3)
            and ($4::uuid is null or c.deal_id = $4)
            and ($5::text is null or c.status = $5)
            and ($6::uuid is null or c.id < $6)
        order by c.id desc
        limit $7
        "#,
        tx.tenant().0,
        filter.account.as_ref().map(|account| account.platform.as_str()),
        filter.account.as_ref().map(|account| account.id.as_str()),
        filter.deal.map(|deal| deal.0),
        filter.status.map(ConversionStatus::as_str),
        filter.after.map(|after| after.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut held = vault.hold(tx).await?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let id = ConversionId(row.id);
        let click = match &row.click {
            Some(sealed) => {
                Some(text(held.open(tx, place::conversion(id), sealed).await?, "conversion.click")?)
            }
            None => None,
        };
        let platform: Platform = stored::word("conversion.platform", &row.platform)?;
        let kind: StageKind = stored::word("pipeline_stage.kind", &row.kind)?;
        let value = Money::new(row.amount_minor, stored::parsed("conversion.currency", &row.currency)?);
        let worth = Money::new(row.deal_minor, stored::parsed("deal.currency", &row.deal_currency)?);
        let since = match kind {
            StageKind::Won if worth == value => Since::Same,
            StageKind::Won => Since::Worth(worth),
            StageKind::Open | StageKind::Lost => Since::Reopened,
        };
        told.push(Told {
            id,
            deal: DealId(row.deal_id),
            account: AccountRef { platform, id: row.account },
            goal: row.goal,
            status: stored::word("conversion.status", &row.status)?,
            attempts: row.attempts,
            click,
            at: row.at,
            value,
            intended_at: row.intended_at,
            due_at: row.due_at,
            answered_at: row.answered_at,
            answer: row.answer,
            since,
        });
    }
    Ok(told)
}

/// How many of an account's are not settled: committed to or sent, and without a word of the platform that ends it.
pub async fn unsettled(tx: &mut TenantTx, account: &AccountRef) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from conversion
        where tenant_id = $1 and platform = $2 and account = $3 and status in ('intended', 'unknown', 'waiting')
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}
