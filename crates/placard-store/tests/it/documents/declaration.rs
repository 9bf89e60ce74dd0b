//! What the domain declares is what the database has.

use super::rooms::Rooms;
use anyhow::Context;
use placard_domain::document::{COLLECTIONS, Collection, Expiry, Key, Kind, Only};
use placard_store::documents::Store;

#[tokio::test]
async fn every_declared_index_exists_in_postgresql_and_no_other() -> anyhow::Result<()> {
    let rooms = Rooms::open(Store::Postgres).await?;
    let mut raw = rooms.database.superuser().await;
    for of in COLLECTIONS {
        let mut found: Vec<String> = sqlx::query_scalar(
            "select replace(indexdef, ' USING btree ', ' ') from pg_indexes where tablename = $1",
        )
        .bind(format!("document_{}", of.name))
        .fetch_all(&mut raw)
        .await?;
        found.sort();
        let mut expected = expected(of);
        expected.sort();
        assert_eq!(found, expected, "{}", of.name);
    }
    Ok(())
}

#[test]
fn every_declared_path_is_in_the_schema_and_none_is_reserved() -> anyhow::Result<()> {
    for of in COLLECTIONS {
        let schema = (of.schema)();
        let properties = schema["properties"].as_object().context("a document has properties")?;
        for reserved in Collection::RESERVED {
            assert!(!properties.contains_key(reserved), "{} of {}", reserved, of.name);
        }
        let required = schema["required"].as_array().context("a document requires something")?;
        for path in of.natural_key {
            assert!(required.contains(&(*path).into()), "{path} of {} is always there", of.name);
            assert!(of.field(path).is_some(), "{path} of {} can be looked up", of.name);
        }
        let indexed = of.indexes.iter().flat_map(|index| index.keys.iter().map(|key| key.path()));
        for path in indexed.chain(of.expiry.iter().map(Expiry::field)) {
            assert!(of.field(path).is_some(), "{path} of {} can be looked up", of.name);
        }
        for path in of.fields.iter().map(|field| field.path).chain(of.text.iter().copied()) {
            let mut at = &schema;
            for name in path.split('.') {
                let object = if at["items"].is_object() { &at["items"] } else { at };
                at = &object["properties"][name];
            }
            assert!(at.is_object(), "{path} of {}", of.name);
        }
    }
    Ok(())
}

fn column(path: &str) -> String {
    path.replace('.', "_")
}

fn only(only: Option<Only>) -> String {
    match only {
        Some(Only::Word(path, word)) => format!(" WHERE ({} = '{word}'::text)", column(path)),
        Some(Only::Present(path)) => format!(" WHERE ({} IS NOT NULL)", column(path)),
        None => String::new(),
    }
}

/// The definitions, as the catalogue spells them.
fn expected(of: &Collection) -> Vec<String> {
    let table = format!("document_{}", of.name);
    let index = |unique: &str, name: &str, keys: &str, only: String| {
        format!("CREATE {unique}INDEX {table}_{name} ON public.{table} ({keys}){only}")
    };
    let key = |path: &&str| column(path);
    let natural = of.natural_key.iter().map(key).collect::<Vec<_>>().join(", ");
    let mut all = vec![
        index("UNIQUE ", "pkey", "tenant_id, id", String::new()),
        index("UNIQUE ", "natural_key", &format!("tenant_id, {natural}"), String::new()),
        index("", "delta_idx", "tenant_id, updated_at, id", String::new()),
    ];
    for declared in of.indexes {
        let keys = declared.keys.iter().map(|key| match (declared.unique, key) {
            (true, key) => column(key.path()),
            (false, Key::Up(path)) => format!("{} NULLS FIRST", column(path)),
            (false, Key::Down(path)) => format!("{} DESC NULLS LAST", column(path)),
        });
        let keys = keys.collect::<Vec<_>>().join(", ");
        let last = match declared.keys.last() {
            _ if declared.unique => "",
            Some(Key::Down(_)) => ", id DESC",
            _ => ", id",
        };
        let unique = if declared.unique { "UNIQUE " } else { "" };
        all.push(index(unique, declared.name, &format!("tenant_id, {keys}{last}"), only(declared.only)));
    }
    if let Some(expiry) = &of.expiry {
        let which = match expiry {
            Expiry::Days { only, .. } => *only,
            Expiry::At(_) => None,
        };
        all.push(index("", "expiry_idx", &column(expiry.field()), only(which)));
    }
    if !of.text.is_empty() || of.fields.iter().any(|field| field.kind == Kind::Texts) {
        all.push(format!("CREATE INDEX {table}_terms_idx ON public.{table} USING gin (terms)"));
    }
    all
}
