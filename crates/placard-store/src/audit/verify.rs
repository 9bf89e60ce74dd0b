//! Walking a tenant's chain of audit rows from its known beginning to its head.
//!
//! Whoever can write to the database past Placard can also move the head back. An anchor, a head that was noted
//! elsewhere, finds that too.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

const BATCH: i64 = 1_000;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many rows were read and hold.
    pub rows: u64,
    /// The position of the first row that is kept; earlier ones were dropped because of their age.
    pub first_seq: i64,
    /// The end of the chain: position and hash. Note it elsewhere as an anchor for the next time.
    pub head: (i64, [u8; 32]),
    /// Whether the anchor was met. One that is older than the first row cannot be.
    pub anchored: bool,
    /// Where the chain is broken first.
    pub broken: Option<Break>,
}

/// A place where the chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The position.
    pub seq: i64,
    /// When the row found there was written, if there is one.
    pub at: Option<DateTime<Utc>>,
    /// What is wrong.
    pub kind: BreakKind,
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.kind {
            BreakKind::Edited => "was edited",
            BreakKind::Missing => "is missing",
            BreakKind::Reordered => "was moved",
            BreakKind::Truncated => "and what follows it is gone",
            BreakKind::Forked => "does not follow from the one before it",
        };
        write!(f, "line {} {what}", self.seq)?;
        self.at.map_or(Ok(()), |at| write!(f, " (written {})", at.format("%Y-%m-%d %H:%M:%S UTC")))
    }
}

/// How a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakKind {
    /// The row is not as it was written.
    Edited,
    /// There is no row, but there are later ones.
    Missing,
    /// The row once stood elsewhere in the chain.
    Reordered,
    /// Rows at the end are gone.
    Truncated,
    /// The row does not follow from the one before it, stands beside another, or was never taken up into the chain.
    Forked,
}

struct Row {
    id: Uuid,
    seq: i64,
    at: DateTime<Utc>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
    computed: Vec<u8>,
}

/// The chain's ends as the database has them at one moment, and the next rows at the same moment.
struct Batch {
    head: (i64, Vec<u8>),
    pruned: (i64, Vec<u8>),
    rows: Vec<Row>,
}

/// Reads the tenant's whole chain and says where it is broken first, if it is. Rows may be appended meanwhile.
pub async fn verify(tx: &mut TenantTx, anchor: Option<(i64, [u8; 32])>) -> Result<Verified, StoreError> {
    let mut walk =
        Walk { last: (0, vec![0; 32]), last_at: None, rows: 0, first_seq: 1, anchored: false, anchor };
    let mut after = (i64::MIN, Uuid::nil());
    loop {
        let batch = next(tx, after).await?;
        walk.skip_to(&batch.pruned);
        let end = batch.rows.is_empty();
        for row in &batch.rows {
            if let Some(kind) = walk.step(row) {
                let kind = if kind == BreakKind::Edited && stood_elsewhere(tx, row, batch.head.0).await? {
                    BreakKind::Reordered
                } else {
                    kind
                };
                // Where rows are missing, the first of them is the place.
                let seq = if kind == BreakKind::Missing { walk.last.0 + 1 } else { row.seq };
                return walk.end(batch.head, Some(Break { seq, at: Some(row.at), kind }));
            }
            after = (row.seq, row.id);
        }
        if end {
            let broken = walk.at_the_end(&batch.head);
            return walk.end(batch.head, broken);
        }
    }
}

struct Walk {
    last: (i64, Vec<u8>),
    last_at: Option<DateTime<Utc>>,
    rows: u64,
    first_seq: i64,
    anchored: bool,
    anchor: Option<(i64, [u8; 32])>,
}

impl Walk {
    /// Goes on from where rows were dropped because of their age, before or during the walk.
    fn skip_to(&mut self, pruned: &(i64, Vec<u8>)) {
        if pruned.0 > self.last.0 {
            self.last.clone_from(pruned);
            self.first_seq = pruned.0 + 1;
        }
        self.anchored |= self.anchor.is_some_and(|anchor| anchor.0 == pruned.0 && anchor.1[..] == pruned.1);
    }

