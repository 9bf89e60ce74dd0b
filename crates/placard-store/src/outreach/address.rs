//! Finding an address without keeping it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key of a tenant's hashes of addresses.
#[derive(Clone)]
pub struct AddressKey(pub(super) [u8; 32]);

impl std::fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressKey")
    }
}

impl AddressKey {
    /// The hash by which `address` is found, whatever its case.
    pub(super) fn hash(&self, address: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(address.trim().to_lowercase().as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}
