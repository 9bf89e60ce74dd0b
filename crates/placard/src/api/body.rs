//! Reading requests strictly: bodies, queries and paths are refused with the path of what is wrong.

use super::{
    objects::Objects,
    problem::{Code, Problem},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request, rejection::BytesRejection},
    http::{HeaderMap, header, request::Parts},
};
use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use std::{collections::HashSet, fmt};

/// A JSON body. Names may not repeat, text holds no control characters, and nothing unknown is taken.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        expect_json(request.headers())?;
        let bytes = read_bytes(request, state).await?;
        parse(&bytes).map(Body)
    }
}

/// A body as it came.
pub(crate) struct Raw(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read_bytes(request, state).await.map(Self)
    }
}

/// A table as comma-separated values.
pub(crate) struct Csv(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Csv {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_csv = kind.is_some_and(|kind| kind.starts_with("text/csv"));
        let bytes = read_bytes(request, state).await?;
        if !is_csv {
            return Err(Problem::new(Code::UnsupportedMediaType, "send the file as text/csv"));
        }
        Ok(Self(bytes))
    }
}

impl Csv {
    /// What `read` makes of it. Reading a large file computes for a while, so it runs beside the async threads.
    pub(crate) async fn read<T: Send + 'static, E: fmt::Display + Send + 'static>(
        &self,
        read: impl FnOnce(&[u8]) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem> {
        let bytes = self.0.clone();
        let read = tokio::task::spawn_blocking(move || read(&bytes)).await;
        read.map_err(|error| Problem::defect(&error))?.map_err(|error| Problem::unfit("", error.to_string()))
    }
}

async fn read_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(failed) if failed.status() == Code::TooLarge.status() => {
            Problem::new(Code::TooLarge, "the body is larger than this path takes")
        }
        _ => Problem::field("", "the body broke off"),
    })
}

fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType, "send JSON with content-type: application/json"))
}

/// Reads JSON strictly.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::field("", format!("the body is not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let strict = Strict
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| Problem::field("", format!("the body is no JSON that is taken here: {error}")))?;
    if let Some((path, letter)) = control_character(&strict) {
        return Err(Problem::unfit(path, format!("holds the control character U+{:04X}", u32::from(letter))));
    }
    typed(strict)
}

/// Gives JSON its type; the error names the path.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Objects(value)).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        Problem::field(path, error.into_inner().to_string())
    })
}

/// Where a text stands that holds a control character other than line breaks and tabs.
fn control_character(value: &Value) -> Option<(String, char)> {
    let odd =
        |text: &str| text.chars().find(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'));
    let below = |name: String, value: &Value| {
        let (path, letter) = control_character(value)?;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        Some((format!("{name}{dot}{path}"), letter))
    };
    match value {
        Value::String(text) => odd(text).map(|letter| (String::new(), letter)),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| below(format!("[{index}]"), item))
        }
        Value::Object(members) => members.iter().find_map(|(name, value)| match odd(name) {
            Some(letter) => Some((String::new(), letter)),
            None => below(name.clone(), value),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A value whose objects name nothing twice.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        // JSON has one kind of number: 5.0 is 5. Up to here, every whole number is exact.
        if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
            return format!("{value:.0}").parse::<i64>().map(Value::from).map_err(E::custom);
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(self)?;
            if map.contains_key(&name) {
                return Err(de::Error::custom(format!("`{name}` stands there twice")));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// A query. Names may not repeat, and nothing unknown is taken.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut names = HashSet::new();
        let query = parts.uri.query().unwrap_or_default();
        let mut pairs = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if !names.insert(name.to_string()) {
                return Err(Problem::field(name, "stands there twice"));
            }
            if value.contains(char::is_control) {
                return Err(Problem::field(name, "holds a control character"));
            }
            if value.contains('\u{fffd}') {
                return Err(Problem::field(name, "is not UTF-8"));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        let pairs = de::value::MapDeserializer::<_, de::value::Error>::new(
            pairs.iter().map(|(name, value)| (name.as_str(), Written(value))),
        );
        let read = serde_path_to_error::deserialize(pairs);
        read.map(Query).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            Problem::field(path, error.into_inner().to_string())
        })
    }
}

/// A value of a query, which is text until a field says what it is.
struct Written<'a>(&'a str);

impl<'a, E: de::Error> de::IntoDeserializer<'a, E> for Written<'a> {
    type Deserializer = WrittenDeserializer<'a, E>;
    fn into_deserializer(self) -> Self::Deserializer {
        WrittenDeserializer(self.0, std::marker::PhantomData)
    }
}

struct WrittenDeserializer<'a, E>(&'a str, std::marker::PhantomData<E>);

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty, $words:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            match self.0.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(E::custom(concat!("is not ", $words))),
            }
        }
    )*};
}

impl<'de, E: de::Error> Deserializer<'de> for WrittenDeserializer<'de, E> {
    type Error = E;

    parsed! {
        deserialize_bool visit_bool bool, "true or false";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_u64 visit_u64 u64, "a whole number that is not negative";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_u32 visit_u32 u32, "a whole number that is not negative";
        deserialize_u16 visit_u16 u16, "a small whole number that is not negative";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_str(self.0)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        let word: de::value::StrDeserializer<'_, E> = de::IntoDeserializer::into_deserializer(self.0);
        visitor.visit_enum(word)
    }
    serde::forward_to_deserialize_any! {
        i8 i16 u8 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A part of the path.
pub(crate) struct At<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What cannot be an id names nothing.
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found("thing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
        parts: Vec<u32>,
    }

    fn path_of(text: &str) -> (String, String) {
        let problem = serde_json::to_value(parse::<Thing>(text.as_bytes()).unwrap_err()).unwrap();
        let error = &problem["errors"][0];
        (error["path"].as_str().unwrap().into(), error["message"].as_str().unwrap().into())
    }

    #[test]
    fn a_wrong_field_is_named_with_its_path() {
        assert_eq!(path_of(r#"{"name": "a", "parts": [1, "2"]}"#).0, "parts[1]");
        assert_eq!(path_of(r#"{"name": "a", "parts": [1, -2]}"#).0, "parts[1]");
        assert_eq!(path_of(r#"{"name": "a", "parts": [], "more": 1}"#).0, "more");
        assert!(path_of(r#"{"parts": []}"#).1.contains("missing field `name`"));
    }

    #[test]
    fn what_parsers_read_differently_is_refused() {
        assert!(
            path_of(r#"{"name": "a", "name": "b", "parts": []}"#).1.contains("`name` stands there twice")
        );
        let (path, message) = path_of(r#"{"name": "a\u0000", "parts": []}"#);
        assert_eq!((path.as_str(), message.contains("U+0000")), ("name", true));
        assert!(path_of(r#"{"name": "a", "parts": []} {}"#).1.contains("trailing"));
        assert!(
            path_of(&format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))).1.contains("recursion limit")
        );
        assert!(parse::<Thing>(b"{\"name\": \"\xff\"}").is_err());
        assert_eq!(
            parse::<Thing>(br#"{"name": "a\n", "parts": [1]}"#).unwrap(),
            Thing { name: "a\n".into(), parts: vec![1] }
        );
        assert_eq!(parse::<Value>(b"[5.0, -0.0]").unwrap(), json!([5, 0]));
        assert_eq!(parse::<Value>(b"[1.5, null, true]").unwrap(), json!([1.5, null, true]));
    }
}
