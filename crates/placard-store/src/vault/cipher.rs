//! What is done with keys once they are in memory.

use super::{MasterKeySource, MasterKeys, Place, Scope, VaultError};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

const NONCE_LENGTH: usize = 24;
const MASTER_ID_LENGTH: usize = 8;

pub(super) type Key = SecretBox<[u8; 32]>;

/// A new data key.
pub(super) fn fresh_key() -> Key {
    SecretBox::new(Box::new(rand::rng().random()))
}

/// A data key as it is stored.
pub(super) struct Wrapped {
    pub(super) id: Uuid,
    pub(super) wrapped: Vec<u8>,
    pub(super) master_id: Option<Vec<u8>>,
}

/// The master keys as they were read last, and how to read them again.
pub(super) struct Masters {
    ring: RwLock<Arc<Ring>>,
    source: Option<Arc<dyn MasterKeySource>>,
}

/// The master keys at one moment.
pub(super) struct Ring {
    current: Master,
    previous: Vec<Master>,
}

struct Master {
    id: [u8; MASTER_ID_LENGTH],
    key: Key,
}

impl Master {
    fn new(key: [u8; 32]) -> Self {
        let hash = Sha256::new_with_prefix("placard/master/").chain_update(key).finalize();
        let id = *hash.first_chunk().expect("a SHA-256 has 32 bytes");
        Self { id, key: SecretBox::new(Box::new(key)) }
    }
}

impl Masters {
    pub(super) fn fixed(keys: MasterKeys) -> Self {
        Self { ring: RwLock::new(Arc::new(Ring::new(keys))), source: None }
    }

    pub(super) fn following(source: Arc<dyn MasterKeySource>) -> Result<Self, VaultError> {
        let ring = Ring::new(source.read().map_err(VaultError::NoMasterKey)?);
        Ok(Self { ring: RwLock::new(Arc::new(ring)), source: Some(source) })
    }

    /// The keys as they were read last.
    pub(super) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys as they are now.
    pub(super) async fn read_again(&self) -> Result<Arc<Ring>, VaultError> {
        let Some(source) = self.source.clone() else { return Ok(self.ring()) };
        // A source may read files or ask a program.
        let keys = tokio::task::spawn_blocking(move || source.read()).await;
        let keys = keys.map_err(Into::into).flatten().map_err(VaultError::NoMasterKey)?;
        let ring = Arc::new(Ring::new(keys));
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        Ok(ring)
    }
}

impl Ring {
    fn new(keys: MasterKeys) -> Self {
        let previous = keys.previous.into_iter().map(Master::new).collect();
        Self { current: Master::new(keys.current), previous }
    }

    /// Which master key [`Ring::wrap`] uses.
    pub(super) const fn current_id(&self) -> &[u8] {
        &self.current.id
    }

    pub(super) fn wrap(&self, scope: Scope, id: Uuid, key: &Key) -> Vec<u8> {
        seal(&self.current.key, key.expose_secret(), &key_place(scope, id).binding(scope))
    }

    pub(super) fn unwrap(&self, scope: Scope, row: &Wrapped) -> Result<Key, VaultError> {
        let binding = key_place(scope, row.id).binding(scope);
        // Of keys from before it was noted which master key wrapped them, all are tried.
        let fits = |master: &&Master| row.master_id.as_deref().is_none_or(|id| id == master.id);
        let mut masters = std::iter::once(&self.current).chain(&self.previous).filter(fits);
        let key = masters.find_map(|master| open(&master.key, &row.wrapped, &binding));
        let key = key.and_then(|key| <[u8; 32]>::try_from(key).ok());
        let key = key.ok_or(VaultError::WrongMasterKey(scope))?;
        Ok(SecretBox::new(Box::new(key)))
    }
}

const fn key_place(scope: Scope, id: Uuid) -> Place {
    let table = match scope {
        Scope::Tenant(_) => "data_key",
        Scope::System => "system_key",
    };
    Place { table, column: "wrapped", row: id }
}

pub(super) fn seal(key: &Key, plain: &[u8], binding: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LENGTH] = rand::rng().random();
    let cipher = XChaCha20Poly1305::new(key.expose_secret().into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: binding });
    [nonce.as_slice(), &sealed.expect("a secret is far shorter than the cipher's limit of 256 GiB")].concat()
}

pub(super) fn open(key: &Key, sealed: &[u8], binding: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    let cipher = XChaCha20Poly1305::new(key.expose_secret().into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: binding }).ok()
}
