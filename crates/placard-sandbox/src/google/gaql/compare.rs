//! Conditions: which operators a field takes, and whether a row meets them.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value;

use super::catalogue::Column;
use super::lex::error;
use super::parse::{Literal, Op};
use super::period;
use crate::google::error::AdsError;
use crate::google::schema::Type;

/// A condition whose operator and values fit its field.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) column: Column,
    pub(super) op: Op,
    /// Values in the form in which rows hold them: numbers as decimal text, dates with dashes.
    pub(super) values: Vec<String>,
}

/// Reads a condition's values for its field.
pub(super) fn check(
    column: Column,
    op: Op,
    values: &[Literal],
    today: chrono::NaiveDate,
) -> Result<Check, AdsError> {
    if !takes(&column, op) {
        let text = format!("The operator does not go with the field '{}'.", column.name);
        return Err(error("OPERATOR_FIELD_MISMATCH", text));
    }
    if op == Op::During {
        let word = match values {
            [Literal::Word(word)] => word.as_str(),
            _ => "",
        };
        let (first, last) = period::during(word, today).ok_or_else(|| {
            error("INVALID_VALUE_WITH_DURING_OPERATOR", format!("'{word}' is no range of dates."))
        })?;
        return Ok(Check { column, op: Op::Between, values: vec![first.to_string(), last.to_string()] });
    }
    let values: Result<Vec<String>, AdsError> = values.iter().map(|value| read(&column, value)).collect();
    Ok(Check { op, values: values?, column })
}

fn takes(column: &Column, op: Op) -> bool {
    use Op::{Between, ContainsAll, ContainsAny, ContainsNone, During, Eq, Ge, Gt, In, IsNotNull, IsNull};
    use Op::{Le, Like, Lt, Ne, NotIn, NotLike};
    if matches!(op, IsNull | IsNotNull) {
        return !column.is_metric() && !column.is_segment();
    }
    if column.repeated {
        return matches!(op, ContainsAny | ContainsAll | ContainsNone);
    }
    match column.ty {
        _ if column.is_time() => match op {
            During => column.is_segment() && column.path[0] == "date",
            op => matches!(op, Eq | Ne | Gt | Ge | Lt | Le | Between | In | NotIn),
        },
        Type::Text => matches!(op, Eq | Ne | In | NotIn | Like | NotLike),
        Type::Name | Type::Enum(_) => matches!(op, Eq | Ne | In | NotIn),
        Type::Int64 | Type::Int32 => matches!(op, Eq | Ne | Gt | Ge | Lt | Le | In | NotIn | Between),
        Type::Double => matches!(op, Eq | Ne | Gt | Ge | Lt | Le | Between),
        Type::Bool => matches!(op, Eq | Ne),
        Type::Bytes | Type::Message(_) | Type::AnyResource => false,
    }
}

fn read(column: &Column, value: &Literal) -> Result<String, AdsError> {
    let bad = |text: &str| error("BAD_VALUE", format!("'{text}' is no value of '{}'.", column.name));
    let text = match value {
        Literal::Number(text) | Literal::Text(text) | Literal::Word(text) => text,
    };
    if column.is_time() {
        return period::read(text, column.is_segment()).ok_or_else(|| bad(text)).and_then(|date| {
            match column.is_segment() && !period::aligned(column.path[0], &date) {
                true => Err(error(
                    "MISALIGNED_DATE_FOR_FILTER",
                    format!("'{text}' is not the first day of its period."),
                )),
                false => Ok(date),
            }
        });
    }
    match (column.ty, value) {
        (Type::Enum(words), Literal::Word(word) | Literal::Text(word)) => {
            match words.contains(&word.as_str()) || word == "UNKNOWN" || word == "UNSPECIFIED" {
                true => Ok(word.clone()),
                false => Err(error(
                    "BAD_ENUM_CONSTANT",
                    format!("Invalid enum value cannot be included in WHERE clause: '{word}'."),
                )),
            }
        }
        (Type::Int64 | Type::Int32, Literal::Number(text) | Literal::Text(text)) => {
            text.parse::<i64>().map(|number| number.to_string()).map_err(|_| bad(text))
        }
        (Type::Double, Literal::Number(text) | Literal::Text(text)) => {
            text.parse::<Decimal>().map(|number| number.to_string()).map_err(|_| bad(text))
        }
        (Type::Bool, Literal::Word(word)) if ["true", "false"].contains(&word.to_lowercase().as_str()) => {
            Ok(word.to_lowercase())
        }
        (Type::Text | Type::Name, Literal::Text(text)) => Ok(text.clone()),
        _ => Err(bad(text)),
    }
}

