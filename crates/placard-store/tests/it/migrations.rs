//! Up, down, and up again.

use crate::support::{Office, account, account_description, actor, bound, campaign_key, now, token};
use chrono::TimeDelta;
use placard_domain::{
    CampaignId, Money,
    guardrail::{Ceiling, ExchangeRate, Scope},
    metric::Level,
};
use placard_store::{
    MigrationState, TenantTx, Vault, ad_account, api_key, audit, call_log,
    campaign::section,
    ceiling, connection, exchange_rate, idempotency, invitation, jobs, kill_switch, login_guard,
    metrics::{self, Slice},
    outbox, partition, platform_object, quota, session, signing_key,
    testing::TestDatabase,
    totp, user_token,
};
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

/// Everything that the schema consists of, in words.
async fn shape(connection: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
            || coalesce(' ' || column_default, '') || coalesce(' ' || generation_expression, '')
         from information_schema.columns where table_schema = 'public'
         union all
         select 'index ' || indexdef from pg_indexes where schemaname = 'public'
         union all
         select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
         from pg_constraint where connamespace = 'public'::regnamespace
         union all
         select 'policy ' || p::text from pg_policies as p where schemaname = 'public'
         union all
         select 'grant ' || grantee || ' ' || table_name || ' ' || privilege_type
         from information_schema.role_table_grants
         where table_schema = 'public' and grantee in ('placard_app', 'placard_system')
         union all
         select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
         union all
         select 'comment ' || objoid::regclass || objsubid || description
         from pg_description where classoid = 'pg_class'::regclass
            and objoid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
         union all
         select 'sequence ' || sequencename from pg_sequences where schemaname = 'public'
         union all
         select 'rule ' || r::text from partition_rule as r
         order by 1",
    )
    .fetch_all(connection)
    .await?)
}

/// A database in which every room has someone in it.
async fn furnished() -> anyhow::Result<Office> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    let mut tx = office.tx().await?;
    ad_account::upsert(&mut tx, &account_description(), now()).await?;
    let grant = crate::connections::grant("x");
    let connection = connection::upsert(&mut tx, &crate::connections::vault(), &actor(), &grant).await?;
    crate::webhooks::furnish(&mut tx, connection).await?;
    let made = [bound(campaign_key(), "238")];
    platform_object::record(&mut tx, lease.fence(), campaign, Some(id), &made).await?;
    audit::append(
        &mut tx,
        &actor(),
        &audit::Entry {
            action: audit::Action::Login,
            entity_type: "user",
            entity_id: "1".into(),
            old: None,
            new: None,
        },
    )
    .await?;
    let document = serde_json::json!({"daily": "40.00"});
    section::save(&mut tx, &actor(), campaign, section::Section::Budget, &document, &[]).await?;
    let said = quota::Quota {
        bucket: "ads".into(),
        used_percent: 80.into(),
        blocked_until: None,
        observed_at: now(),
    };
    quota::note(&mut tx, &account(), &said).await?;
    // The picture that the campaign's ads show.
    crate::assets::furnish(&mut tx).await?;
    furnish_metrics(&mut tx).await?;
    // Before the kill switch, which holds messages and what platforms are told of deals.
    crate::outreach::furnish(&mut tx).await?;
    crate::crm::furnish(&mut tx).await?;
    crate::crm::conversions::furnish(&mut tx).await?;
    furnish_guardrails(&mut tx, campaign).await?;
    crate::copy::furnish(&mut tx).await?;
    crate::archive::furnish(&mut tx).await?;
    let later = Some(now() + TimeDelta::hours(1));
    let job = jobs::NewJob::now("sync", serde_json::json!({}));
    jobs::enqueue(&mut tx, &[job.clone(), job.clone(), jobs::NewJob { due_at: later, ..job }]).await?;
    tx.commit().await?;
    let mut worker = jobs::Worker::new(&office.database.db, "one", std::time::Duration::from_secs(60));
    let claimed = worker.claim(1).await?;
    worker.complete(&claimed).await?;
    lease.release().await?;
    furnish_sign_in(&office).await?;
    call_log::change(&office.database.db, "tiktok/1/ad", |_, _| ()).await?;
    crate::documents::furnish(&office.database.db, office.tenant).await?;
    every_table_has_rows(&office).await?;
    Ok(office)
}

