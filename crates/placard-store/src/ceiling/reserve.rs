//! Taking and giving back room under the ceilings.

use super::money;
use crate::{StoreError, TenantTx, exchange_rate, guardrail, kill_switch};
use chrono::NaiveDate;
use placard_domain::{
    AccountRef, CampaignId, Currency, Money,
    guardrail::{Ceiling, Refusal, ScopeKind},
};

/// What is about to be sent, as far as budget goes.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Where.
    pub account: &'a AccountRef,
    /// What it can spend in a day now.
    pub now: Money,
    /// The most that it can spend in a day while what is about to be sent is under way.
    pub to: Money,
    /// Whether it only pauses, lowers or deletes: no kill switch stops that.
    pub calms: bool,
    /// The day whose exchange rates count.
    pub today: NaiveDate,
}

impl Wish<'_> {
    /// Whether it could make more run than runs now. Only that is compared with ceilings.
    pub const fn raises(&self) -> bool {
        self.to.minor() > self.now.minor()
    }
}

/// Takes room for `wish` under every ceiling that covers it. Call it in the transaction that commits the intent: what
/// it raises may be sent once that is committed. A wish that raises nothing is recorded and never refused by a ceiling.
///
/// # Errors
/// [`StoreError::Guardrail`] if a ceiling or a kill switch stands in the way. Nothing may be sent then.
pub async fn reserve(tx: &mut TenantTx, wish: &Wish<'_>) -> Result<(), StoreError> {
    guardrail::lock(tx).await?;
    if let Some(refusal) = foresee(tx, wish).await? {
        return Err(Box::new(refusal).into());
    }
    if wish.to.minor() <= 0 {
        return Ok(());
    }
    let currency = wish.to.currency();
    // What was taken earlier for the same campaign stays taken until an outcome says that it is free.
    sqlx::query!(
        r#"
        insert into committed_budget as c (tenant_id, campaign_id, platform, account, currency, daily_minor)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint committed_budget_pkey do update
        set daily_minor = excluded.daily_minor, currency = excluded.currency, updated_at = now()
        where c.daily_minor < excluded.daily_minor or c.currency <> excluded.currency
        "#,
        tx.tenant().0,
        wish.campaign.0,
        wish.account.platform.as_str(),
        wish.account.id,
        currency.code(),
        wish.to.minor(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What would refuse `wish` at this moment. Nothing is taken, and a moment later it can be otherwise.
pub async fn foresee(tx: &mut TenantTx, wish: &Wish<'_>) -> Result<Option<Refusal>, StoreError> {
    if !wish.calms
        && let Some(stopped) = kill_switch::engaged_over(tx, Some(wish.campaign), wish.account).await?
    {
        return Ok(Some(stopped));
    }
    if !wish.raises() {
        return Ok(None);
    }
    let ceilings = covering(tx, wish).await?;
    if ceilings.is_empty() {
        return Ok(None);
    }
    let taken = Taken::by_others(tx, wish).await?;
    let currencies: Vec<Currency> = ceilings
        .iter()
        .map(|ceiling| ceiling.daily.currency())
        .chain(taken.everywhere.iter().map(|sum| sum.currency()))
        .chain([wish.to.currency()])
        .collect();
    let rates = exchange_rate::newest(tx, &currencies, wish.today).await?;
    for ceiling in ceilings {
        let others = match ceiling.scope.kind() {
            ScopeKind::Tenant => &taken.everywhere,
            ScopeKind::Account => &taken.in_account,
            ScopeKind::Campaign => &taken.of_campaign,
        };
        if let Err(refusal) = ceiling.admit(others, taken.own(wish.to), &rates) {
            return Ok(Some(refusal));
        }
    }
    Ok(None)
}

/// Records what a campaign can spend in a day in an account once that is known for certain, lower or higher. It is
/// never refused: it only says what is there.
pub async fn settle(
    tx: &mut TenantTx,
    campaign: CampaignId,
    account: &AccountRef,
    daily: Money,
) -> Result<(), StoreError> {
    guardrail::lock(tx).await?;
    if daily.minor() <= 0 {
        sqlx::query!(
            r#"
            delete from committed_budget
            where tenant_id = $1 and campaign_id = $2 and platform = $3 and account = $4
            "#,
            tx.tenant().0,
            campaign.0,
            account.platform.as_str(),
            account.id,
        )
        .execute(tx.conn())
        .await?;
        return Ok(());
    }
    let currency = daily.currency();
    sqlx::query!(
        r#"
        insert into committed_budget (tenant_id, campaign_id, platform, account, currency, daily_minor)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint committed_budget_pkey do update
        set daily_minor = excluded.daily_minor, currency = excluded.currency, updated_at = now()
        "#,
        tx.tenant().0,
        campaign.0,
        account.platform.as_str(),
        account.id,
        currency.code(),
        daily.minor(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn covering(tx: &mut TenantTx, wish: &Wish<'_>) -> Result<Vec<Ceiling>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select platform, account, campaign_id, daily_minor, currency
        from spend_ceiling
        where tenant_id = $1
            and (scope = 'tenant' or (platform = $2 and account = $3) or campaign_id = $4)
        order by array_position(array['tenant', 'account', 'campaign'], scope)
        "#,
        tx.tenant().0,
        wish.account.platform.as_str(),
        wish.account.id,
        wish.campaign.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Ceiling {
                scope: guardrail::scope(row.platform.as_deref(), row.account, row.campaign_id)?,
                daily: money("spend_ceiling.currency", row.daily_minor, &row.currency)?,
            })
        })
        .collect()
}

/// What is committed beside a wish, one sum for each currency.
struct Taken {
    everywhere: Vec<Money>,
    in_account: Vec<Money>,
    of_campaign: Vec<Money>,
    /// What the same campaign has committed in the same account before.
    own: Option<Money>,
}

impl Taken {
    async fn by_others(tx: &mut TenantTx, wish: &Wish<'_>) -> Result<Self, StoreError> {
        let rows = sqlx::query!(
            r#"
            select
                currency,
                coalesce(sum(daily_minor) filter (where not own), 0)::bigint as "everywhere!",
                coalesce(sum(daily_minor) filter (where not own and here), 0)::bigint as "in_account!",
                coalesce(sum(daily_minor) filter (where not own and same), 0)::bigint as "of_campaign!",
                max(daily_minor) filter (where own) as own
            from committed_budget
            cross join lateral (
                select platform = $2 and account = $3 as here, campaign_id = $4 as same
            ) as place
            cross join lateral (select here and same as own) as whose
            where tenant_id = $1
            group by currency
            order by currency
            "#,
            tx.tenant().0,
            wish.account.platform.as_str(),
            wish.account.id,
            wish.campaign.0,
        )
        .fetch_all(tx.conn())
        .await?;
        let mut taken =
            Self { everywhere: Vec::new(), in_account: Vec::new(), of_campaign: Vec::new(), own: None };
        for row in rows {
            let sum = |minor| money("committed_budget.currency", minor, &row.currency);
            taken.everywhere.push(sum(row.everywhere)?);
            taken.in_account.push(sum(row.in_account)?);
            taken.of_campaign.push(sum(row.of_campaign)?);
            taken.own = row.own.map(sum).transpose()?.or(taken.own);
        }
        for sums in [&mut taken.everywhere, &mut taken.in_account, &mut taken.of_campaign] {
            // A sum of nothing needs no rate.
            sums.retain(|sum| sum.minor() != 0);
        }
        Ok(taken)
    }

    /// What will be committed for the wish itself: never less than before.
    fn own(&self, to: Money) -> Money {
        self.own.filter(|own| own.currency() == to.currency() && own.minor() > to.minor()).unwrap_or(to)
    }
}
