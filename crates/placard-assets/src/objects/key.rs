//! Names of objects.

use object_store::path::Path;
use placard_domain::{TenantId, asset::ContentHash};

/// Which of an asset's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The asset itself.
    Original,
    /// Its thumbnail.
    Thumbnail,
}

impl Part {
    const ALL: [Self; 2] = [Self::Original, Self::Thumbnail];

    /// The last part of the object's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Thumbnail => "thumbnail",
        }
    }
}

/// The name of an object: its tenant first, so that no name of one tenant reaches another's objects, then its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    /// Whose it is.
    pub tenant: TenantId,
    /// The asset.
    pub hash: ContentHash,
    /// Which of its objects.
    pub part: Part,
}

impl ObjectKey {
    /// The key of one of an asset's objects.
    pub const fn new(tenant: TenantId, hash: ContentHash, part: Part) -> Self {
        Self { tenant, hash, part }
    }

    pub(super) fn path(&self) -> Path {
        Path::from(self.to_string())
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.tenant, self.hash, self.part.as_str())
    }
}

impl std::str::FromStr for ObjectKey {
    type Err = NotAKey;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(NotAKey);
        let tenant = next()?.parse().map_err(|_| NotAKey)?;
        let hash = ContentHash::parse(next()?).ok_or(NotAKey)?;
        let name = next()?;
        let part = Part::ALL.into_iter().find(|part| part.as_str() == name).ok_or(NotAKey)?;
        let key = Self { tenant, hash, part };
        // One spelling only: ids can be written in several ways.
        if key.to_string() == text { Ok(key) } else { Err(NotAKey) }
    }
}

/// A text that names no object.
#[derive(Debug, thiserror::Error)]
#[error("this names no object")]
pub struct NotAKey;
