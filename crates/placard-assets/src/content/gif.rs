//! GIF: blocks of which comments and notes are left out.

use super::{
    Cleaned, Refusal,
    metadata::{Removed, goes_on, is_padding},
    reader::Reader,
};
use placard_domain::asset::MediaType;
use std::collections::BTreeSet;

const CUT: Refusal = Refusal::damaged(MediaType::Gif, "it ends early");

pub(super) fn clean(content: &[u8]) -> Result<Cleaned, Refusal> {
    let mut reader = Reader::new(content);
    let mut removed = BTreeSet::new();
    let mut frames = 0_u32;
    let head = reader.take(13).ok_or(CUT)?;
    reader.take(table_length(head[10])).ok_or(CUT)?;
    let mut kept = taken(content, &reader).to_vec();
    loop {
        let block = reader.rest();
        let reason = match reader.byte().ok_or(CUT)? {
            0x3b => {
                kept.push(0x3b);
                break;
            }
            0x2c => {
                frames = frames.saturating_add(1);
                let place = reader.take(9).ok_or(CUT)?;
                reader.take(table_length(place[8]) + 1).ok_or(CUT)?;
                None
            }
            0x21 => extension(&mut reader)?,
            _ => return Err(Refusal::damaged(MediaType::Gif, "there is something between its parts")),
        };
        sub_blocks(&mut reader)?;
        match reason {
            Some(reason) => _ = removed.insert(reason),
            None => kept.extend(taken(block, &reader)),
        }
    }
    if !is_padding(reader.rest()) {
        return Err(goes_on(MediaType::Gif));
    }
    if !reader.is_empty() {
        removed.insert(Removed::Appendix);
    }
    Ok(Cleaned { content: kept, removed, animated: frames > 1, orientation: 1 })
}

/// Reads what kind of extension follows and, if it is not to be kept, says what it is.
fn extension(reader: &mut Reader<'_>) -> Result<Option<Removed>, Refusal> {
    let label = reader.byte().ok_or(CUT)?;
    let application = reader.rest().get(1..12).unwrap_or_default();
    Ok(match label {
        0xfe => Some(Removed::Comment),
        0xff if application == b"NETSCAPE2.0" || application == b"ANIMEXTS1.0" => None,
        0xff if application == b"XMP DataXMP" => Some(Removed::Xmp),
        0xff => Some(Removed::Other),
        _ => None,
    })
}

fn sub_blocks(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    loop {
        match reader.byte().ok_or(CUT)? {
            0 => return Ok(()),
            length => reader.take(usize::from(length)).ok_or(CUT)?,
        };
    }
}

/// Bytes of the colour table that these flags announce.
const fn table_length(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn taken<'a>(from: &'a [u8], reader: &Reader<'_>) -> &'a [u8] {
    &from[..from.len() - reader.rest().len()]
}
