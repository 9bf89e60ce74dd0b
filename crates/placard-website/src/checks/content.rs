//! What a page says of itself.

use super::{counted, some};
use crate::{
    finding::{Check, Finding},
    page::Page,
    site::Site,
    text::cut,
};
use serde_json::Value;

/// Search results show about this many letters.
const TITLE_LETTERS: usize = 65;
const DESCRIPTION_LETTERS: usize = 165;

/// A page with fewer words than this before its scripts run shows nothing to speak of.
const FEW_WORDS: usize = 20;

pub(super) fn check(site: &Site) -> Vec<Finding> {
    let Some(page) = &site.page else { return Vec::new() };
    let mut findings = title(page);
    findings.extend(description(page));
    findings.extend(headings(page));
    findings.extend(viewport(page));
    findings.extend(language(page));
    findings.extend(structured(page));
    findings.extend(preview(site, page));
    if !page.strayed.is_empty() {
        findings.push(Finding::new(Check::StrayedHead, some(&page.strayed)));
    }
    if page.quirks {
        findings.push(Finding::new(Check::Quirks, "none on the page, or one from the nineties"));
    }
    if page.cut {
        findings.push(Finding::new(Check::PageCut, "too many elements, or nested too deeply"));
    }
    let words = page.text.split_whitespace().count();
    if words < FEW_WORDS && page.scripts.iter().any(|script| script.runs) {
        findings.push(Finding::new(Check::EmptyWithoutScripts, counted(words, "word")));
    }
    if page.images_without_alt > 0 {
        let seen = format!("{} of {}", page.images_without_alt, counted(page.images, "picture"));
        findings.push(Finding::new(Check::AltMissing, seen));
    }
    findings
}

fn title(page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    let said: Vec<&String> = page.titles.iter().filter(|title| !title.is_empty()).collect();
    match said.as_slice() {
        [] => findings.push(Finding::new(Check::TitleMissing, "none on the page")),
        [title] if title.chars().count() > TITLE_LETTERS => {
            findings.push(Finding::new(Check::TitleLong, format!("{} letters", title.chars().count())));
        }
        [_] => {}
        several => findings.push(Finding::new(Check::TitlesMany, some(several))),
    }
    findings
}

fn description(page: &Page) -> Option<Finding> {
    let Some(said) = page.descriptions.iter().find(|description| !description.is_empty()) else {
        return Some(Finding::new(Check::DescriptionMissing, "none on the page"));
    };
    let letters = said.chars().count();
    (letters > DESCRIPTION_LETTERS)
        .then(|| Finding::new(Check::DescriptionLong, format!("{letters} letters")))
}

fn headings(page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    let main: Vec<&String> =
        page.headings.iter().filter(|(level, _)| *level == 1).map(|(_, text)| text).collect();
    match main.len() {
        0 => findings.push(Finding::new(Check::HeadingMissing, "no h1 on the page")),
        1 => {}
        _ => findings.push(Finding::new(Check::HeadingsMany, some(&main))),
    }
    let skips = page.headings.windows(2).find(|pair| pair[1].0 > pair[0].0 + 1);
    if let Some([above, below]) = skips {
        let seen = format!("h{} “{}” after h{}", below.0, cut(&below.1, 40), above.0);
        findings.push(Finding::new(Check::HeadingSkips, seen));
    }
    findings
}

fn viewport(page: &Page) -> Option<Finding> {
    let Some(content) = page.viewport.as_deref() else {
        return Some(Finding::new(Check::ViewportMissing, "none on the page"));
    };
    let fixed = content.split([',', ';']).any(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "user-scalable" => matches!(value.trim(), "no" | "0"),
            "maximum-scale" => value.trim().starts_with(['0', '1']),
            "width" => value.trim().bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        }
    });
    fixed.then(|| Finding::new(Check::ViewportFixed, content))
}

fn language(page: &Page) -> Option<Finding> {
    if page.lang.is_empty() {
        return Some(Finding::new(Check::LangMissing, "none on the html element"));
    }
    // BCP 47, as far as its form goes: a language of two or three letters, then parts of up to eight.
    let mut parts = page.lang.split('-');
    let language = parts.next().unwrap_or_default();
    let valid = (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    (!valid).then(|| Finding::new(Check::LangInvalid, format!("lang=\"{}\"", cut(&page.lang, 40))))
}

fn structured(page: &Page) -> Vec<Finding> {
    if page.structured.is_empty() {
        return vec![Finding::new(Check::StructuredMissing, "no JSON-LD on the page")];
    }
    let mut findings = Vec::new();
    for (n, text) in page.structured.iter().enumerate() {
        let place = format!("block {}", n + 1);
        match serde_json::from_str::<Value>(text) {
            Err(error) => {
                findings.push(Finding::new(Check::StructuredInvalid, error.to_string()).at(place));
            }
            Ok(value) if !is_typed(&value) => {
                let seen = cut(text.trim(), 60);
                findings.push(Finding::new(Check::StructuredUntyped, seen).at(place));
            }
            Ok(_) => {}
        }
    }
    findings
}

/// Whether each thing at the top has a type, in a context.
fn is_typed(value: &Value) -> bool {
    match value {
        Value::Array(things) => !things.is_empty() && things.iter().all(is_typed),
        Value::Object(thing) => {
            let graph = thing.get("@graph").and_then(Value::as_array);
            let typed = |thing: &Value| thing.get("@type").is_some();
            thing.contains_key("@context")
                && graph.map_or_else(|| typed(value), |things| things.iter().all(typed))
        }
        _ => false,
    }
}

fn preview(site: &Site, page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing: Vec<&str> = ["og:title", "og:description", "og:image"]
        .into_iter()
        .filter(|name| page.social.get(*name).is_none_or(String::is_empty))
        .collect();
    if !missing.is_empty() {
        findings.push(Finding::new(Check::PreviewMissing, format!("without {}", missing.join(", "))));
    }
    if let Some(image) =
        page.social.get("og:image").filter(|image| !image.is_empty() && !image.contains("://"))
    {
        findings.push(Finding::new(Check::PreviewRelative, image));
    }
    if let Some(tried) = &site.preview {
        let wrong = tried.outcome.broken().or_else(|| {
            let got = tried.outcome.got()?;
            let told = got.is_success() && !got.content_type.is_empty();
            (told && !got.content_type.starts_with("image/")).then(|| format!("is {}", got.content_type))
        });
        if let Some(why) = wrong {
            findings.push(Finding::new(Check::PreviewBroken, format!("{} {why}", tried.url)));
        }
    }
    findings
}
