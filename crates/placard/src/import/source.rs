//! From bytes to records: encoding, delimiter, and where the header is.

use super::{
    ImportError, Options,
    columns::split_currency,
    field::{meaning, normalise},
};
use csv::{Reader, ReaderBuilder, StringRecord};

/// How the file's text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, as Excel's "Unicode text" and some Ads Manager and Google Ads exports are.
    Utf16,
    /// Windows-1252, as spreadsheets of western Windows machines write. Assumed where a file is no valid UTF-8.
    Windows1252,
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// What separates the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`, which spreadsheets write where the comma marks decimals.
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// The header is looked for in so many rows: exports put a title and a period above it.
const HEADER_WITHIN: usize = 20;

/// A file's text and its layout.
pub(super) struct Source {
    text: String,
    headers: Vec<String>,
    pub(super) encoding: Encoding,
    pub(super) delimiter: Delimiter,
    /// Counted from 1.
    pub(super) header_line: u64,
    /// Where the header begins in `text`.
    header_at: usize,
}

impl Source {
    /// Decodes `bytes` and finds the header row.
    pub(super) fn open(bytes: Vec<u8>, options: &Options) -> Result<Self, ImportError> {
        let mapped: Vec<String> = options.map.iter().map(|mapping| normalise(&mapping.column)).collect();
        let (text, encoding) = decode(bytes, Strictness::Unicode)?;
        Self::of(text, encoding, &|cell| is_known(cell, &mapped))
    }

    /// Decodes `bytes`, as Windows-1252 if they are no Unicode, and finds the header row by the cells that `is_known`.
    pub(super) fn open_with(bytes: Vec<u8>, is_known: &dyn Fn(&str) -> bool) -> Result<Self, ImportError> {
        let (text, encoding) = decode(bytes, Strictness::OldSpreadsheets)?;
        Self::of(text, encoding, is_known)
    }

    fn of(text: String, encoding: Encoding, is_known: &dyn Fn(&str) -> bool) -> Result<Self, ImportError> {
        let mut best: Option<Header> = None;
        for delimiter in Delimiter::ALL {
            let found = find_header(&text, delimiter, is_known)?;
            // Of equals the first is kept, so the comma wins a tie.
            best = match (best, found) {
                (Some(best), Some(found)) if found.score <= best.score => Some(best),
                (best, found) => found.or(best),
            };
        }
        let Header { cells, delimiter, line, at, .. } = best.ok_or(ImportError::Empty)?;
        Ok(Self { text, headers: cells, encoding, delimiter, header_line: line, header_at: at })
    }

    /// The header's cells, trimmed.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The records below the header; [`Record::line`] counts from the top of the file.
    pub(super) fn records(&self) -> Result<Records<'_>, ImportError> {
        let mut records = Records::new(&self.text[self.header_at..], self.delimiter, self.header_line - 1);
        records.advance()?;
        Ok(records)
    }
}

struct Header {
    cells: Vec<String>,
    delimiter: Delimiter,
    line: u64,
    at: usize,
    /// Cells that are recognised, then all cells.
    score: (usize, usize),
}

/// The row that has the most known headers, if any row is not blank.
fn find_header(
    text: &str,
    delimiter: Delimiter,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Option<Header>, ImportError> {
    let mut best: Option<Header> = None;
    let mut records = Records::new(text, delimiter, 0);
    for _ in 0..HEADER_WITHIN {
        let Some(record) = records.advance()? else { break };
        let known = record.cells.iter().filter(|cell| is_known(cell)).count();
        let filled = record.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        if filled > 0 && best.as_ref().is_none_or(|best| known > best.score.0) {
            let cells = record.cells.iter().map(|cell| cell.trim().to_owned()).collect();
            best =
                Some(Header { cells, delimiter, line: record.line, at: record.at, score: (known, filled) });
        }
    }
    Ok(best)
}

fn is_known(cell: &str, mapped: &[String]) -> bool {
    let (name, _) = split_currency(cell);
    let name = normalise(name);
    !name.is_empty()
        && (meaning(&name).is_some() || mapped.contains(&name) || mapped.contains(&normalise(cell)))
}

/// A walk over records that reuses one buffer.
pub(super) struct Records<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    cells: StringRecord,
    /// Lines above `text`.
    above: u64,
}

