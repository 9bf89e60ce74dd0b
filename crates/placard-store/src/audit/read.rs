//! Reading the log.

use super::Action;
use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::UserId;
use serde_json::Value;
use std::net::IpAddr;
use uuid::Uuid;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its position in the tenant's chain.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as shown.
    pub actor: String,
    /// The person, if it was one.
    pub user: Option<UserId>,
    /// What was done.
    pub action: Action,
    /// To what kind of thing.
    pub entity_type: String,
    /// To which one.
    pub entity_id: String,
    /// How it was.
    pub old: Option<Value>,
    /// How it became.
    pub new: Option<Value>,
    /// From which network address it was asked for.
    pub ip: Option<IpAddr>,
    /// With which program.
    pub agent: Option<String>,
}

/// Which lines are wanted. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// About this kind of thing.
    pub entity_type: Option<String>,
    /// About the thing with this id.
    pub entity_id: Option<String>,
    /// By this person.
    pub actor: Option<UserId>,
    /// Of this kind.
    pub action: Option<Action>,
    /// At or after this moment.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
    /// Older than the line at this position: the last one of the page before.
    pub after: Option<i64>,
}

/// The last `limit` lines about one thing, newest first.
pub async fn list_for(
    tx: &mut TenantTx,
    entity_type: &str,
    entity_id: &str,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let filter = Filter {
        entity_type: Some(entity_type.to_owned()),
        entity_id: Some(entity_id.to_owned()),
        ..Filter::default()
    };
    page(tx, &filter, limit).await
}

/// Up to `limit` lines, newest first.
pub async fn page(tx: &mut TenantTx, filter: &Filter, limit: i64) -> Result<Vec<Line>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            seq, at, actor_name, actor_id, action, entity_type, entity_id, old_values, new_values,
            host(ip_address) as ip_address, user_agent
        from audit_log
        where tenant_id = $1
            and ($2::text is null or entity_type = $2)
            and ($3::text is null or entity_id = $3)
            and ($4::uuid is null or actor_id = $4)
            and ($5::text is null or action = $5)
            and ($6::timestamptz is null or at >= $6)
            and ($7::timestamptz is null or at < $7)
            and ($8::bigint is null or seq < $8)
        order by seq desc
        limit $9
        "#,
        tx.tenant().0,
        filter.entity_type,
        filter.entity_id,
        filter.actor.map(|user| user.0),
        filter.action.map(Action::as_str),
        filter.from,
        filter.to,
        filter.after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Line::try_from).collect()
}

struct Row {
    seq: i64,
    at: DateTime<Utc>,
    actor_name: String,
    actor_id: Option<Uuid>,
    action: String,
    entity_type: String,
    entity_id: String,
    old_values: Option<Value>,
    new_values: Option<Value>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl TryFrom<Row> for Line {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.seq,
            at: row.at,
            actor: row.actor_name,
            user: row.actor_id.map(UserId),
            action: stored::word("audit_log.action", &row.action)?,
            entity_type: row.entity_type,
            entity_id: row.entity_id,
            old: row.old_values,
            new: row.new_values,
            ip: stored::parsed_or_none("audit_log.ip_address", row.ip_address.as_deref())?,
            agent: row.user_agent,
        })
    }
}
