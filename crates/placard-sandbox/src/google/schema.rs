//! Message definitions: which fields exist, of which type, and who may set them.
//!
//! One table serves reading requests, update masks, queries and answers, so that a field is spelled once.

/// A value's type in the proto3 JSON mapping (Google, `platforms/google.md` §1).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    Text,
    /// A string of digits in JSON.
    Int64,
    Int32,
    Double,
    Bool,
    /// Base64.
    Bytes,
    /// Another resource's name.
    Name,
    Enum(&'static [&'static str]),
    Message(&'static Message),
    /// A message with one member per resource type; only answers hold it.
    AnyResource,
}

/// Who may set a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Writable,
    /// Set when the resource is made and never after.
    Immutable,
    OutputOnly,
    /// Taken and never given back.
    WriteOnly,
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// lowerCamelCase, as in JSON.
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
    pub(crate) role: Role,
    pub(crate) repeated: bool,
    /// Fields with the same group exclude each other.
    pub(crate) oneof: Option<&'static str>,
    /// Whether queries give a message as a whole, as they do for the texts of an ad.
    pub(crate) whole: bool,
}

/// A message type.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) fields: &'static [Field],
}

/// A field that anybody may set at any time.
pub(crate) const fn field(name: &'static str, ty: Type) -> Field {
    Field { name, ty, role: Role::Writable, repeated: false, oneof: None, whole: false }
}

impl Field {
    pub(crate) const fn immutable(mut self) -> Self {
        self.role = Role::Immutable;
        self
    }

    pub(crate) const fn output(mut self) -> Self {
        self.role = Role::OutputOnly;
        self
    }

    pub(crate) const fn write_only(mut self) -> Self {
        self.role = Role::WriteOnly;
        self
    }

    pub(crate) const fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    pub(crate) const fn many(mut self) -> Self {
        self.repeated = true;
        self
    }

    pub(crate) const fn of(mut self, oneof: &'static str) -> Self {
        self.oneof = Some(oneof);
        self
    }

    /// Whether the field holds one message, so that a mask or a query has to name a part of it.
    pub(crate) fn parts(&self) -> Option<&'static Message> {
        match self.ty {
            Type::Message(message) if !self.repeated => Some(message),
            _ => None,
        }
    }
}

impl Message {
    /// Finds a field by its JSON name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Follows a path of names as queries spell them; gives the fields along it.
    pub(crate) fn resolve_snake(&self, path: &[&str]) -> Option<Vec<&'static Field>> {
        self.resolve(path, |field, part| snake(field.name) == part)
    }

    /// Follows a path of JSON names.
    pub(crate) fn resolve_camel(&self, path: &[&str]) -> Option<Vec<&'static Field>> {
        self.resolve(path, |field, part| field.name == part)
    }

    fn resolve(&self, path: &[&str], same: fn(&Field, &str) -> bool) -> Option<Vec<&'static Field>> {
        let mut fields = self.fields;
        let mut out = Vec::with_capacity(path.len());
        for (index, part) in path.iter().enumerate() {
            let field = fields.iter().find(|field| same(field, part))?;
            out.push(field);
            if index + 1 < path.len() {
                fields = field.parts()?.fields;
            }
        }
        (!out.is_empty()).then_some(out)
    }
}

/// `costMicros` as `cost_micros`.
pub(crate) fn snake(camel: &str) -> String {
    let mut out = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// `cost_micros` as `costMicros`.
pub(crate) fn camel(snake: &str) -> String {
    let mut out = String::with_capacity(snake.len());
    let mut upper = false;
    for letter in snake.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                out.push(letter.to_ascii_uppercase());
                upper = false;
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_turn_from_one_spelling_into_the_other_and_back() {
        for (one, other) in
            [("costMicros", "cost_micros"), ("path1", "path1"), ("cpcBidMicros", "cpc_bid_micros")]
        {
            assert_eq!(snake(one), other);
            assert_eq!(camel(other), one);
        }
    }
}
