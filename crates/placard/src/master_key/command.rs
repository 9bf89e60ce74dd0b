//! A program that prints the master key: a key management service's, a password manager's.

use super::{COMMAND, KEY, PREVIOUS, parse};
use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use std::{
    io::Read,
    process::{Command, Stdio},
};

/// What a shell would do something with. There is no shell.
const NOT_TAKEN: [char; 11] = ['\'', '"', '\\', '$', '`', '|', '&', ';', '<', '>', '*'];

/// So much of the output is read. A key is far shorter.
const LONGEST: u64 = 4096;

/// What the program does not need to know.
const OURS: [&str; 4] = [KEY, PREVIOUS, "PLACARD_DATABASE_URL", "PLACARD_REDIS_URL"];

/// A program and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct KeyCommand {
    program: String,
    arguments: Vec<String>,
}

impl KeyCommand {
    /// Takes a line apart at its blanks.
    pub(super) fn parse(line: &str) -> Result<Self> {
        if let Some(letter) = line.chars().find(|letter| NOT_TAKEN.contains(letter)) {
            bail!("{COMMAND} is run without a shell, where {letter} means nothing; put it into a script");
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let program = words.next().with_context(|| format!("{COMMAND} is empty"))?;
        Ok(Self { program, arguments: words.collect() })
    }

    /// Runs the program to its end and reads the key from its output. What it complains of is shown as it is.
    pub(super) fn run(&self) -> Result<[u8; 32]> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        for name in OURS {
            command.env_remove(name);
        }
        let cannot = || format!("{COMMAND}: {} cannot be run", self.program);
        let mut child = command.spawn().with_context(cannot)?;
        let mut said = String::new();
        let read = match child.stdout.take() {
            Some(out) => out.take(LONGEST).read_to_string(&mut said),
            None => Ok(0),
        };
        let said = SecretString::from(said);
        let status = child.wait().with_context(cannot)?;
        read.with_context(|| format!("{COMMAND}: what {} printed cannot be read", self.program))?;
        if !status.success() {
            bail!("{COMMAND}: {} failed ({status})", self.program);
        }
        parse(said.expose_secret()).with_context(|| format!("{COMMAND}: {} printed no key", self.program))
    }
}

#[cfg(test)]
mod tests {
    use super::KeyCommand;

    #[test]
    fn what_only_a_shell_understands_is_refused() {
        for line in ["echo $KEY", "cat 'a b'", "a | b", "a;b", "cat <key", "", "  "] {
            assert!(KeyCommand::parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_program_that_fails_or_prints_something_else_gives_no_key() {
        let run = |line: &str| KeyCommand::parse(line).unwrap().run();
        assert_eq!(run(&format!("echo {}", "0f".repeat(32))).unwrap(), [15; 32]);
        assert!(run("false").is_err());
        assert!(run("/nowhere/at/all").is_err());
        let said = format!("{:#}", run("echo c0ffee").unwrap_err());
        assert!(!said.contains("c0ffee"), "{said}");
    }
}