async fn furnish_sign_in(office: &Office) -> anyhow::Result<()> {
    let mut tx = office.tx().await?;
    let key = api_key::create(&mut tx, &actor(), &crate::api_keys::key("ci")).await?;
    // An action that the first version of the log's check does not know.
    api_key::revoke(&mut tx, &actor(), key, now()).await?;
    idempotency::begin(&mut tx, &crate::connections::vault(), "ann", "key", &[0; 32], now()).await?;
    invitation::create(&mut tx, &actor(), &crate::people::invited("bob@example.com", "t"), now()).await?;
    tx.commit().await?;
    let mut tx = office.database.db.system().await?;
    let message = crate::vault::message("text");
    outbox::put(&mut tx, &Vault::new([1; 32]), &message).await?;
    let purpose = user_token::Purpose::VerifyEmail;
    user_token::create(&mut tx, purpose, office.admin, &token("v"), now()).await?;
    totp::enrol(&mut tx, office.admin, &[1; 90]).await?;
    totp::confirm(&mut tx, office.admin, &[token("r")], now()).await?;
    session::open(&mut tx, &crate::sessions::new_session(office, token("a")), now()).await?;
    signing_key::insert(&mut tx, &crate::signing_in::signing_key("first", 0)).await?;
    crate::webhooks::refuse(&mut tx).await?;
    login_guard::fail(&mut tx, &[login_guard::Subject::user("ann@example.com")], now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn furnish_metrics(tx: &mut TenantTx) -> anyhow::Result<()> {
    let start = now();
    for (step, clicks) in [(0, 1), (1, 2)] {
        let date = "2026-03-01".parse()?;
        let slices = [Slice::Day, Slice::Hour(7), Slice::Segment { dimension: "age", segment: "25-34" }];
        let rows = slices.map(|slice| crate::metrics::row_of(slice, date, clicks));
        metrics::ingest(tx, &account(), start + TimeDelta::hours(step), &rows).await?;
    }
    let through = "2026-03-01".parse()?;
    metrics::sync::note(tx, &account(), Level::Ad, &metrics::sync::Grain::Daily, through, start).await?;
    metrics::import_file::record(tx, &actor(), &account(), "ab", "export.csv", 1).await?;
    Ok(())
}

async fn furnish_guardrails(tx: &mut TenantTx, campaign: CampaignId) -> anyhow::Result<()> {
    let today = "2026-03-01".parse()?;
    let daily = Money::new(4_000, "EUR".parse()?);
    for scope in [Scope::Tenant, Scope::Account(account()), Scope::Campaign(campaign)] {
        kill_switch::engage(tx, &actor(), &scope, Some("a wrong price")).await?;
        ceiling::set(tx, &actor(), &Ceiling { scope, daily }, today).await?;
    }
    ceiling::settle(tx, campaign, &account(), daily).await?;
    let rate = ExchangeRate::new("EUR".parse()?, "USD".parse()?, today, "1.08".parse()?)?;
    exchange_rate::set(tx, &actor(), &rate).await?;
    Ok(())
}

/// Otherwise a table that came later would be taken back empty, which proves little.
async fn every_table_has_rows(office: &Office) -> anyhow::Result<()> {
    let mut raw = office.database.superuser().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition",
    )
    .fetch_all(&mut raw)
    .await?;
    for table in tables {
        let any: bool =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select exists (select from {table})")))
                .fetch_one(&mut raw)
                .await?;
        assert!(any, "furnish {table} too");
    }
    Ok(())
}

#[tokio::test]
async fn every_migration_goes_down_and_up_again_with_data_in_place() -> anyhow::Result<()> {
    let office = furnished().await?;
    let db = &office.database.db;
    let mut raw = office.database.superuser().await;
    let count = db.migration_status().await?.len();
    let mut shapes = Vec::new();
    for _ in 0..count {
        shapes.push(shape(&mut raw).await);
        assert_eq!(db.rollback(1).await?.len(), 1);
    }
    let left: i64 = sqlx::query_scalar(
        "select count(*) from pg_class
         where relnamespace = 'public'::regnamespace and relname not like '\\_sqlx%'",
    )
    .fetch_one(&mut raw)
    .await?;
    assert_eq!(left, 0, "nothing is left once everything is taken back");
    let functions: i64 =
        sqlx::query_scalar("select count(*) from pg_proc where pronamespace = 'public'::regnamespace")
            .fetch_one(&mut raw)
            .await?;
    assert_eq!(functions, 0);

    assert_eq!(db.migrate().await?.len(), count);
    raw.execute("select drop_partitions(table_name, '2200-01-01') from partition_rule").await?;
    let after = shape(&mut raw).await?;
    let before = shapes.swap_remove(0)?;
    let partition = |line: &&String| line.contains("_20");
    let whole =
        |lines: Vec<String>| lines.iter().filter(|line| !partition(line)).cloned().collect::<Vec<_>>();
    assert_eq!(whole(after), whole(before));
    Ok(())
}

#[tokio::test]
async fn the_status_says_what_is_applied_what_waits_and_what_was_changed() -> anyhow::Result<()> {
    let database = TestDatabase::create_empty().await;
    let db = &database.db;
    let pending = db.migration_status().await?;
    assert!(pending.iter().all(|migration| migration.state == MigrationState::Pending));
    assert_eq!(db.migrate().await?, pending.iter().map(|migration| migration.version).collect::<Vec<_>>());
    assert_eq!(db.migrate().await?, Vec::<i64>::new());

    let last = pending.last().expect("there are some").version;
    assert_eq!(db.rollback(2).await?, [last, last - 1]);
    database
        .superuser()
        .await
        .execute("update _sqlx_migrations set checksum = '\\x00' where version = 1")
        .await?;
    let status = db.migration_status().await?;
    assert!(matches!(status[0].state, MigrationState::Changed { .. }));
    assert!(matches!(status[1].state, MigrationState::Applied { .. }));
    assert_eq!(status.last().expect("there are some").state, MigrationState::Pending);
    assert!(db.migrate().await.is_err(), "a changed migration is not built upon");
    Ok(())
}

#[tokio::test]
async fn two_processes_may_migrate_at_once() -> anyhow::Result<()> {
    let database = TestDatabase::create_empty().await;
    let (one, two) = tokio::join!(database.db.migrate(), database.db.migrate());
    let (one, two) = (one?, two?);
    assert!(one.is_empty() != two.is_empty(), "one did everything: {one:?} {two:?}");
    Ok(())
}

#[tokio::test]
async fn an_owner_without_superuser_rights_can_do_everything() -> anyhow::Result<()> {
    let database = TestDatabase::create_empty().await;
    let owner = format!("placard_owner_{}", Uuid::now_v7().simple());
    let mut raw = database.superuser().await;
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&mut raw).await?;
    for statement in [
        format!("create role {owner} login createrole password 'secret'"),
        format!("alter database {name} owner to {owner}"),
    ] {
        raw.execute(sqlx::AssertSqlSafe(statement)).await?;
    }
    let result = use_as(&database, &owner).await;
    for statement in [
        format!("reassign owned by {owner} to current_user"),
        format!("drop owned by {owner}"),
        format!("drop role {owner}"),
    ] {
        raw.execute(sqlx::AssertSqlSafe(statement)).await?;
    }
    result
}

