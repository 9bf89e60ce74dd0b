//! Leads from files, and revenue beside spend: what the API and the command line share.

use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{
    Currency, TenantId,
    crm::{
        Touch,
        revenue::{Compared, RevenueError, only_currency},
    },
    guardrail::ExchangeRate,
};
use placard_store::{
    Db, StoreError, TenantTx, Vault,
    audit::{Actor, Origin},
    crm::{self, RevenueRow, RevenueScope, Taken},
};

/// So many leads are taken in with one transaction. Whoever stops in between goes on by taking the file in again.
const BATCH: usize = 250;

/// What became of the rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Leads that are new.
    pub made: usize,
    /// Rows that were added to leads that were known.
    pub added: usize,
    /// Rows that had come in before.
    pub known: usize,
}

/// Who takes leads in.
#[derive(Clone, Copy, Debug)]
pub struct Intake<'a> {
    /// Where they are kept.
    pub db: &'a Db,
    /// With what they are sealed.
    pub vault: &'a Vault,
    /// Whose they are.
    pub tenant: TenantId,
    /// Who does it.
    pub actor: &'a Actor,
    /// From where.
    pub origin: &'a Origin,
}

/// Takes the rows of a file in, a few hundred at a time, and tells how many are done.
pub async fn take_all(
    intake: &Intake<'_>,
    touches: &[Touch],
    now: DateTime<Utc>,
    mut tell: impl FnMut(usize) + Send,
) -> Result<Imported, StoreError> {
    let (mut imported, mut done) = (Imported::default(), 0);
    for batch in touches.chunks(BATCH) {
        let mut tx = intake.db.tenant(intake.tenant).await?;
        tx.come_from(intake.origin.clone());
        let taken = crm::take_leads(&mut tx, intake.vault, intake.actor, batch, now).await?;
        tx.commit().await?;
        for one in taken {
            match one {
                Taken::Made(_) => imported.made += 1,
                Taken::Added(_) => imported.added += 1,
                Taken::Known(_) => imported.known += 1,
            }
        }
        done += batch.len();
        tell(done);
    }
    Ok(imported)
}

/// Revenue beside spend, in one currency.
#[derive(Clone, Debug)]
pub struct Revenue {
    /// The currency of every amount; nothing if there are no amounts.
    pub currency: Option<Currency>,
    /// Each ad, ad group or campaign, the most spent on first; leads that came by none are last.
    pub rows: Vec<(RevenueRow, Option<Compared>)>,
    /// The rates that were used.
    pub rates: Vec<ExchangeRate>,
}

/// Why revenue cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// The amounts cannot be compared.
    #[error(transparent)]
    Incomparable(#[from] RevenueError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Compares what was spent with what was sold, in `currency` or in the only one there is.
pub async fn revenue(
    tx: &mut TenantTx,
    scope: &RevenueScope<'_>,
    currency: Option<Currency>,
) -> Result<Revenue, Untold> {
    let (rows, rates) = crm::revenue(tx, scope, currency).await?;
    let currency = match currency {
        Some(currency) => Some(currency),
        None => only_currency(rows.iter().map(|row| &row.counted))?,
    };
    let mut used = Vec::new();
    let mut compared = Vec::with_capacity(rows.len());
    for row in rows {
        let one = match currency {
            Some(currency) => Some(row.counted.compare(currency, &rates, &mut used)?),
            None => None,
        };
        compared.push((row, one));
    }
    compared.sort_by_key(|(row, one)| {
        let spend = one.as_ref().map(|one| one.spend).unwrap_or_default();
        (row.remote_id.is_none(), std::cmp::Reverse(spend))
    });
    Ok(Revenue { currency, rows: compared, rates: used })
}
