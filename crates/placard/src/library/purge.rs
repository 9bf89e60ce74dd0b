//! Bytes that go: of assets that were put aside long ago, and of uploads that died.

use super::Library;
use crate::publishing::{Keeping, kept};
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use placard_assets::objects::{Content, ObjectKey, Part};
use placard_domain::{TenantId, asset::ContentHash};
use placard_store::{
    Db,
    asset::{self, Asset, GivenUp, Hold},
    audit::Actor,
};

/// How many days an asset that was put aside keeps its bytes.
pub const KEPT_DAYS: u16 = 30;
/// The same as a span.
pub const KEPT: TimeDelta = TimeDelta::days(KEPT_DAYS as i64);

/// How old bytes without a record are when they go. An upload takes minutes; this is no more than a margin, because one that
/// is under way is on record.
const STRAY: TimeDelta = TimeDelta::days(1);

/// How many assets are asked for at a time.
const PAGE: usize = 500;

/// Who removes whose bytes.
#[derive(Clone, Copy, Debug)]
pub struct Purge<'a> {
    /// The database.
    pub db: &'a Db,
    /// The tenant.
    pub tenant: TenantId,
    /// Who asks for it.
    pub actor: &'a Actor,
    /// How long an asset must have been aside, usually [`KEPT`].
    pub older_than: TimeDelta,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What a purge did, or would do.
#[derive(Clone, Debug, Default)]
pub struct Purged {
    /// Assets whose bytes are gone; their records stay.
    pub assets: Vec<Asset>,
    /// Assets that are aside as long, and that a campaign on a platform shows all the same; they stay whole.
    pub shown: Vec<Asset>,
    /// Contents without a record that are gone.
    pub strays: usize,
    /// Bytes that there are fewer.
    pub bytes: u64,
    /// Half-written files that are gone.
    pub unfinished: usize,
}

impl Library {
    /// Removes what [`Library::would_purge`] names. Safe to do twice, and by several at once.
    ///
    /// # Errors
    /// Whatever stops it; the same again goes on.
    pub async fn purge(&self, purge: &Purge<'_>) -> Result<Purged> {
        let stale = purge.now - STRAY;
        let mut tx = purge.db.tenant(purge.tenant).await?;
        asset::forget(&mut tx, stale).await?;
        tx.commit().await?;
        let mut purged = Purged {
            unfinished: self.intake.clear(stale).await?
                + self.objects.clear_unfinished(purge.tenant, stale).await?,
            ..Purged::default()
        };
        for asset in purge.candidates().await? {
            let mut tx = purge.db.tenant(purge.tenant).await?;
            let given_up =
                asset::give_up(&mut tx, purge.actor, &asset, purge.aside_since(), purge.now).await?;
            tx.commit().await?;
            match given_up {
                GivenUp::Standing => {}
                GivenUp::Shown => purged.shown.push(asset),
                GivenUp::Yes => {
                    kept(Keeping::GivenUp);
                    self.discard(purge, &asset.facts.hash).await?;
                    purged.bytes += asset.facts.bytes;
                    purged.assets.push(asset);
                }
            }
        }
        for (hash, bytes) in self.strays(purge).await? {
            if self.discard(purge, &hash).await? {
                purged.strays += 1;
                purged.bytes += bytes;
            }
        }
        Ok(purged)
    }

    /// What [`Library::purge`] would do; half-written files are not counted.
    pub async fn would_purge(&self, purge: &Purge<'_>) -> Result<Purged> {
        let mut purged = Purged::default();
        for asset in purge.candidates().await? {
            let mut tx = purge.db.tenant(purge.tenant).await?;
            let shown = asset::is_shown(&mut tx, asset.id).await?;
            tx.commit().await?;
            if shown {
                purged.shown.push(asset);
            } else {
                purged.bytes += asset.facts.bytes;
                purged.assets.push(asset);
            }
        }
        for (_, bytes) in self.strays(purge).await? {
            purged.strays += 1;
            purged.bytes += bytes;
        }
        Ok(purged)
    }

    /// Contents, with their bytes, that nobody is storing and no record has: given up by their record, or there for a day.
    async fn strays(&self, purge: &Purge<'_>) -> Result<Vec<(ContentHash, u64)>> {
        let (there, stale) = (self.objects.contents_of(purge.tenant).await?, purge.now - STRAY);
        let mut strays = Vec::new();
        for page in there.chunks(PAGE) {
            let hashes: Vec<_> = page.iter().map(|content| &content.hash).collect();
            let mut tx = purge.db.tenant(purge.tenant).await?;
            let unnamed = asset::unnamed(&mut tx, &hashes).await?;
            tx.commit().await?;
            let is_stray = |content: &&Content| {
                let found = unnamed.iter().find(|one| one.hash == content.hash);
                found.is_some_and(|one| one.given_up || content.written_at < stale)
            };
            let of_page = page.iter().filter(is_stray);
            strays.extend(of_page.map(|content| (content.hash.clone(), content.bytes)));
        }
        Ok(strays)
    }

    /// Removes the bytes of a content, unless somebody wants it by now.
    async fn discard(&self, purge: &Purge<'_>, hash: &ContentHash) -> Result<bool> {
        let hold = Hold::of(purge.db, purge.tenant, hash).await?;
        let mut tx = purge.db.tenant(purge.tenant).await?;
        let wanted = asset::is_wanted(&mut tx, hash).await?;
        tx.commit().await?;
        if !wanted {
            kept(Keeping::Held);
            // While the original is there, everything is; so it goes first.
            self.objects.delete(&ObjectKey::new(purge.tenant, hash.clone(), Part::Original)).await?;
            kept(Keeping::OriginalGone);
            self.objects.discard(purge.tenant, hash).await?;
            kept(Keeping::Gone);
        }
        hold.let_go().await?;
        Ok(!wanted)
    }
}

impl Purge<'_> {
    fn aside_since(&self) -> DateTime<Utc> {
        self.now - self.older_than
    }

    /// Assets that have been aside for long enough.
    async fn candidates(&self) -> Result<Vec<Asset>> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let mut tx = self.db.tenant(self.tenant).await?;
            let page = asset::purgeable(&mut tx, self.aside_since(), after, PAGE).await?;
            tx.commit().await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = last.deleted_at.map(|moment| (moment, last.id));
            all.extend(page);
        }
    }
}
