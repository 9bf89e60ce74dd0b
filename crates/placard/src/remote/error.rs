//! Why a server did not do what it was asked.

use super::{Address, ProfileError};
use crate::api::Reason;
use placard_domain::{
    DeploymentId,
    spec::{Diagnostic, Diagnostics},
};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Why a server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// No answer came.
    #[error("{server} cannot be reached: {why}")]
    Unreachable {
        /// Which server.
        server: Address,
        /// What happened on the way.
        why: String,
        /// What to do about it.
        help: &'static str,
    },
    /// The connection broke while the answer came. Whether the request was carried out is not known.
    #[error("the connection to {server} broke before the answer was there: {why}")]
    Broken {
        /// Which server.
        server: Address,
        /// What happened.
        why: String,
    },
    /// Something answers there, and it is not Placard.
    #[error("{server} answers, but not as Placard does ({what})")]
    Stranger {
        /// Which server.
        server: Address,
        /// What came instead.
        what: String,
    },
    /// The session is over.
    #[error("the profile `{profile}` is not signed in any more: {why}")]
    SignedOut {
        /// Which profile.
        profile: String,
        /// Where to sign in.
        server: Address,
        /// Why.
        why: String,
    },
    /// The server refused, and said why.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A defect here: a task that must not end ended.
    #[error("the session could not be renewed: {0}")]
    Defect(String),
    /// A file that was to be sent cannot be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl RemoteError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unreachable { help, .. } => Some((*help).to_owned()),
            Self::Broken { .. } => {
                Some("see what became of it with `placard status`, then run this again".into())
            }
            Self::Stranger { .. } => {
                Some("is the address right? It is the one that `placard serve` listens on".into())
            }
            Self::SignedOut { profile, server, .. } => {
                Some(format!("run `placard login {server} --profile {profile}`"))
            }
            Self::Refused(refusal) => refusal.help.clone(),
            Self::Profile(_) | Self::Defect(_) | Self::Unreadable { .. } => None,
        }
    }

    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// A failure on the way to the server, in words that help.
    pub(super) fn of(error: &reqwest::Error, server: &Address) -> Self {
        let words = innermost(error);
        let server = server.clone();
        if !error.is_connect() && !error.is_timeout() {
            return Self::Broken { server, why: words };
        }
        if error.is_timeout() && !error.is_connect() {
            return Self::Broken { server, why: "no answer came in time".into() };
        }
        let known = |part: &str| words.to_lowercase().contains(part);
        let (why, help) = if known("refused") {
            ("nobody listens there".to_owned(), "is the server running, and is the port right?")
        } else if known("lookup") || known("name or service") || known("resolve") || known("nodename") {
            ("there is no such host".to_owned(), "is the name right?")
        } else if known("certificate")
            || known("invalidcontenttype")
            || known("corrupt message")
            || known("tls")
        {
            (words, "does that port speak https, with a certificate that this machine trusts?")
        } else if error.is_timeout() {
            (
                "nothing answered in time".to_owned(),
                "is the address right, and does a firewall let you through?",
            )
        } else {
            (words, "is the address right, and are you online?")
        };
        Self::Unreachable { server, why, help }
    }
}

/// What lies beneath everything else.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    deepest.to_string()
}

/// What a server said when it refused: a problem of RFC 9457, as `api/problem.rs` writes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Refusal {
    /// `urn:placard:problem:` and the kind.
    #[serde(rename = "type")]
    kind: String,
    detail: String,
    help: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
    /// What a program can tell apart; words of a newer server are passed over.
    #[serde(default, deserialize_with = "known")]
    pub reason: Option<Reason>,
    /// The deployment that waits to be resumed or rolled back.
    pub deployment_id: Option<DeploymentId>,
}

#[derive(Clone, Debug, Deserialize)]
struct Fault {
    path: String,
    message: String,
    help: Option<String>,
}

fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Reason>, D::Error> {
    let word = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(word.and_then(|word| serde_json::from_value(word).ok()))
}

impl Refusal {
    /// Whether it is of this kind: `not-found`, `forbidden` …
    pub fn is(&self, kind: &str) -> bool {
        self.kind.rsplit(':').next() == Some(kind)
    }

    /// What is wrong with the first field at fault, or with everything.
    pub fn first(&self) -> &str {
        self.errors.first().map_or(&self.detail, |fault| &fault.message)
    }

    /// The fields at fault, if the server named any.
    pub fn findings(&self) -> Option<Diagnostics> {
        let finding = |fault: &Fault| {
            let error = Diagnostic::error(fault.path.clone(), fault.message.clone());
            match &fault.help {
                Some(help) => error.help(help.clone()),
                None => error,
            }
        };
        (!self.errors.is_empty()).then(|| Diagnostics(self.errors.iter().map(finding).collect()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        let untold = self.errors.iter().filter(|fault| !self.detail.contains(&fault.message));
        for Fault { path, message, .. } in untold {
            write!(f, "; {path}: {message}")?;
        }
        Ok(())
    }
}
