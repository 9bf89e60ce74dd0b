//! What platforms were asked to tell of.

use crate::{
    StoreError, TenantTx, TokenHash,
    audit::{self, Actor},
    stored,
};
use chrono::{DateTime, Utc};
use placard_domain::{ConnectionId, notice::Topic};
use serde_json::json;
use uuid::Uuid;

/// Subscriptions of a connection as they are made.
#[derive(Clone, Debug)]
pub struct NewSubscription<'a> {
    /// Whose.
    pub connection: ConnectionId,
    /// The address, without the token that may stand at its end.
    pub callback: &'a str,
    /// The hash of that token.
    pub token: Option<TokenHash>,
    /// Each topic, with the platform's id of the subscription where it has one.
    pub topics: &'a [(Topic, Option<String>)],
}

/// A subscription as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// Whose.
    pub connection: ConnectionId,
    /// What it is about.
    pub topic: Topic,
    /// The platform's id of it, where it has one.
    pub remote_id: Option<String>,
    /// The address, without the token that may stand at its end.
    pub callback: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Stores the subscriptions of a connection in place of earlier ones.
pub async fn subscribe(
    tx: &mut TenantTx,
    actor: &Actor,
    new: &NewSubscription<'_>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from webhook_subscription
        where tenant_id = $1 and connection_id = $2
        "#,
        tx.tenant().0,
        new.connection.0,
    )
    .execute(tx.conn())
    .await?;
    for (topic, remote_id) in new.topics {
        sqlx::query!(
            r#"
            insert into webhook_subscription (
                tenant_id, id, connection_id, topic, remote_id, callback, token_hash
            )
            values ($1, $2, $3, $4, $5, $6, $7)
            "#,
            tx.tenant().0,
            Uuid::now_v7(),
            new.connection.0,
            topic.as_str(),
            *remote_id,
            new.callback,
            new.token.as_ref().map(TokenHash::as_bytes),
        )
        .execute(tx.conn())
        .await?;
    }
    let topics: Vec<&str> = new.topics.iter().map(|(topic, _)| topic.as_str()).collect();
    let entry = audit::Entry {
        action: audit::Action::Update,
        entity_type: "webhook_subscription",
        entity_id: new.connection.to_string(),
        old: None,
        new: Some(json!({"callback": new.callback, "topics": topics})),
    };
    audit::append(tx, actor, &entry).await
}

/// Every subscription of the tenant.
pub async fn subscriptions(tx: &mut TenantTx) -> Result<Vec<Subscribed>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select connection_id, topic, remote_id, callback, created_at
        from webhook_subscription
        where tenant_id = $1
        order by connection_id, topic, id
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut subscriptions = Vec::with_capacity(rows.len());
    for row in rows {
        subscriptions.push(Subscribed {
            connection: ConnectionId(row.connection_id),
            topic: stored::word("webhook_subscription.topic", &row.topic)?,
            remote_id: row.remote_id,
            callback: row.callback,
            created_at: row.created_at,
        });
    }
    Ok(subscriptions)
}