/// One record.
pub(super) struct Record<'r> {
    /// The line it starts on, counted from 1.
    pub(super) line: u64,
    /// Where it starts in the text.
    at: usize,
    /// Its cells, as written.
    pub(super) cells: &'r StringRecord,
}

impl<'t> Records<'t> {
    fn new(text: &'t str, delimiter: Delimiter, above: u64) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter.byte())
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        Self { text, reader, cells: StringRecord::new(), above }
    }

    /// The next record, if there is one.
    pub(super) fn advance(&mut self) -> Result<Option<Record<'_>>, ImportError> {
        if !self.reader.read_record(&mut self.cells).map_err(std::io::Error::from)? {
            return Ok(None);
        }
        let (line, at) = self.cells.position().map_or((1, 0), |start| (start.line(), start.byte() as usize));
        // The reader's position is before the blank lines that it skips.
        let blank = self.text[at..].bytes().take_while(|byte| matches!(byte, b'\n' | b'\r'));
        let (skipped, lines) =
            blank.fold((0, 0), |(n, lines), byte| (n + 1, lines + u64::from(byte == b'\n')));
        Ok(Some(Record { line: self.above + line + lines, at: at + skipped, cells: &self.cells }))
    }
}

/// Which encodings are taken.
#[derive(Clone, Copy)]
enum Strictness {
    /// UTF-8 and UTF-16: numbers of another encoding are probably not the file that was meant.
    Unicode,
    /// Windows-1252 too: lists of people come from anywhere.
    OldSpreadsheets,
}

fn decode(bytes: Vec<u8>, strictness: Strictness) -> Result<(String, Encoding), ImportError> {
    let (text, encoding) = match *bytes.as_slice() {
        [0xFF, 0xFE, ref rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16),
        [0xFE, 0xFF, ref rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16),
        // Without a mark: a header begins with an ASCII letter, whose other half is zero.
        [_, 0, ..] => (utf16(&bytes, u16::from_le_bytes)?, Encoding::Utf16),
        [0, _, ..] => (utf16(&bytes, u16::from_be_bytes)?, Encoding::Utf16),
        _ => match (utf8(bytes), strictness) {
            (Ok(text), _) => (text, Encoding::Utf8),
            (Err(bytes), Strictness::OldSpreadsheets) => (windows_1252(&bytes)?, Encoding::Windows1252),
            (Err(bytes), Strictness::Unicode) => {
                let good = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
                let line = line_after(good.as_bytes());
                return Err(ImportError::Encoding { line, encoding: "UTF-8" });
            }
        },
    };
    // A lone carriage return ends lines in exports of old spreadsheets.
    let text = if text.contains('\n') { text } else { text.replace('\r', "\n") };
    Ok((text, encoding))
}

/// The text, or the bytes back.
fn utf8(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    let mut text = String::from_utf8(bytes).map_err(|error| error.into_bytes())?;
    if text.starts_with('\u{FEFF}') {
        text.drain(..'\u{FEFF}'.len_utf8());
    }
    Ok(text)
}

/// The upper half of Windows-1252 from 0x80 to 0x9F, by its registration with IANA; a blank is not assigned.
const UPPER: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”',
    '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

fn windows_1252(bytes: &[u8]) -> Result<String, ImportError> {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        let char = match byte {
            0x80..=0x9F => UPPER[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        };
        if char == ' ' && *byte != b' ' || *byte == 0 {
            return Err(ImportError::Encoding {
                line: line_after(text.as_bytes()),
                encoding: "Windows-1252",
            });
        }
        text.push(char);
    }
    Ok(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ImportError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(char) => text.push(char),
            Err(_) => {
                return Err(ImportError::Encoding { line: line_after(text.as_bytes()), encoding: "UTF-16" });
            }
        }
    }
    if !odd.is_empty() {
        return Err(ImportError::Encoding { line: line_after(text.as_bytes()), encoding: "UTF-16" });
    }
    Ok(text)
}

fn line_after(text: &[u8]) -> u64 {
    1 + text.iter().filter(|byte| **byte == b'\n').count() as u64
}
