//! What a collection promises about its documents.

use serde_json::Value;

/// A kind of document, and what every database that holds it must keep.
#[derive(Debug)]
pub struct Collection {
    /// Its name, which is that of the table and of the collection.
    pub name: &'static str,
    /// What one of its documents is called.
    pub one: &'static str,
    /// Makes the JSON Schema of its documents.
    pub schema: fn() -> Value,
    /// What can be filtered and sorted by, beside [`Collection::CREATED_AT`] and [`Collection::UPDATED_AT`].
    pub fields: &'static [Field],
    /// Fields that together tell a tenant's documents apart. Every document has them.
    pub natural_key: &'static [&'static str],
    /// What must be found fast, or stand only once, beside the natural key.
    pub indexes: &'static [Index],
    /// Paths whose words can be searched for.
    pub text: &'static [&'static str],
    /// When a document goes away by itself.
    pub expiry: Option<Expiry>,
    /// After how many days a document says nothing of a person any more; its lifecycle job sees to that.
    pub anonymised_after_days: Option<u32>,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Names separated by dots. A list on the way stands for all that is in it.
    pub path: &'static str,
    /// What is there.
    pub kind: Kind,
}

/// What is in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, ordered by its bytes.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Bool,
    /// A point in time, exact to the millisecond.
    Moment,
    /// Any number of texts. One can ask whether a given one is among them.
    Texts,
}

/// Fields that are looked up together. The tenant always comes first.
#[derive(Debug)]
pub struct Index {
    /// Its name, without that of the collection.
    pub name: &'static str,
    /// The fields, in order.
    pub keys: &'static [Key],
    /// Whether a tenant has only one document with the same values.
    pub unique: bool,
    /// Which documents it is about, if not all.
    pub only: Option<Only>,
}

/// A field of an index.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// From small to large.
    Up(&'static str),
    /// From large to small.
    Down(&'static str),
}

impl Key {
    /// The field's path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Up(path) | Self::Down(path) => path,
        }
    }
}

/// Which documents an index or expiry is about.
#[derive(Clone, Copy, Debug)]
pub enum Only {
    /// Those where this field holds this word.
    Word(&'static str, &'static str),
    /// Those that have this field.
    Present(&'static str),
}

/// When a document goes away by itself.
#[derive(Clone, Copy, Debug)]
pub enum Expiry {
    /// At the moment in this field.
    At(&'static str),
    /// So many days after the moment in a field.
    Days {
        /// The field.
        after: &'static str,
        /// How many.
        days: u32,
        /// Which documents, if not all.
        only: Option<Only>,
    },
}

impl Expiry {
    /// The field that says when.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::At(field) | Self::Days { after: field, .. } => field,
        }
    }
}

impl Collection {
    /// When a document was made. Databases keep it beside the document.
    pub const CREATED_AT: Field = Field { path: "created_at", kind: Kind::Moment };
    /// When it changed last.
    pub const UPDATED_AT: Field = Field { path: "updated_at", kind: Kind::Moment };
    /// Names that a database keeps for itself, beside what is in a document.
    pub const RESERVED: [&'static str; 6] =
        ["_id", "tenant_id", "version", "created_at", "updated_at", "terms"];

    /// The field at `path`, if documents can be filtered by it.
    pub fn field(&self, path: &str) -> Option<Field> {
        let own = self.fields.iter().copied();
        own.chain([Self::CREATED_AT, Self::UPDATED_AT]).find(|field| field.path == path)
    }

    /// Paths that hold any number of texts.
    pub fn lists(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter(|field| field.kind == Kind::Texts).map(|field| field.path)
    }

    /// The name of an index in the database: the collection's and its own.
    pub fn index_name(&self, name: &str) -> String {
        format!("{}_{name}", self.name)
    }
}
