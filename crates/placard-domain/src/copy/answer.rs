//! Reading what a model answered.

use super::Variant;
use serde::Deserialize;

/// The most variants that are read of an answer; more were not asked for.
const MOST_READ: usize = 100;

/// Why an answer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// It is no JSON object with variants.
    #[error("the answer is not the JSON that was asked for: {0}")]
    NotAsAsked(String),
    /// It stops in the middle.
    #[error("the answer stops before its end")]
    CutOff,
    /// It holds no variant.
    #[error("the answer holds no variant")]
    Empty,
}

#[derive(Deserialize)]
struct Answer {
    variants: Vec<Variant>,
}

/// The variants in an answer, without surrounding space. A fence of backticks around the JSON is taken away.
///
/// # Errors
/// [`BadAnswer`].
pub fn read_answer(text: &str) -> Result<Vec<Variant>, BadAnswer> {
    let answer: Answer = serde_json::from_str(unfenced(text)).map_err(|error| {
        if error.is_eof() { BadAnswer::CutOff } else { BadAnswer::NotAsAsked(error.to_string()) }
    })?;
    let mut variants: Vec<Variant> =
        answer.variants.into_iter().take(MOST_READ).map(Variant::trimmed).collect();
    variants.retain(|variant| !variant.is_empty());
    if variants.is_empty() { Err(BadAnswer::Empty) } else { Ok(variants) }
}

fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"variants": [{"primary_text": " Sleep well. ", "headlines": ["Tents", ""], "descriptions": []}]}"#;

    #[test]
    fn an_answer_is_read_trimmed_and_out_of_a_fence() {
        let read = read_answer(GOOD).unwrap();
        assert_eq!(
            (read[0].primary_text.as_str(), read[0].headlines.as_slice()),
            ("Sleep well.", &["Tents".to_owned()][..])
        );
        assert_eq!(read_answer(&format!("```json\n{GOOD}\n```")).unwrap(), read);
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        assert_eq!(read_answer(&GOOD[..40]), Err(BadAnswer::CutOff));
        assert!(matches!(read_answer("Sure! Here are some ideas"), Err(BadAnswer::NotAsAsked(_))));
        assert!(matches!(read_answer("[1]"), Err(BadAnswer::NotAsAsked(_))));
        assert_eq!(read_answer(r#"{"variants": []}"#), Err(BadAnswer::Empty));
    }
}
