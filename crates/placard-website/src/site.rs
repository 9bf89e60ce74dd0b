//! What was found on a site: facts, before anybody judges them.

use crate::{
    fetch::{FetchError, Fetched, Hop, Refusal},
    page::{Kind, Page, tags::Tag},
    robots::Robots,
};
use std::{collections::BTreeSet, fmt, time::Duration};
use url::Url;

/// Why something was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    /// `robots.txt` forbids it.
    Robots,
    /// The host asked for fewer requests.
    Tired,
    /// The time for the audit was up.
    Late,
}

/// What became of one address.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Got(Box<Got>),
    Failed(FetchError),
    Skipped(Skip),
}

/// An answer without its body.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) url: Url,
    pub(crate) hops: Vec<Hop>,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// In small letters; empty if it is not told.
    pub(crate) charset: String,
    pub(crate) compressed: bool,
    pub(crate) robots_tag: String,
    pub(crate) wire_bytes: usize,
    pub(crate) decoded_bytes: usize,
    pub(crate) first_byte: Duration,
    pub(crate) took: Duration,
}

impl From<&Fetched> for Got {
    fn from(fetched: &Fetched) -> Self {
        Self {
            url: fetched.url.clone(),
            hops: fetched.hops.clone(),
            status: fetched.status,
            content_type: fetched.content_type(),
            charset: charset(fetched.header("content-type").unwrap_or_default()),
            compressed: fetched.header("content-encoding").is_some_and(|coding| coding != "identity"),
            robots_tag: fetched.header("x-robots-tag").unwrap_or_default().to_ascii_lowercase(),
            wire_bytes: fetched.wire_bytes,
            decoded_bytes: fetched.body.len(),
            first_byte: fetched.first_byte,
            took: fetched.took,
        }
    }
}

fn charset(content_type: &str) -> String {
    let told = content_type.split(';').find_map(|part| part.trim().strip_prefix("charset="));
    told.unwrap_or_default().trim_matches('"').to_ascii_lowercase()
}

impl Got {
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

impl Outcome {
    pub(crate) fn got(&self) -> Option<&Got> {
        match self {
            Self::Got(got) => Some(got),
            _ => None,
        }
    }

    /// What is wrong, in words, if the address does not lead to anything.
    ///
    /// A host that refuses robots may well answer people, and so may a port that we do not ask; only what is gone or
    /// never was counts.
    pub(crate) fn broken(&self) -> Option<String> {
        match self {
            Self::Got(got) if matches!(got.status, 404 | 410) || got.status >= 500 => {
                Some(format!("answered with {}", got.status))
            }
            Self::Failed(
                why @ (FetchError::Refused(Refusal::Address { .. } | Refusal::LocalName(_))
                | FetchError::NoAddress
                | FetchError::Certificate(_)
                | FetchError::NoConnection(_)
                | FetchError::Circle),
            ) => Some(why.to_string()),
            _ => None,
        }
    }
}

/// What the site's `robots.txt` came to.
#[derive(Clone, Debug)]
pub(crate) struct RobotsSeen {
    pub(crate) robots: Robots,
    /// Why it could not be had, where that means that nobody may fetch anything.
    pub(crate) trouble: Option<Trouble>,
}

/// Why a `robots.txt` could not be had.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// Its host cannot be talked to at all.
    Host(FetchError),
    /// It answers, and not with what was asked for.
    Answer(u16),
    /// There was no time to ask.
    Late,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(why) => why.fmt(f),
            Self::Answer(status) => write!(f, "it answers with {status}"),
            Self::Late => f.write_str("there was no time for it"),
        }
    }
}

/// Something that the page makes a browser load.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) kind: Kind,
    pub(crate) url: Url,
    pub(crate) blocking: bool,
    pub(crate) outcome: Outcome,
}

/// Another page of the site.
#[derive(Clone, Debug)]
pub(crate) struct OtherPage {
    pub(crate) url: Url,
    pub(crate) outcome: Outcome,
    pub(crate) page: Option<Page>,
}

/// An address, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) url: Url,
    pub(crate) outcome: Outcome,
}

/// The page as it answers to a click on an ad, which carries parameters.
#[derive(Clone, Debug)]
pub(crate) struct Clicked {
    /// What was added to the address.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) outcome: Outcome,
    pub(crate) page: Option<Page>,
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) asked: Url,
    /// The landing page; an error if nothing came.
    pub(crate) landing: Result<Got, FetchError>,
    pub(crate) page: Option<Page>,
    pub(crate) clicked: Option<Clicked>,
    pub(crate) robots: RobotsSeen,
    /// Whether our own agent is kept out, so that nothing but `robots.txt` was fetched.
    pub(crate) kept_out: bool,
    pub(crate) sitemaps: Vec<Tried>,
    pub(crate) resources: Vec<Loaded>,
    pub(crate) pages: Vec<OtherPage>,
    pub(crate) links: Vec<Tried>,
    pub(crate) preview: Option<Tried>,
    pub(crate) expected: BTreeSet<Tag>,
    /// Resources beyond the limit, which were not asked for.
    pub(crate) left_out: usize,
}

#[cfg(test)]
impl Got {
    /// A quick and empty answer.
    pub(crate) const fn plain(url: Url) -> Self {
        Self {
            url,
            hops: Vec::new(),
            status: 200,
            content_type: String::new(),
            charset: String::new(),
            compressed: false,
            robots_tag: String::new(),
            wire_bytes: 0,
            decoded_bytes: 0,
            first_byte: Duration::ZERO,
            took: Duration::ZERO,
        }
    }
}
