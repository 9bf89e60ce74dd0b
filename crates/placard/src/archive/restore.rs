//! Fetching profiles back.

use super::Archive;
use crate::publishing::{Shelving, shelved};
use anyhow::Result;
use placard_domain::document::Profile;
use placard_store::{
    archive::{self, ArchiveFile, Archived},
    audit::Action,
    documents::DocumentError,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Profiles that are in the database again, and in the archive no more.
    pub restored: Vec<Uuid>,
    /// Those in whose place another stands by now, with the same name on the same network or the same id there. They stay
    /// in the archive.
    pub taken: Vec<Uuid>,
    /// Those that were asked for and are in no file.
    pub missing: Vec<Uuid>,
}

impl Archive<'_> {
    /// Puts profiles back where the documents are, all of them without `wanted`. A profile that is back counts as changed
    /// now, so that a delta tells of it and it is not archived again for a year.
    ///
    /// # Errors
    /// Whatever stops it; the same again goes on.
    pub async fn restore(&self, wanted: Option<&BTreeSet<Uuid>>) -> Result<Restored> {
        let keys = self.keys().await?;
        let outcome = self.restore_alone(wanted).await;
        keys.give_back().await?;
        outcome
    }

    async fn restore_alone(&self, wanted: Option<&BTreeSet<Uuid>>) -> Result<Restored> {
        // A document that is in both places yet would seem to be back already.
        self.settle_all().await?;
        let mut restored = Restored::default();
        for file in self.list().await? {
            if wanted.is_none_or(|wanted| wanted.iter().any(|id| file.may_hold(*id))) {
                self.restore_from(&file, wanted, &mut restored).await?;
            }
        }
        let mut missing = wanted.cloned().unwrap_or_default();
        missing.retain(|id| !restored.restored.contains(id) && !restored.taken.contains(id));
        restored.missing = missing.into_iter().collect();
        Ok(restored)
    }

    async fn restore_from(
        &self,
        file: &ArchiveFile,
        wanted: Option<&BTreeSet<Uuid>>,
        restored: &mut Restored,
    ) -> Result<()> {
        let mut rows = self.fetch(file).await?;
        let of_interest = |id: Uuid| wanted.is_none_or(|wanted| wanted.contains(&id));
        let asked: Vec<_> = rows.iter().filter(|row| of_interest(row.id)).cloned().collect();
        if asked.is_empty() {
            return Ok(());
        }
        // Whoever is stopped from here on leaves it to the next to take out of the file what is back.
        let mut tx = self.begin().await?;
        archive::unsettle(&mut tx, file.id).await?;
        tx.commit().await?;
        let mut back = BTreeSet::new();
        for profile in self.open(&asked).await? {
            if self.put_back(&profile).await? {
                shelved(Shelving::OneBack);
                back.insert(profile.id);
            } else {
                restored.taken.push(profile.id);
            }
        }
        rows.retain(|row| !back.contains(&row.id));
        self.rewrite(file, rows).await?;
        let mut tx = self.begin().await?;
        archive::settle(&mut tx, file.id).await?;
        if !back.is_empty() {
            archive::note(&mut tx, self.actor, Action::Restore, file.id, back.len()).await?;
        }
        tx.commit().await?;
        restored.restored.extend(back);
        Ok(())
    }

    /// Whether the profile is back. It may be since a restore that was stopped.
    async fn put_back(&self, profile: &Archived) -> Result<bool> {
        if self.documents.get::<Profile>(self.tenant, profile.id).await?.is_some() {
            return Ok(true);
        }
        match self.documents.put_back(self.tenant, profile).await {
            Ok(_) => Ok(true),
            Err(DocumentError::Taken { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
