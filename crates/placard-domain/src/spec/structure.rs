//! Checks the shape of a document against the published schema, and names every misfit in people's words.
//!
//! It knows the keywords that our schema uses and panics in tests on any other, so that the schema and this check
//! cannot drift apart: `the_walker_knows_every_keyword_of_the_schema`.

use super::{
    diagnostic::{Diagnostic, Diagnostics},
    document::Raw,
    model::Amount,
    schema::json_schema,
};
use crate::suggest;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

/// Checks `raw` and gives it back with the types that the schema wants. Where something is wrong or missing, the
/// simplest fitting value stands in, so that later checks can look at the rest.
pub(super) fn check(raw: Raw, findings: &mut Diagnostics) -> Value {
    Walker { root: json_schema(), findings }.value(raw, json_schema(), "")
}

struct Walker<'a> {
    root: &'static Value,
    findings: &'a mut Diagnostics,
}

impl Walker<'_> {
    fn value(&mut self, raw: Raw, schema: &'static Value, path: &str) -> Value {
        let schema = self.follow(schema);
        if matches!(raw, Raw::Null) {
            if !path.is_empty() && accepts(schema, "null") {
                return Value::Null;
            }
            self.error(path, format!("a value is missing here; expected {}", expectation(schema)));
            return self.stand_in(schema);
        }
        let words = words(schema);
        if !words.is_empty() {
            return self.word(raw, &words, path);
        }
        match self.single_type(schema) {
            "object" => self.object(raw, schema, path),
            "array" => self.array(raw, schema, path),
            "decimal" => self.decimal(raw, path),
            "string" => self.text(raw, schema, path),
            "integer" => self.integer(raw, schema, path),
            "boolean" => self.boolean(raw, path),
            _ => raw.into_json(),
        }
    }

    /// The simplest value that fits `schema`.
    fn stand_in(&self, schema: &'static Value) -> Value {
        let schema = self.follow(schema);
        if let Some(word) = words(schema).first() {
            return Value::from(*word);
        }
        match self.single_type(schema) {
            "object" => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let member = |name: &str| Some((name.to_owned(), self.stand_in(properties?.get(name)?)));
                Value::Object(required(schema).filter_map(member).collect())
            }
            "array" => Value::Array(Vec::new()),
            "decimal" => Value::from("1"),
            "string" => Value::from(""),
            "integer" => schema.get("minimum").cloned().unwrap_or_else(|| Value::from(1)),
            "boolean" => Value::Bool(false),
            _ => Value::Null,
        }
    }

    /// Follows references and steps over the `null` of optional fields.
    fn follow(&self, schema: &'static Value) -> &'static Value {
        let mut schema = schema;
        loop {
            if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
                let pointer = target.trim_start_matches('#');
                schema = self.root.pointer(pointer).unwrap_or(&Value::Null);
            } else if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
                let real = variants.iter().find(|variant| variant.get("type") != Some(&Value::from("null")));
                schema = real.unwrap_or(&Value::Null);
            } else {
                return schema;
            }
        }
    }

    fn single_type(&self, schema: &'static Value) -> &'static str {
        if schema.get(Amount::KEYWORD).is_some() {
            return "decimal";
        }
        types(schema).into_iter().find(|name| *name != "null").unwrap_or("")
    }

    fn object(&mut self, raw: Raw, schema: &'static Value, path: &str) -> Value {
        let Raw::Map(members) = raw else {
            self.error(path, format!("expected fields here, found {}", found(&raw)));
            return self.stand_in(schema);
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let free = schema.get("additionalProperties").filter(|rest| rest.is_object());
        let mut result = Map::new();
        for (name, member) in members {
            let member_path = join(path, &name);
            let known = properties.and_then(|properties| properties.get(&name)).or(free);
            let meant =
                if known.is_some() { Some(name) } else { self.unknown_key(&member_path, &name, properties) };
            let Some(name) = meant else { continue };
            let Some(member_schema) = known.or_else(|| properties?.get(&name)) else { continue };
            if matches!(member, Raw::Null) && !is_required(schema, &name) {
                continue;
            }
            let value = self.value(member, member_schema, &member_path);
            result.entry(name).or_insert(value);
        }
        for name in required(schema) {
            if !result.contains_key(name) && !self.reported(&join(path, name)) {
                let described =
                    properties.and_then(|all| all.get(name)).and_then(|one| one.get("description"));
                let mut diagnostic = Diagnostic::error(join(path, name), format!("`{name}` is missing"));
                diagnostic.help = described.and_then(Value::as_str).map(str::to_owned);
                self.findings.push(diagnostic);
            }
            if !result.contains_key(name) {
                let schema = properties.and_then(|all| all.get(name)).unwrap_or(&Value::Null);
                result.insert(name.to_owned(), self.stand_in(schema));
            }
        }
        Value::Object(result)
    }

    /// Reports a key that the schema does not have, and gives the one that was probably meant.
    fn unknown_key(
        &mut self,
        path: &str,
        name: &str,
        properties: Option<&'static Map<String, Value>>,
    ) -> Option<String> {
        let known: Vec<&str> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let meant = suggest::closest(name, known.iter().copied());
        let help = match meant {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        self.findings.push(Diagnostic::error(path, format!("`{name}` is not a field here")).help(help));
        meant.map(str::to_owned)
    }

    fn array(&mut self, raw: Raw, schema: &'static Value, path: &str) -> Value {
        let Raw::List(items) = raw else {
            self.findings.push(
                Diagnostic::error(path, format!("expected a list, found {}", found(&raw)))
                    .help("begin each entry with a dash"),
            );
            return self.stand_in(schema);
        };
        let count = items.len() as u64;
        if let Some(least) = limit(schema, "minItems").filter(|least| count < *least) {
            self.error(path, format!("at least {least} needed here"));
        }
        if let Some(most) = limit(schema, "maxItems").filter(|most| count > *most) {
            self.error(path, format!("at most {most} possible here, found {count}"));
        }
        let item_schema = schema.get("items").unwrap_or(&Value::Null);
        let each = items.into_iter().enumerate();
        Value::Array(each.map(|(i, item)| self.value(item, item_schema, &format!("{path}[{i}]"))).collect())
    }

    fn word(&mut self, raw: Raw, words: &[&'static str], path: &str) -> Value {
        let Raw::Scalar { text, .. } = raw else {
            self.error(path, format!("expected one of {}, found {}", words.join(", "), found(&raw)));
            return Value::from(words[0]);
        };
        if words.contains(&text.as_str()) {
            return Value::String(text);
        }
        let meant = suggest::closest(&text, words.iter().copied());
        let help = match meant {
            Some(suggestion) => format!("did you mean `{suggestion}`? Possible: {}", words.join(", ")),
            None => format!("possible: {}", words.join(", ")),
        };
        self.findings.push(Diagnostic::error(path, format!("`{text}` is not possible here")).help(help));
        Value::from(meant.unwrap_or(words[0]))
    }

    fn decimal(&mut self, raw: Raw, path: &str) -> Value {
        let Raw::Scalar { text, .. } = &raw else {
            self.error(path, format!("expected an amount such as 12.50, found {}", found(&raw)));
            return Value::from("1");
        };
        if text.parse::<Decimal>().is_err() {
            let help = match text.contains(',') {
                true => "use a point for decimals and nothing between thousands",
                false => "write digits only, such as 12.50",
            };
            self.findings.push(Diagnostic::error(path, format!("`{text}` is not an amount")).help(help));
            return Value::from("1");
        }
        Value::String(text.clone())
    }

    fn text(&mut self, raw: Raw, schema: &'static Value, path: &str) -> Value {
        let Raw::Scalar { text, .. } = raw else {
            self.error(path, format!("expected text, found {}", found(&raw)));
            return self.stand_in(schema);
        };
        let length = text.chars().count() as u64;
        if let Some(least) = limit(schema, "minLength").filter(|least| length < *least) {
            let message = if length == 0 {
                "this is empty".to_owned()
            } else {
                format!("too short: {length} of at least {least} characters")
            };
            self.error(path, message);
        }
        if let Some(most) = limit(schema, "maxLength").filter(|most| length > *most) {
            self.error(path, format!("too long: {length} characters, at most {most} fit"));
        }
        Value::String(text)
    }

    fn integer(&mut self, raw: Raw, schema: &'static Value, path: &str) -> Value {
        let number = match &raw {
            Raw::Scalar { text, quoted: false } => text.parse::<i64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            self.error(path, format!("expected a whole number, found {}", found(&raw)));
            return self.stand_in(schema);
        };
        let bound = |name| schema.get(name).and_then(Value::as_i64);
        if let (Some(least), most) = (bound("minimum"), bound("maximum")) {
            let fits = number >= least && most.is_none_or(|most| number <= most);
            if !fits {
                let range = most.map_or(format!("{least} or more"), |most| format!("{least} to {most}"));
                self.error(path, format!("{number} is out of range; possible: {range}"));
                return self.stand_in(schema);
            }
        }
        Value::Number(Number::from(number))
    }

    fn boolean(&mut self, raw: Raw, path: &str) -> Value {
        match &raw {
            Raw::Scalar { text, quoted: false } if text == "true" => Value::Bool(true),
            Raw::Scalar { text, quoted: false } if text == "false" => Value::Bool(false),
            other => {
                self.error(path, format!("expected true or false, found {}", found(other)));
                Value::Bool(false)
            }
        }
    }

    fn reported(&self, path: &str) -> bool {
        self.findings.0.iter().any(|finding| finding.path == path)
    }

    fn error(&mut self, path: &str, message: String) {
        self.findings.push(Diagnostic::error(path, message));
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn limit(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn required(schema: &'static Value) -> impl Iterator<Item = &'static str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn is_required(schema: &'static Value, name: &str) -> bool {
    required(schema).any(|required| required == name)
}

fn types(schema: &'static Value) -> Vec<&'static str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn accepts(schema: &'static Value, name: &str) -> bool {
    types(schema).contains(&name)
}

/// The words of an enumeration, whether it is written as `enum` or as a choice of constants with descriptions.
fn words(schema: &'static Value) -> Vec<&'static str> {
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().filter_map(Value::as_str).collect();
    }
    let Some(Value::Array(variants)) = schema.get("oneOf") else { return Vec::new() };
    variants.iter().filter_map(|variant| variant.get("const")?.as_str()).collect()
}

fn expectation(schema: &'static Value) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return format!("one of {}", words.join(", "));
    }
    match types(schema).first() {
        Some(&"object") => "fields".into(),
        Some(&"array") => "a list".into(),
        Some(&"string") => "text".into(),
        Some(&"integer") => "a whole number".into(),
        Some(&"boolean") => "true or false".into(),
        _ => "a value".into(),
    }
}

fn found(raw: &Raw) -> String {
    match raw {
        Raw::Null => "nothing".into(),
        Raw::Scalar { text, quoted: true } => format!("the text \"{text}\""),
        Raw::Scalar { text, quoted: false } => format!("`{text}`"),
        Raw::List(_) => "a list".into(),
        Raw::Map(_) => "fields".into(),
    }
}
