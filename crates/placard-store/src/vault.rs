//! Secrets at rest. A master key, which the database never sees, seals one data key for each tenant; data keys seal
//! secrets. A sealed value is bound to its tenant, table, column and row: moved elsewhere, it does not open.

use crate::{StoreError, TenantTx};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use placard_domain::TenantId;
use rand::RngExt;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use uuid::Uuid;

const NONCE_LENGTH: usize = 24;
const KEY_ID_LENGTH: usize = 16;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The master key is not the one that sealed the tenant's data key.
    #[error(
        "the master key does not open tenant {0}'s data key; is it the key that this database was made with?"
    )]
    WrongMasterKey(TenantId),
    /// The value was changed, moved, or is cut off.
    #[error("a sealed value in {table}.{column} does not open")]
    Broken {
        /// Its table.
        table: &'static str,
        /// Its column.
        column: &'static str,
    },
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

/// The holder of the master key.
pub struct Vault {
    master: Key,
}

type Key = SecretBox<[u8; 32]>;

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault whose data keys `master_key` seals.
    pub fn new(master_key: [u8; 32]) -> Self {
        Self { master: SecretBox::new(Box::new(master_key)) }
    }

    /// Seals `secret` for `place`: the data key's id, a nonce, the sealed text.
    pub async fn seal(
        &self,
        tx: &mut TenantTx,
        place: Place,
        secret: &SecretString,
    ) -> Result<Vec<u8>, StoreError> {
        let (id, key) = self.current_key(tx).await?;
        let sealed = seal(&key, secret.expose_secret().as_bytes(), &place.binding(tx.tenant()));
        Ok([id.as_bytes().as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] made for the same `place`.
    pub async fn open(
        &self,
        tx: &mut TenantTx,
        place: Place,
        sealed: &[u8],
    ) -> Result<SecretString, StoreError> {
        let broken = || VaultError::Broken { table: place.table, column: place.column };
        let (id, sealed) = sealed.split_first_chunk::<KEY_ID_LENGTH>().ok_or_else(broken)?;
        let key = self.key(tx, Uuid::from_bytes(*id)).await?.ok_or_else(broken)?;
        let text = open(&key, sealed, &place.binding(tx.tenant())).ok_or_else(broken)?;
        Ok(String::from_utf8(text).map_err(|_| broken())?.into())
    }

    /// Seals the tenant's data keys with the master key of `next` instead. Sealed values stay as they are.
    /// Returns how many keys it was.
    pub async fn rewrap(&self, tx: &mut TenantTx, next: &Self) -> Result<usize, StoreError> {
        let tenant = tx.tenant();
        let rows = sqlx::query!(
            r#"
            select id, wrapped
            from data_key
            where tenant_id = $1
            for update
            "#,
            tenant.0,
        )
        .fetch_all(tx.conn())
        .await?;

        for row in &rows {
            let key = self.unwrap_key(tenant, row.id, &row.wrapped)?;
            sqlx::query!(
                r#"
                update data_key
                set wrapped = $3
                where tenant_id = $1 and id = $2
                "#,
                tenant.0,
                row.id,
                next.wrap_key(tenant, row.id, &key),
            )
            .execute(tx.conn())
            .await?;
        }
        Ok(rows.len())
    }

    async fn current_key(&self, tx: &mut TenantTx) -> Result<(Uuid, Key), StoreError> {
        let tenant = tx.tenant();
        if let Some(found) = self.find_current_key(tx).await? {
            return Ok(found);
        }
        let (id, key) = (Uuid::now_v7(), SecretBox::new(Box::new(rand::rng().random())));
        sqlx::query!(
            r#"
            insert into data_key (tenant_id, id, wrapped)
            values ($1, $2, $3)
            on conflict (tenant_id) where retired_at is null do nothing
            "#,
            tenant.0,
            id,
            self.wrap_key(tenant, id, &key),
        )
        .execute(tx.conn())
        .await?;
        // Whoever inserted first, there is one now.
        let found = self.find_current_key(tx).await?;
        found.ok_or_else(|| StoreError::not_found("data key of tenant", tenant))
    }

    async fn find_current_key(&self, tx: &mut TenantTx) -> Result<Option<(Uuid, Key)>, StoreError> {
        let tenant = tx.tenant();
        let row = sqlx::query!(
            r#"
            select id, wrapped
            from data_key
            where tenant_id = $1 and retired_at is null
            "#,
            tenant.0,
        )
        .fetch_optional(tx.conn())
        .await?;
        row.map(|row| Ok((row.id, self.unwrap_key(tenant, row.id, &row.wrapped)?))).transpose()
    }

    async fn key(&self, tx: &mut TenantTx, id: Uuid) -> Result<Option<Key>, StoreError> {
        let tenant = tx.tenant();
        let wrapped = sqlx::query_scalar!(
            r#"
            select wrapped
            from data_key
            where tenant_id = $1 and id = $2
            "#,
            tenant.0,
            id,
        )
        .fetch_optional(tx.conn())
        .await?;
        wrapped.map(|wrapped| self.unwrap_key(tenant, id, &wrapped)).transpose().map_err(Into::into)
    }

    fn wrap_key(&self, tenant: TenantId, id: Uuid, key: &Key) -> Vec<u8> {
        seal(&self.master, key.expose_secret(), &data_key_place(id).binding(tenant))
    }

    fn unwrap_key(&self, tenant: TenantId, id: Uuid, wrapped: &[u8]) -> Result<Key, VaultError> {
        let key = open(&self.master, wrapped, &data_key_place(id).binding(tenant));
        let key =
            key.and_then(|key| <[u8; 32]>::try_from(key).ok()).ok_or(VaultError::WrongMasterKey(tenant))?;
        Ok(SecretBox::new(Box::new(key)))
    }
}

const fn data_key_place(id: Uuid) -> Place {
    Place { table: "data_key", column: "wrapped", row: id }
}

impl Place {
    /// What a sealed value is bound to. Names hold no `/` and ids have a fixed length, so no two places share one.
    fn binding(&self, tenant: TenantId) -> Vec<u8> {
        format!("placard/1/{tenant}/{}/{}/{}", self.table, self.column, self.row).into_bytes()
    }
}

fn seal(key: &Key, plain: &[u8], binding: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LENGTH] = rand::rng().random();
    let cipher = XChaCha20Poly1305::new(key.expose_secret().into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: binding });
    [nonce.as_slice(), &sealed.expect("a secret is far shorter than the cipher's limit of 256 GiB")].concat()
}

fn open(key: &Key, sealed: &[u8], binding: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    let cipher = XChaCha20Poly1305::new(key.expose_secret().into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: binding }).ok()
}
