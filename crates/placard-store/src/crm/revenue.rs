//! What ads cost and what was sold to the people who came by them.

use crate::{
    StoreError, TenantTx, exchange_rate,
    metrics::{self, Scope},
    stored,
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use placard_domain::{
    AccountRef, Currency, Platform,
    crm::revenue::{Amount, Counted},
    guardrail::Rates,
    metric::Level,
};
use std::collections::BTreeMap;

/// Which numbers are wanted.
#[derive(Clone, Copy, Debug)]
pub struct RevenueScope<'a> {
    /// For each ad, ad group or campaign.
    pub level: Level,
    /// Of this account; of all if `None`.
    pub account: Option<&'a AccountRef>,
    /// First day.
    pub since: NaiveDate,
    /// Last day, included. Days of leads and deals are in UTC, days of spend in the account's time zone.
    pub until: NaiveDate,
}

/// What is known of one ad, ad group or campaign, or of leads that came by none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevenueRow {
    /// The ad account, if it is known.
    pub account: Option<AccountRef>,
    /// The platform's id; `None` for leads that came by none.
    pub remote_id: Option<String>,
    /// Its name, if its numbers were ever read.
    pub name: Option<String>,
    /// Spend and leads of these days, and deals that were won on these days, whenever their leads came.
    pub counted: Counted,
}

/// Platform, account and id of an ad, ad group or campaign.
type Key = (Option<Platform>, String, Option<String>);

/// A row for each ad, ad group or campaign with spend, leads or won deals, and the rates that compare their
/// currencies: the newest for the last day.
pub async fn revenue(
    tx: &mut TenantTx,
    scope: &RevenueScope<'_>,
    wanted: Option<Currency>,
) -> Result<(Vec<RevenueRow>, Rates), StoreError> {
    let mut rows: BTreeMap<Key, RevenueRow> = BTreeMap::new();
    spend(tx, scope, &mut rows).await?;
    sold(tx, scope, &mut rows).await?;
    let mut currencies: Vec<Currency> = wanted.into_iter().collect();
    for row in rows.values() {
        let amounts = row.counted.spend.iter().chain(&row.counted.revenue);
        currencies.extend(amounts.map(|amount| amount.currency));
    }
    let rates = exchange_rate::newest(tx, &currencies, scope.until).await?;
    Ok((rows.into_values().collect(), rates))
}

async fn spend(
    tx: &mut TenantTx,
    scope: &RevenueScope<'_>,
    rows: &mut BTreeMap<Key, RevenueRow>,
) -> Result<(), StoreError> {
    let RevenueScope { level, account, since, until } = *scope;
    let of = Scope { account, level, entities: None, since, until, as_known_at: None };
    for total in metrics::totals(tx, &of).await? {
        let (account, id) = (total.entity.account, total.entity.remote_id);
        let row = rows.entry(key(Some(&account), Some(&id))).or_insert_with(|| RevenueRow {
            account: Some(account),
            remote_id: Some(id),
            name: total.entity.name,
            counted: Counted::default(),
        });
        row.counted.spend.push(Amount { value: total.sums.spend, currency: total.currency });
    }
    Ok(())
}

fn key(account: Option<&AccountRef>, id: Option<&String>) -> Key {
    let platform = account.map(|account| account.platform);
    (platform, account.map(|account| account.id.clone()).unwrap_or_default(), id.cloned())
}

/// Leads and won deals. A lead of which only the ad is known belongs to the ad group and campaign that the ad's
/// numbers name.
async fn sold(
    tx: &mut TenantTx,
    scope: &RevenueScope<'_>,
    rows: &mut BTreeMap<Key, RevenueRow>,
) -> Result<(), StoreError> {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let (from, to): (DateTime<Utc>, _) =
        (midnight(scope.since), scope.until.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, midnight));
    let found = sqlx::query!(
        r#"
        with placed as (
            select
                l.id, l.first_at, l.platform,
                coalesce(l.account, ad.account, ad_group.account) as account,
                case $2
                    when 'ad' then l.remote_ad_id
                    when 'ad_group' then coalesce(l.remote_ad_group_id, ad.parent_remote_id)
                    else coalesce(l.remote_campaign_id, ad_group.parent_remote_id)
                end as remote_id
            from lead as l
            left join metric_entity as ad
                on ad.tenant_id = l.tenant_id and ad.platform = l.platform and ad.account = l.account
                    and ad.level = 'ad' and ad.remote_id = l.remote_ad_id
            left join metric_entity as ad_group
                on ad_group.tenant_id = l.tenant_id and ad_group.platform = l.platform
                    and ad_group.account = l.account and ad_group.level = 'ad_group'
                    and ad_group.remote_id = coalesce(l.remote_ad_group_id, ad.parent_remote_id)
            where l.tenant_id = $1 and l.merged_into is null
        ),
        counted as (
            select platform, account, remote_id, count(*) as leads, 0::bigint as won, null as currency, 0::numeric as minor
            from placed
            where first_at >= $3 and first_at < $4
            group by platform, account, remote_id
            union all
            select p.platform, p.account, p.remote_id, 0, count(*), d.currency, sum(d.amount_minor)
            from placed as p
            join deal as d on d.tenant_id = $1 and d.lead_id = p.id
            join pipeline_stage as s on s.tenant_id = $1 and s.id = d.stage_id and s.kind = 'won'
            where d.closed_at >= $3 and d.closed_at < $4
            group by p.platform, p.account, p.remote_id, d.currency
        )
        select
            c.platform, c.account, c.remote_id, c.leads as "leads!", c.won as "won!", c.currency,
            c.minor as "minor!", e.name as "name?"
        from counted as c
        left join metric_entity as e
            on e.tenant_id = $1 and e.platform = c.platform and e.account = c.account and e.level = $2
                and e.remote_id = c.remote_id
        where ($5::text is null or c.platform = $5) and ($6::text is null or c.account = $6)
        "#,
        tx.tenant().0,
        scope.level.as_str(),
        from,
        to,
        scope.account.map(|account| account.platform.as_str()),
        scope.account.map(|account| account.id.as_str()),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in found {
        let platform = stored::word_or_none::<Platform>("lead.platform", row.platform.as_deref())?;
        let account = platform.map(|platform| AccountRef { platform, id: row.account.unwrap_or_default() });
        let id = row.remote_id.filter(|_| account.is_some());
        let into = rows.entry(key(account.as_ref(), id.as_ref())).or_insert_with(|| RevenueRow {
            account,
            remote_id: id,
            name: row.name,
            counted: Counted::default(),
        });
        into.counted.leads += row.leads.unsigned_abs();
        into.counted.won += row.won.unsigned_abs();
        if let Some(currency) = row.currency {
            let currency: Currency = stored::parsed("deal.currency", &currency)?;
            into.counted.revenue.push(Amount { value: row.minor / scale(currency), currency });
        }
    }
    Ok(())
}

/// Minor units in a major one.
fn scale(currency: Currency) -> rust_decimal::Decimal {
    rust_decimal::Decimal::from(10_i64.pow(currency.exponent()))
}
