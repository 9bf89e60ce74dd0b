//! Secrets at rest. A master key, which the database never sees, seals one data key for each tenant and one for what
//! is no tenant's; data keys seal secrets. A sealed value is bound to its tenant, table, column and row: moved
//! elsewhere, it does not open.
//!
//! Both kinds of keys can be changed while everything runs. A vault that knows the previous master keys opens whatever
//! any of them sealed and seals with the current one, so [`Vault::rewrap`] may stop anywhere. A retired data key opens
//! what it sealed until [`connection::reseal`](crate::connection::reseal) has been everywhere.

mod cipher;
mod held;
mod keys;

pub(crate) use held::Held;

use crate::{StoreError, SystemTx, TenantTx};
use cipher::Masters;
use placard_domain::TenantId;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use uuid::Uuid;

const KEY_ID_LENGTH: usize = 16;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// None of the master keys given is the one that sealed a data key.
    #[error(
        "the master key does not open the data key of {0}; is it the key that this database was made with?"
    )]
    WrongMasterKey(Scope),
    /// The master key cannot be had.
    #[error("the master key cannot be read")]
    NoMasterKey(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The value was changed, moved, or is cut off.
    #[error("a sealed value in {table}.{column} does not open")]
    Broken {
        /// Its table.
        table: &'static str,
        /// Its column.
        column: &'static str,
    },
}

/// Whose a data key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A tenant's.
    Tenant(TenantId),
    /// Nobody's in particular.
    System,
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tenant(tenant) => write!(f, "tenant {tenant}"),
            Self::System => f.write_str("the system"),
        }
    }
}

/// Where a sealed value stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its table.
    pub table: &'static str,
    /// Its column.
    pub column: &'static str,
    /// Its row's id.
    pub row: Uuid,
}

impl Place {
    /// What a sealed value is bound to. Names hold no `/`, ids have a fixed length, and no tenant is called `system`,
    /// so no two places share one.
    fn binding(&self, scope: Scope) -> Vec<u8> {
        let Self { table, column, row } = self;
        match scope {
            Scope::Tenant(tenant) => format!("placard/1/{tenant}/{table}/{column}/{row}"),
            Scope::System => format!("placard/1/system/{table}/{column}/{row}"),
        }
        .into_bytes()
    }

    const fn broken(&self) -> VaultError {
        VaultError::Broken { table: self.table, column: self.column }
    }
}

/// The master keys at one moment.
pub struct MasterKeys {
    /// The one that seals.
    pub current: [u8; 32],
    /// Those that only open what they sealed.
    pub previous: Vec<[u8; 32]>,
}

/// Where master keys come from: a file, a program.
pub trait MasterKeySource: Send + Sync {
    /// Reads them as they are now. It may block.
    fn read(&self) -> Result<MasterKeys, Box<dyn std::error::Error + Send + Sync>>;
}

/// The holder of the master key.
pub struct Vault {
    masters: Masters,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault whose data keys `master_key` seals.
    pub fn new(master_key: [u8; 32]) -> Self {
        Self::with_previous(master_key, Vec::new())
    }

    /// A vault that also opens what the master keys of earlier times sealed.
    ///
    /// To change the key while several processes run: first let all of them know both, the old one as current; then
    /// all of them with the new one as current; then [`Vault::rewrap`] and [`Vault::rewrap_system`]; then forget the
    /// old one.
    pub fn with_previous(current: [u8; 32], previous: Vec<[u8; 32]>) -> Self {
        Self { masters: Masters::fixed(MasterKeys { current, previous }) }
    }

    /// A vault that reads its master keys from `source`: now, before it seals a new data key, and whenever it meets a
    /// data key that none of them opens. So the key can be changed under a process that runs.
    ///
    /// # Errors
    /// [`VaultError::NoMasterKey`].
    pub fn following(source: Arc<dyn MasterKeySource>) -> Result<Self, VaultError> {
        Ok(Self { masters: Masters::following(source)? })
    }

    /// Reads the master keys from where they come from. Without a source they stay.
    pub async fn read_master_keys(&self) -> Result<(), VaultError> {
        self.masters.read_again().await.map(drop)
    }

    /// The name of the master key that seals: it tells keys apart and says nothing about them.
    pub fn master_id(&self) -> String {
        hex::encode(self.masters.ring().current_id())
    }

    /// Whether, at this moment, nobody holds a master key read earlier with which a data key is about to be sealed.
    /// Once this was so after the key was changed, no data key appears any longer that [`Vault::rewrap`] does not see.
    pub async fn nobody_wraps(&self, tx: &mut SystemTx) -> Result<bool, StoreError> {
        keys::nobody_wraps(tx.conn()).await
    }

