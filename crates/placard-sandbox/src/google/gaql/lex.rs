//! Tokens of the query language.

use crate::google::error::AdsError;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a keyword or an enum's word.
    Word(String),
    Number(String),
    /// A quoted text without its quotes.
    Text(String),
    Symbol(&'static str),
}

/// A refusal of a query (Google, `platforms/google.md` §6).
pub(super) fn error(code: &'static str, message: impl Into<String>) -> AdsError {
    AdsError::new("queryError", code, message)
}

/// Cuts a query into tokens.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, AdsError> {
    let mut out = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, left) = match first {
            '\'' | '"' => quoted(rest, first)?,
            _ if first.is_ascii_digit() || first == '-' => number(rest),
            _ if first.is_ascii_alphabetic() || first == '_' => word(rest),
            _ => symbol(rest)?,
        };
        out.push(token);
        rest = left.trim_start();
    }
    Ok(out)
}

fn quoted(text: &str, quote: char) -> Result<(Token, &str), AdsError> {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, escaped)) => out.push(escaped),
                None => break,
            },
            _ if letter == quote => return Ok((Token::Text(out), &text[at + letter.len_utf8()..])),
            _ => out.push(letter),
        }
    }
    Err(error("STRING_NOT_TERMINATED", "A text has no closing quote."))
}

fn number(text: &str) -> (Token, &str) {
    let end = text[1..]
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .map_or(text.len(), |at| at + 1);
    (Token::Number(text[..end].to_owned()), &text[end..])
}

fn word(text: &str) -> (Token, &str) {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let end = text.find(|letter| !inside(letter)).unwrap_or(text.len());
    (Token::Word(text[..end].to_owned()), &text[end..])
}

fn symbol(text: &str) -> Result<(Token, &str), AdsError> {
    const SYMBOLS: &[&str] = &["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];
    match SYMBOLS.iter().find(|symbol| text.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), &text[symbol.len()..])),
        None => {
            let found: String = text.chars().take(10).collect();
            Err(error("UNEXPECTED_INPUT", format!("Error in query: unexpected input {found}.")))
        }
    }
}
