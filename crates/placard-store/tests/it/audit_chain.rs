//! The audit log's chain: what is done behind the product's back is found and named.

use crate::support::{Office, actor, now};
use chrono::TimeDelta;
use placard_store::{
    StoreError,
    audit::{self, Action, Actor, Break, BreakKind, Entry, Filter, Origin, Verified},
    partition,
};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

fn entry(number: usize) -> Entry {
    Entry {
        action: Action::Update,
        entity_type: "thing",
        entity_id: number.to_string(),
        old: Some(serde_json::json!({"number": number})),
        new: None,
    }
}

/// A log of ten rows: the tenant's founding and nine more.
async fn logged() -> anyhow::Result<Office> {
    let office = Office::open().await?;
    for number in 2..=10 {
        let mut tx = office.tx().await?;
        tx.come_from(Origin { ip: Some("192.0.2.7".parse()?), agent: Some("Firefox".into()) });
        audit::append(&mut tx, &actor(), &entry(number)).await?;
        tx.commit().await?;
    }
    Ok(office)
}

async fn verify(office: &Office) -> anyhow::Result<Verified> {
    Ok(audit::verify(&mut office.tx().await?, None).await?)
}

async fn broken(office: &Office) -> anyhow::Result<Option<(i64, BreakKind)>> {
    Ok(verify(office).await?.broken.map(|Break { seq, kind, .. }| (seq, kind)))
}

/// A superuser whom no trigger hinders.
async fn intruder(office: &Office) -> anyhow::Result<PgConnection> {
    let mut raw = office.database.superuser().await;
    raw.execute("set session_replication_role = replica").await?;
    Ok(raw)
}

#[tokio::test]
async fn an_untouched_chain_holds_and_shows_who_did_what_from_where() -> anyhow::Result<()> {
    let office = logged().await?;
    let rival = office.stranger().await?;
    let verified = verify(&office).await?;
    assert_eq!((verified.rows, verified.first_seq, verified.head.0), (10, 1, 10));
    assert_eq!((verified.broken, verified.anchored), (None, false));
    let mut tx = office.tx().await?;
    assert!(audit::verify(&mut tx, Some(verified.head)).await?.anchored);
    let lines = audit::page(&mut tx, &Filter::default(), 2).await?;
    assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [10, 9]);
    assert_eq!((lines[0].ip, lines[0].agent.as_deref()), (Some("192.0.2.7".parse()?), Some("Firefox")));
    let next = Filter { after: Some(9), ..Filter::default() };
    assert_eq!(audit::page(&mut tx, &next, 1).await?[0].seq, 8);

    let seqs = async |tx: &mut _, filter| -> anyhow::Result<Vec<i64>> {
        Ok(audit::page(tx, &filter, 99).await?.iter().map(|line| line.seq).collect())
    };
    let only = |entity_id: &str| Filter { entity_id: Some(entity_id.into()), ..Filter::default() };
    assert_eq!(seqs(&mut tx, only("4")).await?, [4]);
    assert_eq!(seqs(&mut tx, Filter { action: Some(Action::Create), ..Filter::default() }).await?, [1]);
    assert_eq!(seqs(&mut tx, Filter { actor: Some(office.admin), ..Filter::default() }).await?, [1]);
    let tenants = Filter { entity_type: Some("tenant".into()), ..Filter::default() };
    assert_eq!(seqs(&mut tx, tenants).await?, [1]);
    let (from, to) = (Some(lines[1].at), Some(lines[0].at));
    assert_eq!(seqs(&mut tx, Filter { from, to, ..Filter::default() }).await?, [9]);
    drop(tx);
    // Every tenant has a chain of its own.
    let theirs = audit::verify(&mut office.database.db.tenant(rival).await?, None).await?;
    assert_eq!((theirs.rows, theirs.broken), (1, None));
    Ok(())
}

#[tokio::test]
async fn an_edit_of_any_column_is_found() -> anyhow::Result<()> {
    let office = logged().await?;
    let mut raw = intruder(&office).await?;
    for change in [
        "id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "actor_kind = 'rule'",
        "actor_id = gen_random_uuid()",
        "actor_name = 'someone else'",
        "action = 'delete'",
        "entity_type = 'thingy'",
        "entity_id = '55'",
        "old_values = null",
        "new_values = '{}'",
        "ip_address = '192.0.2.8'",
        "user_agent = null",
        "prev_hash = hash",
        "hash = prev_hash",
        // A value that moves from one column to the next is another row.
        "entity_type = 'thin', entity_id = 'g5'",
    ] {
        raw.execute("create table kept as select * from audit_log where seq = 5").await?;
        raw.execute(AssertSqlSafe(format!("update audit_log set {change} where seq = 5"))).await?;
        assert_eq!(broken(&office).await?, Some((5, BreakKind::Edited)), "{change}");
        raw.execute("delete from audit_log where seq = 5").await?;
        raw.execute("insert into audit_log select * from kept; drop table kept").await?;
        assert_eq!(broken(&office).await?, None);
    }
    raw.execute("update audit_log set seq = 50 where seq = 5").await?;
    assert_eq!(broken(&office).await?, Some((5, BreakKind::Missing)));
    raw.execute("update audit_log set seq = 5 where seq = 50").await?;
    raw.execute("update audit_log set tenant_id = gen_random_uuid() where seq = 5").await?;
    assert_eq!(broken(&office).await?, Some((5, BreakKind::Missing)));
    Ok(())
}

