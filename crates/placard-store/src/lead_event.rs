//! People who filled in a form of an ad. What they wrote is personal, and rests sealed.

use crate::{Place, StoreError, TenantTx, Vault, reseal::reseal, stored};
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, LeadId, Platform, RemoteId};
use secrecy::SecretString;
use uuid::Uuid;

/// A lead as the platform tells of it, or as it is read.
#[derive(Clone, Debug)]
pub struct NewLead<'a> {
    /// The ad account behind the connection that told of it.
    pub account: &'a AccountRef,
    /// The platform's id of it.
    pub remote_id: &'a str,
    /// The form.
    pub form: Option<&'a str>,
    /// The ad that showed the form.
    pub ad: Option<&'a RemoteId>,
    /// When the form was sent.
    pub created_at: Option<DateTime<Utc>>,
    /// What was filled in, as a JSON list of name and values.
    pub fields: Option<SecretString>,
}

/// A lead as stored, without what was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadEvent {
    /// Its id.
    pub id: Uuid,
    /// The ad account behind the connection that told of it.
    pub account: AccountRef,
    /// The platform's id of it.
    pub remote_id: String,
    /// The form.
    pub form: Option<String>,
    /// The ad that showed the form.
    pub ad: Option<RemoteId>,
    /// When the form was sent.
    pub created_at: Option<DateTime<Utc>>,
    /// When we heard of it.
    pub received_at: DateTime<Utc>,
    /// Whether what was filled in is here.
    pub is_read: bool,
}

const fn place(id: Uuid) -> Place {
    Place { table: "lead_event", column: "fields", row: id }
}

