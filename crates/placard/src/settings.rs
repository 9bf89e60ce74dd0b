//! Where things are: the data directory, the database, the master key.

use anyhow::{Context, Result, bail};
use clap::Args;
use secrecy::SecretString;
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

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
    /// The tenant to work for. Needed only if there is more than one.
    #[arg(long, env = "PLACARD_TENANT", global = true, value_name = "SLUG", help_heading = "Where")]
    pub tenant: Option<String>,
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
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

/// The key under which every tenant's own key is wrapped: `PLACARD_MASTER_KEY` (64 hex digits), or a file in the data
/// directory that is made at the first start and readable only by its owner.
pub fn master_key(data_dir: &Path) -> Result<[u8; 32]> {
    if let Some(text) = std::env::var_os("PLACARD_MASTER_KEY") {
        let text = text.to_string_lossy();
        return parse_key(text.trim()).context("PLACARD_MASTER_KEY must hold 64 hexadecimal digits");
    }
    let path = data_dir.join("master.key");
    match fs::File::open(&path) {
        Ok(mut file) => {
            let mut text = String::new();
            file.read_to_string(&mut text).with_context(|| format!("{} cannot be read", path.display()))?;
            parse_key(text.trim())
                .with_context(|| format!("{} does not hold 64 hexadecimal digits", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make_key(&path),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn make_key(path: &Path) -> Result<[u8; 32]> {
    let key: [u8; 32] = rand::random();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("the master key cannot be written to {}", path.display()))?;
    file.write_all(hex::encode(key).as_bytes())
        .and_then(|()| file.sync_all())
        .context("the master key cannot be written")?;
    Ok(key)
}

fn parse_key(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text)?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("a key has 32 bytes"))
}
