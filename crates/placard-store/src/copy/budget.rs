//! What models may cost in a month. Room is taken before a call, in a transaction of its own under one lock for each
//! tenant, so that no two calls share it, and what a call really cost takes its place afterwards. A call of which
//! nothing more was heard keeps the room that it took.

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use placard_domain::Currency;
use rust_decimal::Decimal;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What models may cost in a month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How much, in major units.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: Currency,
}

/// What calls cost in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The budget, if there is one.
    pub budget: Option<Budget>,
    /// What was spent or is reserved, in each currency.
    pub spent: Vec<(Currency, Decimal)>,
}

/// Why a call may not be made. Nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// It could cost more than is left.
    #[error("it could cost {most} {currency}, and {left} of {budget} {currency} is left this month")]
    TooMuch {
        /// The most that it could cost.
        most: Decimal,
        /// What is left.
        left: Decimal,
        /// The budget.
        budget: Decimal,
        /// Its currency.
        currency: Currency,
    },
    /// What it could cost cannot be told in the budget's currency.
    #[error("there is a budget in {0}, and the model's price is not known in it")]
    PriceUnknown(Currency),
}

/// Sets what models may cost in a month, or lets them cost whatever they do.
pub async fn set_budget(tx: &mut TenantTx, actor: &Actor, budget: Option<Budget>) -> Result<(), StoreError> {
    lock(tx).await?;
    sqlx::query!(
        r#"
        insert into copy_setting (tenant_id, monthly_budget, currency)
        values ($1, $2, $3)
        on conflict on constraint copy_setting_pkey do update
        set monthly_budget = excluded.monthly_budget, currency = excluded.currency, updated_at = now()
        "#,
        tx.tenant().0,
        budget.map(|budget| budget.amount),
        budget.map(|budget| budget.currency.code().to_owned()),
    )
    .execute(tx.conn())
    .await?;
    let after = budget.map(|budget| json!({"amount": budget.amount, "currency": budget.currency.code()}));
    let entry = Entry {
        action: Action::Update,
        entity_type: "copy_setting",
        entity_id: tx.tenant().to_string(),
        old: None,
        new: Some(json!({"monthly_budget": after})),
    };
    audit::append(tx, actor, &entry).await
}

/// Takes room for a call that can cost `most`; commit it before the call is made.
pub async fn reserve(
    tx: &mut TenantTx,
    id: Uuid,
    most: Option<(Decimal, Currency)>,
    now: DateTime<Utc>,
) -> Result<Result<(), OverBudget>, StoreError> {
    lock(tx).await?;
    let Spending { budget, spent } = spending(tx, now).await?;
    if let Some(budget) = budget {
        let Some((most, _)) = most.filter(|(_, currency)| *currency == budget.currency) else {
            return Ok(Err(OverBudget::PriceUnknown(budget.currency)));
        };
        let spent = spent.iter().find(|(currency, _)| *currency == budget.currency);
        let left = (budget.amount - spent.map_or(Decimal::ZERO, |(_, spent)| *spent)).max(Decimal::ZERO);
        if most > left {
            let (most, left, budget_amount) = (most.normalize(), left.normalize(), budget.amount.normalize());
            let currency = budget.currency;
            return Ok(Err(OverBudget::TooMuch { most, left, budget: budget_amount, currency }));
        }
    }
    let Some((most, currency)) = most else { return Ok(Ok(())) };
    sqlx::query!(
        r#"
        insert into model_call (tenant_id, id, month, currency, reserved, asked_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        tx.tenant().0,
        id,
        month(now),
        currency.code(),
        most,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(Ok(()))
}

/// Puts what a call cost in place of what it took.
pub async fn settle(tx: &mut TenantTx, id: Uuid, cost: Decimal) -> Result<(), StoreError> {
    sqlx::query!(
        "update model_call set cost = $3 where tenant_id = $1 and id = $2",
        tx.tenant().0,
        id,
        cost,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What calls cost in the month of `now`.
pub async fn spending(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Spending, StoreError> {
    let setting = sqlx::query!(
        "select monthly_budget, currency from copy_setting where tenant_id = $1",
        tx.tenant().0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let budget = match setting.and_then(|row| row.monthly_budget.zip(row.currency)) {
        Some((amount, code)) => Some(Budget { amount, currency: currency(&code)? }),
        None => None,
    };
    let rows = sqlx::query!(
        r#"
        select currency, sum(coalesce(cost, reserved)) as "spent!"
        from model_call
        where tenant_id = $1 and month = $2
        group by currency
        order by currency
        "#,
        tx.tenant().0,
        month(now),
    )
    .fetch_all(tx.conn())
    .await?;
    let spent = rows.into_iter().map(|row| Ok((currency(&row.currency)?, row.spent)));
    Ok(Spending { budget, spent: spent.collect::<Result<_, StoreError>>()? })
}

fn currency(code: &str) -> Result<Currency, StoreError> {
    code.parse().map_err(|error| StoreError::corrupt("model_call.currency", error))
}

fn month(now: DateTime<Utc>) -> NaiveDate {
    let day = now.date_naive();
    day.with_day(1).unwrap_or(day)
}

/// Until `tx` ends, nobody else of this tenant takes room or changes the budget.
async fn lock(tx: &mut TenantTx) -> Result<(), StoreError> {
    let hash = Sha256::digest(format!("placard.copy-budget/{}", tx.tenant()));
    let key = i64::from_be_bytes(*hash.first_chunk().expect("SHA-256 gives 32 bytes"));
    sqlx::query!(r#"select pg_advisory_xact_lock($1) as "locked!: ()""#, key).fetch_one(tx.conn()).await?;
    Ok(())
}
