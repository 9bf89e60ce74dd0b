//! Text of a bounded length, as requests may hold it.

use serde::{Deserialize, Deserializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// A line of `MIN` to `MAX` characters without blanks at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    pub(crate) fn into_inner(self) -> String {
        self.0
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let length = text.chars().count();
        if length < MIN || length > MAX {
            return Err(de::Error::custom(format!("has {length} characters; {MIN} to {MAX} are taken")));
        }
        if text.trim() != text {
            return Err(de::Error::custom("begins or ends with blanks"));
        }
        if text.contains(char::is_control) {
            return Err(de::Error::custom("holds a line break or another control character"));
        }
        Ok(Self(text))
    }
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Text<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        let object =
            ObjectBuilder::new().schema_type(Type::String).min_length(Some(MIN)).max_length(Some(MAX));
        const LINE: &str = r"[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?";
        let pattern = if MIN == 0 { format!("^({LINE})?$") } else { format!("^{LINE}$") };
        object.pattern(Some(pattern)).into()
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Text<MIN, MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text{MIN}To{MAX}").into()
    }
}

/// An e-mail address, as far as it can be told without sending to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no = Err("is no e-mail address");
        let Some((local, domain)) = text.rsplit_once('@') else { return no };
        let fits = |part: &str, also: &[char]| {
            !part.is_empty()
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || also.contains(&letter))
                && !part.starts_with('.')
                && !part.ends_with('.')
                && !part.contains("..")
        };
        let whole = text.len() <= 254
            && fits(local, &['.', '+', '-', '_', '\'', '%', '&', '=', '~', '!', '#', '$', '*', '/', '?'])
            && is_domain(domain);
        if whole { Ok(Self(text.to_owned())) } else { no }
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for Email {
    fn schema() -> RefOr<Schema> {
        let local = r"[A-Za-z0-9+_'%&=~!#$*/?-]+";
        let pattern = format!(r"^{local}(\.{local})*@{DOMAIN}$");
        let object =
            ObjectBuilder::new().schema_type(Type::String).max_length(Some(254)).pattern(Some(pattern));
        object.examples([serde_json::json!("ada@example.com")]).into()
    }
}

impl ToSchema for Email {}

/// At least two names of letters, digits and dashes.
const DOMAIN: &str = r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+";

fn is_domain(text: &str) -> bool {
    let name = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.contains('.') && text.split('.').all(name)
}

/// A domain of the internet.
#[derive(Clone, Debug)]
pub(crate) struct Domain(String);

impl Domain {
    const MOST: usize = 253;

    /// The domain.
    pub(crate) fn into_inner(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for Domain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() <= Self::MOST && is_domain(&text) {
            return Ok(Self(text));
        }
        Err(de::Error::custom("is no domain"))
    }
}

impl PartialSchema for Domain {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::String).max_length(Some(Self::MOST));
        object.pattern(Some(format!("^{DOMAIN}$"))).examples([serde_json::json!("example.com")]).into()
    }
}

impl ToSchema for Domain {}
