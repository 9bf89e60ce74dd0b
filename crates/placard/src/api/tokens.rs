//! Access tokens: JWT of fifteen minutes, signed with Ed25519. A key's id stands in each, so keys can roll over.

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use placard_domain::{SessionId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::{collections::HashMap, sync::RwLock};
use uuid::Uuid;

/// How long an access token is good.
pub const LIFETIME: Duration = Duration::minutes(15);

/// How far the clocks of two servers may be apart.
pub const SKEW: Duration = Duration::minutes(5);

const ISSUER: &str = "placard";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    /// The person.
    pub sub: Uuid,
    /// The session that it was given to.
    pub sid: Uuid,
    /// The tenant that it opens, if the person chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tid: Option<Uuid>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

impl Claims {
    /// What a token for `session` says from `now` on.
    pub fn new(user: UserId, session: SessionId, tenant: Option<TenantId>, now: DateTime<Utc>) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: user.0,
            sid: session.0,
            tid: tenant.map(|tenant| tenant.0),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
            jti: Uuid::now_v7(),
        }
    }

    /// From when on it is no longer good.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

/// Why a token is not taken. Callers are told nothing but that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is not ours, or was changed.
    Invalid,
    /// Its time is over.
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    iss: String,
    exp: i64,
    content: T,
}

/// Only EdDSA and only of this issuer. Times are judged by the clock that is passed in.
fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// The keys that sign and verify.
pub struct Tokens {
    keys: RwLock<Keys>,
}

struct Keys {
    current: (String, EncodingKey),
    verifying: HashMap<String, DecodingKey>,
}

/// A key pair, as PKCS #8 and as the bare public key.
pub struct KeyPair {
    /// Its id in tokens.
    pub id: String,
    /// The private key in PKCS #8 DER.
    pub private: Vec<u8>,
    /// The public key, 32 bytes.
    pub public: Vec<u8>,
}

/// The fixed beginning of an Ed25519 private key in PKCS #8 (RFC 8410 §7); the 32 bytes of the seed follow.
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

impl Tokens {
    /// Signs with `current` and takes what any of `verifying`, the current one included, signed.
    pub fn new(current: &KeyPair, verifying: &[(String, Vec<u8>)]) -> Self {
        Self { keys: RwLock::new(Keys::new(current, verifying)) }
    }

    /// These keys from now on. Returns whether they are others than before.
    pub fn roll(&self, current: &KeyPair, verifying: &[(String, Vec<u8>)]) -> bool {
        let new = Keys::new(current, verifying);
        let mut keys = self.keys.write().expect("nobody panics with the lock");
        let same = keys.current.0 == new.current.0
            && keys.verifying.len() == new.verifying.len()
            && keys.verifying.keys().all(|id| new.verifying.contains_key(id));
        *keys = new;
        !same
    }

    /// Whether tokens of the key `id` are taken.
    pub fn knows(&self, id: &str) -> bool {
        self.keys.read().expect("nobody panics with the lock").verifying.contains_key(id)
    }

    /// A signed token.
    pub fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let keys = self.keys.read().expect("nobody panics with the lock");
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.current.0.clone());
        jsonwebtoken::encode(&header, claims, &keys.current.1)
    }

    /// A text that carries `content` and that only we can have made, good until `now` and `good_for`.
    pub fn seal<T: Serialize>(
        &self,
        purpose: &str,
        content: &T,
        now: DateTime<Utc>,
        good_for: Duration,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let keys = self.keys.read().expect("nobody panics with the lock");
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.current.0.clone());
        let sealed = Sealed { iss: purpose.to_owned(), exp: (now + good_for).timestamp(), content };
        jsonwebtoken::encode(&header, &sealed, &keys.current.1)
    }

    /// What [`Tokens::seal`] put in for the same purpose, if it is good at `now`.
    pub fn unseal<T: serde::de::DeserializeOwned>(
        &self,
        purpose: &str,
        text: &str,
        now: DateTime<Utc>,
    ) -> Option<T> {
        let id = jsonwebtoken::decode_header(text).ok()?.kid?;
        let keys = self.keys.read().expect("nobody panics with the lock");
        let sealed: Sealed<T> =
            jsonwebtoken::decode(text, keys.verifying.get(&id)?, &validation(purpose)).ok()?.claims;
        (sealed.exp > now.timestamp()).then_some(sealed.content)
    }

    /// What a token says, if it is ours and good at `now`. Only EdDSA is taken, whatever the token's header says.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let id = header.kid.ok_or(TokenError::Invalid)?;
        let keys = self.keys.read().expect("nobody panics with the lock");
        let key = keys.verifying.get(&id).ok_or(TokenError::Invalid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation(ISSUER));
        let claims = claims.map_err(|_| TokenError::Invalid)?.claims;
        let lifetime = claims.exp.checked_sub(claims.iat).ok_or(TokenError::Invalid)?;
        if claims.nbf > (now + SKEW).timestamp() || !(0..=LIFETIME.num_seconds()).contains(&lifetime) {
            return Err(TokenError::Invalid);
        }
        if claims.exp <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

