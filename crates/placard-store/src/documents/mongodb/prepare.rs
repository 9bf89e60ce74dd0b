//! Collections, validators, indexes and shards, brought to what is declared however often that is done.

use super::{super::DocumentError, convert, scope::is_code, wire::mongo_error};
use ::mongodb::{
    Client, Database,
    bson::{Bson, Document, doc},
};
use placard_domain::document::{COLLECTIONS, Collection, Expiry, Key, Only};
use serde_json::Value;

/// `NamespaceExists`.
const EXISTS: i32 = 48;
/// `CannotCreateIndex`: what a server without text indexes answers.
const NO_SUCH_INDEX: i32 = 67;
/// `IndexOptionsConflict` and `IndexKeySpecsConflict`: an index of this name is there, and is another.
const CONFLICTS: [i32; 2] = [85, 86];
const SECONDS_IN_A_DAY: i64 = 86_400;

/// How a server finds words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeywordSearch {
    /// By its text indexes.
    TextIndex,
    /// By a list of words that every document carries, because the server has no text indexes.
    Terms,
}

pub(super) async fn prepare(client: &Client, database: &Database) -> Result<KeywordSearch, DocumentError> {
    let hello = database.run_command(doc! { "hello": 1 }).await.map_err(mongo_error)?;
    let mut search = KeywordSearch::TextIndex;
    for of in COLLECTIONS {
        let validator = validator(of);
        let create = database.run_command(doc! { "create": of.name, "validator": &validator }).await;
        match create {
            Ok(_) => {}
            Err(error) if is_code(&error, EXISTS) => {
                let change = doc! { "collMod": of.name, "validator": &validator };
                database.run_command(change).await.map_err(mongo_error)?;
            }
            Err(error) => return Err(mongo_error(error)),
        }
        // Before the indexes: a collection is sharded while it is small.
        for command in sharding(&hello, database.name(), of) {
            client.database("admin").run_command(command).await.map_err(mongo_error)?;
        }
        create_indexes(database, of, indexes(of)).await?;
        if let Some(expiry) = &of.expiry {
            create_expiry(database, of, expiry).await?;
        }
        if of.text.is_empty() {
            continue;
        }
        if search == KeywordSearch::TextIndex {
            search = match create_indexes(database, of, vec![text_index(of)]).await {
                Ok(()) => search,
                Err(DocumentError::MongoDb(error)) if is_code(&error, NO_SUCH_INDEX) => KeywordSearch::Terms,
                Err(error) => return Err(error),
            };
        }
        if search == KeywordSearch::Terms {
            let terms = doc! { "key": { "tenant_id": 1, "terms": 1 }, "name": of.index_name("terms_idx") };
            create_indexes(database, of, vec![terms]).await?;
        }
    }
    Ok(search)
}

async fn create_indexes(
    database: &Database,
    of: &Collection,
    indexes: Vec<Document>,
) -> Result<(), DocumentError> {
    let command = doc! { "createIndexes": of.name, "indexes": indexes };
    database.run_command(command).await.map_err(mongo_error)?;
    Ok(())
}

/// The index by which documents expire. One that an earlier version made with another span makes way: until the new one is
/// there, nothing expires by itself.
async fn create_expiry(database: &Database, of: &Collection, expiry: &Expiry) -> Result<(), DocumentError> {
    let index = expiry_index(of, expiry);
    match create_indexes(database, of, vec![index.clone()]).await {
        Err(DocumentError::MongoDb(error)) if CONFLICTS.iter().any(|code| is_code(&error, *code)) => {
            let gone = doc! { "dropIndexes": of.name, "index": of.index_name("expiry_idx") };
            database.run_command(gone).await.map_err(mongo_error)?;
            create_indexes(database, of, vec![index]).await
        }
        other => other,
    }
}

/// What shards a collection, if the server that answered so is a router of shards. One hashed key spreads tenants; all
/// of a tenant's documents stay together, and unique indexes, which begin with the tenant, are allowed.
fn sharding(hello: &Document, database: &str, of: &Collection) -> Vec<Document> {
    if !hello.get_str("msg").is_ok_and(|said| said == "isdbgrid") {
        return Vec::new();
    }
    vec![
        doc! { "enableSharding": database },
        doc! { "shardCollection": format!("{database}.{}", of.name), "key": { "tenant_id": "hashed" } },
    ]
}

/// The indexes of a collection, except the one for words.
fn indexes(of: &Collection) -> Vec<Document> {
    let index = |name: &str, keys: &mut dyn Iterator<Item = (String, i32)>| {
        let mut key = doc! { "tenant_id": 1 };
        key.extend(keys.map(|(path, direction)| (path, Bson::from(direction))));
        doc! { "key": key, "name": of.index_name(name) }
    };
    let up = |path: &str| (path.to_owned(), 1);
    let mut natural = index("natural_key", &mut of.natural_key.iter().map(|path| up(path)));
    natural.insert("unique", true);
    let by_change = index("delta_idx", &mut ["updated_at", "_id"].into_iter().map(up));
    let by_id = index("id_idx", &mut std::iter::once(up("_id")));
    let mut all = vec![natural, by_change, by_id];
    for declared in of.indexes {
        let mut keys = declared.keys.iter().map(|key| match key {
            Key::Up(path) => ((*path).to_owned(), 1),
            Key::Down(path) => ((*path).to_owned(), -1),
        });
        let mut index = index(declared.name, &mut keys);
        if declared.unique {
            index.insert("unique", true);
        }
        if declared.only.is_some() {
            index.insert("partialFilterExpression", only(declared.only));
        }
        all.push(index);
    }
    for path in of.lists() {
        let name = format!("{}_members_idx", path.replace('.', "_"));
        all.push(index(&name, &mut std::iter::once(up(path))));
    }
    all
}

