//! What models may cost: room is taken before a call, and never twice.

use crate::{
    connections::vault,
    support::{Office, actor, now},
};
use anyhow::{Context, ensure};
use placard_domain::Currency;
use placard_store::{
    TenantTx,
    copy::{self, Budget, OverBudget},
};
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

const PROVIDER: &str = r#"{"key":"sk-very-secret"}"#;

fn usd() -> Currency {
    "USD".parse().expect("a currency of ISO 4217")
}

fn budget(amount: i64) -> Budget {
    Budget { amount: Decimal::from(amount), currency: usd() }
}

/// Something in every table.
pub(crate) async fn furnish(tx: &mut TenantTx) -> anyhow::Result<()> {
    let shown = json!({"model": "m"});
    copy::set_provider(tx, &vault(), &actor(), Some(&PROVIDER.into()), &shown).await?;
    copy::set_budget(tx, &actor(), Some(budget(10))).await?;
    copy::reserve(tx, Uuid::now_v7(), Some((Decimal::ONE, usd())), now()).await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_the_same_moment_do_not_share_the_room_that_is_left() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    copy::set_budget(&mut tx, &actor(), Some(budget(10))).await?;
    tx.commit().await?;
    let (db, tenant) = (office.database.db.clone(), office.tenant);
    let calls = (0..16).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut tx = db.tenant(tenant).await?;
            let taken =
                copy::reserve(&mut tx, Uuid::now_v7(), Some((Decimal::from(3), usd())), now()).await?;
            tx.commit().await?;
            anyhow::Ok(taken.is_ok())
        })
    });
    let mut made = 0;
    for call in calls.collect::<Vec<_>>() {
        made += usize::from(call.await??);
    }
    ensure!(made == 3, "{made} calls of at most 3 dollars fit into 10");
    Ok(())
}

#[tokio::test]
async fn what_a_call_cost_takes_the_place_of_what_it_took() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    copy::set_budget(&mut tx, &actor(), Some(budget(10))).await?;
    let id = Uuid::now_v7();
    copy::reserve(&mut tx, id, Some((Decimal::from(9), usd())), now()).await??;
    let second = copy::reserve(&mut tx, Uuid::now_v7(), Some((Decimal::from(2), usd())), now()).await?;
    ensure!(matches!(second, Err(OverBudget::TooMuch { left, .. }) if left == Decimal::ONE), "{second:?}");
    copy::settle(&mut tx, id, Decimal::new(5, 1)).await?;
    copy::reserve(&mut tx, Uuid::now_v7(), Some((Decimal::from(9), usd())), now()).await??;
    let spent = copy::spending(&mut tx, now()).await?.spent;
    ensure!(spent == [(usd(), Decimal::new(95, 1))], "{spent:?}");

    let next_month = now() + chrono::TimeDelta::days(31);
    copy::reserve(&mut tx, Uuid::now_v7(), Some((Decimal::from(10), usd())), next_month).await??;
    let unknown = copy::reserve(&mut tx, Uuid::now_v7(), None, now()).await?;
    ensure!(unknown == Err(OverBudget::PriceUnknown(usd())), "{unknown:?}");
    Ok(())
}

#[tokio::test]
async fn a_models_key_rests_sealed_also_after_the_data_key_was_changed() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (mut tx, vault) = (office.tx().await?, vault());
    furnish(&mut tx).await?;
    vault.rotate_data_key(&mut tx).await?;
    ensure!(copy::reseal(&mut tx, &vault).await? == 1);
    ensure!(copy::reseal(&mut tx, &vault).await? == 0);
    let opened = copy::provider(&mut tx, &vault).await?.context("it is kept")?;
    ensure!(opened.expose_secret() == PROVIDER);
    tx.commit().await?;
    let mut database = office.database.superuser().await;
    let whole: String = sqlx::query_scalar(
        "select copy_setting::text || (select string_agg(a::text, '') from audit_log as a) from copy_setting",
    )
    .fetch_one(&mut database)
    .await?;
    ensure!(!whole.contains("sk-very-secret") && !whole.contains(&hex::encode("sk-very-secret")), "{whole}");
    Ok(())
}