impl Keys {
    fn new(current: &KeyPair, verifying: &[(String, Vec<u8>)]) -> Self {
        let public = verifying.iter().map(|(id, public)| (id.clone(), DecodingKey::from_ed_der(public)));
        let mut verifying: HashMap<_, _> = public.collect();
        verifying.insert(current.id.clone(), DecodingKey::from_ed_der(&current.public));
        Self { current: (current.id.clone(), EncodingKey::from_ed_der(&current.private)), verifying }
    }
}

impl KeyPair {
    /// A new pair.
    pub fn generate() -> Self {
        Self::from_seed(rand::random())
    }

    /// The pair that belongs to a seed of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let signing = ed25519_dalek::SigningKey::from_bytes(&seed);
        let public = signing.verifying_key().to_bytes().to_vec();
        let id = hex::encode(&sha2::Sha256::digest(&public)[..8]);
        Self { id, private: [PKCS8_PREFIX.as_slice(), &seed].concat(), public }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::Algorithm::{EdDSA, HS256};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn claims(now: DateTime<Utc>) -> Claims {
        let (user, session) = (UserId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
        Claims::new(user, session, Some(TenantId(Uuid::now_v7())), now)
    }

    #[test]
    fn a_token_is_good_for_fifteen_minutes_and_across_clocks_five_minutes_apart() {
        let pair = KeyPair::generate();
        let tokens = Tokens::new(&pair, &[]);
        let now = at("2026-11-21T12:00:00Z");
        let said = claims(now);
        let token = tokens.sign(&said).unwrap();
        assert_eq!(tokens.verify(&token, now), Ok(said.clone()));
        assert_eq!(tokens.verify(&token, now - Duration::minutes(5)), Ok(said.clone()));
        assert_eq!(tokens.verify(&token, now - Duration::seconds(301)), Err(TokenError::Invalid));
        assert_eq!(tokens.verify(&token, now + Duration::seconds(899)), Ok(said));
        assert_eq!(tokens.verify(&token, now + Duration::seconds(900)), Err(TokenError::Expired));
    }

    #[test]
    fn a_key_rolls_over_and_a_retired_one_is_not_taken() {
        let (old, new, foreign) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
        let now = at("2026-11-21T12:00:00Z");
        let tokens = Tokens::new(&old, &[]);
        let before = tokens.sign(&claims(now)).unwrap();
        tokens.roll(&new, &[(old.id.clone(), old.public.clone())]);
        let after = tokens.sign(&claims(now)).unwrap();
        assert!(tokens.verify(&before, now).is_ok() && tokens.verify(&after, now).is_ok());
        tokens.roll(&new, &[]);
        assert_eq!(tokens.verify(&before, now), Err(TokenError::Invalid));
        let theirs = Tokens::new(&foreign, &[]).sign(&claims(now)).unwrap();
        assert_eq!(tokens.verify(&theirs, now), Err(TokenError::Invalid));
    }

    #[test]
    fn no_other_algorithm_is_taken() {
        let pair = KeyPair::generate();
        let tokens = Tokens::new(&pair, &[]);
        let now = at("2026-11-21T12:00:00Z");
        let mut header = Header::new(HS256);
        header.kid = Some(pair.id.clone());
        // The public key as a shared secret: the classic confusion.
        let confused =
            jsonwebtoken::encode(&header, &claims(now), &EncodingKey::from_secret(&pair.public)).unwrap();
        assert_eq!(tokens.verify(&confused, now), Err(TokenError::Invalid));

        let good = tokens.sign(&claims(now)).unwrap();
        let (_, body) = good.split_once('.').unwrap();
        let (body, _) = body.split_once('.').unwrap();
        let none = format!("eyJhbGciOiJub25lIiwia2lkIjoiIn0.{body}.");
        assert_eq!(tokens.verify(&none, now), Err(TokenError::Invalid));

        let mut header = Header::new(EdDSA);
        header.kid = Some("../../dev/null".into());
        let key = EncodingKey::from_ed_der(&pair.private);
        let strange = jsonwebtoken::encode(&header, &claims(now), &key).unwrap();
        assert_eq!(tokens.verify(&strange, now), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_that_claims_a_longer_life_is_refused() {
        let pair = KeyPair::generate();
        let tokens = Tokens::new(&pair, &[]);
        let now = at("2026-11-21T12:00:00Z");
        let mut long = claims(now);
        long.exp += 86_400;
        assert_eq!(tokens.verify(&tokens.sign(&long).unwrap(), now), Err(TokenError::Invalid));
    }

    #[test]
    fn every_changed_letter_is_noticed() {
        let pair = KeyPair::generate();
        let tokens = Tokens::new(&pair, &[]);
        let now = at("2026-11-21T12:00:00Z");
        let token = tokens.sign(&claims(now)).unwrap();
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last letter of base64 carries bits that mean nothing.
            if place + 1 < token.len() && changed != token {
                assert!(tokens.verify(&changed, now).is_err(), "letter {place}");
            }
        }
    }
}
