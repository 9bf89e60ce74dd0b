//! The short code by which an object of ours is found again on a platform.
//!
//! Platforms offer no idempotency key, so a create whose answer was lost is looked up by the marker that its name
//! carries. A marker is made only from things that never change (tenant, account, the campaign's key, the object's
//! key): the same object has the same marker after a crash, and after a restore of the database as well.

use crate::{AccountRef, TenantId, plan::ObjectKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const TAG_LENGTH: usize = 8;
const OBJECT_LENGTH: usize = 8;

/// The part of a marker that all objects of one campaign share: 8 letters and digits (40 bits).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CampaignTag(String);

impl CampaignTag {
    /// The tag of the campaign `key` of `tenant` in `account`.
    pub fn derive(tenant: TenantId, account: &AccountRef, key: &str) -> Self {
        Self(code(&[&tenant.to_string(), &account.to_string(), key], TAG_LENGTH))
    }

    /// The text to search for in names: `#` and the tag.
    pub fn search_text(&self) -> String {
        format!("#{}", self.0)
    }
}

impl std::fmt::Display for CampaignTag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tag and object code: `#` and 16 letters and digits at the end of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marker(String);

impl Marker {
    /// The marker of the object `key` in the campaign tagged `tag`.
    pub fn derive(tag: &CampaignTag, key: &ObjectKey) -> Self {
        Self(format!("#{}{}", tag.0, code(&[&tag.0, &key.to_string()], OBJECT_LENGTH)))
    }

    /// Finds the marker at the end of `name`, if there is one.
    pub fn find_in(name: &str) -> Option<Self> {
        let start = name.rfind('#')?;
        let candidate = &name[start..];
        let well_formed = candidate.len() == 1 + TAG_LENGTH + OBJECT_LENGTH
            && candidate.bytes().skip(1).all(|byte| ALPHABET.contains(&byte));
        well_formed.then(|| Self(candidate.to_owned()))
    }

    /// Splits `name` into what people wrote and the marker at its end.
    pub fn strip(name: &str) -> &str {
        Self::find_in(name).map_or(name, |marker| name[..name.len() - marker.0.len()].trim_end())
    }

    /// `name` with the marker at its end.
    pub fn mark(&self, name: &str) -> String {
        format!("{name} {}", self.0)
    }

    /// The marker with its `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a marker that was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn code(parts: &[&str], length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(length).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// How an object's name stands to its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Its name is ours and carries this marker.
    Marked(Marker),
    /// Somebody else made it, and its name stands as it was found, without a marker: its id alone tells it apart.
    AsFound,
}

impl Naming {
    /// `name` as it goes to the platform.
    pub fn name(&self, name: &str) -> String {
        match self {
            Self::Marked(marker) => marker.mark(name),
            Self::AsFound => name.to_owned(),
        }
    }

    /// The marker, where there is one.
    pub const fn marker(&self) -> Option<&Marker> {
        match self {
            Self::Marked(marker) => Some(marker),
            Self::AsFound => None,
        }
    }

    /// Reads what was stored.
    pub fn from_stored(marker: Option<String>) -> Self {
        marker.map_or(Self::AsFound, |marker| Self::Marked(Marker(marker)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Platform, plan::ObjectKind};

    fn tag() -> CampaignTag {
        let account = AccountRef { platform: Platform::Meta, id: "act_1001".into() };
        CampaignTag::derive(TenantId(uuid::Uuid::nil()), &account, "spring-sale")
    }

    #[test]
    fn a_marker_is_found_at_the_end_of_the_name_that_carries_it() {
        let marker = Marker::derive(&tag(), &ObjectKey::new(ObjectKind::Ad, "a/b"));
        let name = marker.mark("Half price #1");
        assert_eq!(Marker::find_in(&name), Some(marker.clone()));
        assert_eq!(Marker::strip(&name), "Half price #1");
        assert!(marker.as_str().starts_with(&tag().search_text()));
        assert_eq!(Marker::find_in("Half price #1"), None);
    }

    #[test]
    fn objects_of_one_campaign_share_the_tag_and_differ_in_the_code() {
        let one = Marker::derive(&tag(), &ObjectKey::new(ObjectKind::Ad, "a/b"));
        let two = Marker::derive(&tag(), &ObjectKey::new(ObjectKind::AdGroup, "a/b"));
        assert_ne!(one, two);
        assert_eq!(one.as_str()[..9], two.as_str()[..9]);
    }
}