    /// Takes one row, unless it does not hold.
    fn step(&mut self, row: &Row) -> Option<BreakKind> {
        let anchor = self.anchor.filter(|anchor| anchor.0 == row.seq);
        if row.seq <= self.last.0 {
            return Some(BreakKind::Forked);
        }
        if row.computed != row.hash {
            return Some(BreakKind::Edited);
        }
        if row.seq > self.last.0 + 1 {
            return Some(BreakKind::Missing);
        }
        if row.prev_hash != self.last.1 || anchor.is_some_and(|anchor| anchor.1[..] != row.hash) {
            return Some(BreakKind::Forked);
        }
        self.anchored |= anchor.is_some();
        self.last = (row.seq, row.hash.clone());
        self.last_at = Some(row.at);
        self.rows += 1;
        None
    }

    /// Compares the last row with the head.
    fn at_the_end(&self, head: &(i64, Vec<u8>)) -> Option<Break> {
        let truncated = |seq| Some(Break { seq, at: None, kind: BreakKind::Truncated });
        let forked = Some(Break { seq: self.last.0, at: self.last_at, kind: BreakKind::Forked });
        match self.anchor {
            _ if head.0 > self.last.0 => truncated(self.last.0 + 1),
            _ if head.0 < self.last.0 || head.1 != self.last.1 => forked,
            Some(anchor) if anchor.0 > head.0 => truncated(head.0 + 1),
            _ => None,
        }
    }

    fn end(self, head: (i64, Vec<u8>), broken: Option<Break>) -> Result<Verified, StoreError> {
        let hash = <[u8; 32]>::try_from(head.1);
        let hash = hash.map_err(|_| StoreError::corrupt("audit_chain.hash", "it is not 32 bytes long"))?;
        Ok(Verified {
            rows: self.rows,
            first_seq: self.first_seq,
            head: (head.0, hash),
            anchored: self.anchored,
            broken,
        })
    }
}

/// The rows after a position, with the chain's ends in the same view of the database: a row appended later is in
/// neither.
async fn next(tx: &mut TenantTx, after: (i64, Uuid)) -> Result<Batch, StoreError> {
    let found = sqlx::query!(
        r#"
        select
            c.seq as "head_seq?", c.hash as "head_hash?", c.pruned_seq as "pruned_seq?",
            c.pruned_hash as "pruned_hash?", r.id as "id?", r.seq as "seq?", r.at as "at?",
            r.prev_hash as "prev_hash?", r.hash as "hash?", r.computed as "computed?"
        from (values ($1::uuid)) as given (tenant_id)
        left join audit_chain as c on c.tenant_id = given.tenant_id
        left join lateral (
            select
                id, seq, at, prev_hash, hash,
                audit_hash(
                    tenant_id, id, at, actor_kind, actor_id, actor_name, action, entity_type, entity_id, old_values,
                    new_values, ip_address, user_agent, seq, prev_hash
                ) as computed
            from audit_log
            where tenant_id = given.tenant_id and seq >= $2 and (seq, id) > ($2, $3)
            order by seq, id
            limit $4
        ) as r on true
        "#,
        tx.tenant().0,
        after.0,
        after.1,
        BATCH,
    )
    .fetch_all(tx.conn())
    .await?;

    let nothing = || (0, vec![0; 32]);
    let mut batch = Batch { head: nothing(), pruned: nothing(), rows: Vec::with_capacity(found.len()) };
    for row in found {
        batch.head = row.head_seq.zip(row.head_hash).unwrap_or_else(nothing);
        batch.pruned = row.pruned_seq.zip(row.pruned_hash).unwrap_or_else(nothing);
        if let (Some(id), Some(seq), Some(at), Some(prev_hash), Some(hash), Some(computed)) =
            (row.id, row.seq, row.at, row.prev_hash, row.hash, row.computed)
        {
            batch.rows.push(Row { id, seq, at, prev_hash, hash, computed });
        }
    }
    batch.rows.sort_by_key(|row| (row.seq, row.id));
    Ok(batch)
}

/// Whether a row whose hash does not fit its position fits another.
async fn stood_elsewhere(tx: &mut TenantTx, row: &Row, head: i64) -> Result<bool, StoreError> {
    let elsewhere = sqlx::query_scalar!(
        r#"
        select exists (
            select
            from audit_log as l, generate_series(1::bigint, $4) as elsewhere (seq)
            where l.tenant_id = $1 and l.at = $2 and l.id = $3
                and l.hash = audit_hash(
                    l.tenant_id, l.id, l.at, l.actor_kind, l.actor_id, l.actor_name, l.action, l.entity_type,
                    l.entity_id, l.old_values, l.new_values, l.ip_address, l.user_agent, elsewhere.seq, l.prev_hash
                )
        ) as "elsewhere!"
        "#,
        tx.tenant().0,
        row.at,
        row.id,
        head,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(elsewhere)
}
