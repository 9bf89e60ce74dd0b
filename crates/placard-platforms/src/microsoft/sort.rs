//! What is asked for together.

use super::{negative, target, wire::parent_of, words::collection};
use crate::{Access, ReadBack};
use placard_domain::plan::{ObjectKey, ObjectKind};

/// Objects that one question can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    /// Those of a kind.
    Of(ObjectKind),
    /// Targets of one kind (Microsoft, `platforms/microsoft.md` §4, criterions).
    Targets(&'static str),
    /// Keywords that keep searches away.
    Negatives,
}

impl Sort {
    pub(super) fn of(key: &ObjectKey) -> Self {
        match key.kind {
            ObjectKind::Targeting => Self::Targets(target::kind_of(key)),
            ObjectKind::Keyword if negative::is_negative(key) => Self::Negatives,
            kind => Self::Of(kind),
        }
    }

    pub(super) const fn kind(self) -> ObjectKind {
        match self {
            Self::Of(kind) => kind,
            Self::Targets(_) => ObjectKind::Targeting,
            Self::Negatives => ObjectKind::Keyword,
        }
    }

    /// How many one call tells of.
    pub(super) const fn most(self) -> usize {
        match self {
            Self::Of(_) | Self::Targets(_) => collection(self.kind()).most,
            // All that an ad group can have (§3).
            Self::Negatives => 20_000,
        }
    }
}

/// Objects that are asked for in one call: of one sort, in one parent.
pub(super) type Group<'a> = (Sort, &'a str);

/// How `object` is asked for; `None` if its id does not say what it is in.
pub(super) fn group<'a>(access: &'a Access, object: &'a ReadBack) -> Option<Group<'a>> {
    let parent = match object.key.kind {
        ObjectKind::Campaign => access.account.id.as_str(),
        _ => parent_of(&object.remote_id.0)?,
    };
    Some((Sort::of(&object.key), parent))
}
