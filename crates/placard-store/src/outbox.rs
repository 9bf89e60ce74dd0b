//! Messages to people. One is written in the transaction that gives rise to it and sent afterwards, so that none goes
//! out for something that did not happen.

use crate::{Place, StoreError, SystemTx, Vault, stored};
use chrono::{DateTime, Utc};
use placard_domain::{MessageId, TenantId};
use secrecy::SecretString;
use uuid::Uuid;

stored::words! {
    /// What a message is about.
    Kind {
        /// Show that the address is yours.
        VerifyEmail = "verify_email",
        /// Choose another password.
        ResetPassword = "reset_password",
        /// Join a tenant.
        Invitation = "invitation",
        /// Something about your account changed.
        SecurityNotice = "security_notice",
    }
}

/// A message as it is written.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// On whose behalf, if on anybody's.
    pub tenant: Option<TenantId>,
    /// What it is about.
    pub kind: Kind,
    /// The address that it goes to.
    pub recipient: String,
    /// Its subject, without secrets.
    pub subject: String,
    /// Its text, which may hold a token.
    pub body: SecretString,
}

/// A stored message, opened.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What was written.
    pub message: NewMessage,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it went out.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Writes a message.
pub async fn put(tx: &mut SystemTx, vault: &Vault, new: &NewMessage) -> Result<MessageId, StoreError> {
    let id = MessageId(Uuid::now_v7());
    let body = vault.seal_system(tx, place(id), &new.body).await?;
    sqlx::query!(
        r#"
        insert into outbox_message (id, tenant_id, kind, recipient, subject, sealed_body)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        id.0,
        new.tenant.map(|tenant| tenant.0),
        new.kind.as_str(),
        new.recipient,
        new.subject,
        body,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// The last `limit` messages, newest first.
pub async fn list(tx: &mut SystemTx, vault: &Vault, limit: i64) -> Result<Vec<Message>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, tenant_id, kind, recipient, subject, sealed_body, created_at, sent_at
        from outbox_message
        order by created_at desc, id desc
        limit $1
        "#,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let id = MessageId(row.id);
        messages.push(Message {
            id,
            message: NewMessage {
                tenant: row.tenant_id.map(TenantId),
                kind: stored::word("outbox_message.kind", &row.kind)?,
                recipient: row.recipient,
                subject: row.subject,
                body: vault.open_system(tx, place(id), &row.sealed_body).await?,
            },
            created_at: row.created_at,
            sent_at: row.sent_at,
        });
    }
    Ok(messages)
}

/// Notes that a message went out.
pub async fn mark_sent(tx: &mut SystemTx, id: MessageId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let marked = sqlx::query!(
        r#"
        update outbox_message
        set sent_at = coalesce(sent_at, $2)
        where id = $1
        "#,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if marked.rows_affected() == 0 {
        return Err(StoreError::not_found("message", id));
    }
    Ok(())
}

/// Seals up to `limit` messages anew that a retired key of the system sealed, and returns how many it was; 0 means that
/// none is left but what someone else works on at this moment. It runs beside everything else and may stop anywhere.
pub async fn reseal(tx: &mut SystemTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_system_key_id(tx).await?;
    let rows = sqlx::query!(
        r#"
        select id, sealed_body
        from outbox_message
        where substring(sealed_body for 16) <> uuid_send($1)
        order by id
        limit $2
        for update skip locked
        "#,
        current,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut resealed = 0;
    for row in rows {
        let sealed = vault.reseal_system(tx, place(MessageId(row.id)), &row.sealed_body).await?;
        sqlx::query!("update outbox_message set sealed_body = $2 where id = $1", row.id, sealed)
            .execute(tx.conn())
            .await?;
        resealed += 1;
    }
    Ok(resealed)
}

const fn place(id: MessageId) -> Place {
    Place { table: "outbox_message", column: "sealed_body", row: id.0 }
}
