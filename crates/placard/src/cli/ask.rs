//! Questions on the terminal whose answers nobody may see.

use super::failure::WrongInput;
use anyhow::{Context, Result};
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use secrecy::SecretString;
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    sync::{Mutex, PoisonError},
};

/// The terminal with the settings to go back to, while it shows nothing of what is typed.
static HIDDEN: Mutex<Option<(File, Termios)>> = Mutex::new(None);

/// The longest line that is read as a secret.
const LONGEST: u64 = 4_096;

/// Lets the terminal show again what is typed. For whoever ends the process in the middle of a question.
pub(super) fn restore() {
    if let Some((terminal, usual)) = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // There is nobody left to tell that it failed.
        let _ = tcsetattr(&terminal, OptionalActions::Now, &usual);
    }
}

/// Asks for something that may be seen.
pub(super) async fn open(question: &'static str, otherwise: &'static str) -> Result<String> {
    line(question, otherwise, false).await
}

/// Asks for something that may not be seen.
pub(super) async fn hidden(question: &'static str, otherwise: &'static str) -> Result<SecretString> {
    line(question, otherwise, true).await.map(SecretString::from)
}

/// The next line of standard input, where a program tells a secret.
pub(super) fn piped(what: &str) -> Result<Option<SecretString>> {
    let mut line = Vec::new();
    // Byte by byte, so that the lines behind it stay for whoever reads next.
    for byte in std::io::stdin().lock().take(LONGEST).bytes() {
        match byte.context("standard input cannot be read")? {
            b'\n' => break,
            byte => line.push(byte),
        }
    }
    let text =
        String::from_utf8(line).map_err(|_| WrongInput(format!("{what} on standard input is no text")))?;
    let text = text.trim_end_matches('\r');
    Ok((!text.is_empty()).then(|| text.into()))
}

async fn line(question: &'static str, otherwise: &'static str, hide: bool) -> Result<String> {
    let answer = tokio::task::spawn_blocking(move || on_terminal(question, otherwise, hide)).await;
    answer.context("the question was given up")?
}

/// The terminal itself, whatever standard input is.
fn on_terminal(question: &str, otherwise: &str, hide: bool) -> Result<String> {
    let nobody = || WrongInput(format!("nobody is here to answer; {otherwise}"));
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| nobody())?;
    if !isatty(&terminal) {
        return Err(nobody().into());
    }
    if hide {
        let usual = tcgetattr(&terminal)?;
        let mut quiet = usual.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        *HIDDEN.lock().unwrap_or_else(PoisonError::into_inner) = Some((terminal.try_clone()?, usual));
        tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
    }
    write!(&terminal, "{question}: ")?;
    let mut answer = String::new();
    let read = BufReader::new((&terminal).take(LONGEST)).read_line(&mut answer);
    if hide {
        restore();
        writeln!(&terminal)?;
    }
    read.context("the terminal cannot be read")?;
    let answer = answer.trim_end_matches(['\n', '\r']);
    anyhow::ensure!(!answer.is_empty(), WrongInput("nothing was typed".into()));
    Ok(answer.to_owned())
}
