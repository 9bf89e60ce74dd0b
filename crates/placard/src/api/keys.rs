//! Signing keys at rest: sealed in the database, shared by every server, renewed before they are old.

use super::{
    Api, Problem,
    tokens::{KeyPair, LIFETIME, SKEW, Tokens},
};
use crate::session::Session;
use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use placard_store::{
    Db, Place, Vault,
    signing_key::{self, SigningKey},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a key signs.
const SIGNS: Duration = Duration::days(30);

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
        Some(key) => key,
        None => {
            let seed: [u8; 32] = rand::random();
            let pair = KeyPair::from_seed(seed);
            let secret = SecretString::from(hex::encode(seed));
            let key = SigningKey {
                sealed: vault.seal_system(&mut tx, place(&pair.id), &secret).await?,
                public: pair.public,
                id: pair.id,
                activates_at: now,
                // What it signed last stays good for its whole life, by the slowest clock.
                retires_at: Some(now + SIGNS + LIFETIME + SKEW),
            };
            signing_key::insert(&mut tx, &key).await?;
            stored.push(key.clone());
            key
        }
    };
    let seed = vault.open_system(&mut tx, place(&current.id), &current.sealed).await?;
    tx.commit().await?;
    let seed = hex::decode(seed.expose_secret()).context("a signing key is not hexadecimal")?;
    let seed: [u8; 32] = seed.try_into().ok().context("a signing key has not 32 bytes")?;
    let verifying = stored.into_iter().map(|key| (key.id, key.public)).collect();
    Ok((KeyPair::from_seed(seed), verifying))
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
        self.tokens.roll(&current, &verifying);
        Ok(self.tokens.knows(&id))
    }
}
