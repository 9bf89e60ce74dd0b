//! Ad platforms and the names they give to things.

use serde::{Deserialize, Serialize};

/// A platform that Placard publishes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Facebook, Instagram and their siblings, through Meta's Marketing API.
    Meta,
    /// Google Ads.
    Google,
    /// Microsoft Advertising.
    Microsoft,
    /// TikTok.
    Tiktok,
}

impl Platform {
    /// Every platform, in the order in which people see them.
    pub const ALL: [Self; 4] = [Self::Meta, Self::Google, Self::Microsoft, Self::Tiktok];

    /// The word used in specs, step keys and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Tiktok => "tiktok",
        }
    }

    /// The name people know.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Meta => "Meta",
            Self::Google => "Google Ads",
            Self::Microsoft => "Microsoft Advertising",
            Self::Tiktok => "TikTok",
        }
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no platform.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a platform; use meta, google, microsoft or tiktok")]
pub struct UnknownPlatform(pub String);

impl std::str::FromStr for Platform {
    type Err = UnknownPlatform;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| UnknownPlatform(text.to_owned()))
    }
}

/// A platform's own id of an object. Always text: some have 20 digits, some are hashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoteId(pub String);

impl std::fmt::Display for RemoteId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An ad account by its platform's own id, for example `act_1001` on Meta.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountRef {
    /// Where the account lives.
    pub platform: Platform,
    /// The id as the platform's API wants it.
    pub id: String,
}

impl std::fmt::Display for AccountRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.platform, self.id)
    }
}
