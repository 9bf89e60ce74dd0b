//! What is done to a document by somebody who knows its id or version beforehand.

use super::{
    DocumentError, Documents, Receipt, Store, Stored,
    adapter::{Adapter, Entry},
    ask, checked,
};
use placard_domain::{TenantId, document::Document};
use uuid::Uuid;

impl Documents {
    /// Puts a new document in under an id that was made for it alone, because something is bound to the id already.
    ///
    /// # Errors
    /// As for [`Documents::insert`].
    pub async fn insert_as<D: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
        document: &D,
    ) -> Result<Receipt, DocumentError> {
        let body = checked(document)?;
        let entry = ask!(self, tenant, store => store.insert(tenant, D::COLLECTION, id, body.clone()))?;
        Ok(Receipt::of(&entry))
    }

    /// Takes a document out if it is at the version `seen`. Says whether it was.
    pub async fn delete_seen<D: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
        seen: i64,
    ) -> Result<bool, DocumentError> {
        ask!(self, tenant, store => store.delete(tenant, D::COLLECTION, id, Some(seen)))
    }

    /// Puts a document in again that was taken out: under its id, with the moment that it was made, as its next version.
    /// The caller knows that nobody else does so, and that it is not there.
    ///
    /// # Errors
    /// [`DocumentError::Taken`] if another has its natural key by now, [`DocumentError::Invalid`] if it no longer is as
    /// its collection wants it.
    pub async fn put_back<D: Document>(
        &self,
        tenant: TenantId,
        stored: &Stored<D>,
    ) -> Result<Receipt, DocumentError> {
        let Stored { id, version, created_at, updated_at, document } = stored;
        let (id, version, created_at, updated_at) = (*id, *version, *created_at, *updated_at);
        let body = checked(document)?;
        let entry = Entry { id, version, created_at, updated_at, body };
        let entry = ask!(self, tenant, store => store.put_back(tenant, D::COLLECTION, entry.clone()))?;
        Ok(Receipt::of(&entry))
    }
}
