//! Heads of boxes.

use crate::content::reader::Reader;
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

/// Where a box lies and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) name: [u8; 4],
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
}

/// Reads the head of the box at `at` in a file that ends at `end`.
pub(super) fn read_head(file: &mut File, at: u64, end: u64) -> Option<Head> {
    let mut head = Vec::with_capacity(16);
    file.seek(SeekFrom::Start(at)).ok()?;
    file.take(16).read_to_end(&mut head).ok()?;
    parse(&head, at, end)
}

/// The boxes in `content`, one after another; `None` in place of one that does not fit.
pub(super) fn within(content: &[u8]) -> impl Iterator<Item = Option<(Head, &[u8])>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = content.get(at..).filter(|rest| !rest.is_empty())?;
        // QuickTime ends some lists with four zeros.
        if rest.len() < 8 && rest.iter().all(|byte| *byte == 0) {
            return None;
        }
        let found = parse(rest, at as u64, content.len() as u64).and_then(|head| {
            let body = usize::try_from(head.body).ok()?..usize::try_from(head.end).ok()?;
            at = body.end;
            Some((head, content.get(body)?))
        });
        if found.is_none() {
            at = content.len();
        }
        Some(found)
    })
}

/// Reads a head whose first bytes are `head`; a box has at least its head and ends within what it is in.
fn parse(head: &[u8], at: u64, end: u64) -> Option<Head> {
    let mut reader = Reader::new(head);
    let short = reader.u32()?;
    let name = reader.array()?;
    let (length, head_length) = match short {
        // It goes on to the end.
        0 => (end.checked_sub(at)?, 8),
        1 => (reader.u64()?, 16),
        length => (u64::from(length), 8),
    };
    let head = Head { name, start: at, body: at.checked_add(head_length)?, end: at.checked_add(length)? };
    (head.body <= head.end && head.end <= end).then_some(head)
}