/// An index by which the server itself takes out what has expired. It can have only one key.
fn expiry_index(of: &Collection, expiry: &Expiry) -> Document {
    let (seconds, which) = match expiry {
        Expiry::At(_) => (0, None),
        Expiry::Days { days, only, .. } => (i64::from(*days) * SECONDS_IN_A_DAY, *only),
    };
    let mut index = doc! {
        "key": { expiry.field(): 1 }, "name": of.index_name("expiry_idx"), "expireAfterSeconds": seconds,
    };
    if which.is_some() {
        index.insert("partialFilterExpression", only(which));
    }
    index
}

/// Words as they stand: no language's endings are cut off, none of its words left out.
fn text_index(of: &Collection) -> Document {
    let mut key = doc! { "tenant_id": 1 };
    key.extend(of.text.iter().map(|path| ((*path).to_owned(), Bson::from("text"))));
    doc! {
        "key": key, "name": of.index_name("text_idx"),
        "default_language": "none", "language_override": "placard_language",
    }
}

/// Which documents an index or expiry is about.
pub(super) fn only(only: Option<Only>) -> Document {
    match only {
        Some(Only::Word(path, word)) => doc! { path: word },
        Some(Only::Present(path)) => doc! { path: { "$exists": true } },
        None => Document::new(),
    }
}

/// The validator of a collection: its JSON Schema in the words that MongoDB knows, with what stands beside a document.
fn validator(of: &Collection) -> Document {
    let schema = mongo_schema(&(of.schema)());
    let mut schema = convert::plain(&schema);
    let beside = doc! {
        "_id": { "bsonType": "binData" },
        "tenant_id": { "bsonType": "binData" },
        "version": { "bsonType": "long", "minimum": 1 },
        "created_at": { "bsonType": "date" },
        "updated_at": { "bsonType": "date" },
        "terms": { "bsonType": "array", "items": { "bsonType": "string" } },
    };
    if let Some(Bson::Document(properties)) = schema.get_mut("properties") {
        properties.extend(beside);
    }
    if let Some(Bson::Array(required)) = schema.get_mut("required") {
        required.extend(["tenant_id", "version", "created_at", "updated_at"].map(Bson::from));
    }
    doc! { "$jsonSchema": schema }
}

/// The same rules without the words that MongoDB refuses: no formats, no `const`, no whole numbers by that name.
fn mongo_schema(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    if fields.get("format").is_some_and(|format| format == "date-time") {
        return serde_json::json!({ "bsonType": "date" });
    }
    let mut out = serde_json::Map::new();
    for (name, value) in fields {
        match name.as_str() {
            "$schema" | "format" | "default" | "title" | "description" | "examples" => {}
            "const" => {
                out.insert("enum".into(), vec![value.clone()].into());
            }
            "type" => {
                out.insert("bsonType".into(), bson_type(value));
            }
            "properties" => {
                let all = value.as_object().into_iter().flatten();
                let all = all.map(|(name, property)| (name.clone(), mongo_schema(property)));
                out.insert(name.clone(), Value::Object(all.collect()));
            }
            "oneOf" | "anyOf" | "allOf" => {
                let all = value.as_array().into_iter().flatten().map(mongo_schema);
                out.insert(name.clone(), all.collect());
            }
            "items" | "additionalProperties" => {
                out.insert(name.clone(), mongo_schema(value));
            }
            _ => {
                out.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(out)
}

fn bson_type(value: &Value) -> Value {
    match value.as_str() {
        Some("integer") => vec!["int", "long"].into(),
        Some("boolean") => "bool".into(),
        Some(other) => other.into(),
        None => {
            let all = value.as_array().into_iter().flatten().map(bson_type);
            all.flat_map(|kind| match kind {
                Value::Array(kinds) => kinds,
                one => vec![one],
            })
            .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_are_sharded_by_the_hash_of_the_tenant_where_there_are_shards() {
        let of = COLLECTIONS[0];
        assert!(sharding(&doc! { "isWritablePrimary": true }, "placard", of).is_empty());
        let commands = sharding(&doc! { "msg": "isdbgrid" }, "placard", of);
        assert_eq!(
            commands[1],
            doc! { "shardCollection": "placard.profiles", "key": { "tenant_id": "hashed" } }
        );
    }

    #[test]
    fn every_index_begins_with_the_tenant_except_those_by_which_documents_expire() {
        for of in COLLECTIONS {
            let expiry = of.expiry.as_ref().map(|expiry| expiry_index(of, expiry));
            for index in indexes(of).into_iter().chain([text_index(of)]).chain(expiry) {
                let first = index.get_document("key").unwrap().keys().next().unwrap();
                assert_eq!(first == "tenant_id", !index.contains_key("expireAfterSeconds"), "{index}");
            }
        }
    }
}
