//! Gives JSON its type more strictly than serde does by itself: only an object makes a structure, never a list.

use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
};
use serde_json::{Error, Value};

/// A value whose structures must be written as objects, at every depth.
pub(super) struct Objects(pub(super) Value);

impl IntoDeserializer<'_, Error> for Objects {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Objects {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Objects));
                let made = visitor.visit_seq(&mut items)?;
                items.end().map(|()| made)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Self(value)));
                let mut members = MapDeserializer::new(members);
                let made = visitor.visit_map(&mut members)?;
                members.end().map(|()| made)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            return Err(Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        name: Option<String>,
        inner: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        count: Option<u8>,
    }

    #[test]
    fn a_structure_is_written_as_an_object_at_every_depth() {
        let read = |value| Outer::deserialize(Objects(value));
        let whole =
            Outer { name: Some("a".into()), inner: vec![Inner { count: Some(1) }, Inner { count: None }] };
        assert_eq!(read(json!({"name": "a", "inner": [{"count": 1}, {}]})).unwrap(), whole);
        assert!(read(json!(["a", []])).is_err());
        assert!(read(json!({"name": "a", "inner": [[1]]})).is_err());
    }
}
