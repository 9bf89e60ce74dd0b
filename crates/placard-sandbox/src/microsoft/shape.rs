//! What requests look like: every body is checked against a table before anything is done with it.
//!
//! What does not fit refuses the whole call, as a machine that reads JSON into classes does; rules about single
//! items come later and refuse single items.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::error::{Code, Fault, MicrosoftResult};

/// A member with what it holds.
pub(super) type Field = (&'static str, Shape);

/// What a member holds; `null` and absent are the same (Microsoft, `platforms/microsoft.md` §2).
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    /// A string of digits or a whole number.
    Id,
    Int,
    Number,
    Flag,
    /// One of some words.
    Word(&'static [&'static str]),
    /// Some of some words in one string, with commas between.
    Words(&'static [&'static str]),
    /// Any words in one string, with commas between.
    AnyWords,
    /// `{"Day","Month","Year"}`.
    Date,
    Object(&'static [Field]),
    /// An object whose `Type` says what else it holds.
    Tagged(&'static [(&'static str, &'static [Field])]),
    List(&'static Shape),
}

impl Shape {
    /// For the message that refuses something else.
    fn what(&self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Id => "an id",
            Self::Int => "a whole number",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Word(_) | Self::Words(_) | Self::AnyWords => "a word in a text",
            Self::Date => "a date",
            Self::Object(_) | Self::Tagged(_) => "an object",
            Self::List(_) => "a list",
        }
    }
}

/// Checks the members of an object.
pub(super) fn check(path: &str, value: &Map<String, Value>, fields: &[Field]) -> MicrosoftResult<()> {
    for (name, value) in value {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let known = fields.iter().find(|(known, _)| known == name);
        let (_, shape) = known.ok_or_else(|| Fault::input(&path, "there is no such element"))?;
        fits(&path, value, shape)?;
    }
    Ok(())
}

fn fits(path: &str, value: &Value, shape: &Shape) -> MicrosoftResult<()> {
    let wrong = |what: &str| Err(Fault::input(path, format!("{value} is not {what}")));
    match (shape, value) {
        (_, Value::Null)
        | (Shape::Text | Shape::AnyWords, Value::String(_))
        | (Shape::Number, Value::Number(_))
        | (Shape::Flag, Value::Bool(_)) => Ok(()),
        (Shape::Id, value) if id(value).is_some() => Ok(()),
        (Shape::Int, value) if value.is_i64() => Ok(()),
        (Shape::Word(words), Value::String(text)) => match words.contains(&text.as_str()) {
            true => Ok(()),
            false => wrong(&format!("one of {}", words.join(", "))),
        },
        (Shape::Words(words), Value::String(text)) => {
            match self::words(text).find(|it| !words.contains(it)) {
                None => Ok(()),
                Some(_) => wrong(&format!("made of {}", words.join(", "))),
            }
        }
        (Shape::Date, Value::Object(members)) => {
            check(path, members, &[("Day", Shape::Int), ("Month", Shape::Int), ("Year", Shape::Int)])?;
            let invalid = || Fault::new(Code::InvalidDate, format!("{path}: {value} is not a date."));
            date(value).map(|_| ()).ok_or_else(invalid)
        }
        (Shape::Object(fields), Value::Object(members)) => check(path, members, fields),
        (Shape::Tagged(kinds), Value::Object(members)) => tagged(path, members, kinds),
        (Shape::List(inner), Value::Array(items)) => {
            let mut each = items.iter().enumerate();
            each.try_for_each(|(at, item)| fits(&format!("{path}[{at}]"), item, inner))
        }
        _ => wrong(shape.what()),
    }
}

fn tagged(
    path: &str,
    members: &Map<String, Value>,
    kinds: &[(&'static str, &'static [Field])],
) -> MicrosoftResult<()> {
    let word = members.get("Type").and_then(Value::as_str);
    let word = word.ok_or_else(|| Fault::input(path, "Type is required"))?;
    let known = kinds.iter().find(|(known, _)| *known == word);
    let (_, fields) = known.ok_or_else(|| Fault::unserved(format!("{path} of the type {word}")))?;
    let mut others = members.clone();
    others.remove("Type");
    check(path, &others, fields)
}

/// An id: digits in a string, or a plain number.
pub(super) fn id(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        value => value.as_u64(),
    }
}

/// The words of a flag enum.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// The day of a `Date` object.
pub(super) fn date(value: &Value) -> Option<NaiveDate> {
    let part = |name: &str| value.get(name).and_then(Value::as_i64);
    let (year, month, day) = (part("Year")?, part("Month")?, part("Day")?);
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[Field] = &[
        ("Id", Shape::Id),
        ("Kind", Shape::Words(&["Search", "Shopping"])),
        ("Start", Shape::Date),
        ("Bid", Shape::Tagged(&[("Fixed", &[("Amount", Shape::Number)])])),
    ];

    fn code(value: Value) -> Option<i64> {
        check("", value.as_object().unwrap(), FIELDS).err().and_then(|fault| fault.code())
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_code() {
        assert_eq!(code(json!({ "Id": "12", "Kind": "Search, Shopping", "Start": null })), None);
        assert_eq!(code(json!({ "Id": 12, "Bid": { "Type": "Fixed", "Amount": 0.5 } })), None);
        assert_eq!(code(json!({ "Id": "x" })), Some(201));
        assert_eq!(code(json!({ "Kind": "Search, Video" })), Some(201));
        assert_eq!(code(json!({ "Unknown": 1 })), Some(201));
        assert_eq!(code(json!({ "Bid": { "Amount": 0.5 } })), Some(201));
        assert_eq!(code(json!({ "Bid": { "Type": "Rate" } })), Some(204));
        assert_eq!(code(json!({ "Start": { "Day": 31, "Month": 2, "Year": 2026 } })), Some(113));
    }
}
