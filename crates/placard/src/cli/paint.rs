//! Colour for terminals, and only there.

use std::io::IsTerminal;

/// Paints text, or leaves it as it is where colour is not wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    /// Colour if standard output is a terminal and `NO_COLOR` is not set.
    pub(super) fn for_stdout() -> Self {
        Self { on: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// Colour if standard error is a terminal and `NO_COLOR` is not set.
    pub(super) fn for_stderr() -> Self {
        Self { on: std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// Never colour.
    pub(super) const fn plain() -> Self {
        Self { on: false }
    }

    fn with(self, code: &str, text: impl std::fmt::Display) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// For what matters.
    pub(super) fn bold(self, text: impl std::fmt::Display) -> String {
        self.with("1", text)
    }

    /// For what is there if someone looks.
    pub(super) fn dim(self, text: impl std::fmt::Display) -> String {
        self.with("2", text)
    }

    /// For what is made, and what went well.
    pub(super) fn green(self, text: impl std::fmt::Display) -> String {
        self.with("32", text)
    }

    /// For what changes, and for warnings.
    pub(super) fn yellow(self, text: impl std::fmt::Display) -> String {
        self.with("33", text)
    }

    /// For what goes away, and for errors.
    pub(super) fn red(self, text: impl std::fmt::Display) -> String {
        self.with("31", text)
    }

    /// For names and commands.
    pub(super) fn cyan(self, text: impl std::fmt::Display) -> String {
        self.with("36", text)
    }
}
