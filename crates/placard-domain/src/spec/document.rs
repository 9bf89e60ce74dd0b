//! Reading YAML and JSON with the place of every value kept, and numbers kept as they were written.

use super::{
    diagnostic::{Diagnostic, Diagnostics, Position},
    model::CampaignSpec,
    structure,
};
use saphyr::{MarkedYaml, Scalar, ScanError, YamlData, YamlLoader};
use saphyr_parser::{Parser, ScalarStyle};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// A spec as it was written: its shape is right, its content is not checked yet.
#[derive(Clone, Debug)]
pub struct Document {
    /// The content.
    pub spec: CampaignSpec,
    /// The content as JSON, the form in which it is stored.
    pub json: Value,
    positions: BTreeMap<String, Position>,
}

impl Document {
    /// Where the field at `path` stands, or the closest field around it that is there.
    pub fn position(&self, path: &str) -> Option<Position> {
        closest_position(&self.positions, path)
    }
}

/// Reads a spec and checks its shape. Every structural error is found, not only the first.
pub fn read(text: &str) -> Result<Document, Diagnostics> {
    let tree = parse(text).map_err(|diagnostic| Diagnostics(vec![diagnostic]))?;
    let mut positions = BTreeMap::new();
    let mut findings = Diagnostics::default();
    let raw = convert(&tree, "", &mut positions, &mut findings);
    let json = structure::check(raw, &mut findings);
    place(&mut findings, &positions);
    if findings.has_errors() {
        return Err(findings);
    }
    match serde_json::from_value(json.clone()) {
        Ok(spec) => Ok(Document { spec, json, positions }),
        Err(error) => Err(Diagnostics(vec![Diagnostic::error("", error.to_string())])),
    }
}

/// Gives every finding without a place the closest one.
fn place(findings: &mut Diagnostics, positions: &BTreeMap<String, Position>) {
    for finding in &mut findings.0 {
        finding.position = finding.position.or_else(|| closest_position(positions, &finding.path));
    }
    findings.0.sort_by_key(|finding| finding.position);
}

impl Document {
    /// Gives every finding of later checks its place in the text.
    pub fn locate(&self, findings: &mut Diagnostics) {
        place(findings, &self.positions);
    }
}

fn closest_position(positions: &BTreeMap<String, Position>, path: &str) -> Option<Position> {
    let mut path = path;
    loop {
        if let Some(position) = positions.get(path) {
            return Some(*position);
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}

/// A scalar as written, or a collection.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// Nothing.
    Null,
    /// A scalar: its text, and whether quotes made it text for sure.
    Scalar { text: String, quoted: bool },
    /// A list.
    List(Vec<Raw>),
    /// Keys and values in the order written.
    Map(Vec<(String, Raw)>),
}

impl Raw {
    /// The scalar by YAML's core schema, for places where any type may stand.
    pub(super) fn plain(text: &str) -> Value {
        match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" | "~" | "" => Value::Null,
            other => match other.parse::<i64>() {
                Ok(number) => Value::Number(Number::from(number)),
                Err(_) => Value::String(other.to_owned()),
            },
        }
    }

    /// Everything as JSON, scalars by YAML's core schema.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Scalar { text, quoted: true } => Value::String(text),
            Self::Scalar { text, quoted: false } => Self::plain(&text),
            Self::List(items) => Value::Array(items.into_iter().map(Self::into_json).collect()),
            Self::Map(members) => Value::Object(
                members.into_iter().map(|(key, value)| (key, value.into_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

fn parse(text: &str) -> Result<MarkedYaml<'_>, Diagnostic> {
    let mut loader = YamlLoader::<MarkedYaml>::default();
    loader.early_parse(false);
    let mut parser = Parser::new_from_str(text);
    parser.load(&mut loader, true).map_err(|error| syntax_error(&error))?;
    let mut documents = loader.into_documents();
    match documents.len() {
        1 => Ok(documents.remove(0)),
        0 => {
            Err(Diagnostic::error("", "the file is empty").help("`placard init` writes a spec to start from"))
        }
        _ => Err(Diagnostic::error("", "the file holds more than one document")
            .help("use one file for each campaign")),
    }
}

fn syntax_error(error: &ScanError) -> Diagnostic {
    let marker = error.marker();
    let mut diagnostic = Diagnostic::error("", format!("this is not YAML or JSON: {}", error.info()));
    diagnostic.position = Some(Position { line: marker.line().max(1), column: marker.col() + 1 });
    diagnostic
}

fn convert(
    node: &MarkedYaml<'_>,
    path: &str,
    positions: &mut BTreeMap<String, Position>,
    findings: &mut Diagnostics,
) -> Raw {
    let start = node.span.start;
    positions.entry(path.to_owned()).or_insert(Position { line: start.line(), column: start.col() + 1 });
    match &node.data {
        YamlData::Representation(text, style, _) => {
            let quoted = !matches!(style, ScalarStyle::Plain);
            if !quoted && matches!(text.as_ref(), "" | "~" | "null") {
                return Raw::Null;
            }
            Raw::Scalar { text: text.to_string(), quoted }
        }
        YamlData::Sequence(items) => {
            let each = items.iter().enumerate();
            Raw::List(
                each.map(|(i, item)| convert(item, &format!("{path}[{i}]"), positions, findings)).collect(),
            )
        }
        YamlData::Mapping(members) => {
            let mut converted = Vec::with_capacity(members.len());
            for (key, value) in members {
                let Some(name) = key_text(key) else {
                    findings.push(Diagnostic::error(path, "a key must be plain text"));
                    continue;
                };
                let member = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let start = key.span.start;
                positions.insert(member.clone(), Position { line: start.line(), column: start.col() + 1 });
                converted.push((name, convert(value, &member, positions, findings)));
            }
            Raw::Map(converted)
        }
        YamlData::Tagged(_, inner) => convert(inner, path, positions, findings),
        YamlData::Value(_) | YamlData::Alias(_) | YamlData::BadValue => {
            findings.push(
                Diagnostic::error(path, "this value cannot be read").help("write it out, without tags"),
            );
            Raw::Null
        }
    }
}

fn key_text(key: &MarkedYaml<'_>) -> Option<String> {
    match &key.data {
        YamlData::Representation(text, _, _) => Some(text.to_string()),
        YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
        _ => None,
    }
}
