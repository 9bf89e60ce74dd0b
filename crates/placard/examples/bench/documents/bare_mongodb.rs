//! The baseline: a collection with the same indexes and no validator, and commands as one would write them.

use super::{Bare, FOUND, Room};
use anyhow::Result;
use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{self, Bson, Document as Bsons, doc},
};
use placard_domain::{
    TenantId,
    document::{Document, Profile, query_words, words_of},
};
use placard_store::documents::KeywordSearch;
use uuid::Uuid;

const NAME: &str = "bare_profiles";
/// As many as ours sends with one command.
const BATCH: usize = 100;

pub(super) struct BareMongo {
    database: Database,
    collection: Collection<Bsons>,
    tenant: Bson,
    search: KeywordSearch,
}

impl BareMongo {
    pub(super) async fn new(room: &Room, tenant: TenantId) -> Result<Self> {
        let ours = room.database.collection::<Bsons>(Profile::COLLECTION.name);
        let mut indexes: Vec<mongodb::IndexModel> = ours.list_indexes().await?.try_collect().await?;
        indexes.retain(|index| !index.keys.keys().eq(["_id"]));
        let collection = room.database.collection::<Bsons>(NAME);
        collection.create_indexes(indexes).await?;
        let tenant = bson::Uuid::from_bytes(tenant.0.into_bytes()).into();
        let search = room.mongodb.keyword_search();
        Ok(Self { database: room.database.clone(), collection, tenant, search })
    }

    fn change(&self, profile: &Profile) -> Result<Bsons> {
        let mut set = bson::serialize_to_document(profile)?;
        if self.search == KeywordSearch::Terms {
            let words = words_of(Profile::COLLECTION, &serde_json::to_value(profile)?);
            set.insert("terms", words.into_iter().collect::<Vec<_>>());
        }
        let now = bson::DateTime::now();
        set.insert("updated_at", now);
        let made = doc! { "_id": bson::Uuid::from_bytes(Uuid::now_v7().into_bytes()), "created_at": now };
        Ok(doc! {
            "q": { "tenant_id": &self.tenant, "platform": &profile.platform, "username": &profile.username },
            "u": { "$set": set, "$setOnInsert": made, "$inc": { "version": 1_i64 } },
            "upsert": true,
        })
    }
}

impl Bare for BareMongo {
    async fn upsert(&mut self, profiles: &[Profile]) -> Result<()> {
        for batch in profiles.chunks(BATCH) {
            let updates = batch.iter().map(|profile| self.change(profile)).collect::<Result<Vec<_>>>()?;
            let command = doc! { "update": NAME, "updates": updates, "writeConcern": { "w": "majority" } };
            let answer = self.database.run_command(command).await?;
            anyhow::ensure!(!answer.contains_key("writeErrors"), "{answer}");
        }
        Ok(())
    }

    async fn search(&mut self, text: &str) -> Result<Vec<Profile>> {
        let words = query_words(text);
        let (limit, mut stages) = (doc! { "$limit": i64::from(FOUND) }, Vec::new());
        match self.search {
            KeywordSearch::Terms => {
                let held = doc! { "$setIntersection": ["$terms", { "$literal": &words }] };
                stages.extend([
                    doc! { "$match": { "tenant_id": &self.tenant, "terms": { "$in": words } } },
                    doc! { "$set": { "score": { "$size": held } } },
                    doc! { "$sort": { "score": -1, "updated_at": -1, "_id": -1 } },
                ]);
            }
            KeywordSearch::TextIndex => stages.extend([
                doc! { "$match": { "tenant_id": &self.tenant, "$text": { "$search": words.join(" ") } } },
                doc! { "$sort": { "score": { "$meta": "textScore" }, "updated_at": -1, "_id": -1 } },
            ]),
        }
        let beside = ["_id", "tenant_id", "version", "created_at", "updated_at", "terms", "score"];
        stages.extend([limit, doc! { "$unset": beside.as_slice() }]);
        let found: Vec<Bsons> = self.collection.aggregate(stages).await?.try_collect().await?;
        Ok(found.into_iter().map(bson::deserialize_from_document).collect::<Result<_, _>>()?)
    }

    async fn count(&mut self) -> Result<u64> {
        Ok(self.collection.count_documents(doc! {}).await?)
    }
}
