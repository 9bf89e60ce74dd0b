//! JPEG: segments of which those that only describe are left out.

use super::{
    Cleaned, Refusal,
    metadata::{Removed, goes_on, is_padding, orientation_only, read_exif},
    reader::Reader,
};
use placard_domain::asset::MediaType;
use std::collections::BTreeSet;

const CUT: Refusal = Refusal::damaged(MediaType::Jpeg, "it ends early");

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const COMMENT: u8 = 0xfe;

pub(super) fn clean(content: &[u8]) -> Result<Cleaned, Refusal> {
    let mut reader = Reader::new(content);
    let mut walk = Walk::default();
    reader.take(2).ok_or(CUT)?;
    loop {
        match marker(&mut reader)? {
            END => break,
            // Restart and start markers have no place here and no content.
            0x01 | START | 0xd0..=0xd7 => {
                return Err(Refusal::damaged(MediaType::Jpeg, "its parts are out of order"));
            }
            marker => walk.segment(marker, &mut reader)?,
        }
    }
    let tail = reader.rest();
    if !tail.is_empty() {
        // Cameras append further pictures and announce them; Samsung's trailer ends with its name.
        if !(is_padding(tail) || walk.announced_more || tail.ends_with(b"SEFT")) {
            return Err(goes_on(MediaType::Jpeg));
        }
        walk.removed.insert(Removed::Appendix);
    }
    Ok(walk.finish())
}

#[derive(Default)]
struct Walk {
    kept: Vec<u8>,
    removed: BTreeSet<Removed>,
    orientation: Option<u8>,
    announced_more: bool,
}

impl Walk {
    fn segment(&mut self, marker: u8, reader: &mut Reader<'_>) -> Result<(), Refusal> {
        let length = reader.u16().ok_or(CUT)?;
        let body = usize::from(length).checked_sub(2).and_then(|length| reader.take(length)).ok_or(CUT)?;
        if !self.is_kept(marker, body) {
            return Ok(());
        }
        self.kept.extend([0xff, marker]);
        self.kept.extend(length.to_be_bytes());
        self.kept.extend(body);
        if marker == SCAN {
            let scan = scan_length(reader.rest()).ok_or(CUT)?;
            self.kept.extend(reader.take(scan).ok_or(CUT)?);
        }
        Ok(())
    }

    /// Frames, tables and scans are kept; of the application's segments those that change what is seen (size of pixels,
    /// colour profile, Adobe's colour transform) and the marks of where a picture comes from (C2PA).
    fn is_kept(&mut self, marker: u8, body: &[u8]) -> bool {
        let removed = match marker {
            0xe0 if body.starts_with(b"JFIF\0") => return true,
            0xe2 if body.starts_with(b"ICC_PROFILE\0") => return true,
            0xeb if body.starts_with(b"JP") => return true,
            0xee if body.starts_with(b"Adobe") => return true,
            0xe1 => match body.strip_prefix(b"Exif\0\0") {
                Some(notes) => {
                    self.orientation = Some(read_exif(notes, &mut self.removed));
                    return false;
                }
                None => Removed::Xmp,
            },
            0xe2 if body.starts_with(b"MPF\0") => {
                self.announced_more = true;
                Removed::Appendix
            }
            0xed => Removed::Iptc,
            COMMENT => Removed::Comment,
            0xe0..=0xef => Removed::Other,
            _ => return true,
        };
        self.removed.insert(removed);
        false
    }

    fn finish(self) -> Cleaned {
        let orientation = self.orientation.unwrap_or(1);
        let mut content = vec![0xff, START];
        if orientation != 1 {
            let notes = orientation_only(orientation);
            content.extend([0xff, 0xe1, 0, 34]);
            content.extend(b"Exif\0\0");
            content.extend(notes);
        }
        content.extend(self.kept);
        content.extend([0xff, END]);
        Cleaned { content, removed: self.removed, animated: false, orientation }
    }
}

fn marker(reader: &mut Reader<'_>) -> Result<u8, Refusal> {
    if reader.byte().ok_or(CUT)? != 0xff {
        return Err(Refusal::damaged(MediaType::Jpeg, "there is something between its parts"));
    }
    loop {
        match reader.byte().ok_or(CUT)? {
            // A marker may be preceded by any number of these.
            0xff => {}
            marker => return Ok(marker),
        }
    }
}

/// The length of the packed pixels: up to a marker that is no restart.
fn scan_length(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match rest.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
