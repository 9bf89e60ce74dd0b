//! No tenant sees another, whatever table comes along.

use crate::support::{Office, account, account_description, actor, spring_sale};
use placard_domain::CampaignId;
use placard_store::{StoreError, ad_account, campaign, tenant, user};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const POLICY: &str = "(tenant_id = ( SELECT (NULLIF(current_setting('placard.tenant'::text, true), ''::text))::uuid AS \"nullif\"))";

/// Tables that only placard_system reads and writes, whoever's rows they hold.
const SYSTEM_ONLY: [&str; 11] = [
    "call_log",
    "login_failure",
    "login_session",
    "outbox_message",
    "refresh_token",
    "signing_key",
    "system_key",
    "totp_recovery",
    "user_token",
    "user_totp",
    "webhook_tally",
];

/// Name, whether row-level security is forced, what the policy shows and takes, whether there is a tenant_id.
type Guard = (String, bool, Option<String>, Option<String>, bool);

#[tokio::test]
async fn every_table_of_tenants_is_guarded_by_the_same_policy() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut connection = office.database.superuser().await;
    let tables: Vec<Guard> = sqlx::query_as(
        "select
            t.relname::text,
            t.relrowsecurity and t.relforcerowsecurity,
            (select qual from pg_policies as p where p.tablename = t.relname and p.policyname = 'tenant_isolation'),
            (select with_check from pg_policies as p
                where p.tablename = t.relname and p.policyname = 'tenant_isolation'),
            exists (select from pg_attribute as a where a.attrelid = t.oid and a.attname = 'tenant_id')
         from pg_class as t
         where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
            and t.relname <> '_sqlx_migrations'
         order by t.relname",
    )
    .fetch_all(&mut connection)
    .await?;
    assert!(tables.len() > 15, "the catalogue was read");
    for (name, forced, using, check, of_tenants) in tables {
        assert!(forced, "{name} has row-level security forced");
        if of_tenants && !SYSTEM_ONLY.contains(&name.as_str()) {
            assert_eq!(using.as_deref(), Some(POLICY), "{name} shows only the tenant's rows");
            assert_eq!(check.as_deref(), Some(POLICY), "{name} takes only the tenant's rows");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_other_policy_on_a_tenants_table_is_for_the_system_role_alone() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut connection = office.database.superuser().await;
    let others: Vec<(String, String, Vec<String>)> = sqlx::query_as(
        "select tablename::text, policyname::text, roles::text[]
         from pg_policies
         where policyname not in ('tenant_isolation', 'members_of_tenant', 'upkeep')",
    )
    .fetch_all(&mut connection)
    .await?;
    assert!(!others.is_empty());
    for (table, policy, roles) in others {
        assert_eq!(roles, ["placard_system"], "{policy} on {table}");
    }
    Ok(())
}

#[tokio::test]
async fn every_unique_and_foreign_key_of_a_tenants_table_begins_with_the_tenant() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut connection = office.database.superuser().await;
    let indexes: Vec<(String, String, String)> = sqlx::query_as(
        "select t.relname::text, i.relname::text, a.attname::text
         from pg_index as x
         join pg_class as i on i.oid = x.indexrelid
         join pg_class as t on t.oid = x.indrelid
         join pg_attribute as a on a.attrelid = t.oid and a.attnum = x.indkey[0]
         where x.indisunique and t.relnamespace = 'public'::regnamespace
            and t.relname <> all($1)
            and exists (select from pg_attribute as b where b.attrelid = t.oid and b.attname = 'tenant_id')",
    )
    .bind(SYSTEM_ONLY)
    .fetch_all(&mut connection)
    .await?;
    assert!(indexes.len() > 15, "the catalogue was read");
    for (table, index, first) in indexes {
        assert_eq!(
            first, "tenant_id",
            "{index} on {table}: a duplicate must not tell of another tenant's row"
        );
    }

    let foreign: Vec<(String, String, String)> = sqlx::query_as(
        "select t.relname::text, c.conname::text, a.attname::text
         from pg_constraint as c
         join pg_class as t on t.oid = c.conrelid
         join pg_class as target on target.oid = c.confrelid
         join pg_attribute as a on a.attrelid = t.oid and a.attnum = c.conkey[1]
         where c.contype = 'f' and target.relname <> 'users' and not t.relispartition
            and t.relname <> all($1)
            and exists (select from pg_attribute as b where b.attrelid = t.oid and b.attname = 'tenant_id')",
    )
    .bind(SYSTEM_ONLY)
    .fetch_all(&mut connection)
    .await?;
    assert!(foreign.len() > 10, "the catalogue was read");
    for (table, key, first) in foreign {
        assert_eq!(first, "tenant_id", "{key} on {table}: a row must not point into another tenant");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_for_the_system_role_alone_is_closed_to_the_application() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut connection = office.database.superuser().await;
    for table in SYSTEM_ONLY {
        let open: bool = sqlx::query_scalar(
            "select has_table_privilege('placard_app', $1, 'select, insert, update, delete, truncate, references')
                or has_any_column_privilege('placard_app', $1, 'select, insert, update, references')",
        )
        .bind(table)
        .fetch_one(&mut connection)
        .await?;
        assert!(!open, "{table}");
        let policies: Vec<Vec<String>> =
            sqlx::query_scalar("select roles::text[] from pg_policies where tablename = $1")
                .bind(table)
                .fetch_all(&mut connection)
                .await?;
        assert_eq!(policies, [["placard_system"]], "{table}");
    }
    Ok(())
}

#[tokio::test]
async fn a_function_that_runs_as_its_owner_says_where_it_looks_and_is_not_for_everybody() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    let mut connection = office.database.superuser().await;
    let functions: Vec<(String, bool, bool)> = sqlx::query_as(
        "select
            oid::regprocedure::text,
            'search_path=pg_catalog, pg_temp' = any(coalesce(proconfig, '{}')),
            -- Without an entry of its own a function is everybody's.
            proacl is null or exists (select from aclexplode(proacl) where grantee = 0)
         from pg_proc
         where pronamespace = 'public'::regnamespace and prosecdef",
    )
    .fetch_all(&mut connection)
    .await?;
    assert!(functions.len() >= 2, "the catalogue was read");
    for (function, fixed, everybodys) in functions {
        assert!(fixed, "{function} has a fixed search path");
        assert!(!everybodys, "{function} is for named roles");
    }
    Ok(())
}