async fn use_as(database: &TestDatabase, owner: &str) -> anyhow::Result<()> {
    use secrecy::ExposeSecret;
    let mut url = url::Url::parse(database.url().expose_secret())?;
    url.set_username(owner).expect("the address has a host");
    url.set_password(Some("secret")).expect("the address has a host");
    let db =
        placard_store::Db::connect(&url.to_string().into(), &placard_store::PoolConfig::default()).await?;
    db.migrate().await?;
    let founded = placard_store::tenant::create_with_admin(&db, "Acme", "ann@example.com", "hash").await?;
    let mut tx = db.tenant(founded.tenant).await?;
    placard_store::campaign::upsert(&mut tx, &actor(), &crate::support::spring_sale("")).await?;
    tx.commit().await?;

    // What was logged before there was a chain is chained, and what is old is dropped, under the same policies.
    let chain = db.migration_status().await?.iter().filter(|migration| migration.version >= 27).count();
    db.rollback(chain).await?;
    db.migrate().await?;
    let verified = audit::verify(&mut db.tenant(founded.tenant).await?, None).await?;
    assert_eq!((verified.rows, verified.broken), (2, None));
    partition::maintain(&db, "2030-03-15".parse()?).await?;
    let verified = audit::verify(&mut db.tenant(founded.tenant).await?, None).await?;
    assert_eq!((verified.rows, verified.first_seq, verified.broken), (0, 3, None));
    db.close().await;
    Ok(())
}

#[tokio::test]
async fn partitions_are_made_two_years_ahead_and_dropped_past_their_keep() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let db = &office.database.db;
    let mut raw = office.database.superuser().await;
    let today = "2030-03-15".parse()?;
    let made = partition::maintain(db, today).await?;
    assert!(made.created >= 25, "{made:?}");
    assert_eq!(partition::maintain(db, today).await?, partition::Upkeep::default());
    let months: Vec<String> = sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits where inhparent = 'audit_log'::regclass order by 1",
    )
    .fetch_all(&mut raw)
    .await?;
    assert!(
        months.contains(&"audit_log_203003".to_owned()) && months.contains(&"audit_log_203203".to_owned())
    );
    // What ended more than two years before is gone, with the rows in it.
    assert!(!months.iter().any(|month| month.as_str() < "audit_log_203003"), "{months:?}");
    Ok(())
}
