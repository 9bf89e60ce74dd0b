//! WebP: chunks of which those that only describe are left out.

use super::{
    Cleaned, Refusal,
    metadata::{Removed, goes_on, is_padding, orientation_only, read_exif},
    reader::Reader,
};
use placard_domain::asset::MediaType;
use std::collections::BTreeSet;

const CUT: Refusal = Refusal::damaged(MediaType::Webp, "it ends early");

/// What the first chunk of an extended file announces: camera notes, editing history.
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

pub(super) fn clean(content: &[u8]) -> Result<Cleaned, Refusal> {
    let mut outer = Reader::new(content);
    outer.take(4).ok_or(CUT)?;
    let inside = u32::from_le_bytes(outer.array().ok_or(CUT)?);
    let inside = usize::try_from(inside).ok().and_then(|length| outer.take(length)).ok_or(CUT)?;
    let mut removed = BTreeSet::new();
    if !is_padding(outer.rest()) {
        return Err(goes_on(MediaType::Webp));
    }
    if !outer.is_empty() {
        removed.insert(Removed::Appendix);
    }
    let mut reader = Reader::new(inside);
    let mut kept = reader.take(4).ok_or(CUT)?.to_vec();
    let (mut animated, mut orientation) = (false, 1);
    while !reader.is_empty() {
        let name = reader.array::<4>().ok_or(CUT)?;
        let length = u32::from_le_bytes(reader.array().ok_or(CUT)?);
        let body = usize::try_from(length).ok().and_then(|length| reader.take(length)).ok_or(CUT)?;
        if length % 2 == 1 {
            reader.byte().ok_or(CUT)?;
        }
        animated |= &name == b"ANMF";
        match &name {
            b"VP8X" | b"ALPH" | b"VP8 " | b"VP8L" | b"ANIM" | b"ANMF" | b"ICCP" => {
                write_chunk(&mut kept, name, body);
            }
            b"EXIF" => orientation = read_exif(body.strip_prefix(b"Exif\0\0").unwrap_or(body), &mut removed),
            b"XMP " => _ = removed.insert(Removed::Xmp),
            _ => _ = removed.insert(Removed::Other),
        }
    }
    if orientation != 1 {
        write_chunk(&mut kept, *b"EXIF", &orientation_only(orientation));
    }
    // The flags are the first byte of the first chunk's body, after `WEBP` and the chunk's head.
    if kept.get(4..8) == Some(b"VP8X") && kept.len() > 12 {
        kept[12] &= !(EXIF_FLAG | XMP_FLAG);
        kept[12] |= if orientation == 1 { 0 } else { EXIF_FLAG };
    }
    let length = u32::try_from(kept.len()).map_err(|_| CUT)?;
    let content = [b"RIFF".as_slice(), &length.to_le_bytes(), &kept].concat();
    Ok(Cleaned { content, removed, animated, orientation })
}

fn write_chunk(kept: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    kept.extend(name);
    // A body comes from a file whose lengths have four bytes.
    kept.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    kept.extend(body);
    if body.len() % 2 == 1 {
        kept.push(0);
    }
}
