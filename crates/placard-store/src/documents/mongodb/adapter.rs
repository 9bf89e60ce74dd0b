//! What a database of documents must be able to do, in MongoDB's words.

use super::{
    super::{
        DocumentError, Filter,
        adapter::{Adapter, Entry, Wanted},
        terms,
    },
    BATCH, KeywordSearch, MongoDb, convert,
    filter::{self, beyond, filter_of, order_of},
    prepare, scope,
    wire::{binary, date, refused},
};
use ::mongodb::bson::{Bson, Document, doc};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    TenantId,
    document::{Collection, Expiry},
};
use serde_json::Value;
use uuid::Uuid;

impl Adapter for MongoDb {
    async fn insert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let stages = this.put(of, tenant, id, &body, at);
            let changed = this.scope(tenant, of).change(doc! { "_id": binary(id) }, stages, true).await;
            match changed.map_err(|error| refused(of, error))? {
                Some(changed) => convert::to_entry(of, changed),
                None => this.read_back(tenant, of, doc! { "_id": binary(id) }, id).await,
            }
        })
        .await
    }

    async fn upsert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        mut new: Vec<(Uuid, Value)>,
    ) -> Result<Vec<Entry>, DocumentError> {
        if new.len() == 1 {
            let (id, body) = new.remove(0);
            return Ok(vec![self.upsert_one(tenant, of, id, body).await?]);
        }
        let mut entries = Vec::with_capacity(new.len());
        for batch in new.chunks(BATCH) {
            entries.extend(self.upsert_batch(tenant, of, batch.to_vec()).await?);
        }
        Ok(entries)
    }

    async fn swap(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: i64,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let scope = this.scope(tenant, of);
            let stages = this.put(of, tenant, id, &body, at);
            let which = doc! { "_id": binary(id), "version": seen };
            let changed = scope.change(which, stages, false).await.map_err(|error| refused(of, error))?;
            if let Some(changed) = changed {
                return convert::to_entry(of, changed);
            }
            let found = scope.find(doc! { "_id": binary(id) }, doc! {}, Some(1)).await?.pop();
            let found = found.ok_or_else(|| DocumentError::not_found(of, id))?;
            let version = convert::to_entry(of, found)?.version;
            Err(DocumentError::Stale { one: of.one, id, version })
        })
        .await
    }

    async fn get(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
    ) -> Result<Option<Entry>, DocumentError> {
        let found = self.scope(tenant, of).find(doc! { "_id": binary(id) }, doc! {}, Some(1)).await?;
        Ok(convert::to_entries(of, found)?.pop())
    }

    async fn find(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Entry>, DocumentError> {
        let field = wanted.sort.resolve(of)?;
        let mut all = vec![filter_of(wanted.filter)];
        all.extend(wanted.after.as_ref().map(|after| beyond(field, wanted.sort.down, after)));
        let order = order_of(field, wanted.sort.down);
        let found = self.scope(tenant, of).find(filter::all_of(all), order, Some(wanted.limit)).await?;
        convert::to_entries(of, found)
    }

    async fn count(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        filter: &Filter,
    ) -> Result<u64, DocumentError> {
        self.scope(tenant, of).count(filter_of(filter)).await
    }

    async fn search(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        let found = match self.search {
            KeywordSearch::Terms => self.scope(tenant, of).find_terms(words, limit).await?,
            KeywordSearch::TextIndex => self.scope(tenant, of).find_text(words, limit).await?,
        };
        let mut entries = convert::to_entries(of, found)?;
        // A text index ranks by other means; those that hold more of the words come first everywhere.
        entries.sort_by_cached_key(|entry| {
            let score = terms::score(of, &entry.body, words);
            (std::cmp::Reverse(score), std::cmp::Reverse(entry.updated_at), std::cmp::Reverse(entry.id))
        });
        Ok(entries)
    }

    async fn changed(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<(DateTime<Utc>, Uuid)>,
        horizon: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        let mut span = doc! { "$lt": date(horizon) };
        let mut all = Vec::new();
        if let Some((at, id)) = after {
            let (at, id) = (date(at), binary(id));
            span.insert("$gte", &at);
            all.push(
                doc! { "$or": [{ "updated_at": { "$gt": &at } }, { "updated_at": &at, "_id": { "$gt": id } }] },
            );
        }
        all.insert(0, doc! { "updated_at": span });
        let order = doc! { "updated_at": 1, "_id": 1 };
        let found = self.scope(tenant, of).find(filter::all_of(all), order, Some(limit)).await?;
        convert::to_entries(of, found)
    }

    async fn delete(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: Option<i64>,
    ) -> Result<bool, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |_| async move {
            let mut which = doc! { "_id": binary(id) };
            if let Some(seen) = seen {
                which.insert("version", seen);
            }
            Ok(this.scope(tenant, of).delete(which).await? == 1)
        })
        .await
    }

    async fn put_back(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entry: Entry,
    ) -> Result<Entry, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let id = entry.id;
            let back = Entry { version: entry.version + 1, updated_at: at, ..entry };
            let whole = Bson::from(this.whole(tenant, of, &back));
            let stages = vec![doc! { "$replaceWith": { "$mergeObjects": [{ "$literal": whole }] } }];
            let changed = this.scope(tenant, of).change(doc! { "_id": binary(id) }, stages, true).await;
            match changed.map_err(|error| refused(of, error))? {
                Some(changed) => convert::to_entry(of, changed),
                None => this.read_back(tenant, of, doc! { "_id": binary(id) }, id).await,
            }
        })
        .await
    }

    async fn expire(&self, of: &'static Collection, now: DateTime<Utc>) -> Result<u64, DocumentError> {
        let Some(expiry) = &of.expiry else { return Ok(0) };
        let (last, only) = match expiry {
            Expiry::At(_) => (now, None),
            Expiry::Days { days, only, .. } => (now - TimeDelta::days(i64::from(*days)), *only),
        };
        let mut which = prepare::only(only);
        which.insert(expiry.field(), doc! { "$lte": date(last) });
        scope::delete_everywhere(&self.database, of, which).await
    }

    async fn scan(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        let which = after.map_or_else(Document::new, |id| doc! { "_id": { "$gt": binary(id) } });
        let found = self.scope(tenant, of).find(which, doc! { "_id": 1 }, Some(limit)).await?;
        convert::to_entries(of, found)
    }

    async fn copy_in(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entries: Vec<Entry>,
    ) -> Result<(), DocumentError> {
        let scope = self.scope(tenant, of);
        let replacement =
            |entry: &Entry| (doc! { "_id": binary(entry.id) }, Bson::from(self.whole(tenant, of, entry)));
        for batch in entries.chunks(BATCH) {
            match scope.change_all(batch.iter().map(replacement)).await.map_err(|error| refused(of, error)) {
                Err(DocumentError::Taken { .. }) => {}
                other => {
                    other?;
                    continue;
                }
            }
            for entry in batch {
                scope.delete(filter::in_the_way(of, entry)).await?;
                let one = std::iter::once(replacement(entry));
                scope.change_all(one).await.map_err(|error| refused(of, error))?;
            }
        }
        Ok(())
    }

    async fn take_out(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        ids: &[Uuid],
    ) -> Result<(), DocumentError> {
        let ids: Vec<_> = ids.iter().map(|id| binary(*id)).collect();
        self.scope(tenant, of).delete(doc! { "_id": { "$in": ids } }).await?;
        Ok(())
    }
}
