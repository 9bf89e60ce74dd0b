//! How the file writes its numbers, and reading them exactly.

use super::ImportError;
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// What marks decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DecimalMark {
    /// `1,234.50`
    Point,
    /// `1.234,50`
    Comma,
}

impl DecimalMark {
    const fn char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// A few slips do not outvote so many rows; they become rejects instead.
const MAJORITY: usize = 20;

/// What the numbers of a file say about their decimal mark.
#[derive(Debug, Default)]
pub(super) struct NumberSurvey {
    point: Votes,
    comma: Votes,
    open: Votes,
}

/// How often something was seen, and where first.
#[derive(Debug, Default)]
pub(super) struct Votes {
    pub(super) count: usize,
    pub(super) first: Option<(u64, String)>,
}

impl Votes {
    pub(super) fn add(&mut self, line: u64, text: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| (line, text.to_owned()));
    }

    /// Whether this outweighs `other` so far that `other` must be slips.
    pub(super) fn outweighs(&self, other: &Self) -> bool {
        self.count > 0 && self.count >= other.count * MAJORITY
    }
}

impl NumberSurvey {
    /// Looks at one number; `whole` says that its column has no decimals.
    pub(super) fn observe(&mut self, line: u64, text: &str, whole: bool) {
        // Most numbers carry neither mark and say nothing.
        if !text.bytes().any(|byte| matches!(byte, b'.' | b',')) {
            return;
        }
        match evidence(unsigned(text), whole) {
            Evidence::Mark(DecimalMark::Point) => self.point.add(line, text),
            Evidence::Mark(DecimalMark::Comma) => self.comma.add(line, text),
            Evidence::Open => self.open.add(line, text),
            Evidence::None => {}
        }
    }

    /// The one mark that explains the numbers.
    pub(super) fn decide(self, said: Option<DecimalMark>) -> Result<DecimalMark, ImportError> {
        if let Some(mark) = said {
            return Ok(mark);
        }
        if self.point.outweighs(&self.comma) {
            return Ok(DecimalMark::Point);
        }
        if self.comma.outweighs(&self.point) {
            return Ok(DecimalMark::Comma);
        }
        match (self.point.first, self.comma.first, self.open.first) {
            (Some((point_line, point)), Some((comma_line, comma)), _) => {
                Err(ImportError::ContradictoryNumbers { point_line, point, comma_line, comma })
            }
            (None, None, Some((line, example))) => Err(ImportError::AmbiguousNumbers { line, example }),
            // No number has a separator at all, so that both readings are the same.
            _ => Ok(DecimalMark::Point),
        }
    }
}

enum Evidence {
    Mark(DecimalMark),
    Open,
    None,
}

fn evidence(text: &str, whole: bool) -> Evidence {
    let count = |mark: DecimalMark| text.matches(mark.char()).count();
    let mark = match (count(DecimalMark::Point), count(DecimalMark::Comma)) {
        (0, 0) => return Evidence::None,
        (points, commas) if points > 0 && commas > 0 => {
            let last =
                if text.rfind('.') > text.rfind(',') { DecimalMark::Point } else { DecimalMark::Comma };
            return Evidence::Mark(last);
        }
        (0, 1) => DecimalMark::Comma,
        (1, 0) => DecimalMark::Point,
        (0, _) => return Evidence::Mark(DecimalMark::Point),
        _ => return Evidence::Mark(DecimalMark::Comma),
    };
    let Some((before, after)) = text.split_once(mark.char()) else { return Evidence::None };
    if !after.bytes().all(|byte| byte.is_ascii_digit()) {
        return Evidence::None;
    }
    let could_be_thousands = after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    match (could_be_thousands, whole) {
        (true, true) => Evidence::Mark(mark.other()),
        (true, false) => Evidence::Open,
        (false, _) => Evidence::Mark(mark),
    }
}

/// Why a cell is no number that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NumberError {
    #[error("is not a number")]
    NotANumber,
    #[error("is negative")]
    Negative,
    #[error("is too large")]
    TooLarge,
    #[error("is not a whole number")]
    Fractional,
    #[error("was shortened by a spreadsheet and has lost digits")]
    Shortened,
}

/// Reads a number, exactly.
pub(super) fn parse(text: &str, mark: DecimalMark) -> Result<Decimal, NumberError> {
    if is_shortened(text) {
        return Err(NumberError::Shortened);
    }
    let digits = unsigned(text);
    let (whole, fraction) = match digits.split_once(mark.char()) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let only_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_some_and(|fraction| !only_digits(fraction)) {
        return Err(NumberError::NotANumber);
    }
    let value = if only_digits(whole) && mark == DecimalMark::Point {
        Decimal::from_str_exact(digits)
    } else {
        let whole = ungroup(whole, mark).ok_or(NumberError::NotANumber)?;
        Decimal::from_str_exact(
            &fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}")),
        )
    };
    let value = value.map_err(|_| NumberError::TooLarge)?;
    // Negative zero is zero.
    if is_negative(text) && !value.is_zero() {
        return Err(NumberError::Negative);
    }
    Ok(value)
}

/// Reads a count.
pub(super) fn parse_count(text: &str, mark: DecimalMark) -> Result<i64, NumberError> {
    let value = parse(text, mark)?;
    if !value.fract().is_zero() {
        return Err(NumberError::Fractional);
    }
    value.to_i64().ok_or(NumberError::TooLarge)
}

