//! Asking before something happens.

use super::failure::WrongInput;
use anyhow::Result;
use std::io::{IsTerminal, Write};

/// Asks a yes-or-no question on the terminal. Without one, `--yes` must have been given.
pub(super) fn confirm(question: &str, agreed: bool) -> Result<bool> {
    if agreed {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(WrongInput("nobody is here to agree; add --yes".into()).into());
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
