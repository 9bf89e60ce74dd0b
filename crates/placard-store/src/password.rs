//! Passwords, of which only a hash is kept.

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};

/// A password could not be hashed, or the stored hash is none.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be processed")]
pub struct PasswordError(#[source] password_hash::Error);

/// The Argon2id hash of `password` in PHC form, with a salt of its own (19 MiB, 2 passes).
///
/// It takes some tens of milliseconds of computing, so it runs beside the async threads.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    blocking(move || {
        let salt: [u8; 16] = rand::rng().random();
        let hash: PasswordHash =
            Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether `password` is the one that `hash` was made from.
pub async fn verify(password: SecretString, hash: String) -> Result<bool, PasswordError> {
    blocking(move || {
        let hash = PasswordHash::new(&hash)?;
        match Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash) {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        }
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, password_hash::Error> + Send + 'static,
) -> Result<T, PasswordError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.expect("hashing does not panic and is never cancelled").map_err(PasswordError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_is_known_and_a_wrong_one_is_not() {
        let hash = hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse".into(), hash.clone()).await.unwrap());
        assert!(!verify("battery staple".into(), hash).await.unwrap());
    }

    #[tokio::test]
    async fn the_same_password_never_has_the_same_hash() {
        assert_ne!(hash("a".into()).await.unwrap(), hash("a".into()).await.unwrap());
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_an_error_and_not_a_wrong_password() {
        assert!(verify("a".into(), "not a hash".into()).await.is_err());
    }
}
