//! Addresses of local objects that hold for a while, signed with a secret of this installation.

use super::ObjectKey;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use std::{io::ErrorKind, path::Path, time::Duration};

/// Signs and checks addresses.
#[derive(Debug)]
pub struct UrlSigner {
    secret: SecretSlice<u8>,
}

/// A key, until when it may be fetched (seconds since 1970) and what proves that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPath {
    /// The object's name.
    pub key: String,
    /// The first second at which it may no longer be fetched.
    pub expires: i64,
    /// The signature of both, lower-case hexadecimal.
    pub signature: String,
}

impl UrlSigner {
    /// Signs with `secret`.
    pub const fn new(secret: SecretSlice<u8>) -> Self {
        Self { secret }
    }

    /// Signs with the secret in the file at `path`. `fresh` goes there if nothing is, whole and readable for its owner
    /// only; of several processes that try at once, all get what the first has put there.
    pub fn kept_at(path: &Path, fresh: &SecretSlice<u8>) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
            let draft = tempfile::NamedTempFile::new_in(folder)?;
            std::fs::write(draft.path(), fresh.expose_secret())?;
            draft.as_file().sync_all()?;
            match draft.persist_noclobber(path) {
                Err(error) if error.error.kind() != ErrorKind::AlreadyExists => return Err(error.error),
                _ => {}
            }
        }
        let secret = std::fs::read(path)?;
        if secret.len() < 32 {
            return Err(std::io::Error::new(
                ErrorKind::InvalidData,
                "the secret that signs addresses is too short",
            ));
        }
        Ok(Self::new(secret.into()))
    }

    pub(super) fn sign(&self, key: &ObjectKey, now: DateTime<Utc>, valid: Duration) -> SignedPath {
        let valid = i64::try_from(valid.as_secs()).unwrap_or(i64::MAX);
        let expires = now.timestamp().saturating_add(valid);
        let key = key.to_string();
        let signature = hex::encode(self.mac(&key, expires).finalize().into_bytes());
        SignedPath { key, expires, signature }
    }

    pub(super) fn open(&self, path: &SignedPath, now: DateTime<Utc>) -> Option<ObjectKey> {
        let signature = hex::decode(&path.signature).ok()?;
        self.mac(&path.key, path.expires).verify_slice(&signature).ok()?;
        (now.timestamp() < path.expires).then(|| path.key.parse().ok()).flatten()
    }

    fn mac(&self, key: &str, expires: i64) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.expose_secret()).expect("a key of any length");
        // Neither part holds a line break, so that no two pairs have one text.
        mac.update(format!("placard object\n{key}\n{expires}").as_bytes());
        mac
    }
}
