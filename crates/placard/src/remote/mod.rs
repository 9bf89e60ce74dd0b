//! A server elsewhere: who is signed in to it, and its REST API as typed calls.
//!
//! A **profile** is one login: an address, a person or program, a tenant, and what proves it. The **client** sends
//! requests with it, renews what ends, and turns refusals into errors that a person can act on.

mod address;
mod client;
mod error;
mod events;
mod interrupt;
mod login;
mod profile;
mod profiles;

pub use address::{Address, BadAddress};
pub use client::Client;
pub use error::{Refusal, RemoteError};
pub use events::Events;
pub use interrupt::Interrupts;
pub use login::{Credentials, Door, SignedIn, sign_out};
pub use profile::{Kept, Profile, Proof, TenantRef};
pub use profiles::{HERE, ProfileError, Profiles};

use crate::settings::Settings;

/// The profile that a command works with; `None` if it works on this machine.
///
/// A profile that is named wins. A database or data directory that is named means this machine, whatever was chosen
/// with `placard profiles use`.
///
/// # Errors
/// There is no such profile, or its file cannot be read.
pub fn in_use(settings: &Settings) -> Result<Option<(Profiles, Profile)>, ProfileError> {
    let profiles = match (&settings.profile, Profiles::of_user()) {
        (_, Ok(profiles)) => profiles,
        (None, Err(ProfileError::NoHome)) => return Ok(None),
        (Some(_), Err(error)) | (None, Err(error)) => return Err(error),
    };
    let name = match &settings.profile {
        Some(named) => named.clone(),
        None if settings.database_url.is_some() || settings.data_dir.is_some() => return Ok(None),
        None => match profiles.chosen()? {
            Some(chosen) => chosen,
            None => return Ok(None),
        },
    };
    if name == HERE {
        return Ok(None);
    }
    let profile = profiles.get(&name)?;
    Ok(Some((profiles, profile)))
}
