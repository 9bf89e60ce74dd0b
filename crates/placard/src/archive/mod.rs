//! The cold archive: profiles that nothing happened to for a year leave the database for files in the object store, and
//! come back when somebody asks for them.
//!
//! A file is written under its own hash, then made true by a row in PostgreSQL, then its documents are deleted, each at the
//! version that was archived. Killed anywhere, the next run finishes what was begun: nothing is lost, because a document is
//! deleted only after its file is true, and nothing stays twice, because a row that is not settled is looked at again.
//! Whatever changes the archive does so alone ([`Keys`]).

mod file;
mod restore;
mod run;

pub use restore::Restored;
pub use run::Ran;

use crate::publishing::{Shelving, shelved};
use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use placard_assets::objects::{ArchiveKey, Objects};
use placard_domain::{TenantId, asset::ContentHash, document::Moment};
use placard_store::{
    Db, TenantTx, Vault,
    archive::{self, ArchiveFile, Archived, Keys, NewContent, Row},
    audit::{Action, Actor, Origin},
    documents::{Comparison, Documents, Filter, mentions},
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// After how long without anything happening to it a profile is archived (requirement P5).
const INACTIVE: TimeDelta = TimeDelta::days(365);

/// The archive of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    /// Where everything but documents is.
    pub db: &'a Db,
    /// With what documents in files are sealed.
    pub vault: &'a Vault,
    /// Where documents are that are not archived.
    pub documents: &'a Documents,
    /// Where files are.
    pub objects: &'a Objects,
    /// Whose they are.
    pub tenant: TenantId,
    /// Who does it.
    pub actor: &'a Actor,
    /// From where.
    pub origin: &'a Origin,
}

/// Those profiles that nothing happened to for so long before `now` that they are archived, as far as the documents say:
/// neither here nor, as far as is known, on their network.
pub fn inactive(now: DateTime<Utc>) -> Option<Filter> {
    let before = Moment::new(now - INACTIVE).ok()?;
    let older = |path: &str| Filter::Compare(path.to_owned(), Comparison::Lt, before.into());
    let seen = "metadata.last_active_at";
    let silent = Filter::Or(vec![Filter::Exists(seen.to_owned(), false), older(seen)]);
    Some(Filter::And(vec![older("updated_at"), silent]))
}

