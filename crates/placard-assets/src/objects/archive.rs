//! Files of the archive: kept beside assets, under names of their own, and never given an address.

use super::{ObjectError, Objects};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{ObjectStoreExt, PutOptions, path::Path};
use placard_domain::{TenantId, asset::ContentHash};

/// The folder of a tenant's archive. No hash is called so, and no key of an asset holds it.
const FOLDER: &str = "archive";
/// What its files end with.
const ENDING: &str = ".parquet";

/// The name of a file of the archive: its tenant, its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArchiveKey {
    /// Whose it is.
    pub tenant: TenantId,
    /// The SHA-256 of its content.
    pub hash: ContentHash,
}

impl ArchiveKey {
    fn path(&self) -> Path {
        Path::from(format!("{}/{FOLDER}/{}{ENDING}", self.tenant, self.hash))
    }
}

impl Objects {
    /// Stores a file of the archive, whole or not at all.
    pub async fn archive(&self, key: &ArchiveKey, content: Bytes) -> Result<(), ObjectError> {
        self.store().put_opts(&key.path(), content.into(), PutOptions::default()).await?;
        Ok(())
    }

    /// A file of the archive.
    pub async fn archived(&self, key: &ArchiveKey) -> Result<Bytes, ObjectError> {
        Ok(self.store().get(&key.path()).await?.bytes().await?)
    }

    /// Removes a file of the archive; one that is not there is removed already.
    pub async fn unarchive(&self, key: &ArchiveKey) -> Result<(), ObjectError> {
        match self.store().delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every file that is there of a tenant's archive.
    pub async fn archive_of(&self, tenant: TenantId) -> Result<Vec<ArchiveKey>, ObjectError> {
        let folder = Path::from(format!("{tenant}/{FOLDER}"));
        let found: Vec<_> = self.store().list(Some(&folder)).try_collect().await?;
        let hash = |path: &Path| ContentHash::parse(path.filename()?.strip_suffix(ENDING)?);
        let hashes = found.iter().filter_map(|object| hash(&object.location));
        Ok(hashes.map(|hash| ArchiveKey { tenant, hash }).collect())
    }
}
