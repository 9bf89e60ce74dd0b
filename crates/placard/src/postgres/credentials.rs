//! The cluster's generated passwords.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::layout::Home;

/// Owns the database; may create roles, is not a superuser.
pub(super) const OWNER_ROLE: &str = "placard_owner";
/// PostgreSQL's customary name for the first superuser.
pub(super) const SUPERUSER_ROLE: &str = "postgres";
/// The database everything lives in.
pub(super) const DATABASE: &str = "placard";

/// Passwords of the two roles that exist from the start.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    owner_password: SecretString,
    superuser_password: SecretString,
}

#[derive(Serialize, Deserialize)]
struct CredentialsFile {
    owner_password: String,
    superuser_password: String,
}

impl Credentials {
    /// New passwords of 256 random bits.
    pub(super) fn generate() -> Self {
        let password = || SecretString::from(hex::encode(rand::random::<[u8; 32]>()));
        Self { owner_password: password(), superuser_password: password() }
    }

    /// Writes a new file that only placard's user may read.
    pub(super) fn save(&self, home: &Home) -> Result<(), ClusterError> {
        let path = home.credentials();
        let text = serde_json::json!(CredentialsFile {
            owner_password: self.owner_password.expose_secret().to_owned(),
            superuser_password: self.superuser_password.expose_secret().to_owned(),
        })
        .to_string();
        let create = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        create().map_err(ClusterError::io("write", &path))
    }

    pub(super) fn load(home: &Home) -> Result<Self, ClusterError> {
        let path = home.credentials();
        let text = fs::read_to_string(&path).map_err(ClusterError::io("read", &path))?;
        let file: CredentialsFile = serde_json::from_str(&text)
            .map_err(|source| ClusterError::CredentialsDamaged { path, source })?;
        Ok(Self {
            owner_password: file.owner_password.into(),
            superuser_password: file.superuser_password.into(),
        })
    }

    pub(super) fn owner_url(&self, port: u16) -> SecretString {
        url(OWNER_ROLE, &self.owner_password, port)
    }

    pub(super) fn superuser_url(&self, port: u16) -> SecretString {
        url(SUPERUSER_ROLE, &self.superuser_password, port)
    }

    /// The statements that set the passwords and make role and database, one a line.
    pub(super) fn first_statements(&self) -> SecretString {
        let superuser_password = self.superuser_password.expose_secret();
        let owner_password = self.owner_password.expose_secret();
        SecretString::from(format!(
            "alter role {SUPERUSER_ROLE} password '{superuser_password}'\n\
             create role {OWNER_ROLE} login createrole password '{owner_password}'\n\
             create database {DATABASE} owner {OWNER_ROLE}\n"
        ))
    }
}

/// Passwords are hexadecimal, so nothing needs escaping.
fn url(role: &str, password: &SecretString, port: u16) -> SecretString {
    let password = password.expose_secret();
    SecretString::from(format!("postgres://{role}:{password}@127.0.0.1:{port}/{DATABASE}"))
}
