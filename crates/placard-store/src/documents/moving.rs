//! Moving a tenant's documents from one database to the other while they are used.
//!
//! Everything is copied, then what changed meanwhile, until little is left. Then writers wait: the rest is copied, both
//! sides are read and compared, and the record of where the documents are is changed. Killed anywhere, a move goes on
//! where it was; until that record is changed nothing has happened for anybody.

use super::{
    DocumentError, Documents, Store,
    adapter::{Adapter, Entry},
    digest::Digest,
    placement::{self, BELIEVED, Progress, Record, Step},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    TenantId,
    document::{COLLECTIONS, Collection},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How many documents are read and written at once.
const PAGE: i64 = 500;
/// Writers are stopped once a round of changes was no larger than this.
const LITTLE: usize = 500;
/// After so many rounds they are stopped anyway.
const ROUNDS: usize = 20;
/// How often both sides are compared and made the same before a move gives up.
const COMPARISONS: usize = 3;

/// How a move gets on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progressed {
    /// So many documents of a collection were copied in this run.
    Copied {
        /// The collection.
        collection: &'static str,
        /// How many.
        documents: u64,
    },
    /// So many that changed meanwhile were copied.
    CaughtUp {
        /// How many.
        documents: u64,
    },
    /// Writers wait from now on.
    Switching,
    /// Both sides are the same, and the record says so. Old copies are removed.
    Switched,
}

/// A move that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where the documents are now.
    pub store: Store,
    /// What both sides held when writers were stopped, by collection; empty if there was nothing to do.
    pub proof: BTreeMap<&'static str, Proof>,
    /// How long writers waited.
    pub paused: Duration,
}

/// What both sides held of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many documents.
    pub documents: u64,
    /// A sum over the hashes of all documents, which does not depend on their order.
    pub hash: String,
}

/// Does something with the adapter of one store.
macro_rules! in_store {
    ($self:ident, $store:expr, $adapter:ident => $call:expr) => {
        match $store {
            Store::Postgres => {
                let $adapter = &$self.inner.postgres;
                $call.await
            }
            #[cfg(feature = "mongodb")]
            Store::MongoDb if $self.inner.mongodb.is_some() => {
                let $adapter = $self.inner.mongodb.as_ref().expect("it was looked at");
                $call.await
            }
            store @ Store::MongoDb => Err(DocumentError::NotConnected { store }),
        }
    };
}

impl Documents {
    /// Moves the documents of `tenant` to `target`, or goes on with a move that was begun. Asked for the place where the
    /// documents are, it takes back a move that has not come to the switch.
    ///
    /// # Errors
    /// [`DocumentError::Moving`] if someone else is at it, [`DocumentError::Differs`] if both sides could not be made
    /// the same, and whatever either database refuses. The documents are where they were then.
    pub async fn move_to(
        &self,
        tenant: TenantId,
        target: Store,
        tell: &mut (dyn FnMut(Progressed) + Send),
    ) -> Result<Moved, DocumentError> {
        if target == Store::MongoDb && !self.has_mongodb() {
            return Err(DocumentError::NotConnected { store: target });
        }
        let mut mover = placement::Mover::start(&self.inner.db, tenant).await?;
        let outcome = self.carry_out(&mut mover, target, tell).await;
        self.inner.places.forget(tenant);
        mover.stop().await?;
        outcome
    }

    fn has_mongodb(&self) -> bool {
        #[cfg(feature = "mongodb")]
        return self.inner.mongodb.is_some();
        #[cfg(not(feature = "mongodb"))]
        false
    }

    async fn carry_out(
        &self,
        mover: &mut placement::Mover,
        target: Store,
        tell: &mut (dyn FnMut(Progressed) + Send),
    ) -> Result<Moved, DocumentError> {
        let tenant = mover.tenant();
        let mut record = mover.read().await?;
        if let Some(old) = record.left_behind() {
            self.purge(tenant, old).await?;
            mover.settle().await?;
            record = mover.read().await?;
        }
        if let Some(unfinished) = record.target
            && unfinished != target
        {
            self.purge(tenant, unfinished).await?;
            mover.settle().await?;
            record = mover.read().await?;
        }
        if record.store == target {
            return Ok(Moved { store: target, proof: BTreeMap::new(), paused: Duration::ZERO });
        }
        if record.target.is_none() {
            // What an earlier life of this database may have left there.
            self.purge(tenant, target).await?;
            record = mover.begin(target).await?;
        }
        self.copy_all(mover, &mut record, target, tell).await?;
        let (proof, paused) = self.switch(mover, &mut record, target, tell).await?;
        self.purge(tenant, record.store).await?;
        mover.settle().await?;
        Ok(Moved { store: target, proof, paused })
    }

