//! What platforms tell by themselves, in the words that columns and people read.

use crate::{objective::words, status::parse_words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What a platform is asked to tell of.
    Topic {
        /// Reviews of ads and problems with them.
        Reviews = "reviews",
        /// People who filled in a form.
        Leads = "leads",
        /// Whether the account may advertise.
        Standing = "standing",
    }
}

words! {
    /// What a notice is about.
    NoticeKind {
        /// An object whose review or problems changed.
        Object = "object",
        /// Whether the account may advertise.
        Standing = "standing",
        /// Somebody filled in a form.
        Lead = "lead",
        /// Something that nobody here acts on.
        Other = "other",
    }
}

words! {
    /// Why a notice was not taken.
    NoticeRefusal {
        /// It carries no signature.
        Unsigned = "unsigned",
        /// Its signature is not that of our app.
        Forged = "forged",
        /// It, or its signature, is too old, or from the future.
        Stale = "stale",
        /// It is not what the platform's documents describe.
        Malformed = "malformed",
        /// It is about an account or page that nobody here has connected.
        Unknown = "unknown",
    }
}

parse_words!(Topic, NoticeKind, NoticeRefusal);