/// Stores a lead, or adds to a known one what was not known of it.
pub async fn note(
    tx: &mut TenantTx,
    vault: &Vault,
    lead: &NewLead<'_>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = sqlx::query!(
        r#"
        insert into lead_event (
            tenant_id, id, platform, account, remote_id, form_id, ad_id, created_at, received_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict on constraint lead_event_remote_id_unique do update
        set
            form_id = coalesce(lead_event.form_id, excluded.form_id),
            ad_id = coalesce(lead_event.ad_id, excluded.ad_id),
            created_at = coalesce(lead_event.created_at, excluded.created_at)
        returning id, fields is null as "is_unread!"
        "#,
        tx.tenant().0,
        Uuid::now_v7(),
        lead.account.platform.as_str(),
        lead.account.id,
        lead.remote_id,
        lead.form,
        lead.ad.map(|ad| ad.0.as_str()),
        lead.created_at,
        at,
    )
    .fetch_one(tx.conn())
    .await?;
    // The row's id is part of what the sealed text is bound to, so it is known first.
    let Some(fields) = lead.fields.as_ref().filter(|_| row.is_unread) else { return Ok(()) };
    let sealed = vault.seal(tx, place(row.id), fields).await?;
    sqlx::query!(
        r#"
        update lead_event
        set fields = $3
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        row.id,
        sealed,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The lead that its platform calls `remote_id`, held until `tx` ends, with the lead of the customer's side that it became.
pub async fn hold(
    tx: &mut TenantTx,
    platform: Platform,
    remote_id: &str,
) -> Result<Option<(LeadEvent, Option<LeadId>)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select id, lead_id
        from lead_event
        where tenant_id = $1 and platform = $2 and remote_id = $3
        for update
        "#,
        tx.tenant().0,
        platform.as_str(),
        remote_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let event = find(tx, platform, remote_id).await?;
    Ok(event.map(|event| (event, row.lead_id.map(LeadId))))
}

/// Notes which lead of the customer's side it became.
pub async fn became(tx: &mut TenantTx, id: Uuid, lead: LeadId) -> Result<(), StoreError> {
    sqlx::query!(
        "update lead_event set lead_id = $3 where tenant_id = $1 and id = $2",
        tx.tenant().0,
        id,
        lead.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every lead after `after`, in the order in which we heard of them, `limit` at most.
pub async fn list(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<LeadEvent>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, platform, account, remote_id, form_id, ad_id, created_at, received_at,
            fields is not null as "is_read!"
        from lead_event
        where tenant_id = $1 and ($2::timestamptz is null or (received_at, id) > ($2, $3))
        order by received_at, id
        limit $4
        "#,
        tx.tenant().0,
        after.map(|(at, _)| at),
        after.map(|(_, id)| id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(LeadEvent::try_from).collect()
}

/// The lead that its platform calls `remote_id`.
pub async fn find(
    tx: &mut TenantTx,
    platform: Platform,
    remote_id: &str,
) -> Result<Option<LeadEvent>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, platform, account, remote_id, form_id, ad_id, created_at, received_at,
            fields is not null as "is_read!"
        from lead_event
        where tenant_id = $1 and platform = $2 and remote_id = $3
        "#,
        tx.tenant().0,
        platform.as_str(),
        remote_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(LeadEvent::try_from).transpose()
}

struct Row {
    id: Uuid,
    platform: String,
    account: String,
    remote_id: String,
    form_id: Option<String>,
    ad_id: Option<String>,
    created_at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
    is_read: bool,
}

impl TryFrom<Row> for LeadEvent {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let platform = stored::word("lead_event.platform", &row.platform)?;
        Ok(Self {
            id: row.id,
            account: AccountRef { platform, id: row.account },
            remote_id: row.remote_id,
            form: row.form_id,
            ad: row.ad_id.map(RemoteId),
            created_at: row.created_at,
            received_at: row.received_at,
            is_read: row.is_read,
        })
    }
}

/// What was filled in, as a JSON list of name and values; `None` if it was not read yet.
pub async fn fields(tx: &mut TenantTx, vault: &Vault, id: Uuid) -> Result<Option<SecretString>, StoreError> {
    let row = sqlx::query!(
        r#"
        select fields
        from lead_event
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("lead", id))?;
    match row.fields {
        Some(sealed) => Ok(Some(vault.open(tx, place(id), &sealed).await?)),
        None => Ok(None),
    }
}

/// Seals up to `limit` leads anew that a retired data key sealed, and returns how many it was; 0 means that none is left
/// but what someone else works on at this moment.
pub async fn reseal(tx: &mut TenantTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_key_id(tx).await?;
    let mut held = vault.hold(tx).await?;
    Ok(reseal!(tx, held, current, limit;
        r#"select id, fields as "sealed!" from lead_event
           where tenant_id = $1 and substring(fields for 16) <> uuid_send($2) limit $3 for update skip locked"#,
        "update lead_event set fields = $3 where tenant_id = $1 and id = $2",
        place
    ))
}

/// How many are opened at a time to be looked through.
const PAGE: i64 = 500;

/// Empties the leads in which `is_theirs` finds a person, and returns how many it was. Every one has to be opened: no
/// hash of what was filled in is kept.
pub async fn erase_person(
    tx: &mut TenantTx,
    vault: &Vault,
    is_theirs: impl Fn(&str) -> bool + Send,
) -> Result<i64, StoreError> {
    let mut held = vault.hold(tx).await?;
    let (mut after, mut gone) = (Uuid::nil(), Vec::new());
    loop {
        let rows = sqlx::query!(
            r#"
            select id, fields as "fields!"
            from lead_event
            where tenant_id = $1 and id > $2 and fields is not null
            order by id
            limit $3
            "#,
            tx.tenant().0,
            after,
            PAGE,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            let plain = held.open(tx, place(row.id), &row.fields).await?;
            if is_theirs(&String::from_utf8_lossy(&plain)) {
                gone.push(row.id);
            }
        }
    }
    // The row stays, so that the platform's telling of it once more brings nothing back.
    let emptied = sqlx::query!(
        "update lead_event set fields = null where tenant_id = $1 and id = any ($2)",
        tx.tenant().0,
        &gone
    )
    .execute(tx.conn())
    .await?;
    Ok(emptied.rows_affected().cast_signed())
}
