//! Exchange rates by day, as the tenant says. A ceiling in one currency counts commitments in others by them.

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    Currency,
    guardrail::{ExchangeRate, Rates},
};
use rust_decimal::Decimal;
use serde_json::json;

/// A rate of an earlier day than this many before is not used: markets rest over holidays, not for longer.
pub const MAX_AGE_DAYS: i64 = 7;

/// A rate as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The rate.
    pub rate: ExchangeRate,
    /// Who set it, for people.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

/// Sets the rate of a pair on a day, in place of an earlier one for the same day.
pub async fn set(tx: &mut TenantTx, actor: &Actor, new: &ExchangeRate) -> Result<(), StoreError> {
    // Commitments are compared by rates, so none is being compared while one changes.
    crate::guardrail::lock(tx).await?;
    let old: Option<Decimal> = sqlx::query_scalar!(
        r#"
        select rate
        from exchange_rate
        where tenant_id = $1 and base = $2 and quote = $3 and date = $4
        "#,
        tx.tenant().0,
        new.from.code(),
        new.to.code(),
        new.date,
    )
    .fetch_optional(tx.conn())
    .await?;
    sqlx::query!(
        r#"
        insert into exchange_rate (tenant_id, base, quote, date, rate, set_by)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint exchange_rate_pkey do update
        set rate = excluded.rate, set_by = excluded.set_by, set_at = now()
        "#,
        tx.tenant().0,
        new.from.code(),
        new.to.code(),
        new.date,
        new.rate,
        actor.name(),
    )
    .execute(tx.conn())
    .await?;
    let entry = Entry {
        action: if old.is_some() { Action::Update } else { Action::Create },
        entity_type: "exchange_rate",
        entity_id: format!("{}/{}/{}", new.from, new.to, new.date),
        old: old.map(|rate| json!({ "rate": rate })),
        new: Some(json!({ "rate": new.rate })),
    };
    audit::append(tx, actor, &entry).await
}

/// Up to `limit` rates, the newest first.
pub async fn list(tx: &mut TenantTx, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select base, quote, date, rate, set_by, set_at
        from exchange_rate
        where tenant_id = $1
        order by date desc, base, quote
        limit $2
        "#,
        tx.tenant().0,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let rate = read(&row.base, &row.quote, row.date, row.rate)?;
            Ok(Stored { rate, set_by: row.set_by, set_at: row.set_at })
        })
        .collect()
}

/// The newest rates to and from `currencies` for `today`.
pub(crate) async fn newest(
    tx: &mut TenantTx,
    currencies: &[Currency],
    today: NaiveDate,
) -> Result<Rates, StoreError> {
    let codes: Vec<String> = currencies.iter().map(|currency| currency.code().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        select distinct on (base, quote) base, quote, date, rate
        from exchange_rate
        where tenant_id = $1 and date <= $2 and base = any ($3) and quote = any ($3)
        order by base, quote, date desc
        "#,
        tx.tenant().0,
        today,
        &codes,
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().map(|row| read(&row.base, &row.quote, row.date, row.rate));
    Ok(Rates { known: known.collect::<Result<_, _>>()?, today, max_age_days: MAX_AGE_DAYS })
}

fn read(base: &str, quote: &str, date: NaiveDate, rate: Decimal) -> Result<ExchangeRate, StoreError> {
    let from = stored::parsed("exchange_rate.base", base)?;
    let to = stored::parsed("exchange_rate.quote", quote)?;
    ExchangeRate::new(from, to, date, rate).map_err(|error| StoreError::corrupt("exchange_rate.rate", error))
}
