//! The secrets by which deliveries are known as a platform's.

use placard_domain::Platform;
use placard_sandbox::{APP_SECRET, TIKTOK_APP_SECRET};
use secrecy::SecretString;

/// The apps' secrets. Two hold at once, so that one can be changed at the platform while notices are under way.
pub struct Secrets {
    meta: Vec<SecretString>,
    tiktok: Vec<SecretString>,
}

impl Secrets {
    /// Those of the environment: `PLACARD_META_APP_SECRET`, `PLACARD_TIKTOK_APP_SECRET`, and what held before in the
    /// same names with `PLACARD_PREVIOUS_`.
    pub fn from_environment() -> Self {
        let given = |name: &str| {
            let names = [format!("PLACARD_{name}_APP_SECRET"), format!("PLACARD_PREVIOUS_{name}_APP_SECRET")];
            // An empty secret would let anybody sign.
            let given = names.iter().filter_map(|name| std::env::var(name).ok());
            given.filter(|secret| !secret.is_empty()).map(SecretString::from).collect()
        };
        Self { meta: given("META"), tiktok: given("TIKTOK") }
    }

    /// Those that sign for connections to the sandbox, or for all others. Everybody knows the sandbox's, so nothing that
    /// it signs reaches any other connection.
    pub fn of(&self, platform: Platform, sandbox: bool) -> Vec<SecretString> {
        match (platform, sandbox) {
            (Platform::Meta, false) => self.meta.clone(),
            (Platform::Tiktok, false) => self.tiktok.clone(),
            (Platform::Meta, true) => vec![APP_SECRET.into()],
            (Platform::Tiktok, true) => vec![TIKTOK_APP_SECRET.into()],
            // Their documents describe nothing that they tell by themselves.
            (Platform::Google | Platform::Microsoft, _) => Vec::new(),
        }
    }
}