impl Check {
    /// Whether a field's value meets the condition; a value that is not there equals nothing.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let same = |wanted: &String| {
            value.is_some_and(|value| order(&self.column, value, wanted) == Some(Ordering::Equal))
        };
        let compare = |wanted: &String| value.and_then(|value| order(&self.column, value, wanted));
        let first = || self.values.first().and_then(compare);
        match self.op {
            Op::IsNull => value.is_none(),
            Op::IsNotNull => value.is_some(),
            Op::Eq | Op::In => self.values.iter().any(same),
            Op::Ne | Op::NotIn => !self.values.iter().any(same),
            Op::Gt => first() == Some(Ordering::Greater),
            Op::Ge => matches!(first(), Some(Ordering::Greater | Ordering::Equal)),
            Op::Lt => first() == Some(Ordering::Less),
            Op::Le => matches!(first(), Some(Ordering::Less | Ordering::Equal)),
            Op::Between => match self.values.as_slice() {
                [low, high] => {
                    matches!(compare(low), Some(Ordering::Greater | Ordering::Equal))
                        && matches!(compare(high), Some(Ordering::Less | Ordering::Equal))
                }
                _ => false,
            },
            Op::Like | Op::NotLike => {
                let text = value.and_then(Value::as_str).unwrap_or_default();
                let like = self.values.iter().any(|pattern| like(&pattern_of(pattern), &lower(text)));
                like == (self.op == Op::Like)
            }
            Op::ContainsAny => self.values.iter().any(|wanted| contains(value, wanted)),
            Op::ContainsAll => self.values.iter().all(|wanted| contains(value, wanted)),
            Op::ContainsNone => !self.values.iter().any(|wanted| contains(value, wanted)),
            Op::During => false,
        }
    }
}

fn contains(value: Option<&Value>, wanted: &str) -> bool {
    value
        .and_then(Value::as_array)
        .is_some_and(|items| items.iter().any(|item| item.as_str() == Some(wanted)))
}

/// How a row's value stands to a written one: as numbers for fields that hold numbers, else as texts.
fn order(column: &Column, value: &Value, wanted: &str) -> Option<Ordering> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    match column.ty {
        Type::Int64 | Type::Int32 => Some(text.parse::<i64>().ok()?.cmp(&wanted.parse::<i64>().ok()?)),
        Type::Double => Some(text.parse::<f64>().ok()?.total_cmp(&wanted.parse::<f64>().ok()?)),
        _ => Some(text.as_str().cmp(wanted)),
    }
}

/// Orders two values of a field; what is not there comes first.
pub(super) fn between(column: &Column, left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => {
            let text = match right {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            order(column, left, &text).unwrap_or(Ordering::Equal)
        }
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// One place of a LIKE pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wild {
    Any,
    One,
    Letter(char),
}

fn lower(text: &str) -> Vec<char> {
    text.to_lowercase().chars().collect()
}

/// `%` and `_` are wild unless they stand in brackets.
fn pattern_of(pattern: &str) -> Vec<Wild> {
    let letters = lower(pattern);
    let mut out = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        match &letters[at..] {
            ['[', letter, ']', ..] => {
                out.push(Wild::Letter(*letter));
                at += 2;
            }
            ['%', ..] => out.push(Wild::Any),
            ['_', ..] => out.push(Wild::One),
            [letter, ..] => out.push(Wild::Letter(*letter)),
            [] => {}
        }
        at += 1;
    }
    out
}

fn like(pattern: &[Wild], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Wild::Any, rest)) => (0..=text.len()).any(|skip| like(rest, &text[skip..])),
        Some((Wild::One, rest)) => !text.is_empty() && like(rest, &text[1..]),
        Some((Wild::Letter(letter), rest)) => text.first() == Some(letter) && like(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_wild_places_unless_in_brackets() {
        let fits = |pattern: &str, text: &str| like(&pattern_of(pattern), &lower(text));
        assert!(fits("%boots", "Good Boots") && fits("b__ts", "boots") && fits("50[%]", "50%"));
        assert!(!fits("boots", "good boots") && !fits("50[%]", "500"));
    }
}