#[tokio::test]
async fn an_edited_row_with_a_fitting_hash_does_not_fit_the_next() -> anyhow::Result<()> {
    const REHASH: &str = "update audit_log set entity_id = 'x', hash = audit_hash(
        tenant_id, id, at, actor_kind, actor_id, actor_name, action, entity_type, 'x', old_values, new_values,
        ip_address, user_agent, seq, prev_hash
    ) where seq = ";
    let office = logged().await?;
    let mut raw = intruder(&office).await?;
    raw.execute(AssertSqlSafe(format!("{REHASH} 10"))).await?;
    assert_eq!(broken(&office).await?, Some((10, BreakKind::Forked)), "the head remembers");
    raw.execute(AssertSqlSafe(format!("{REHASH} 5"))).await?;
    assert_eq!(broken(&office).await?, Some((6, BreakKind::Forked)));
    Ok(())
}

#[tokio::test]
async fn a_row_that_is_gone_is_missed_wherever_it_stood() -> anyhow::Result<()> {
    for (gone, found) in [
        ("= 1", (1, BreakKind::Missing)),
        ("= 5", (5, BreakKind::Missing)),
        ("= 10", (10, BreakKind::Truncated)),
        ("> 0", (1, BreakKind::Truncated)),
    ] {
        let office = logged().await?;
        let delete = format!("delete from audit_log where seq {gone}");
        intruder(&office).await?.execute(AssertSqlSafe(delete)).await?;
        assert_eq!(broken(&office).await?, Some(found), "{gone}");
    }
    Ok(())
}

#[tokio::test]
async fn a_head_that_was_moved_back_is_found_by_an_anchor_that_was_noted_elsewhere() -> anyhow::Result<()> {
    let office = logged().await?;
    let anchor = verify(&office).await?.head;
    intruder(&office)
        .await?
        .execute(
            "delete from audit_log where seq > 8;
             update audit_chain set seq = 8, hash = (select hash from audit_log where seq = 8)",
        )
        .await?;
    assert_eq!(broken(&office).await?, None);
    let verified = audit::verify(&mut office.tx().await?, Some(anchor)).await?;
    let found = verified.broken.map(|found| (found.seq, found.kind));
    assert_eq!(found, Some((9, BreakKind::Truncated)));
    // Other rows in place of those that were there.
    for number in [9, 10] {
        let mut tx = office.tx().await?;
        audit::append(&mut tx, &actor(), &entry(number)).await?;
        tx.commit().await?;
    }
    let verified = audit::verify(&mut office.tx().await?, Some(anchor)).await?;
    assert_eq!(verified.broken.map(|found| (found.seq, found.kind)), Some((10, BreakKind::Forked)));
    Ok(())
}

#[tokio::test]
async fn two_rows_that_changed_places_are_found() -> anyhow::Result<()> {
    for other in [5, 9] {
        let office = logged().await?;
        let swap = format!("update audit_log set seq = {other} + 4 - seq where seq in (4, {other})");
        intruder(&office).await?.execute(AssertSqlSafe(swap)).await?;
        assert_eq!(broken(&office).await?, Some((4, BreakKind::Reordered)), "4 and {other}");
    }
    Ok(())
}

