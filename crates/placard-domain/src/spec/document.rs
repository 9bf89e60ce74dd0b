//! Reading YAML and JSON with the place of every value kept, and numbers kept as they were written.

use super::{
    campaign::HeldMedia,
    diagnostic::{Diagnostic, Diagnostics, Position},
    media::asset_name,
    model::{AdSpec, CampaignSpec},
    structure,
};
use saphyr::{MarkedYaml, Scalar, ScanError, YamlData, YamlLoader};
use saphyr_parser::{Parser, ScalarStyle};
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A spec as it was written, with what is wrong with its shape. [`super::check`] makes a campaign of it.
///
/// Where the shape is wrong, something harmless stands in its place, so that the rest can still be checked and a
/// person sees every error at once. Nothing gets past `check` that way: it knows of each such place.
#[derive(Clone, Debug)]
pub struct Document {
    spec: CampaignSpec,
    json: Value,
    findings: Diagnostics,
    positions: BTreeMap<String, Position>,
}

impl Document {
    /// The image files that its ads name, each once.
    pub fn images(&self) -> BTreeSet<&str> {
        let is_file = |image: &&str| {
            !image.is_empty() && HeldMedia::parse(image).is_none() && asset_name(image).is_none()
        };
        self.named_images().map(|(_, image)| image).filter(is_file).collect()
    }

    /// What its ads name of the library as images: where each stands, and the image as it is written.
    pub fn asset_images(&self) -> impl Iterator<Item = (String, &str)> {
        self.named_images().filter(|(_, image)| is_asset(image))
    }

    /// What its ads name of the library as videos: where each stands, and the video as it is written.
    pub fn asset_videos(&self) -> impl Iterator<Item = (String, &str)> {
        self.named("video", |ad| ad.video.as_deref()).filter(|(_, video)| is_asset(video))
    }

    fn named_images(&self) -> impl Iterator<Item = (String, &str)> {
        self.named("image", |ad| ad.image.as_deref())
    }

    /// What ads say in `field`: where each stands, and what it says.
    fn named<'a>(
        &'a self,
        field: &'a str,
        get: impl Fn(&'a AdSpec) -> Option<&'a str> + Copy,
    ) -> impl Iterator<Item = (String, &'a str)> {
        self.spec.ad_groups.iter().enumerate().flat_map(move |(group, ads)| {
            ads.ads.iter().enumerate().filter_map(move |(ad, spec)| {
                Some((format!("ad_groups[{group}].ads[{ad}].{field}"), get(spec)?))
            })
        })
    }

    /// The pages that clicks lead to: where each address stands, and the address.
    pub fn pages(&self) -> Vec<(String, &str)> {
        let mut every = vec![("destination".to_owned(), &self.spec.destination)];
        for (group, ads) in self.spec.ad_groups.iter().map(|group| &group.ads).enumerate() {
            let own = ads.iter().enumerate().filter_map(|(ad, spec)| {
                Some((format!("ad_groups[{group}].ads[{ad}].destination"), spec.destination.as_ref()?))
            });
            every.extend(own);
        }
        let pages = every.into_iter().filter_map(|(path, destination)| {
            Some((format!("{path}.website.url"), destination.website.as_ref()?.url.as_str()))
        });
        pages.collect()
    }

    /// The content as JSON. Complete only if the document passes [`super::check`].
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// What is wrong with its shape.
    pub(super) fn shape(&self) -> &Diagnostics {
        &self.findings
    }

    /// What was read. Complete only if the document passes [`super::check`].
    pub fn draft(&self) -> &CampaignSpec {
        &self.spec
    }

    /// Joins what a later check found with what is wrong with the shape, each with its place in the text.
    pub(super) fn join(&self, later: Diagnostics) -> Diagnostics {
        let stands_in =
            |finding: &Diagnostic| self.findings.0.iter().any(|known| is_within(&finding.path, &known.path));
        let mut all = self.findings.clone();
        all.0.extend(later.0.into_iter().filter(|finding| !stands_in(finding)));
        self.locate(&mut all);
        all
    }

    /// Gives every finding its place in the text.
    pub fn locate(&self, findings: &mut Diagnostics) {
        place(findings, &self.positions);
    }
}

fn is_asset(named: &str) -> bool {
    asset_name(named).is_some_and(|name| !name.is_empty())
}

/// Whether `path` is `parent` or lies inside it.
fn is_within(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Reads a spec and checks its shape.
///
/// The error is for text that is no YAML or JSON at all; every misfit of a readable document is kept for [`super::check`].
pub fn read(text: &str) -> Result<Document, Diagnostics> {
    let tree = parse(text).map_err(|diagnostic| Diagnostics(vec![diagnostic]))?;
    let mut positions = BTreeMap::new();
    let mut findings = Diagnostics::default();
    let raw = convert(&tree, "", &mut positions, &mut findings);
    let json = structure::check(raw, &mut findings);
    place(&mut findings, &positions);
    match serde_json::from_value(json.clone()) {
        Ok(spec) => Ok(Document { spec, json, findings, positions }),
        Err(_) if findings.has_errors() => Err(findings),
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

/// The content of `text`, scalars as written.
pub(super) fn tree(text: &str) -> Result<Raw, Diagnostics> {
    let tree = parse(text).map_err(|diagnostic| Diagnostics(vec![diagnostic]))?;
    Ok(convert(&tree, "", &mut BTreeMap::new(), &mut Diagnostics::default()))
}

fn parse(text: &str) -> Result<MarkedYaml<'_>, Diagnostic> {
    let mut loader = YamlLoader::<MarkedYaml>::default();
    loader.early_parse(false);
    let mut parser = Parser::new_from_str(text);
    parser.load(&mut loader, true).map_err(|error| syntax_error(&error))?;
    if let Some(error) = loader.error() {
        return Err(syntax_error(error));
    }
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
