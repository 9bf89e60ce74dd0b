//! What files say about people, and the little of it that is kept.

use image::metadata::Orientation;
use placard_domain::asset::MediaType;
use std::collections::BTreeSet;

/// Something that was taken out of a file, because it can say who made it, where and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Removed {
    /// The camera's notes.
    Exif,
    /// Where it was made.
    Location,
    /// Notes of an editing program.
    Xmp,
    /// Notes of a news agency: author, contact, caption.
    Iptc,
    /// Free text.
    Comment,
    /// Something that was appended: a preview, a short video.
    Appendix,
    /// Something that nobody needs for showing it.
    Other,
}

impl Removed {
    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Exif => "camera data",
            Self::Location => "location",
            Self::Xmp => "editing history",
            Self::Iptc => "author and caption",
            Self::Comment => "comments",
            Self::Appendix => "appended data",
            Self::Other => "other notes",
        }
    }
}

/// Notes that say only which way up a picture is, as a TIFF file with one field.
pub(super) fn orientation_only(orientation: u8) -> [u8; 26] {
    let mut notes = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0";
    notes[18] = orientation;
    notes
}

/// What EXIF notes say that matters: which way up the picture is. Tells `removed` that there are notes, if they are
/// more than that.
pub(super) fn read_exif(notes: &[u8], removed: &mut BTreeSet<Removed>) -> u8 {
    let orientation = Orientation::from_exif_chunk(notes).map_or(1, Orientation::to_exif);
    if notes != orientation_only(orientation) {
        removed.insert(Removed::Exif);
        if has_place(notes) {
            removed.insert(Removed::Location);
        }
    }
    orientation
}

/// Whether the first directory of EXIF notes points to one about places (tag 0x8825).
fn has_place(notes: &[u8]) -> bool {
    let little = notes.starts_with(b"II");
    let u16_at = |at: usize| {
        let bytes = notes.get(at..at + 2)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let start = notes.get(4..8).and_then(|bytes| bytes.try_into().ok());
    let start: Option<[u8; 4]> = start;
    let start = start.map(|bytes| if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) });
    let Some(start) = start.and_then(|start| usize::try_from(start).ok()) else { return false };
    let Some(start) = start.checked_add(2).filter(|start| *start < notes.len()) else { return false };
    let count = u16_at(start - 2).map_or(0, usize::from);
    (0..count).any(|entry| u16_at(start + entry * 12) == Some(0x8825))
}

/// Whether `tail`, which follows the end of a picture, is padding.
pub(super) fn is_padding(tail: &[u8]) -> bool {
    tail.iter().all(|byte| *byte == 0)
}

/// The refusal of a file that goes on after its end.
pub(super) const fn goes_on(media: MediaType) -> super::Refusal {
    super::Refusal::Polyglot { media, what: "it goes on after its end" }
}
