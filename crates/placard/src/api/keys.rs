//! Signing keys at rest: sealed in the database, shared by every server, renewed before they are old.

use super::{
    Api, Problem, Shared,
    tokens::{KeyPair, LIFETIME, SKEW, Tokens},
};
use crate::session::Session;
use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use placard_store::{
    Db, Place, SystemTx, Vault,
    signing_key::{self, SigningKey},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a key signs.
const SIGNS: Duration = Duration::days(30);

/// How often a server looks for keys that others made or revoked: as long as it believes what it knows of a token.
const READ_AGAIN: Duration = Duration::seconds(5);

/// The keys in use, one made if there is none.
pub(super) async fn load(session: &Session, now: DateTime<Utc>) -> Result<Tokens> {
    let (current, verifying) = read(session.db(), session.vault(), now).await?;
    Ok(Tokens::new(&current, &verifying))
}

type Read = (KeyPair, Vec<(String, Vec<u8>)>);

async fn read(db: &Db, vault: &Vault, now: DateTime<Utc>) -> Result<Read> {
    let mut tx = db.system().await?;
    let mut stored = signing_key::all_usable(&mut tx, now).await?;
    let newest = stored.iter().filter(|key| key.activates_at <= now && now < key.activates_at + SIGNS);
    let newest = newest.max_by_key(|key| key.activates_at).cloned();
    let current = match newest {
        Some(key) => {
            let seed = vault.open_system(&mut tx, place(&key.id), &key.sealed).await?;
            let seed = hex::decode(seed.expose_secret()).context("a signing key is not hexadecimal")?;
            KeyPair::from_seed(seed.try_into().ok().context("a signing key has not 32 bytes")?)
        }
        None => {
            let (key, pair) = make(&mut tx, vault, now).await?;
            stored.push(key);
            pair
        }
    };
    tx.commit().await?;
    let verifying = stored.into_iter().map(|key| (key.id, key.public)).collect();
    Ok((current, verifying))
}

/// A key that was made to follow the others.
pub(crate) struct Rotated {
    /// Its id in tokens.
    pub(crate) id: String,
    /// From when on it signs.
    pub(crate) activates_at: DateTime<Utc>,
    /// From when on tokens of the others are refused.
    pub(crate) others_end_at: DateTime<Utc>,
}

/// Makes another key. It signs as soon as every server has had the time to read it; what the others signed is good to
/// its end.
pub(crate) async fn rotate(session: &Session, now: DateTime<Utc>) -> Result<Rotated> {
    let activates_at = now + READ_AGAIN * 2;
    let others_end_at = activates_at + LIFETIME + SKEW;
    let mut tx = session.db().system().await?;
    for key in signing_key::all_usable(&mut tx, now).await? {
        signing_key::retire(&mut tx, &key.id, others_end_at).await?;
    }
    let (key, _) = make(&mut tx, session.vault(), activates_at).await?;
    tx.commit().await?;
    Ok(Rotated { id: key.id, activates_at, others_end_at })
}

/// Revokes the key called `id`, or every key: what it signed is refused as soon as every server has read that. Who was
/// signed in refreshes. The next key is made by whoever needs one. Returns the ids of those that were revoked.
pub(crate) async fn revoke(session: &Session, id: Option<&str>, now: DateTime<Utc>) -> Result<Vec<String>> {
    let mut tx = session.db().system().await?;
    let mut revoked = Vec::new();
    for key in signing_key::all_usable(&mut tx, now).await? {
        if id.is_none_or(|id| id == key.id) {
            signing_key::retire(&mut tx, &key.id, now).await?;
            revoked.push(key.id);
        }
    }
    tx.commit().await?;
    Ok(revoked)
}

/// Reads the keys again from time to time: one grows old, another server or person makes one.
pub(super) async fn keep_fresh(api: Shared) {
    loop {
        tokio::time::sleep(READ_AGAIN.to_std().unwrap_or_default()).await;
        match read(api.session.db(), api.session.vault(), (api.now)()).await {
            Ok((current, verifying)) => api.roll(&current, &verifying),
            Err(error) => tracing::warn!("the signing keys cannot be read; the known ones stay: {error:#}"),
        }
    }
}

/// Stores a new key that signs from `activates_at` on.
async fn make(
    tx: &mut SystemTx,
    vault: &Vault,
    activates_at: DateTime<Utc>,
) -> Result<(SigningKey, KeyPair)> {
    let seed: [u8; 32] = rand::random();
    let pair = KeyPair::from_seed(seed);
    let secret = SecretString::from(hex::encode(seed));
    let key = SigningKey {
        sealed: vault.seal_system(tx, place(&pair.id), &secret).await?,
        public: pair.public.clone(),
        id: pair.id.clone(),
        activates_at,
        // What it signed last stays good for its whole life, by the slowest clock.
        retires_at: Some(activates_at + SIGNS + LIFETIME + SKEW),
    };
    signing_key::insert(tx, &key).await?;
    Ok((key, pair))
}

/// Where a key's private half stands. Its id is made into that of a row.
fn place(id: &str) -> Place {
    let hash = Sha256::digest(id.as_bytes());
    let row = Uuid::from_bytes(*hash.first_chunk().expect("SHA-256 gives 32 bytes"));
    Place { table: "signing_key", column: "sealed", row }
}

impl Api {
    /// Reads the keys again if `token` names one that is not known here: another server may have made it. Returns
    /// whether that helped.
    pub(super) async fn roll_keys(&self, token: &str) -> Result<bool, Problem> {
        let Some(id) = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid) else {
            return Ok(false);
        };
        if self.tokens.knows(&id) || !self.standings.may_look_for_keys((self.now)()) {
            return Ok(false);
        }
        let (current, verifying) = read(self.session.db(), self.session.vault(), (self.now)()).await?;
        self.roll(&current, &verifying);
        Ok(self.tokens.knows(&id))
    }

    /// These keys from now on. If they are others, what was verified with those before is verified again.
    fn roll(&self, current: &KeyPair, verifying: &[(String, Vec<u8>)]) {
        if self.tokens.roll(current, verifying) {
            self.standings.forget();
        }
    }
}
