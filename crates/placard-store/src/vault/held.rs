//! The data keys of a tenant, held for a transaction that seals or opens many values.

use super::{KEY_ID_LENGTH, Place, Scope, Vault, cipher, cipher::Key, keys};
use crate::{StoreError, TenantTx};
use std::collections::HashMap;
use uuid::Uuid;

/// The data keys of a tenant, each asked for once.
pub(crate) struct Held<'v> {
    vault: &'v Vault,
    scope: Scope,
    current: Uuid,
    known: HashMap<Uuid, Key>,
}

impl Vault {
    /// The tenant's keys, for many values. They are of this transaction: a key that is rotated later is not noticed.
    pub(crate) async fn hold(&self, tx: &mut TenantTx) -> Result<Held<'_>, StoreError> {
        let (current, key) = keys::current(tx, &self.masters).await?;
        let scope = Scope::Tenant(tx.tenant());
        Ok(Held { vault: self, scope, current, known: HashMap::from([(current, key)]) })
    }
}

impl Held<'_> {
    /// As [`Vault::seal`].
    pub(crate) fn seal(&self, place: Place, plain: &[u8]) -> Vec<u8> {
        let sealed = cipher::seal(&self.known[&self.current], plain, &place.binding(self.scope));
        [self.current.as_bytes().as_slice(), &sealed].concat()
    }

    /// Opens what [`Held::seal`] or [`Vault::seal`] made for the same `place`.
    pub(crate) async fn open(
        &mut self,
        tx: &mut TenantTx,
        place: Place,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let (id, sealed) = sealed.split_first_chunk::<KEY_ID_LENGTH>().ok_or_else(|| place.broken())?;
        let id = Uuid::from_bytes(*id);
        if !self.known.contains_key(&id) {
            let key = keys::find(tx, &self.vault.masters, id).await?;
            self.known.insert(id, key.ok_or_else(|| place.broken())?);
        }
        Ok(cipher::open(&self.known[&id], sealed, &place.binding(self.scope))
            .ok_or_else(|| place.broken())?)
    }
}
