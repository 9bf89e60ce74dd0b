//! The statements of a collection that are always the same, made once of the names that it declares.

use placard_domain::document::{COLLECTIONS, Collection, Expiry, Kind, Only};
use std::{collections::BTreeMap, sync::LazyLock};

/// Statements about one collection. The tenant is always the first parameter.
pub(super) struct Statements {
    pub(super) insert: String,
    pub(super) upsert: String,
    pub(super) swap: String,
    pub(super) version: String,
    pub(super) delete: String,
    pub(super) put_back: String,
    pub(super) expire: String,
    pub(super) copy_in: String,
    pub(super) give_way: String,
    pub(super) take_out: String,
}

static ALL: LazyLock<BTreeMap<&'static str, Statements>> =
    LazyLock::new(|| COLLECTIONS.iter().map(|of| (of.name, Statements::of(of))).collect());

pub(super) fn statements(of: &Collection) -> &'static Statements {
    &ALL[of.name]
}

/// The table of a collection.
pub(super) fn table(of: &Collection) -> String {
    format!("document_{}", of.name)
}

/// The column of a field that holds one value.
pub(super) fn column(path: &str) -> String {
    path.replace('.', "_")
}

/// Whether documents are found by words or members of lists, which are in a column of their own.
pub(super) fn is_searched(of: &Collection) -> bool {
    !of.text.is_empty() || of.fields.iter().any(|field| field.kind == Kind::Texts)
}

/// Lets the writer in, and then dates the change: not before the horizon, whatever the clock says.
const PASS: &str = "(
    select greatest(date_trunc('milliseconds', clock_timestamp()), horizon) as at
    from document_pass('postgres') as horizon
) as pass";

impl Statements {
    fn of(of: &Collection) -> Self {
        let table = table(of);
        let searched = is_searched(of);
        let terms = |text: &'static str| if searched { text } else { "" };
        let (terms_column, terms_excluded) = (terms(", terms"), terms(", terms = excluded.terms"));
        let key = of.natural_key.iter().map(|path| format!("d.{}::text", column(path)));
        let key = key.collect::<Vec<_>>().join(", ");
        Self {
            // The last parameter is there for every collection, so that all are called alike.
            insert: format!(
                "insert into {table} (tenant_id, id, version, created_at, updated_at, body{terms_column})
                select $1, $2, 1, pass.at, pass.at, $3{} from {PASS} where $4::text is not null
                returning version, created_at, updated_at",
                terms(", $4::tsvector"),
            ),
            upsert: format!(
                "insert into {table} as d (tenant_id, id, version, created_at, updated_at, body{terms_column})
                select $1, new.id, 1, pass.at, pass.at, new.body{}
                from {PASS}, unnest($2::uuid[], $3::jsonb[], $4::text[]) as new (id, body, terms)
                on conflict on constraint {table}_natural_key do update
                set version = d.version + 1, updated_at = greatest(d.updated_at, excluded.updated_at),
                    body = excluded.body{terms_excluded}
                returning d.id, d.version, d.created_at, d.updated_at, array[{key}]",
                terms(", new.terms::tsvector"),
            ),
            swap: format!(
                "update {table} as d
                set version = d.version + 1, updated_at = greatest(d.updated_at, pass.at), body = $3{}
                from {PASS}
                where d.tenant_id = $1 and d.id = $2 and d.version = $5 and $4::text is not null
                returning d.version, d.created_at, d.updated_at",
                terms(", terms = $4::tsvector"),
            ),
            version: format!("select version from {table} where tenant_id = $1 and id = $2"),
            delete: format!(
                "delete from {table} as d using {PASS}
                where d.tenant_id = $1 and d.id = $2 and ($3::bigint is null or d.version = $3)
                    and pass.at is not null"
            ),
            put_back: format!(
                "insert into {table} (tenant_id, id, version, created_at, updated_at, body{terms_column})
                select $1, $2, $5 + 1, $6, pass.at, $3{} from {PASS} where $4::text is not null
                returning version, created_at, updated_at",
                terms(", $4::tsvector"),
            ),
            expire: expire(of, &table),
            copy_in: format!(
                "insert into {table} as d (tenant_id, id, version, created_at, updated_at, body{terms_column})
                select $1, new.id, new.version, new.created_at, new.updated_at, new.body{}
                from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[], $7::text[])
                    as new (id, version, created_at, updated_at, body, terms)
                on conflict on constraint {table}_pkey do update
                set version = excluded.version, created_at = excluded.created_at, updated_at = excluded.updated_at,
                    body = excluded.body{terms_excluded}",
                terms(", new.terms::tsvector"),
            ),
            give_way: give_way(of, &table),
            take_out: format!("delete from {table} where tenant_id = $1 and id = any($2)"),
        }
    }
}

/// Takes out what has expired, of every tenant.
fn expire(of: &Collection, table: &str) -> String {
    let Some(expiry) = &of.expiry else { return String::new() };
    let only = match expiry {
        Expiry::Days { only: Some(Only::Word(path, word)), .. } => {
            format!(" and {} = '{word}'", column(path))
        }
        Expiry::Days { only: Some(Only::Present(path)), .. } => format!(" and {} is not null", column(path)),
        Expiry::Days { only: None, .. } | Expiry::At(_) => String::new(),
    };
    format!("delete from {table} where {} <= $1{only}", column(expiry.field()))
}

/// Takes out documents with another id that have something of `$3` which only one may have.
fn give_way(of: &Collection, table: &str) -> String {
    let same = |paths: &mut dyn Iterator<Item = &'static str>| {
        let same = paths.map(|path| {
            let value = path.split('.').collect::<Vec<_>>().join(",");
            format!("{}::text = $3 #>> '{{{value}}}'", column(path))
        });
        format!("({})", same.collect::<Vec<_>>().join(" and "))
    };
    let mut rules = vec![same(&mut of.natural_key.iter().copied())];
    for index in of.indexes.iter().filter(|index| index.unique) {
        rules.push(same(&mut index.keys.iter().map(|key| key.path())));
    }
    format!("delete from {table} where tenant_id = $1 and id <> $2 and ({})", rules.join(" or "))
}