#[tokio::test]
async fn the_application_owns_nothing_and_reaches_no_partition_past_its_parent() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut connection = office.database.superuser().await;
    let owned: i64 = sqlx::query_scalar(
        "select count(*) from pg_class where relowner in ('placard_app'::regrole, 'placard_system'::regrole)",
    )
    .fetch_one(&mut connection)
    .await?;
    assert_eq!(owned, 0);

    let partitions: i64 =
        sqlx::query_scalar("select count(*) from pg_class where relispartition and relkind = 'r'")
            .fetch_one(&mut connection)
            .await?;
    assert!(partitions > 0, "there are partitions to look at");
    let reachable: Vec<String> = sqlx::query_scalar(
        "select t.relname::text
         from pg_class as t, unnest(array['placard_app', 'placard_system']) as role (name)
         where t.relispartition and t.relkind = 'r'
            and has_table_privilege(role.name, t.oid, 'select, insert, update, delete, truncate')",
    )
    .fetch_all(&mut connection)
    .await?;
    assert_eq!(reachable, Vec::<String>::new());
    let materialised: i64 = sqlx::query_scalar("select count(*) from pg_class where relkind = 'm'")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(materialised, 0, "a materialised view would ignore row-level security");
    Ok(())
}

#[tokio::test]
async fn a_campaign_is_invisible_to_other_tenants() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let stranger = office.stranger().await?;
    let saved = office.save(&spring_sale("")).await?;

    let mut tx = office.database.db.tenant(stranger).await?;
    assert!(campaign::find(&mut tx, "spring-sale").await?.is_none());
    assert!(matches!(campaign::get(&mut tx, saved.id).await, Err(StoreError::NotFound { .. })));
    assert!(campaign::list(&mut tx, &campaign::Filter::default(), 10).await?.is_empty());
    assert!(campaign::read(&office.database.db, stranger, "spring-sale").await?.is_none());
    // The same key is free for everybody.
    let theirs = campaign::upsert(&mut tx, &actor(), &spring_sale("")).await?;
    assert_ne!(theirs.id, saved.id);
    tx.commit().await?;

    let mut tx = office.tx().await?;
    assert_eq!(campaign::list(&mut tx, &campaign::Filter::default(), 10).await?.len(), 1);
    for (tenant, id) in [(office.tenant, saved.id), (stranger, theirs.id)] {
        let read = campaign::read(&office.database.db, tenant, "spring-sale").await?;
        assert_eq!(read.map(|read| read.campaign.id), Some(id));
    }
    Ok(())
}