/// Whether a spreadsheet turned a long number into `2.38E+16`.
pub(super) fn is_shortened(text: &str) -> bool {
    // Asked of every id and every number: most have no such letter.
    if !text.bytes().any(|byte| matches!(byte, b'E' | b'e')) {
        return false;
    }
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let is_mantissa =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !mantissa.is_empty()
        && is_mantissa(mantissa)
        && mantissa.contains(['.', ','])
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_negative(text: &str) -> bool {
    let bare = text.trim_matches(is_currency_sign).trim_start();
    bare.starts_with(['-', '\u{2212}']) || (bare.starts_with('(') && bare.ends_with(')'))
}

/// Without sign, accounting brackets and currency sign: `-$12.50` and `(12.50 €)` are `12.50`.
fn unsigned(text: &str) -> &str {
    let bare = |c: char| is_currency_sign(c) || c.is_whitespace() || matches!(c, '-' | '\u{2212}' | '+');
    let text = text.trim_start_matches(bare);
    let text = text.trim_end_matches(|c: char| is_currency_sign(c) || c.is_whitespace());
    match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => inner.trim_matches(bare),
        None => text,
    }
}

fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '₹')
}

/// `1.234.567` and `12,34,567` without their separators, if they stand where separators stand.
fn ungroup(text: &str, mark: DecimalMark) -> Option<String> {
    let is_separator = |c: char| {
        c == mark.other().char() || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’')
    };
    let separator = text.chars().find(|c| is_separator(*c));
    let groups: Vec<&str> = match separator {
        Some(separator) => text.split(separator).collect(),
        None => vec![text],
    };
    let fits = |(place, group): (usize, &&str)| {
        let lengths = match place {
            0 if groups.len() == 1 => 1..=usize::MAX,
            0 => 1..=3,
            // Indian grouping has pairs except at the end.
            _ if place + 1 < groups.len() => 2..=3,
            _ => 3..=3,
        };
        lengths.contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    groups.iter().enumerate().all(fits).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decide(numbers: &[(&str, bool)]) -> Result<DecimalMark, ImportError> {
        let mut survey = NumberSurvey::default();
        for (line, (text, whole)) in numbers.iter().enumerate() {
            survey.observe(line as u64 + 2, text, *whole);
        }
        survey.decide(None)
    }

    #[test]
    fn one_decisive_number_settles_the_whole_file() {
        assert_eq!(decide(&[("1,234", false), ("12,5", false)]).unwrap(), DecimalMark::Comma);
        assert_eq!(decide(&[("1,234", false), ("1,234.5", false)]).unwrap(), DecimalMark::Point);
        assert_eq!(decide(&[("1,234", false), ("1,234,567", false)]).unwrap(), DecimalMark::Point);
        assert_eq!(decide(&[("0.429", false)]).unwrap(), DecimalMark::Point);
    }

    #[test]
    fn a_count_with_a_separator_can_only_have_thousands() {
        assert_eq!(decide(&[("1,234", true), ("1,234", false)]).unwrap(), DecimalMark::Point);
        assert_eq!(decide(&[("1.234", true), ("1,234", false)]).unwrap(), DecimalMark::Comma);
    }

    #[test]
    fn a_number_that_reads_both_ways_is_a_question_and_not_a_guess() {
        assert!(matches!(decide(&[("1,234", false)]), Err(ImportError::AmbiguousNumbers { line: 2, .. })));
        assert!(matches!(
            decide(&[("1,5", false), ("1.5", false)]),
            Err(ImportError::ContradictoryNumbers { .. })
        ));
    }

    #[test]
    fn numbers_keep_every_digit() {
        let exact = |text, mark| parse(text, mark).unwrap().to_string();
        assert_eq!(exact("1.429999948", DecimalMark::Point), "1.429999948");
        assert_eq!(exact("1.234.567,80", DecimalMark::Comma), "1234567.80");
        assert_eq!(exact("12,34,567.5", DecimalMark::Point), "1234567.5");
        assert_eq!(exact("1\u{202f}234,5", DecimalMark::Comma), "1234.5");
        assert_eq!(exact("$412.30", DecimalMark::Point), "412.30");
    }

    #[test]
    fn what_is_no_usable_number_says_why() {
        for (text, why) in [
            ("NaN", NumberError::NotANumber),
            ("1,23", NumberError::NotANumber),
            ("1.2.3", NumberError::NotANumber),
            ("", NumberError::NotANumber),
            ("-3.50", NumberError::Negative),
            ("$-3.50", NumberError::Negative),
            ("(3.50)", NumberError::Negative),
            ("99999999999999999999999999999999", NumberError::TooLarge),
            ("2.38E+16", NumberError::Shortened),
        ] {
            assert_eq!(parse(text, DecimalMark::Point), Err(why), "{text}");
        }
        assert_eq!(parse_count("1.5", DecimalMark::Point), Err(NumberError::Fractional));
        assert_eq!(parse_count("9223372036854775808", DecimalMark::Point), Err(NumberError::TooLarge));
    }

    proptest! {
        #[test]
        fn a_number_reads_back_in_either_notation(minor in 0_i64..1_000_000_000_000) {
            let value = Decimal::new(minor, 2);
            let grouped = |thousands: &str, mark: &str| {
                let whole = (minor / 100).to_string();
                let groups: Vec<&str> =
                    whole.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
                format!("{}{mark}{:02}", groups.join(thousands), minor % 100)
            };
            for (text, mark) in [
                (grouped(",", "."), DecimalMark::Point),
                (grouped(".", ","), DecimalMark::Comma),
                (grouped("'", "."), DecimalMark::Point),
                (grouped("", "."), DecimalMark::Point),
            ] {
                prop_assert_eq!(parse(&text, mark), Ok(value));
                prop_assert_eq!(decide(&[(&text, false)]).unwrap(), mark);
            }
        }
    }
}
