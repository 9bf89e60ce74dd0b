//! What is there of a tenant's assets, whatever the records say, and how it goes.

use super::{ObjectError, ObjectKey, Objects, Part, Place};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use object_store::{ObjectStoreExt, path::Path};
use placard_domain::{TenantId, asset::ContentHash};
use std::{collections::BTreeMap, io, path::PathBuf, time::SystemTime};

/// The objects of one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Which.
    pub hash: ContentHash,
    /// Bytes of all of them.
    pub bytes: u64,
    /// When the last of them was written.
    pub written_at: DateTime<Utc>,
}

impl Objects {
    /// Every content of which objects are there, by its hash.
    pub async fn contents_of(&self, tenant: TenantId) -> Result<Vec<Content>, ObjectError> {
        let mut found: BTreeMap<ContentHash, Content> = BTreeMap::new();
        let folder = Path::from(tenant.to_string());
        let mut objects = self.store().list(Some(&folder));
        while let Some(object) = objects.try_next().await? {
            // The archive lies beside them, and no hash is called so.
            let hash = object.location.parts().nth(1).and_then(|part| ContentHash::parse(part.as_ref()));
            let Some(hash) = hash else { continue };
            let written_at = object.last_modified;
            let content = found.entry(hash.clone()).or_insert_with(|| Content { hash, bytes: 0, written_at });
            content.bytes += object.size;
            content.written_at = content.written_at.max(written_at);
        }
        Ok(found.into_values().collect())
    }

    /// Removes whatever is there of a content, the original first: while that is there, everything is.
    pub async fn discard(&self, tenant: TenantId, hash: &ContentHash) -> Result<(), ObjectError> {
        self.delete(&ObjectKey::new(tenant, hash.clone(), Part::Original)).await?;
        let folder = Path::from(format!("{tenant}/{hash}"));
        let rest: Vec<_> = self.store().list(Some(&folder)).try_collect().await?;
        for object in rest {
            match self.store().delete(&object.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Removes what uploads to a tenant's folder left that died before `before`; a bucket has a rule for that. Gives how many
    /// files it were.
    pub async fn clear_unfinished(
        &self,
        tenant: TenantId,
        before: DateTime<Utc>,
    ) -> Result<usize, ObjectError> {
        let Place::Local { root, .. } = &self.place else { return Ok(0) };
        let folder = root.join(tenant.to_string());
        let cleared = tokio::task::spawn_blocking(move || clear(folder, before.into(), is_unfinished)).await;
        cleared.map_err(io::Error::other).flatten().map_err(|error| {
            ObjectError::Store(object_store::Error::Generic { store: "folder", source: error.into() })
        })
    }
}

/// A file that is being written has the name that it will have, `#` and a number (`object_store`'s local files).
fn is_unfinished(name: &str) -> bool {
    name.rsplit_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Removes the files below `folder` that are called so and have not been written to since `before`.
pub(crate) fn clear(folder: PathBuf, before: SystemTime, called: fn(&str) -> bool) -> io::Result<usize> {
    let (mut folders, mut cleared) = (vec![folder], 0);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(folder) {
            // Nobody has stored anything yet, or somebody has just removed the last thing in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            let facts = match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            if facts.is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_str().is_some_and(called) && facts.modified()? < before {
                match std::fs::remove_file(entry.path()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => cleared += 1,
                }
            }
        }
    }
    Ok(cleared)
}
