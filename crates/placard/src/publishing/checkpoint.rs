//! Moments at which a test may kill the process, to prove that a crash there loses and doubles nothing.

use placard_domain::plan::StepKey;

/// A moment in the life of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The intent is committed, nothing is sent.
    BeforeSend,
    /// The platform answered, the answer is not stored.
    BeforeStore,
    /// The answer is stored.
    AfterStore,
}

impl Moment {
    /// Every moment, in order.
    pub const ALL: [Self; 3] = [Self::BeforeSend, Self::BeforeStore, Self::AfterStore];

    /// The word used in `PLACARD_CRASH_AT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeSend => "before_send",
            Self::BeforeStore => "before_store",
            Self::AfterStore => "after_store",
        }
    }
}

/// Kills the process with SIGKILL if `PLACARD_CRASH_AT` names one of `steps` at this moment
/// (`before_store meta/ad:a/b/create`). Only builds with debug assertions look at it.
pub(super) fn reached(moment: Moment, steps: &[&StepKey]) {
    #[cfg(debug_assertions)]
    if let Ok(wanted) = std::env::var("PLACARD_CRASH_AT")
        && let Some((word, step)) = wanted.split_once(' ')
        && word == moment.as_str()
        && steps.iter().any(|key| key.0 == step)
    {
        die();
    }
    #[cfg(not(debug_assertions))]
    let _ = (moment, steps);
}

/// The same where a lead that a platform told of is stored and not taken in yet (`PLACARD_CRASH_AT=lead_stored`).
pub(crate) fn lead_is_stored() {
    die_at("lead_stored");
}

/// A moment at which something is on its way into the archive or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelving {
    /// A file is in the object store, and no row names it.
    FileStored,
    /// A row names it, and its documents are in the database.
    FileRecorded,
    /// The first of them is not.
    OneDeleted,
    /// None of them is, and the row does not say so yet.
    AllDeleted,
    /// One is back, and stands in the file as well.
    OneBack,
    /// A row names other content, and the content before is still there.
    FileReplaced,
}

impl Shelving {
    /// The word used in `PLACARD_CRASH_AT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FileStored => "archive_file_stored",
            Self::FileRecorded => "archive_file_recorded",
            Self::OneDeleted => "archive_one_deleted",
            Self::AllDeleted => "archive_all_deleted",
            Self::OneBack => "archive_one_back",
            Self::FileReplaced => "archive_file_replaced",
        }
    }
}

/// The same where something is on its way into the archive or out of it.
pub(crate) fn shelved(moment: Shelving) {
    die_at(moment.as_str());
}

/// A moment at which a platform is being told of deals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TellingMoment {
    /// It is committed to, and the platform was not told.
    Intended,
    /// The platform answered, and the answer is not stored.
    Answered,
    /// The answer is stored.
    Recorded,
}

impl TellingMoment {
    /// Every moment, in order.
    pub const ALL: [Self; 3] = [Self::Intended, Self::Answered, Self::Recorded];

    /// The word used in `PLACARD_CRASH_AT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "conversions_intended",
            Self::Answered => "conversions_answered",
            Self::Recorded => "conversions_recorded",
        }
    }
}

/// The same where a platform is being told of deals.
pub(crate) fn telling(moment: TellingMoment) {
    die_at(moment.as_str());
}

/// A moment at which bytes of an asset come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// It is on record that they come, and none is there.
    Expected,
    /// They are there, and no record has them.
    Stored,
    /// Their record has given them up, and they are there.
    GivenUp,
    /// Nothing has them, their content is held, and they are there.
    Held,
    /// The original is gone, and what was made from it is there.
    OriginalGone,
    /// They are gone, and their content is held.
    Gone,
}

impl Keeping {
    /// The word used in `PLACARD_CRASH_AT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "asset_expected",
            Self::Stored => "asset_stored",
            Self::GivenUp => "asset_given_up",
            Self::Held => "asset_held",
            Self::OriginalGone => "asset_original_gone",
            Self::Gone => "asset_gone",
        }
    }
}

/// The same where bytes of an asset come or go.
pub(crate) fn kept(moment: Keeping) {
    die_at(moment.as_str());
}

fn die_at(word: &str) {
    #[cfg(debug_assertions)]
    if std::env::var("PLACARD_CRASH_AT").is_ok_and(|wanted| wanted == word) {
        die();
    }
    #[cfg(not(debug_assertions))]
    let _ = word;
}

#[cfg(debug_assertions)]
fn die() {
    let own = rustix::process::getpid();
    if let Err(error) = rustix::process::kill_process(own, rustix::process::Signal::KILL) {
        panic!("the process could not kill itself: {error}");
    }
}
