//! Putting profiles away.

use super::{Archive, INACTIVE, inactive};
use crate::publishing::{Shelving, shelved};
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::document::Profile;
use placard_store::{
    archive::{self, ArchiveFile, Archived, Keys, Row},
    documents::{Query, Sort},
    outreach,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many profiles go into one file. A file is held in memory whole.
const BATCH: u16 = 500;

/// What a run did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Profiles that are in the archive now, and in the database no more.
    pub archived: u64,
    /// Files that they are in.
    pub files: u64,
    /// Profiles that nothing happened to, but that outreach speaks to or spoke to within the year; they stay.
    pub spoken_to: u64,
}

impl Archive<'_> {
    /// Archives every profile that nothing happened to for a year, after finishing what an earlier run left. Nothing if
    /// somebody else is changing the archive at this moment.
    ///
    /// # Errors
    /// Whatever stops it; the same again goes on.
    pub async fn run(&self, now: DateTime<Utc>) -> Result<Option<Ran>> {
        let Some(keys) = Keys::try_take(self.db, self.tenant).await? else { return Ok(None) };
        let outcome = self.run_alone(now).await;
        keys.give_back().await?;
        outcome.map(Some)
    }

    /// What [`Archive::run`] would do.
    pub async fn dry_run(&self, now: DateTime<Utc>) -> Result<Ran> {
        let mut ran = Ran::default();
        let mut cursor = None;
        while let Some(page) = self.page(now, cursor).await? {
            ran.count(&page);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(ran)
    }

    async fn run_alone(&self, now: DateTime<Utc>) -> Result<Ran> {
        self.sweep().await?;
        self.settle_all().await?;
        let mut ran = Ran::default();
        let mut cursor = None;
        while let Some(page) = self.page(now, cursor).await? {
            if !page.profiles.is_empty() {
                self.put_away(&page.profiles).await?;
            }
            ran.count(&page);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(ran)
    }

    /// Profiles to archive, a file's worth.
    async fn page(&self, now: DateTime<Utc>, cursor: Option<String>) -> Result<Option<Wanted>> {
        let Some(filter) = inactive(now) else { return Ok(None) };
        let query = Query { filter, sort: Sort::OLDEST, limit: BATCH, cursor };
        let page = self.documents.find::<Profile>(self.tenant, &query).await?;
        let ids: Vec<Uuid> = page.items.iter().map(|profile| profile.id).collect();
        let mut tx = self.begin().await?;
        let spoken_to = outreach::spoken_to(&mut tx, &ids, now - INACTIVE).await?;
        tx.commit().await?;
        let spoken_to: BTreeSet<Uuid> = spoken_to.into_iter().collect();
        let mut profiles = page.items;
        profiles.retain(|profile| !spoken_to.contains(&profile.id));
        Ok(Some(Wanted { profiles, spoken_to: spoken_to.len() as u64, next: page.next }))
    }

    /// Writes a file, makes it true, and deletes its documents.
    async fn put_away(&self, profiles: &[Archived]) -> Result<()> {
        let rows = self.seal(profiles).await?;
        let content = self.store(&rows).await?;
        shelved(Shelving::FileStored);
        let mut tx = self.begin().await?;
        let id = archive::insert(&mut tx, self.actor, &content).await?;
        tx.commit().await?;
        shelved(Shelving::FileRecorded);
        let files = self.list().await?;
        match files.iter().find(|file| file.id == id) {
            Some(file) => self.settle(file, rows, Deleted::ByNobodyYet).await,
            None => Ok(()),
        }
    }

    /// Finishes files whose documents may still be in the database.
    pub(super) async fn settle_all(&self) -> Result<()> {
        for file in self.list().await?.into_iter().filter(|file| !file.settled) {
            let rows = self.fetch(&file).await?;
            self.settle(&file, rows, Deleted::PerhapsByUs).await?;
        }
        Ok(())
    }

    /// Deletes the documents of a file, each at the version that is archived. One that somebody changed since stays where
    /// it is, and leaves the file; so does one that somebody deleted, as far as that can be told.
    async fn settle(&self, file: &ArchiveFile, rows: Vec<Row>, deleted: Deleted) -> Result<()> {
        let mut others = BTreeSet::new();
        for row in &rows {
            let gone = self.documents.delete_seen::<Profile>(self.tenant, row.id, row.version).await?;
            shelved(Shelving::OneDeleted);
            let is_ours = match deleted {
                _ if gone => true,
                Deleted::ByNobodyYet => false,
                Deleted::PerhapsByUs => self.documents.get::<Profile>(self.tenant, row.id).await?.is_none(),
            };
            if !is_ours {
                others.insert(row.id);
            }
        }
        shelved(Shelving::AllDeleted);
        let kept: Vec<Row> = rows.into_iter().filter(|row| !others.contains(&row.id)).collect();
        let nothing_left = kept.is_empty();
        if !others.is_empty() {
            self.rewrite(file, kept).await?;
        }
        if nothing_left {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        archive::settle(&mut tx, file.id).await?;
        Ok(tx.commit().await?)
    }
}

/// What is known of documents of a file that are not in the database.
#[derive(Clone, Copy)]
enum Deleted {
    /// The file has just been written: somebody else deleted them.
    ByNobodyYet,
    /// A run that was stopped may have.
    PerhapsByUs,
}

/// Profiles to archive.
struct Wanted {
    profiles: Vec<Archived>,
    spoken_to: u64,
    next: Option<String>,
}

impl Ran {
    fn count(&mut self, page: &Wanted) {
        self.archived += page.profiles.len() as u64;
        self.files += u64::from(!page.profiles.is_empty());
        self.spoken_to += page.spoken_to;
    }
}
