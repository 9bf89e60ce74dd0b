//! MP4 and MOV: boxes within boxes (ISO/IEC 14496-12), read where they lie. Nothing is decoded.

mod boxes;
mod movie;

use super::{
    Refusal,
    metadata::{Removed, goes_on},
    polyglot,
};
use boxes::{Head, read_head};
use movie::Movie;
use placard_domain::asset::{MediaType, VideoDetails};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
};

/// Bytes of the box that describes a video; an hour of frames needs about one million.
const LARGEST_DESCRIPTION: u64 = 32 * 1024 * 1024;

/// Boxes in a row, so that a file of nothing but heads ends soon.
const MOST_BOXES: usize = 100_000;

/// Bytes of a box that are searched for a place; those that hold one are short.
const SEARCHED: u64 = 1024 * 1024;

/// Boxes with notes in a description; each is blanked by itself.
const MOST_NOTES: usize = 1_000;

/// Reads what a video says of itself, and blanks where it says more than that: such boxes become empty space of the same
/// size, so that nothing else moves.
pub(super) fn inspect(
    file: &mut File,
    media: MediaType,
    bytes: u64,
) -> Result<(VideoDetails, BTreeSet<Removed>), Refusal> {
    let damaged = |what| Refusal::damaged(media, what);
    refuse_archives(file, media, bytes)?;
    let mut removed = BTreeSet::new();
    let (mut description, mut has_media) = (None, false);
    let mut at = 0;
    for _ in 0..MOST_BOXES {
        if at == bytes {
            break;
        }
        let head = read_head(file, at, bytes).ok_or_else(|| damaged("it ends early"))?;
        match &head.name {
            b"moov" if description.is_some() => return Err(damaged("it describes itself twice")),
            b"moov" => description = Some(head),
            b"mdat" => has_media = true,
            b"meta" | b"udta" => blank(file, head, Removed::Other, &mut removed)?,
            b"uuid" if !is_provenance(file, head)? => blank(file, head, Removed::Xmp, &mut removed)?,
            name if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ') => {
                return Err(goes_on(media));
            }
            _ => {}
        }
        at = head.end;
    }
    let description = description.ok_or_else(|| damaged("it does not describe itself"))?;
    if at != bytes || !has_media {
        return Err(damaged("it has no pictures"));
    }
    if description.end - description.start > LARGEST_DESCRIPTION {
        return Err(damaged("its description is too long"));
    }
    let inside = read(file, description.body, description.end)?;
    let movie = Movie::read(&inside).map_err(damaged)?;
    if movie.notes.len() > MOST_NOTES {
        return Err(damaged("its description is mostly notes"));
    }
    for notes in movie.notes {
        let head =
            Head { start: description.body + notes.start, body: description.body + notes.body, ..notes };
        let head = Head { end: description.body + notes.end, ..head };
        blank(file, head, Removed::Other, &mut removed)?;
    }
    Ok((movie.details, removed))
}

fn refuse_archives(file: &mut File, media: MediaType, bytes: u64) -> Result<(), Refusal> {
    let tail = read(file, bytes.saturating_sub(polyglot::ARCHIVE_END_WITHIN), bytes)?;
    polyglot::refuse_archive(media, &tail)
}

fn read(file: &mut File, from: u64, to: u64) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(to - from).read_to_end(&mut content)?;
    Ok(content)
}

/// Whether the box says where the video comes from (C2PA), which is not ours to remove.
fn is_provenance(file: &mut File, head: Head) -> std::io::Result<bool> {
    const C2PA: [u8; 16] = *b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81";
    Ok(read(file, head.body, head.end.min(head.body + 16))? == C2PA)
}

/// Turns a box into empty space, unless it is already empty.
fn blank(file: &mut File, head: Head, what: Removed, removed: &mut BTreeSet<Removed>) -> Result<(), Refusal> {
    let content = read(file, head.body, head.end.min(head.body + SEARCHED))?;
    let found = |name: &[u8]| content.windows(name.len()).any(|window| window == name);
    // Where a telephone filmed, in its maker's box or in Apple's list of keys.
    if found(b"\xa9xyz") || found(b"location.ISO6709") || found(b"loci") {
        removed.insert(Removed::Location);
    }
    removed.insert(what);
    file.seek(SeekFrom::Start(head.start + 4))?;
    file.write_all(b"free")?;
    file.seek(SeekFrom::Start(head.body))?;
    std::io::copy(&mut std::io::repeat(0).take(head.end - head.body), file)?;
    Ok(())
}
