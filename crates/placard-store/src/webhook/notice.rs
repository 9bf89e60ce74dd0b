//! Notices, each thing once.

use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::{ConnectionId, Platform, notice::NoticeKind};
use uuid::Uuid;

/// A notice as it came.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// For which connection.
    pub connection: ConnectionId,
    /// The same whenever the platform tells the same thing again; no two of one call share it.
    pub digest: [u8; 32],
    /// What it is about.
    pub kind: NoticeKind,
    /// The platform's id of the object or lead.
    pub subject: Option<String>,
    /// When it happened, if it says.
    pub occurred_at: Option<DateTime<Utc>>,
}

/// A notice from which nothing has followed yet.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub kind: NoticeKind,
    /// The platform's id of the object or lead.
    pub subject: Option<String>,
}

/// How many notices of one kind came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// From where.
    pub platform: Platform,
    /// What they are about.
    pub kind: NoticeKind,
    /// How many.
    pub taken: i64,
    /// How often one of them came again.
    pub repeated: i64,
    /// From how many nothing has followed yet.
    pub waiting: i64,
    /// How many were put aside.
    pub dead: i64,
    /// When the last came.
    pub last_at: Option<DateTime<Utc>>,
}

/// Stores what is new and counts what came before. Gives how many are new.
pub async fn take(
    tx: &mut TenantTx,
    platform: Platform,
    notices: &[NewNotice],
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let ids: Vec<Uuid> = notices.iter().map(|_| Uuid::now_v7()).collect();
    let connections: Vec<Uuid> = notices.iter().map(|one| one.connection.0).collect();
    let digests: Vec<&[u8]> = notices.iter().map(|one| one.digest.as_slice()).collect();
    let kinds: Vec<&str> = notices.iter().map(|one| one.kind.as_str()).collect();
    let subjects: Vec<Option<&str>> = notices.iter().map(|one| one.subject.as_deref()).collect();
    let times: Vec<Option<DateTime<Utc>>> = notices.iter().map(|one| one.occurred_at).collect();
    let rows = sqlx::query!(
        r#"
        insert into webhook_notice (
            tenant_id, platform, received_at, id, connection_id, digest, kind, subject, occurred_at
        )
        select $1, $2, $3, *
        from unnest($4::uuid[], $5::uuid[], $6::bytea[], $7::text[], $8::text[], $9::timestamptz[])
        on conflict on constraint webhook_notice_digest_unique do update
        set deliveries = webhook_notice.deliveries + 1
        returning deliveries
        "#,
        tx.tenant().0,
        platform.as_str(),
        at,
        &ids,
        &connections,
        &digests as &[&[u8]],
        &kinds as &[&str],
        &subjects as &[Option<&str>],
        &times as &[Option<DateTime<Utc>>],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter(|row| row.deliveries == 1).count())
}

/// Notices for a connection from which nothing has followed yet, the oldest first, `limit` at most.
pub async fn waiting(
    tx: &mut TenantTx,
    connection: ConnectionId,
    limit: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, kind, subject
        from webhook_notice
        where tenant_id = $1 and connection_id = $2 and handled_at is null and dead_at is null
        order by received_at, id
        limit $3
        "#,
        tx.tenant().0,
        connection.0,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let waiting = |id, kind: &str, subject| {
        Ok(Waiting { id, kind: stored::word("webhook_notice.kind", kind)?, subject })
    };
    rows.into_iter().map(|row| waiting(row.id, &row.kind, row.subject)).collect()
}

/// Notes that what followed from these was done.
pub async fn handled(tx: &mut TenantTx, ids: &[Uuid], at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update webhook_notice
        set handled_at = $3
        where tenant_id = $1 and id = any($2)
        "#,
        tx.tenant().0,
        ids,
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many notices came, of each platform and kind.
pub async fn counts(tx: &mut TenantTx) -> Result<Vec<Count>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            platform,
            kind,
            count(*) as "taken!",
            coalesce(sum(deliveries - 1), 0)::bigint as "repeated!",
            count(*) filter (where handled_at is null and dead_at is null) as "waiting!",
            count(*) filter (where dead_at is not null) as "dead!",
            max(received_at) as last_at
        from webhook_notice
        where tenant_id = $1
        group by platform, kind
        order by platform, kind
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut counts = Vec::with_capacity(rows.len());
    for row in rows {
        counts.push(Count {
            platform: stored::word("webhook_notice.platform", &row.platform)?,
            kind: stored::word("webhook_notice.kind", &row.kind)?,
            taken: row.taken,
            repeated: row.repeated,
            waiting: row.waiting,
            dead: row.dead,
            last_at: row.last_at,
        });
    }
    Ok(counts)
}

/// Forgets notices that came before `before`. No platform repeats one for so long.
pub async fn purge(tx: &mut TenantTx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let gone = sqlx::query!(
        r#"
        delete from webhook_notice
        where tenant_id = $1 and received_at < $2 and handled_at is not null
        "#,
        tx.tenant().0,
        before,
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected())
}
