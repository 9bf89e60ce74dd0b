//! The baseline: a table of the same shape without policies, and statements as one would write them.

use super::{Bare, FOUND};
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{
    TenantId,
    document::{Document, Profile, query_words, words_of},
};
use placard_store::testing::TestDatabase;
use serde_json::Value;
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

const UPSERT: &str =
    "insert into bare_profiles as d (tenant_id, id, version, created_at, updated_at, body, terms)
    select $1, new.id, 1, now(), now(), new.body, new.terms::tsvector
    from unnest($2::uuid[], $3::jsonb[], $4::text[]) as new (id, body, terms)
    on conflict (tenant_id, platform, username) do update
    set version = d.version + 1, updated_at = excluded.updated_at, body = excluded.body, terms = excluded.terms
    returning d.id, d.version, d.created_at, d.updated_at";

const SEARCH: &str = "select body from bare_profiles where tenant_id = $1 and terms @@ $2::tsquery
    order by ts_rank(terms, $3::tsquery) desc, updated_at desc, id desc limit $4";

pub(super) struct BarePostgres {
    superuser: PgConnection,
    tenant: TenantId,
}

impl BarePostgres {
    pub(super) async fn new(database: &TestDatabase, tenant: TenantId) -> Result<Self> {
        let mut superuser = database.superuser().await;
        // With the same indexes and columns that are read out of the document.
        superuser.execute("create table bare_profiles (like document_profiles including all)").await?;
        Ok(Self { superuser, tenant })
    }

    /// The tenant, the words and the interests, as the product keeps them.
    fn terms(&self, body: &Value) -> String {
        let words = words_of(Profile::COLLECTION, body).into_iter();
        let interests = body["interests"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let members = interests.map(|interest| format!("interests={interest}"));
        let all = words.chain(members).map(|lexeme| format!("'{lexeme}'")).collect::<Vec<_>>();
        format!("'={}' {}", self.tenant, all.join(" "))
    }
}

impl Bare for BarePostgres {
    async fn upsert(&mut self, profiles: &[Profile]) -> Result<()> {
        let bodies = profiles.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let terms: Vec<String> = bodies.iter().map(|body| self.terms(body)).collect();
        let ids: Vec<Uuid> = profiles.iter().map(|_| Uuid::now_v7()).collect();
        sqlx::query_as::<_, (Uuid, i64, DateTime<Utc>, DateTime<Utc>)>(UPSERT)
            .bind(self.tenant.0)
            .bind(ids)
            .bind(bodies)
            .bind(terms)
            .fetch_all(&mut self.superuser)
            .await?;
        Ok(())
    }

    async fn search(&mut self, text: &str) -> Result<Vec<Profile>> {
        let words = query_words(text).join(" | ");
        let bodies: Vec<Value> = sqlx::query_scalar(SEARCH)
            .bind(self.tenant.0)
            .bind(format!("'={}' & ({words})", self.tenant))
            .bind(words)
            .bind(i64::from(FOUND))
            .fetch_all(&mut self.superuser)
            .await?;
        Ok(bodies.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?)
    }

    async fn count(&mut self) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("select count(*) from bare_profiles").fetch_one(&mut self.superuser).await?;
        Ok(count.cast_unsigned())
    }
}
