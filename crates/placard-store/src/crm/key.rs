//! The key under which addresses, numbers and contents are hashed.

use super::place;
use crate::{StoreError, TenantTx, Vault};
use hmac::{Hmac, KeyInit, Mac};
use placard_domain::crm::contact::Identity;
use rand::RngExt;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// A tenant's key. It is not derived from a data key, because those change and hashes must not.
pub(super) struct LeadKey(SecretBox<[u8; 32]>);

impl LeadKey {
    /// The tenant's key, made if there is none yet.
    pub(super) async fn of(tx: &mut TenantTx, vault: &Vault) -> Result<Self, StoreError> {
        let tenant = tx.tenant();
        if let Some(key) = Self::find(tx, vault).await? {
            return Ok(key);
        }
        let fresh: [u8; 32] = rand::rng().random();
        let sealed = vault.seal_bytes(tx, place::lead_key(tenant), &fresh).await?;
        sqlx::query!(
            r#"
            insert into lead_key (tenant_id, sealed)
            values ($1, $2)
            on conflict on constraint lead_key_pkey do nothing
            "#,
            tenant.0,
            sealed,
        )
        .execute(tx.conn())
        .await?;
        // Whoever was first, there is one now.
        Self::find(tx, vault).await?.ok_or_else(|| StoreError::not_found("lead key of tenant", tenant))
    }

    /// The tenant's key, if anybody was ever taken in.
    pub(super) async fn find(tx: &mut TenantTx, vault: &Vault) -> Result<Option<Self>, StoreError> {
        let tenant = tx.tenant();
        let sealed = sqlx::query_scalar!(
            r#"
            select sealed
            from lead_key
            where tenant_id = $1
            "#,
            tenant.0,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let key = vault.open_bytes(tx, place::lead_key(tenant), &sealed).await?;
        let key = <[u8; 32]>::try_from(key)
            .map_err(|key| StoreError::corrupt("lead_key.sealed", format!("{} bytes", key.len())))?;
        Ok(Some(Self(SecretBox::new(Box::new(key)))))
    }

    /// The hash by which a person is found again.
    pub(super) fn identity(&self, identity: &Identity) -> Vec<u8> {
        self.hash(identity.kind().as_str(), identity.as_str().as_bytes())
    }

    /// The hash by which the same content is known again.
    pub(super) fn content(&self, content: &[u8]) -> Vec<u8> {
        self.hash("touch", content)
    }

    /// The hash by which the same click is known again.
    pub(super) fn click(&self, mark: &str) -> Vec<u8> {
        self.hash("click", mark.as_bytes())
    }

    /// `what` keeps hashes of different kinds apart; none of the words holds a zero.
    fn hash(&self, what: &str, text: &[u8]) -> Vec<u8> {
        let key = self.0.expose_secret().as_slice();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
}