#[tokio::test]
async fn a_row_cannot_be_written_for_another_tenant() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let stranger = office.stranger().await?;
    let mut connection = office.database.superuser().await;
    become_tenant(&mut connection, &office.tenant.to_string()).await?;
    let insert =
        format!("insert into publish_lease values ('{stranger}', 'meta', 'act_1', 1, 'someone', now())");
    let error = connection.execute(AssertSqlSafe(insert)).await.unwrap_err();
    assert!(error.to_string().contains("row-level security"), "{error}");
    Ok(())
}

#[tokio::test]
async fn without_a_tenant_nothing_is_seen_and_the_setting_does_not_outlive_its_transaction()
-> anyhow::Result<()> {
    let office = Office::open().await?;
    office.save(&spring_sale("")).await?;
    let mut connection = office.database.superuser().await;
    become_tenant(&mut connection, &office.tenant.to_string()).await?;
    let seen: i64 = sqlx::query_scalar("select count(*) from campaign").fetch_one(&mut connection).await?;
    assert_eq!(seen, 1);
    connection.execute("commit").await?;

    connection.execute("begin; set local role placard_app").await?;
    let seen: i64 = sqlx::query_scalar("select count(*) from campaign").fetch_one(&mut connection).await?;
    assert_eq!(seen, 0);
    connection.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_tenant_sees_its_members_but_never_their_password_hashes() -> anyhow::Result<()> {
    let office = Office::open().await?;
    office.stranger().await?;
    let mut tx = office.tx().await?;
    let members = tenant::members(&mut tx).await?;
    assert_eq!(members.len(), 1);
    assert_eq!((members[0].email.as_str(), members[0].role), ("ann@example.com", tenant::Role::Admin));

    let mut connection = office.database.superuser().await;
    become_tenant(&mut connection, &office.tenant.to_string()).await?;
    let error = connection.execute("select password_hash from users").await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_audit_log_cannot_be_changed_or_emptied_by_the_application() -> anyhow::Result<()> {
    let office = Office::open().await?;
    for statement in ["update audit_log set action = 'login'", "delete from audit_log", "truncate audit_log"]
    {
        let mut connection = office.database.superuser().await;
        become_tenant(&mut connection, &office.tenant.to_string()).await?;
        let error = connection.execute(statement).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{statement}: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_is_found_whatever_its_case_and_taken_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.database.db.system().await?;
    let found = user::find_by_email(&mut tx, "ANN@example.com").await?.expect("Ann is there");
    assert_eq!(tenant::memberships_of(&mut tx, found.id).await?[0].tenant, office.tenant);
    let slugs: Vec<_> = tenant::list(&mut tx).await?.into_iter().map(|tenant| tenant.slug).collect();
    assert_eq!(slugs, ["acme"]);
    drop(tx);

    let again = tenant::create_with_admin(&office.database.db, "Other", "Ann@Example.com", "hash").await;
    let Err(StoreError::Conflict { constraint, .. }) = again else { panic!("{again:?}") };
    assert_eq!(constraint, placard_store::Constraint::UserEmail);
    let again = tenant::create_with_admin(&office.database.db, "Acme", "eve@example.com", "hash").await;
    let Err(StoreError::Conflict { constraint, .. }) = again else { panic!("{again:?}") };
    assert_eq!(constraint, placard_store::Constraint::TenantSlug);
    let mut tx = office.database.db.system().await?;
    assert!(tenant::find_by_slug(&mut tx, "other").await?.is_none(), "half a tenant is no tenant");
    Ok(())
}

#[tokio::test]
async fn one_tenants_account_is_not_anothers() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let stranger = office.stranger().await?;
    let at = crate::support::now();
    let mut tx = office.tx().await?;
    let id = ad_account::upsert(&mut tx, &account_description(), at).await?;
    assert_eq!(ad_account::upsert(&mut tx, &account_description(), at).await?, id);
    tx.commit().await?;
    let mut tx = office.database.db.tenant(stranger).await?;
    assert_eq!(ad_account::find(&mut tx, &account()).await?, None);
    assert_ne!(ad_account::upsert(&mut tx, &account_description(), at).await?, id);
    assert!(matches!(
        campaign::get(&mut tx, CampaignId(id.0)).await,
        Err(StoreError::NotFound { what: "campaign", .. })
    ));
    Ok(())
}

async fn become_tenant(connection: &mut PgConnection, tenant: &str) -> anyhow::Result<()> {
    let begin = format!("begin; set local role placard_app; set local placard.tenant = '{tenant}'");
    connection.execute(AssertSqlSafe(begin)).await?;
    Ok(())
}
