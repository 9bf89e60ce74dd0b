//! Reads parameters with types; what does not fit is 40002 and names the field.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use super::error::{Code, Refusal, TikTokResult};

pub(crate) type Params = Map<String, Value>;

/// A parameter; `null` counts as absent.
pub(crate) fn member<'a>(params: &'a Params, name: &str) -> Option<&'a Value> {
    params.get(name).filter(|value| !value.is_null())
}

/// Text; an id may come as a number (§2).
pub(crate) fn text(params: &Params, name: &str) -> TikTokResult<Option<String>> {
    match member(params, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(Refusal::field(name, "Not a valid string.")),
    }
}

/// Text that has to be there.
pub(crate) fn need(params: &Params, name: &str) -> TikTokResult<String> {
    text(params, name)?.filter(|text| !text.is_empty()).ok_or_else(|| Refusal::missing(name))
}

pub(crate) fn flag(params: &Params, name: &str) -> TikTokResult<Option<bool>> {
    match member(params, name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(text)) if text == "true" => Ok(Some(true)),
        Some(Value::String(text)) if text == "false" => Ok(Some(false)),
        Some(_) => Err(Refusal::field(name, "Not a valid boolean.")),
    }
}

/// A whole number, also one written with a point; in a query it is text.
pub(crate) fn int(params: &Params, name: &str) -> TikTokResult<Option<i64>> {
    let Some(value) = member(params, name) else { return Ok(None) };
    let whole = || value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64);
    let number = value.as_i64().or_else(whole).or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.map(Some).ok_or_else(|| Refusal::field(name, "Not a valid integer."))
}

/// A list of ids or words.
pub(crate) fn texts(params: &Params, name: &str) -> TikTokResult<Option<Vec<String>>> {
    let Some(value) = member(params, name) else { return Ok(None) };
    let items = value.as_array().ok_or_else(|| Refusal::field(name, "Not a valid list."))?;
    let text = |item: &Value| match item {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_u64() => Ok(number.to_string()),
        _ => Err(Refusal::field(name, "Not a valid string in the list.")),
    };
    items.iter().map(text).collect::<TikTokResult<_>>().map(Some)
}

/// Ids, as many as a call takes.
pub(crate) fn ids(params: &Params, name: &str, most: usize) -> TikTokResult<Vec<String>> {
    let ids = texts(params, name)?.filter(|ids| !ids.is_empty()).ok_or_else(|| Refusal::missing(name))?;
    at_most(name, ids.len(), most)?;
    Ok(ids)
}

pub(crate) fn at_most(name: &str, count: usize, most: usize) -> TikTokResult<()> {
    match count > most {
        true => Err(Refusal::new(Code::TooManyIds, format!("{name}: at most {most} ids are allowed."))),
        false => Ok(()),
    }
}

pub(crate) fn object<'a>(params: &'a Params, name: &str) -> TikTokResult<Option<&'a Params>> {
    match member(params, name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Refusal::field(name, "Not a valid JSON object.")),
    }
}

/// One of some words.
pub(crate) fn word(name: &str, found: &str, words: &[&str]) -> TikTokResult<()> {
    match words.contains(&found) {
        true => Ok(()),
        false => Err(Refusal::field(name, format!("Value {found} is not one of {}.", words.join(", ")))),
    }
}

const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// `YYYY-MM-DD HH:MM:SS`, UTC (§2).
pub(crate) fn time(name: &str, text: &str) -> TikTokResult<DateTime<Utc>> {
    let parsed = NaiveDateTime::parse_from_str(text, TIME).ok().filter(|_| text.len() == 19);
    parsed.map(|time| time.and_utc()).ok_or_else(|| Refusal::field(name, "Not YYYY-MM-DD HH:MM:SS."))
}

pub(crate) fn told(time: DateTime<Utc>) -> String {
    time.format(TIME).to_string()
}

/// `page` and `page_size` of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
}

impl Page {
    pub(crate) fn of(params: &Params, most: i64) -> TikTokResult<Self> {
        let number = int(params, "page")?.unwrap_or(1);
        let size = int(params, "page_size")?.unwrap_or(10);
        if number < 1 {
            return Err(Refusal::field("page", "Must be at least 1."));
        }
        if !(1..=most).contains(&size) {
            return Err(Refusal::field("page_size", format!("Must be between 1 and {most}.")));
        }
        let whole = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self { number: whole(number), size: whole(size) })
    }

    /// `list` and `page_info`.
    pub(crate) fn data(self, name: &str, all: &[Value]) -> Value {
        let from = (self.number - 1).saturating_mul(self.size);
        let list: Vec<&Value> = all.iter().skip(from).take(self.size).collect();
        serde_json::json!({ name: list, "page_info": {
            "page": self.number, "page_size": self.size, "total_number": all.len(),
            "total_page": all.len().div_ceil(self.size),
        } })
    }
}