#[tokio::test]
async fn a_row_that_was_slipped_in_is_found() -> anyhow::Result<()> {
    // With a hash as it would be made, at a place that is taken, past the end, and before the beginning.
    for (seq, found) in
        [(5, (5, BreakKind::Forked)), (11, (11, BreakKind::Forked)), (0, (0, BreakKind::Forked))]
    {
        let office = logged().await?;
        let forge = format!(
            "insert into audit_log
             select
                tenant_id, 'ffffffff-ffff-7fff-bfff-ffffffffffff', at, actor_kind, actor_id, actor_name, 'delete',
                entity_type, entity_id, old_values, new_values, ip_address, user_agent, {seq}, prev_hash,
                audit_hash(
                    tenant_id, 'ffffffff-ffff-7fff-bfff-ffffffffffff', at, actor_kind, actor_id, actor_name,
                    'delete', entity_type, entity_id, old_values, new_values, ip_address, user_agent, {seq}, prev_hash
                )
             from audit_log where seq = case when {seq} = 11 then 10 else 5 end"
        );
        let mut raw = intruder(&office).await?;
        raw.execute(AssertSqlSafe(forge)).await?;
        if seq == 11 {
            raw.execute(
                "update audit_log set prev_hash = (select hash from audit_log where seq = 10) where seq = 11;
                 update audit_log set hash = audit_hash(
                    tenant_id, id, at, actor_kind, actor_id, actor_name, action, entity_type, entity_id, old_values,
                    new_values, ip_address, user_agent, seq, prev_hash
                 ) where seq = 11",
            )
            .await?;
        }
        assert_eq!(broken(&office).await?, Some(found), "{seq}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_who_write_at_once_make_one_unbroken_chain() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let writers = (0..16).map(|writer| {
        let (db, tenant) = (office.database.db.clone(), office.tenant);
        tokio::spawn(async move {
            for number in 0..20 {
                let mut tx = db.tenant(tenant).await?;
                audit::append(&mut tx, &Actor::Rule(format!("writer {writer}")), &entry(number)).await?;
                // Some change their mind, which must leave no gap.
                if number % 5 == 0 { tx.rollback().await? } else { tx.commit().await? }
            }
            Ok::<_, StoreError>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        let verified = verify(&office).await?;
        assert_eq!(verified.broken, None, "while others write");
        writer.await??;
    }
    let verified = verify(&office).await?;
    assert_eq!((verified.rows, verified.head.0, verified.broken), (1 + 16 * 16, 1 + 16 * 16, None));
    Ok(())
}

#[tokio::test]
async fn the_application_chooses_neither_the_place_in_the_chain_nor_the_time() -> anyhow::Result<()> {
    let office = logged().await?;
    for column in ["seq", "hash", "prev_hash", "at"] {
        let mut raw = office.database.superuser().await;
        let begin =
            format!("begin; set local role placard_app; set local placard.tenant = '{}'", office.tenant);
        raw.execute(AssertSqlSafe(begin)).await?;
        let insert = format!(
            "insert into audit_log (tenant_id, id, actor_kind, actor_name, action, entity_type, entity_id, {column})
             values ('{}', gen_random_uuid(), 'rule', 'x', 'update', 'thing', '1', default)",
            office.tenant
        );
        let error = raw.execute(AssertSqlSafe(insert)).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{column}: {error}");
    }
    for statement in [
        "update audit_chain set seq = 0, hash = pruned_hash",
        "delete from audit_chain",
        "insert into audit_chain values (gen_random_uuid())",
    ] {
        for role in ["placard_app", "placard_system"] {
            let mut raw = office.database.superuser().await;
            raw.execute(AssertSqlSafe(format!("begin; set local role {role}"))).await?;
            let error = raw.execute(statement).await.unwrap_err();
            assert!(error.to_string().contains("permission denied"), "{role}, {statement}: {error}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_was_dropped_because_of_its_age_leaves_a_known_place_to_go_on_from() -> anyhow::Result<()> {
    let office = logged().await?;
    let anchor = verify(&office).await?.head;
    let mut raw = intruder(&office).await?;
    // Row 3 belongs to a transaction that began just before the turn of the month; the others came after.
    raw.execute("select ensure_partitions('audit_log', (current_date - interval '3 years')::date, 2)")
        .await?;
    raw.execute(
        "update audit_log set at = date_trunc('month', now() - interval '3 years') where seq in (1, 3);
         update audit_log set at = date_trunc('month', now() - interval '3 years') + interval '1 month'
            where seq in (2, 4);
         create or replace function rehash() returns void language plpgsql as $$
         declare
            line audit_log;
            last bytea := decode(repeat('00', 32), 'hex');
         begin
            for line in select * from audit_log order by seq loop
                update audit_log set prev_hash = last, hash = audit_hash(
                    tenant_id, id, at, actor_kind, actor_id, actor_name, action, entity_type, entity_id, old_values,
                    new_values, ip_address, user_agent, seq, last
                ) where seq = line.seq returning hash into last;
            end loop;
            update audit_chain set hash = last;
         end $$;
         select rehash(); drop function rehash()",
    )
    .await?;
    assert_eq!(verify(&office).await?.rows, 10, "the past was made well");
    let head = verify(&office).await?.head;

    let today = now().date_naive();
    let mut tx = office.tx().await?;
    assert_eq!(audit::page(&mut tx, &Filter::default(), 99).await?.len(), 10);
    drop(tx);
    // First only the older of the two months.
    partition::maintain(&office.database.db, today - TimeDelta::days(340)).await?;
    let verified = verify(&office).await?;
    assert_eq!((verified.rows, verified.first_seq, verified.broken), (7, 4, None));
    partition::maintain(&office.database.db, today).await?;
    let verified = audit::verify(&mut office.tx().await?, Some(head)).await?;
    assert_eq!((verified.rows, verified.first_seq, verified.broken), (6, 5, None));
    assert!(verified.anchored);
    assert_ne!(anchor, head);

    raw.execute("delete from audit_log where seq = 5").await?;
    assert_eq!(broken(&office).await?, Some((5, BreakKind::Missing)));
    Ok(())
}
