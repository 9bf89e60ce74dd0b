//! Where things are: the data directory, the database.

use anyhow::{Context, Result, bail};
use clap::Args;
use secrecy::SecretString;
use std::path::PathBuf;

/// Settings that every command shares.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Where Placard keeps its private database, its key and the sandbox's world.
    #[arg(long, env = "PLACARD_DATA_DIR", global = true, value_name = "DIR", help_heading = "Where")]
    pub data_dir: Option<PathBuf>,
    /// Use this PostgreSQL server (15 or newer) instead of a private one.
    #[arg(
        long,
        env = "PLACARD_DATABASE_URL",
        global = true,
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Where"
    )]
    pub database_url: Option<String>,
    /// The MongoDB that may hold documents, for example mongodb://localhost:27017/placard.
    #[arg(
        long,
        env = "PLACARD_MONGODB_URL",
        global = true,
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Where"
    )]
    pub mongodb_url: Option<SecretString>,
    /// The tenant to work for. Needed only if there is more than one.
    #[arg(long, env = "PLACARD_TENANT", global = true, value_name = "SLUG", help_heading = "Where")]
    pub tenant: Option<String>,
    /// Work through the server of this profile, see `placard login`; `local` means this machine.
    #[arg(long, env = "PLACARD_PROFILE", global = true, value_name = "NAME", help_heading = "Where")]
    pub profile: Option<String>,
    /// Where assets lie.
    #[command(flatten)]
    pub assets: AssetSettings,
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
}

/// A bucket for assets, instead of a folder in the data directory. Set by variables alone, to keep the help short;
/// `docs/assets.md` explains them.
#[derive(Args, Clone, Debug, Default)]
pub struct AssetSettings {
    /// The bucket's name. Without one, assets lie in the data directory.
    #[arg(long = "assets-bucket", env = "PLACARD_ASSETS_BUCKET", global = true, hide = true)]
    pub bucket: Option<String>,
    /// The bucket's region.
    #[arg(
        long = "assets-region",
        env = "PLACARD_ASSETS_REGION",
        global = true,
        hide = true,
        default_value = "us-east-1"
    )]
    pub region: String,
    /// The server that speaks S3, if it is not Amazon's.
    #[arg(long = "assets-endpoint", env = "PLACARD_ASSETS_ENDPOINT", global = true, hide = true)]
    pub endpoint: Option<url::Url>,
    /// Whether the bucket stands in the path instead of the host name.
    #[arg(long = "assets-path-style", env = "PLACARD_ASSETS_PATH_STYLE", global = true, hide = true)]
    pub path_style: bool,
    /// The access key's id.
    #[arg(long = "assets-access-key-id", env = "PLACARD_ASSETS_ACCESS_KEY_ID", global = true, hide = true)]
    pub access_key_id: Option<String>,
    /// The access key.
    #[arg(
        long = "assets-secret-access-key",
        env = "PLACARD_ASSETS_SECRET_ACCESS_KEY",
        global = true,
        hide = true,
        hide_env_values = true
    )]
    pub secret_access_key: Option<SecretString>,
}

impl Settings {
    /// The data directory: as told, or the usual place for whoever runs this.
    pub fn data_dir(&self) -> Result<PathBuf> {
        if let Some(told) = &self.data_dir {
            return std::path::absolute(told).context("the data directory has no absolute path");
        }
        if rustix::process::geteuid().is_root() {
            return Ok("/var/lib/placard".into());
        }
        let shared = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        match shared.or(home) {
            Some(base) => Ok(base.join("placard")),
            None => bail!("there is no home directory to keep data in; name one with --data-dir"),
        }
    }

    /// The server to use instead of a private one.
    pub fn database_url(&self) -> Option<SecretString> {
        self.database_url.clone().map(SecretString::from)
    }
}
