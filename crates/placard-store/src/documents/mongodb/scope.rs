//! One tenant's documents of one collection: the only way to them.

use super::{
    super::DocumentError,
    WRITE_LIMIT,
    wire::{binary, code_of, mongo_error},
};
use ::mongodb::{
    Collection as MongoCollection, Database,
    bson::{Bson, Document, doc},
    error::{Error, ErrorKind},
    options::ReturnDocument,
};
use placard_domain::{TenantId, document::Collection};

/// One tenant's documents of one collection.
pub(super) struct Scope {
    database: Database,
    collection: MongoCollection<Document>,
    tenant: Bson,
}

/// Why a change did not happen.
pub(super) enum Failure {
    /// The server refused one of the documents, with this code and these words.
    Refused(i32, String),
    /// Something else.
    Error(Error),
}

impl Scope {
    pub(super) fn new(database: &Database, tenant: TenantId, of: &Collection) -> Self {
        Self {
            database: database.clone(),
            collection: database.collection(of.name),
            tenant: binary(tenant.0),
        }
    }

    /// `which`, of this tenant alone. The tenant is put in last, in the place of whatever `which` may say of it, and
    /// stands beside everything else.
    fn only(&self, which: Document) -> Document {
        let mut only = doc! { "tenant_id": &self.tenant };
        only.extend(which);
        only.insert("tenant_id", &self.tenant);
        only
    }

    /// Puts the outcome of `stages` in the place of one document, and gives it back.
    pub(super) async fn change(
        &self,
        which: Document,
        stages: Vec<Document>,
        upsert: bool,
    ) -> Result<Option<Document>, Failure> {
        let change = self.collection.find_one_and_update(self.only(which), stages);
        let change = change.upsert(upsert).return_document(ReturnDocument::After).max_time(WRITE_LIMIT);
        change.await.map_err(|error| match code_of(&error) {
            Some((code, words)) => Failure::Refused(code, words),
            None => Failure::Error(error),
        })
    }

    /// Puts each document or outcome of stages in the place of what it names, in this order, up to the first refusal.
    pub(super) async fn change_all(
        &self,
        changes: impl Iterator<Item = (Document, Bson)>,
    ) -> Result<(), Failure> {
        let updates = changes.map(|(which, what)| doc! { "q": self.only(which), "u": what, "upsert": true });
        let command = doc! {
            "update": self.collection.name(),
            "updates": updates.collect::<Vec<_>>(),
            "ordered": true,
            "maxTimeMS": i64::try_from(WRITE_LIMIT.as_millis()).unwrap_or(i64::MAX),
            "writeConcern": { "w": "majority" },
        };
        let answer = self.database.run_command(command).await.map_err(Failure::Error)?;
        let Some(refusal) = answer.get_array("writeErrors").ok().and_then(|all| all.first()?.as_document())
        else {
            return match answer.get_document("writeConcernError") {
                Ok(concern) => Err(Failure::Error(Error::custom(concern.to_string()))),
                Err(_) => Ok(()),
            };
        };
        let words = refusal.get_str("errmsg").unwrap_or_default();
        Err(Failure::Refused(refusal.get_i32("code").unwrap_or_default(), words.to_owned()))
    }

    pub(super) async fn find(
        &self,
        which: Document,
        order: Document,
        limit: Option<i64>,
    ) -> Result<Vec<Document>, DocumentError> {
        let mut find = self.collection.find(self.only(which)).sort(order);
        if let Some(limit) = limit {
            find = find.limit(limit);
        }
        drain(find.await.map_err(mongo_error)?).await
    }

    /// Documents whose `terms` hold one of the words.
    pub(super) async fn find_terms(
        &self,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Document>, DocumentError> {
        let held = doc! { "$setIntersection": ["$terms", { "$literal": words }] };
        let stages = [
            doc! { "$match": self.only(doc! { "terms": { "$in": words } }) },
            doc! { "$set": { "score": { "$size": held } } },
            doc! { "$sort": { "score": -1, "updated_at": -1, "_id": -1 } },
            doc! { "$limit": limit },
            doc! { "$unset": ["score", "terms"] },
        ];
        drain(self.collection.aggregate(stages).await.map_err(mongo_error)?).await
    }

    /// Documents that a text index finds. Its prefix is the tenant, which a filter beside `$text` must name.
    pub(super) async fn find_text(
        &self,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Document>, DocumentError> {
        let which = doc! { "tenant_id": &self.tenant, "$text": { "$search": words.join(" ") } };
        let order = doc! { "score": { "$meta": "textScore" }, "updated_at": -1, "_id": -1 };
        let stages = [doc! { "$match": which }, doc! { "$sort": order }, doc! { "$limit": limit }];
        drain(self.collection.aggregate(stages).await.map_err(mongo_error)?).await
    }

    pub(super) async fn count(&self, which: Document) -> Result<u64, DocumentError> {
        self.collection.count_documents(self.only(which)).await.map_err(mongo_error)
    }

    /// Takes documents out. Says how many.
    pub(super) async fn delete(&self, which: Document) -> Result<u64, DocumentError> {
        let gone = self.collection.delete_many(self.only(which)).await.map_err(mongo_error)?;
        Ok(gone.deleted_count)
    }
}

/// Takes documents of every tenant out. For upkeep alone.
pub(super) async fn delete_everywhere(
    database: &Database,
    of: &Collection,
    which: Document,
) -> Result<u64, DocumentError> {
    let collection = database.collection::<Document>(of.name);
    Ok(collection.delete_many(which).await.map_err(mongo_error)?.deleted_count)
}

async fn drain(mut cursor: mongodb::Cursor<Document>) -> Result<Vec<Document>, DocumentError> {
    let mut all = Vec::new();
    while cursor.advance().await.map_err(mongo_error)? {
        all.push(cursor.deserialize_current().map_err(mongo_error)?);
    }
    Ok(all)
}

/// Whether the server has no such command or index.
pub(super) fn is_code(error: &Error, code: i32) -> bool {
    matches!(&*error.kind, ErrorKind::Command(refusal) if refusal.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn no_filter_stands_in_the_place_of_the_tenant() {
        // A client connects only when it is asked something.
        let client = mongodb::Client::with_uri_str("mongodb://127.0.0.1:1").await.unwrap();
        let tenant = TenantId(Uuid::from_u128(1));
        let of = placard_domain::document::COLLECTIONS[0];
        let scope = Scope::new(&client.database("placard"), tenant, of);
        let other = binary(Uuid::from_u128(2));
        for which in [
            doc! {},
            doc! { "tenant_id": other.clone() },
            doc! { "$or": [{}, { "tenant_id": other }] },
            doc! { "tenant_id": { "$exists": true } },
        ] {
            let only = scope.only(which.clone());
            assert_eq!(only.get("tenant_id"), Some(&binary(tenant.0)), "{which}");
            assert_eq!(only.keys().filter(|name| *name == "tenant_id").count(), 1, "{only}");
        }
    }
}
