//! How texts are cut into words, for criteria and scores alike.

/// The words of `text` in lower case. An apostrophe within a word belongs to it: `don't` is one.
pub(super) fn cut(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric() && character != '\'' && character != '’')
        .map(|word| word.trim_matches(['\'', '’']).to_lowercase().replace('’', "'"))
        .filter(|word| !word.is_empty())
}

/// Whether the words of `phrase` stand in `words` one after the other.
pub(super) fn holds(words: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty() && words.windows(phrase.len()).any(|window| window == phrase)
}
