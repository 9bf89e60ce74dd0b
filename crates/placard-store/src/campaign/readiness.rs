//! "Can it be published?", in one query.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};

/// What a campaign lacks before it can be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No whole spec was stored yet.
    Spec,
    /// A section of the builder is not valid.
    Section(String),
    /// No connected account has its currency, or the one that it names.
    Connection,
    /// The account's token has ended or was revoked.
    Token {
        /// The account's id on its platform.
        account: String,
    },
    /// The account cannot advertise.
    Account {
        /// The account's id on its platform.
        account: String,
    },
    /// The account has no payment method.
    Payment {
        /// The account's id on its platform.
        account: String,
    },
}

/// Everything that the campaign called `key` lacks at `now`. Nothing, if it can be published.
pub async fn readiness(tx: &mut TenantTx, key: &str, now: DateTime<Utc>) -> Result<Vec<Missing>, StoreError> {
    let row = sqlx::query!(
        r#"
        select
            c.revision > 0 as "has_spec!",
            array(
                select s.section
                from (
                    select distinct on (section) section, valid
                    from campaign_section
                    where tenant_id = c.tenant_id and campaign_id = c.id
                    order by section, revision desc
                ) as s
                where not s.valid and c.revision = 0
            ) as "invalid!",
            best.remote_id as "account?",
            best.live as "live?",
            best.active as "active?",
            best.payment_connected as "payment_connected?"
        from campaign as c
        left join lateral (
            select
                a.remote_id, a.active, a.payment_connected,
                n.status = 'active' and (n.token_expires_at is null or n.token_expires_at > $3) as live
            from connection as n
            join ad_account as a on a.tenant_id = n.tenant_id and a.id = n.ad_account_id
            where n.tenant_id = c.tenant_id
                and a.currency = c.currency
                and a.remote_id = coalesce(c.spec #>> array['platforms', a.platform, 'account'], a.remote_id)
            order by live desc, a.active desc, a.payment_connected desc
            limit 1
        ) as best on true
        where c.tenant_id = $1 and c.key = $2
        "#,
        tx.tenant().0,
        key,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("campaign", key))?;

    let mut missing = Vec::new();
    if !row.has_spec {
        missing.push(Missing::Spec);
    }
    missing.extend(row.invalid.into_iter().map(Missing::Section));
    let Some(account) = row.account else {
        missing.push(Missing::Connection);
        return Ok(missing);
    };
    if row.live != Some(true) {
        missing.push(Missing::Token { account: account.clone() });
    }
    if row.active != Some(true) {
        missing.push(Missing::Account { account: account.clone() });
    }
    if row.payment_connected != Some(true) {
        missing.push(Missing::Payment { account });
    }
    Ok(missing)
}
