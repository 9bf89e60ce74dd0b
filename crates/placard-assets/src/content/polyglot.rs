//! Files that are two things at once: a picture for one program, an archive or a script for another.

use super::Refusal;
use placard_domain::asset::MediaType;

/// How far from the start programs look for the beginning of a document that others would not see there.
const LOOKED_AT: usize = 1024;

/// What makes some program take a file for its own, wherever near the start it stands.
const BEGINNINGS: [(&[u8], &str); 6] = [
    (b"%pdf-", "a PDF begins inside it"),
    (b"<html", "a web page begins inside it"),
    (b"<script", "a script begins inside it"),
    (b"<!doctype", "a web page begins inside it"),
    (b"<svg", "a drawing with scripts begins inside it"),
    (b"<?php", "a script begins inside it"),
];

/// The record that ends a ZIP archive; a comment of up to 65,535 bytes follows it.
const ZIP_END: usize = 22;

/// How far from the end of a file an archive's end can be.
pub(super) const ARCHIVE_END_WITHIN: u64 = 22 + 65_535;

pub(super) fn check(media: MediaType, content: &[u8]) -> Result<(), Refusal> {
    // The first bytes are the file's own beginning.
    let near_start =
        content[..LOOKED_AT.min(content.len())].get(5..).unwrap_or_default().to_ascii_lowercase();
    let inside = |beginning: &[u8]| near_start.windows(beginning.len()).any(|window| window == beginning);
    if let Some((_, what)) = BEGINNINGS.iter().find(|(beginning, _)| inside(beginning)) {
        return Err(Refusal::Polyglot { media, what });
    }
    let tail = content.len().saturating_sub(usize::try_from(ARCHIVE_END_WITHIN).unwrap_or(usize::MAX));
    refuse_archive(media, &content[tail..])
}

/// Refuses a file in whose `tail` the record that ends a ZIP archive stands where it would be found: its comment reaches
/// the end of the file.
pub(super) fn refuse_archive(media: MediaType, tail: &[u8]) -> Result<(), Refusal> {
    let is_end = |at: usize, record: &[u8]| {
        record.starts_with(b"PK\x05\x06")
            && usize::from(u16::from_le_bytes([record[20], record[21]])) + at + ZIP_END == tail.len()
    };
    if tail.windows(ZIP_END).enumerate().any(|(at, record)| is_end(at, record)) {
        return Err(Refusal::Polyglot { media, what: "it ends as a ZIP archive" });
    }
    Ok(())
}