    /// Seals `secret` for `place`: the data key's id, a nonce, the sealed text.
    pub async fn seal(
        &self,
        tx: &mut TenantTx,
        place: Place,
        secret: &SecretString,
    ) -> Result<Vec<u8>, StoreError> {
        self.seal_bytes(tx, place, secret.expose_secret().as_bytes()).await
    }

    /// Opens what [`Vault::seal`] made for the same `place`.
    pub async fn open(
        &self,
        tx: &mut TenantTx,
        place: Place,
        sealed: &[u8],
    ) -> Result<SecretString, StoreError> {
        let text = self.open_bytes(tx, place, sealed).await?;
        Ok(String::from_utf8(text).map_err(|_| place.broken())?.into())
    }

    pub(crate) async fn seal_bytes(
        &self,
        tx: &mut TenantTx,
        place: Place,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let scope = Scope::Tenant(tx.tenant());
        let (id, key) = keys::current(tx, &self.masters).await?;
        Ok([id.as_bytes().as_slice(), &cipher::seal(&key, plain, &place.binding(scope))].concat())
    }

    pub(crate) async fn open_bytes(
        &self,
        tx: &mut TenantTx,
        place: Place,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let scope = Scope::Tenant(tx.tenant());
        let (id, sealed) = sealed.split_first_chunk::<KEY_ID_LENGTH>().ok_or_else(|| place.broken())?;
        let key = keys::find(tx, &self.masters, Uuid::from_bytes(*id)).await?;
        let key = key.ok_or_else(|| place.broken())?;
        Ok(cipher::open(&key, sealed, &place.binding(scope)).ok_or_else(|| place.broken())?)
    }

    /// Seals `secret`, which is no tenant's, for `place`.
    pub async fn seal_system(
        &self,
        tx: &mut SystemTx,
        place: Place,
        secret: &SecretString,
    ) -> Result<Vec<u8>, StoreError> {
        let (id, key) = keys::current_system(tx, &self.masters).await?;
        let plain = secret.expose_secret().as_bytes();
        Ok([id.as_bytes().as_slice(), &cipher::seal(&key, plain, &place.binding(Scope::System))].concat())
    }

    /// Opens what [`Vault::seal_system`] made for the same `place`.
    pub async fn open_system(
        &self,
        tx: &mut SystemTx,
        place: Place,
        sealed: &[u8],
    ) -> Result<SecretString, StoreError> {
        let (id, sealed) = sealed.split_first_chunk::<KEY_ID_LENGTH>().ok_or_else(|| place.broken())?;
        let key = keys::find_system(tx, &self.masters, Uuid::from_bytes(*id)).await?;
        let key = key.ok_or_else(|| place.broken())?;
        let text = cipher::open(&key, sealed, &place.binding(Scope::System)).ok_or_else(|| place.broken())?;
        Ok(String::from_utf8(text).map_err(|_| place.broken())?.into())
    }

    /// Seals those of the tenant's data keys with the current master key that another sealed. Sealed values stay as
    /// they are. Returns how many keys it was.
    pub async fn rewrap(&self, tx: &mut TenantTx) -> Result<usize, StoreError> {
        keys::rewrap(tx, &self.masters.ring()).await
    }

    /// Seals those of the system's data keys with the current master key that another sealed. Returns how many keys it
    /// was.
    pub async fn rewrap_system(&self, tx: &mut SystemTx) -> Result<usize, StoreError> {
        keys::rewrap_system(tx, &self.masters.ring()).await
    }

    /// Gives the tenant another data key. The retired one opens what it sealed. Returns the new key's id.
    pub async fn rotate_data_key(&self, tx: &mut TenantTx) -> Result<Uuid, StoreError> {
        keys::rotate(tx, &self.masters).await
    }

    /// Gives the system another data key. The retired one opens what it sealed. Returns the new key's id.
    pub async fn rotate_system_key(&self, tx: &mut SystemTx) -> Result<Uuid, StoreError> {
        keys::rotate_system(tx, &self.masters).await
    }

    /// Seals with the system's current key what an earlier one sealed for the same `place`.
    pub(crate) async fn reseal_system(
        &self,
        tx: &mut SystemTx,
        place: Place,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let secret = self.open_system(tx, place, sealed).await?;
        self.seal_system(tx, place, &secret).await
    }

    /// The id of the key that [`Vault::seal_system`] uses now; sealed values begin with it.
    pub(crate) async fn current_system_key_id(&self, tx: &mut SystemTx) -> Result<Uuid, StoreError> {
        Ok(keys::current_system(tx, &self.masters).await?.0)
    }

    /// The id of the key that [`Vault::seal`] uses now; sealed values begin with it.
    pub(crate) async fn current_key_id(&self, tx: &mut TenantTx) -> Result<Uuid, StoreError> {
        Ok(keys::current(tx, &self.masters).await?.0)
    }
}