    async fn copy_all(
        &self,
        mover: &mut placement::Mover,
        record: &mut Record,
        target: Store,
        tell: &mut (dyn FnMut(Progressed) + Send),
    ) -> Result<(), DocumentError> {
        let (tenant, source) = (mover.tenant(), record.store);
        for of in COLLECTIONS {
            let mut copied = 0;
            let mut step = match record.progress.steps.remove(of.name) {
                Some(step) => step,
                None => Step::since(placement::horizon(&self.inner.db, tenant).await?),
            };
            while !step.copied {
                let page = in_store!(self, source, from => from.scan(tenant, of, step.after, PAGE))?;
                step.after = page.last().map_or(step.after, |last| Some(last.id));
                step.copied = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
                copied += page.len() as u64;
                self.put(tenant, of, target, page).await?;
                record.progress.steps.insert(of.name.to_owned(), step.clone());
                mover.note(&record.progress).await?;
            }
            record.progress.steps.insert(of.name.to_owned(), step);
            tell(Progressed::Copied { collection: of.name, documents: copied });
        }
        for _ in 0..ROUNDS {
            let horizon = placement::horizon(&self.inner.db, tenant).await?;
            let changed = self.catch_up(tenant, record, target, horizon).await?;
            mover.note(&record.progress).await?;
            tell(Progressed::CaughtUp { documents: changed as u64 });
            if changed <= LITTLE {
                break;
            }
        }
        Ok(())
    }

    /// Copies what has changed in every collection before `horizon`. Says how much.
    async fn catch_up(
        &self,
        tenant: TenantId,
        record: &mut Record,
        target: Store,
        horizon: DateTime<Utc>,
    ) -> Result<usize, DocumentError> {
        let (source, mut changed) = (record.store, 0);
        for of in COLLECTIONS {
            let Some(step) = record.progress.steps.get_mut(of.name) else { continue };
            loop {
                let after = Some((step.changed_at, step.changed_id));
                let page = in_store!(self, source, from => from.changed(tenant, of, after, horizon, PAGE))?;
                let Some(last) = page.last() else { break };
                (step.changed_at, step.changed_id) = (last.updated_at, last.id);
                changed += page.len();
                self.put(tenant, of, target, page).await?;
            }
        }
        Ok(changed)
    }

    async fn switch(
        &self,
        mover: &mut placement::Mover,
        record: &mut Record,
        target: Store,
        tell: &mut (dyn FnMut(Progressed) + Send),
    ) -> Result<(BTreeMap<&'static str, Proof>, Duration), DocumentError> {
        tell(Progressed::Switching);
        let (tenant, source) = (mover.tenant(), record.store);
        mover.stop_writers().await?;
        let began = Instant::now();
        // Nothing is under way, so everything that is there is visible, whenever it is dated.
        let ever = Utc::now() + TimeDelta::days(36_500);
        self.catch_up(tenant, record, target, ever).await?;
        let mut proof = BTreeMap::new();
        for of in COLLECTIONS {
            proof.insert(of.name, self.make_same(tenant, of, source, target).await?);
        }
        mover.switch(source, target).await?;
        // Whoever still reads in the old place reads the same there, since nobody writes yet.
        tokio::time::sleep(BELIEVED).await;
        mover.let_writers_in().await?;
        tell(Progressed::Switched);
        Ok((proof, began.elapsed()))
    }

    /// Compares both sides document by document, and removes or copies what differs, until nothing does.
    async fn make_same(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        source: Store,
        target: Store,
    ) -> Result<Proof, DocumentError> {
        for _ in 0..COMPARISONS {
            let there = self.read_all(tenant, of, target).await?;
            let (mut ours, mut after, mut missing) = (Digest::default(), None, Vec::new());
            let mut left = there.hashes;
            loop {
                let page = in_store!(self, source, from => from.scan(tenant, of, after, PAGE))?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                for entry in page {
                    let hash = ours.add(&entry);
                    if left.remove(&entry.id) != Some(hash) {
                        missing.push(entry);
                    }
                }
            }
            if left.is_empty() && missing.is_empty() && ours == there.digest {
                return Ok(Proof { documents: ours.documents(), hash: ours.to_string() });
            }
            let strays: Vec<Uuid> = left.into_keys().collect();
            in_store!(self, target, to => to.take_out(tenant, of, &strays))?;
            for part in missing.chunks(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
                self.put(tenant, of, target, part.to_vec()).await?;
            }
        }
        Err(DocumentError::Differs { collection: of.name })
    }

    async fn read_all(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        store: Store,
    ) -> Result<Held, DocumentError> {
        let (mut held, mut after) = (Held::default(), None);
        loop {
            let page = in_store!(self, store, there => there.scan(tenant, of, after, PAGE))?;
            let Some(last) = page.last() else { return Ok(held) };
            after = Some(last.id);
            for entry in &page {
                let hash = held.digest.add(entry);
                held.hashes.insert(entry.id, hash);
            }
        }
    }

    async fn put(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        store: Store,
        entries: Vec<Entry>,
    ) -> Result<(), DocumentError> {
        if entries.is_empty() {
            return Ok(());
        }
        in_store!(self, store, to => to.copy_in(tenant, of, entries))
    }

    /// Takes out everything that `store` holds of the tenant.
    async fn purge(&self, tenant: TenantId, store: Store) -> Result<(), DocumentError> {
        for of in COLLECTIONS {
            loop {
                let page = in_store!(self, store, there => there.scan(tenant, of, None, PAGE))?;
                if page.is_empty() {
                    break;
                }
                let ids: Vec<Uuid> = page.iter().map(|entry| entry.id).collect();
                in_store!(self, store, there => there.take_out(tenant, of, &ids))?;
            }
        }
        Ok(())
    }
}

/// What one side holds of a collection.
#[derive(Default)]
struct Held {
    digest: Digest,
    hashes: BTreeMap<Uuid, [u8; 32]>,
}

impl Progress {
    /// How many collections were copied whole.
    pub fn copied(&self) -> usize {
        self.steps.values().filter(|step| step.copied).count()
    }
}
