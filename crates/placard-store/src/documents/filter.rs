//! Which documents, and in which order: typed, checked against what a collection declares, and compiled by each adapter.

use super::DocumentError;
use placard_domain::document::{Collection, Field, Kind, Moment};
use serde::Serialize;

/// How deep a filter may be.
const DEEPEST: usize = 8;
/// How many values a filter may name.
const MOST_VALUES: usize = 1_000;

/// Which documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Filter {
    /// Those whose field compares so with a value. Only [`Comparison::Ne`] is true of a document without the field.
    Compare(String, Comparison, Scalar),
    /// Those whose field has one of the values.
    In(String, Vec<Scalar>),
    /// Those that have the field, or those that do not.
    Exists(String, bool),
    /// Those whose list holds at least one of the texts.
    Contains(String, Vec<String>),
    /// Those of which all are true; of nothing, all documents.
    And(Vec<Self>),
    /// Those of which one is true; of nothing, none.
    Or(Vec<Self>),
}

/// How a field compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Comparison {
    /// It is the same.
    Eq,
    /// It is not.
    Ne,
    /// It is less.
    Lt,
    /// It is less or the same.
    Lte,
    /// It is more.
    Gt,
    /// It is more or the same.
    Gte,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
    /// A point in time.
    Moment(Moment),
}

macro_rules! scalars {
    ($($from:ty => $variant:ident($value:ident) $into:expr),+ $(,)?) => {$(
        impl From<$from> for Scalar {
            fn from($value: $from) -> Self {
                Self::$variant($into)
            }
        }
    )+};
}
scalars! {
    &str => Text(value) value.to_owned(),
    String => Text(value) value,
    i64 => Integer(value) value,
    bool => Bool(value) value,
    Moment => Moment(value) value,
}

impl Filter {
    /// Every document.
    pub const ALL: Self = Self::And(Vec::new());

    /// Those whose field is `value`.
    pub fn eq(path: &str, value: impl Into<Scalar>) -> Self {
        Self::Compare(path.to_owned(), Comparison::Eq, value.into())
    }

    /// Refuses what `of` does not declare or cannot answer.
    pub(super) fn check(&self, of: &'static Collection) -> Result<(), DocumentError> {
        let mut values = 0;
        self.check_within(of, 0, &mut values)
    }

    fn check_within(
        &self,
        of: &'static Collection,
        depth: usize,
        values: &mut usize,
    ) -> Result<(), DocumentError> {
        let mut count = |more: usize| {
            *values += more;
            if *values > MOST_VALUES || depth > DEEPEST { Err(DocumentError::FilterTooLarge) } else { Ok(()) }
        };
        match self {
            Self::Compare(path, _, value) => {
                count(1)?;
                fits(field(of, path)?, value)
            }
            Self::In(path, all) => {
                count(all.len())?;
                let field = field(of, path)?;
                all.iter().try_for_each(|value| fits(field, value))
            }
            Self::Exists(path, _) => {
                count(1)?;
                single(field(of, path)?)
            }
            Self::Contains(path, texts) => {
                count(texts.len())?;
                let field = field(of, path)?;
                let fits = field.kind == Kind::Texts && !texts.iter().any(|text| text.contains('\0'));
                if fits { Ok(()) } else { Err(mismatch(field)) }
            }
            Self::And(all) | Self::Or(all) => {
                count(1)?;
                all.iter().try_for_each(|filter| filter.check_within(of, depth + 1, values))
            }
        }
    }
}

/// In which order documents come. Those with the same value, or without one, follow in the order of their ids; those
/// without one come before all others going up, and after them going down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sort {
    /// The field; none for the order in which they were made.
    pub field: Option<String>,
    /// Whether from large to small.
    pub down: bool,
}

impl Sort {
    /// The newest first.
    pub const NEWEST: Self = Self { field: None, down: true };
    /// The oldest first.
    pub const OLDEST: Self = Self { field: None, down: false };

    /// By a field.
    pub fn by(path: &str, down: bool) -> Self {
        Self { field: Some(path.to_owned()), down }
    }

    /// The field, if `of` declares it and it holds one value.
    pub(super) fn resolve(&self, of: &'static Collection) -> Result<Option<Field>, DocumentError> {
        let Some(path) = &self.field else { return Ok(None) };
        let field = field(of, path)?;
        single(field)?;
        Ok(Some(field))
    }
}

pub(super) fn field(of: &'static Collection, path: &str) -> Result<Field, DocumentError> {
    let unknown = || DocumentError::UnknownField { collection: of.name, path: path.to_owned() };
    of.field(path).ok_or_else(unknown)
}

fn single(field: Field) -> Result<(), DocumentError> {
    if field.kind == Kind::Texts { Err(mismatch(field)) } else { Ok(()) }
}

fn fits(field: Field, value: &Scalar) -> Result<(), DocumentError> {
    let fits = match (field.kind, value) {
        (Kind::Text, Scalar::Text(text)) => !text.contains('\0'),
        (Kind::Integer, Scalar::Integer(_))
        | (Kind::Bool, Scalar::Bool(_))
        | (Kind::Moment, Scalar::Moment(_)) => true,
        _ => false,
    };
    if fits { Ok(()) } else { Err(mismatch(field)) }
}

fn mismatch(field: Field) -> DocumentError {
    DocumentError::Mismatch { path: field.path.to_owned(), kind: field.kind }
}
