//! Where the master key comes from, under which every data key is wrapped: the environment, a program, or a file in the
//! data directory that is made at the first start.

mod command;
mod file;

pub(crate) use file::{KeyFile, KeyLock};

use anyhow::{Context, Result, bail};
use command::KeyCommand;
use placard_store::{MasterKeySource, MasterKeys};
use std::path::Path;

/// The variable that holds the key.
pub(crate) const KEY: &str = "PLACARD_MASTER_KEY";
/// The variable that holds a program whose output is the key.
pub(crate) const COMMAND: &str = "PLACARD_MASTER_KEY_COMMAND";
/// The variable that holds the key before, while the key is being changed.
pub(crate) const PREVIOUS: &str = "PLACARD_PREVIOUS_MASTER_KEY";

/// Where the current master key comes from. Those before it are in a variable or in the file's neighbour.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// [`KEY`].
    Environment,
    /// [`COMMAND`].
    Command(KeyCommand),
    /// A file in the data directory.
    File(KeyFile),
}

impl Source {
    /// What the environment says, or the file in `data_dir`.
    pub(crate) fn of(data_dir: &Path) -> Result<Self> {
        match (std::env::var_os(KEY), std::env::var_os(COMMAND)) {
            (Some(_), Some(_)) => bail!("{KEY} and {COMMAND} are both set; which one is it?"),
            (Some(_), None) => Ok(Self::Environment),
            (None, Some(line)) => {
                let line = line.into_string().ok().with_context(|| format!("{COMMAND} is not UTF-8"))?;
                Ok(Self::Command(KeyCommand::parse(&line)?))
            }
            (None, None) => Ok(Self::File(KeyFile::in_dir(data_dir))),
        }
    }

    fn keys(&self) -> Result<MasterKeys> {
        let (current, mut previous) = match self {
            Self::Environment => (variable(KEY)?.with_context(|| format!("{KEY} is not set"))?, Vec::new()),
            Self::Command(command) => (command.run()?, Vec::new()),
            Self::File(file) => file.read()?,
        };
        previous.extend(variable(PREVIOUS)?);
        Ok(MasterKeys { current, previous })
    }
}

impl MasterKeySource for Source {
    fn read(&self) -> Result<MasterKeys, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.keys()?)
    }
}

fn variable(name: &str) -> Result<Option<[u8; 32]>> {
    let Some(text) = std::env::var_os(name) else { return Ok(None) };
    parse(&text.to_string_lossy()).map(Some).with_context(|| format!("{name} holds no key"))
}

/// Reads a key as text. What is wrong is said without a letter of it.
pub(crate) fn parse(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.context("a master key is 64 hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_key_that_is_none_is_not_repeated() {
        let almost = "c0ffee".repeat(10);
        let said = format!("{:#}", parse(&almost).unwrap_err());
        assert!(!said.contains("c0ffee"), "{said}");
        assert_eq!(parse(&format!(" {}\n", "0f".repeat(32))).unwrap(), [15; 32]);
    }
}
