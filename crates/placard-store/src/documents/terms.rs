//! What a document is found by beside its fields: its words, and the members of its lists.

use placard_domain::document::{Collection, words_of};
use serde_json::Value;
use std::collections::BTreeSet;

/// How many bytes of words are kept of one document, well below what one `tsvector` holds.
const MOST_BYTES: usize = 400_000;

/// The words of a document, as many as are kept.
pub(super) fn words(of: &Collection, body: &Value) -> BTreeSet<String> {
    let mut bytes = 0;
    let fits = |word: &String| {
        bytes += word.len();
        bytes <= MOST_BYTES
    };
    words_of(of, body).into_iter().take_while(fits).collect()
}

/// How many of `wanted` a document holds.
pub(super) fn score(of: &Collection, body: &Value, wanted: &[String]) -> usize {
    let held = words(of, body);
    wanted.iter().filter(|word| held.contains(*word)).count()
}
