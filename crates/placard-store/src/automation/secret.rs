//! What is sealed of a login.

use crate::{Place, StoreError, TenantTx, Vault};
use placard_domain::document::Cookies;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The cookies of a login, and the password of its proxy.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The cookies.
    pub cookies: Cookies,
    /// The password.
    pub proxy_password: Option<SecretString>,
}

/// The same as it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    cookies: Value,
    proxy_password: Option<String>,
}

/// Collection, field and id; the vault adds the tenant.
pub(super) const fn place(id: Uuid) -> Place {
    Place { table: "automation_sessions", column: "sealed_cookies", row: id }
}

/// Seals for the login `id`, in hexadecimal.
pub(super) async fn seal(
    tx: &mut TenantTx,
    vault: &Vault,
    id: Uuid,
    secret: &Secret,
) -> Result<String, StoreError> {
    let cookies = serde_json::from_str(secret.cookies.as_str());
    let cookies: Value =
        cookies.map_err(|error| StoreError::corrupt("automation_sessions.cookies", error))?;
    let proxy_password = secret.proxy_password.as_ref().map(|text| text.expose_secret().to_owned());
    let plain = crate::stored::json(&Written { cookies, proxy_password }).to_string();
    Ok(hex::encode(vault.seal(tx, place(id), &SecretString::from(plain)).await?))
}

/// Opens what [`seal`] made for the same `id`.
pub(super) async fn open(
    tx: &mut TenantTx,
    vault: &Vault,
    id: Uuid,
    sealed: &str,
) -> Result<Secret, StoreError> {
    let plain = open_text(tx, vault, id, sealed).await?;
    // What serde says of a text may repeat it.
    let broken = || StoreError::corrupt("automation_sessions.sealed_cookies", "it is no list of cookies");
    let written: Written = serde_json::from_str(plain.expose_secret()).map_err(|_| broken())?;
    let cookies = Cookies::of(&written.cookies).map_err(|_| broken())?;
    Ok(Secret { cookies, proxy_password: written.proxy_password.map(SecretString::from) })
}

/// The same as one text, as it was sealed.
pub(super) async fn open_text(
    tx: &mut TenantTx,
    vault: &Vault,
    id: Uuid,
    sealed: &str,
) -> Result<SecretString, StoreError> {
    let bytes = hex::decode(sealed);
    let bytes = bytes.map_err(|error| StoreError::corrupt("automation_sessions.sealed_cookies", error))?;
    vault.open(tx, place(id), &bytes).await
}
