//! The words of a document, and those that are looked for: cut in one place, so that every database finds the same.

use super::Collection;
use serde_json::Value;
use std::collections::BTreeSet;

/// A longer word is cut.
const LONGEST: usize = 60;
/// How many different words of a document are kept.
const MOST: usize = 10_000;
/// How many words may be looked for at once.
const MOST_ASKED: usize = 20;

/// The words at the collection's text paths, each once, in lower case.
pub fn words_of(collection: &Collection, document: &Value) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for path in collection.text {
        collection.texts_at(document, path, &mut |text| {
            let room = MOST.saturating_sub(words.len());
            words.extend(cut(text).take(room));
        });
    }
    words
}

/// What to look for: the words of `query`, each once, not more than twenty.
pub fn query_words(query: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in cut(query) {
        if words.len() < MOST_ASKED && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

fn cut(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().chars().take(LONGEST).collect())
}

impl Collection {
    /// Shows `see` every text at `path`. A list on the way stands for all that is in it.
    pub fn texts_at<'a>(&self, document: &'a Value, path: &str, see: &mut dyn FnMut(&'a str)) {
        walk(document, path, see);
    }
}

fn walk<'a>(value: &'a Value, path: &str, see: &mut dyn FnMut(&'a str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, path, see)),
        Value::Object(fields) => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(field) = fields.get(name) {
                walk(field, rest, see);
            }
        }
        Value::String(text) if path.is_empty() => see(text),
        _ => {}
    }
}
