//! PNG: chunks of which those that only describe are left out.

use super::{
    Cleaned, Refusal,
    metadata::{Removed, goes_on, is_padding, orientation_only, read_exif},
    reader::Reader,
};
use placard_domain::asset::MediaType;
use std::collections::BTreeSet;

const CUT: Refusal = Refusal::damaged(MediaType::Png, "it ends early");

/// Chunks that can be left out and are kept all the same: they change what is seen, or say where the picture comes from
/// (C2PA, `caBX`).
const KEPT: [&[u8; 4]; 15] = [
    b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"sBIT", b"pHYs", b"bKGD", b"hIST", b"sPLT", b"cICP",
    b"acTL", b"fcTL", b"fdAT", b"caBX",
];

pub(super) fn clean(content: &[u8]) -> Result<Cleaned, Refusal> {
    let mut reader = Reader::new(content);
    let mut kept = reader.take(8).ok_or(CUT)?.to_vec();
    let mut removed = BTreeSet::new();
    let (mut animated, mut orientation) = (false, 1);
    loop {
        let start = reader.rest();
        let length = usize::try_from(reader.u32().ok_or(CUT)?).map_err(|_| CUT)?;
        let name = reader.array::<4>().ok_or(CUT)?;
        let body = reader.take(length).ok_or(CUT)?;
        reader.take(4).ok_or(CUT)?;
        animated |= &name == b"acTL";
        // A capital first letter marks what cannot be left out.
        if name[0].is_ascii_uppercase() || KEPT.contains(&&name) {
            kept.extend(start.get(..length + 12).ok_or(CUT)?);
        } else if &name == b"eXIf" {
            orientation = read_exif(body, &mut removed);
            if orientation != 1 {
                kept.extend(orientation_chunk(orientation));
            }
        } else {
            removed.insert(match &name {
                b"iTXt" if body.starts_with(b"XML:com.adobe.xmp") => Removed::Xmp,
                b"tEXt" | b"zTXt" | b"iTXt" => Removed::Comment,
                _ => Removed::Other,
            });
        }
        if &name == b"IEND" {
            break;
        }
    }
    if !is_padding(reader.rest()) {
        return Err(goes_on(MediaType::Png));
    }
    if !reader.is_empty() {
        removed.insert(Removed::Appendix);
    }
    Ok(Cleaned { content: kept, removed, animated, orientation })
}

fn orientation_chunk(orientation: u8) -> Vec<u8> {
    let notes = orientation_only(orientation);
    let mut chunk = vec![0, 0, 0, 26];
    chunk.extend(b"eXIf");
    chunk.extend(notes);
    let sum = checksum(&chunk[4..]);
    chunk.extend(sum.to_be_bytes());
    chunk
}

/// The CRC-32 that ends a chunk; so short a text needs no table.
fn checksum(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            let carry = if sum & 1 == 1 { 0xedb8_8320 } else { 0 };
            (sum >> 1) ^ carry
        })
    });
    !sum
}