impl Archive<'_> {
    /// The files, the oldest first.
    pub async fn list(&self) -> Result<Vec<ArchiveFile>> {
        let mut tx = self.begin().await?;
        let files = archive::list(&mut tx).await?;
        tx.commit().await?;
        Ok(files)
    }

    /// Waits until nobody else changes the archive, and lets nobody until they are given back.
    pub async fn keys(&self) -> Result<Keys> {
        Ok(Keys::wait_for(self.db, self.tenant).await?)
    }

    /// The profiles in which `is_theirs` finds a person. With the keys, because none may come in meanwhile.
    ///
    /// # Errors
    /// If a file is not as it was written, or the object store does not answer: then nobody knows.
    pub async fn naming(&self, _: &Keys, is_theirs: impl Fn(&str) -> bool) -> Result<Vec<Uuid>> {
        let mut found = Vec::new();
        for file in self.list().await? {
            for profile in self.open(&self.fetch(&file).await?).await? {
                let body = serde_json::to_value(&profile.document)?;
                if mentions(&body, &is_theirs) {
                    found.push(profile.id);
                }
            }
        }
        Ok(found)
    }

    /// Removes these profiles for good: files are written again without them, and the files before are gone when this
    /// returns. Says how many it was.
    pub async fn erase(&self, _: &Keys, profiles: &BTreeSet<Uuid>) -> Result<u64> {
        let mut erased = 0;
        for file in self.list().await? {
            if !profiles.iter().any(|id| file.may_hold(*id)) {
                continue;
            }
            let rows = self.fetch(&file).await?;
            let (gone, kept): (Vec<Row>, Vec<Row>) =
                rows.into_iter().partition(|row| profiles.contains(&row.id));
            if !gone.is_empty() {
                self.rewrite(&file, kept).await?;
                let mut tx = self.begin().await?;
                archive::note(&mut tx, self.actor, Action::Delete, file.id, gone.len()).await?;
                tx.commit().await?;
                erased += gone.len() as u64;
            }
        }
        // What a run that was stopped left behind may hold them as well.
        self.sweep().await?;
        Ok(erased)
    }

    /// Seals those files anew that a retired data key sealed. Says how many documents it was.
    pub async fn reseal(&self) -> Result<u64> {
        let keys = self.keys().await?;
        let outcome = self.reseal_alone().await;
        keys.give_back().await?;
        outcome
    }

    async fn reseal_alone(&self) -> Result<u64> {
        let mut tx = self.begin().await?;
        let current = archive::current_key(&mut tx, self.vault).await?;
        tx.commit().await?;
        let mut resealed = 0;
        for file in self.list().await?.into_iter().filter(|file| file.key != current) {
            let profiles = self.open(&self.fetch(&file).await?).await?;
            resealed += profiles.len() as u64;
            self.rewrite(&file, self.seal(&profiles).await?).await?;
        }
        Ok(resealed)
    }

    /// Removes files that no row names: what was written by a process that died, or replaced.
    async fn sweep(&self) -> Result<()> {
        let named: BTreeSet<String> = self.list().await?.iter().map(|file| file.hash.to_string()).collect();
        for key in self.objects.archive_of(self.tenant).await? {
            if !named.contains(key.hash.as_str()) {
                self.objects.unarchive(&key).await?;
            }
        }
        Ok(())
    }

    /// Puts `rows` in the place of what a file held. The old content is gone when this returns; whoever stops in between
    /// leaves it to [`Archive::sweep`].
    async fn rewrite(&self, file: &ArchiveFile, rows: Vec<Row>) -> Result<()> {
        let content = match rows.is_empty() {
            true => None,
            false => Some(self.store(&rows).await?),
        };
        if content.as_ref().is_some_and(|content| content.hash == file.hash) {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        archive::replace(&mut tx, file, content.as_ref()).await?;
        tx.commit().await?;
        shelved(Shelving::FileReplaced);
        self.objects.unarchive(&self.key(&file.hash)).await?;
        Ok(())
    }

    /// Writes a file under its hash. Nothing names it yet.
    async fn store(&self, rows: &[Row]) -> Result<NewContent> {
        let content = Bytes::from(file::write(rows)?);
        let hash = hash_of(&content)?;
        let ids = || rows.iter().map(|row| row.id);
        let none = "a file without documents is not written";
        let new = NewContent {
            hash: hash.clone(),
            documents: rows.len(),
            bytes: content.len(),
            first: ids().min().context(none)?,
            last: ids().max().context(none)?,
            key: rows.first().and_then(Row::key).context(none)?,
        };
        self.objects.archive(&self.key(&hash), content).await?;
        Ok(new)
    }

    /// The rows of a file, once its content is what its row says.
    async fn fetch(&self, file: &ArchiveFile) -> Result<Vec<Row>> {
        let content = self.objects.archived(&self.key(&file.hash)).await;
        let content = content.with_context(|| format!("the archive file {} cannot be read", file.id))?;
        ensure!(hash_of(&content)? == file.hash, "the archive file {} was changed by somebody else", file.id);
        Ok(file::read(content)?)
    }

    async fn seal(&self, profiles: &[Archived]) -> Result<Vec<Row>> {
        let mut tx = self.begin().await?;
        let rows = archive::seal(&mut tx, self.vault, profiles).await?;
        tx.commit().await?;
        Ok(rows)
    }

    async fn open(&self, rows: &[Row]) -> Result<Vec<Archived>> {
        let mut tx = self.begin().await?;
        let profiles = archive::open(&mut tx, self.vault, rows).await?;
        tx.commit().await?;
        Ok(profiles)
    }

    fn key(&self, hash: &ContentHash) -> ArchiveKey {
        ArchiveKey { tenant: self.tenant, hash: hash.clone() }
    }

    async fn begin(&self) -> Result<TenantTx> {
        let mut tx = self.db.tenant(self.tenant).await?;
        tx.come_from(self.origin.clone());
        Ok(tx)
    }
}

fn hash_of(content: &[u8]) -> Result<ContentHash> {
    ContentHash::parse(&crate::assets::hash_of(content)).context("a hash is no hash")
}
