//! Reading what columns hold back into the domain's types.

use crate::StoreError;
use placard_domain::{Currency, Money};
use serde::{
    Serialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};
use serde_json::Value;

/// An enum whose values are words of a column.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the column.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
pub(crate) use words;

/// A word of one of the domain's enums.
pub(crate) fn word<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, StoreError> {
    let source: value::StrDeserializer<'_, value::Error> = text.into_deserializer();
    T::deserialize(source).map_err(|error| StoreError::corrupt(column, error))
}

/// A word, or nothing.
pub(crate) fn word_or_none<T: DeserializeOwned>(
    column: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| word(column, text)).transpose()
}

/// A document.
pub(crate) fn document<T: DeserializeOwned>(column: &'static str, value: Value) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(|error| StoreError::corrupt(column, error))
}

/// Text that parses.
pub(crate) fn parsed<T>(column: &'static str, text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(|error: T::Err| StoreError::corrupt(column, error))
}

/// Text that parses, or nothing.
pub(crate) fn parsed_or_none<T>(column: &'static str, text: Option<&str>) -> Result<Option<T>, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.map(|text| parsed(column, text)).transpose()
}

/// An amount from its two columns.
pub(crate) fn money(
    column: &'static str,
    minor: Option<i64>,
    currency: Option<&str>,
) -> Result<Option<Money>, StoreError> {
    match (minor, currency) {
        (Some(minor), Some(currency)) => Ok(Some(Money::new(minor, parsed::<Currency>(column, currency)?))),
        _ => Ok(None),
    }
}

/// The document that a column takes. What is written here has text keys and finite numbers, so it always is JSON.
pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("domain types have text keys and no floats")
}
