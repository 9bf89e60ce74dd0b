//! What a file is, by its content.

mod gif;
mod jpeg;
mod looks;
mod metadata;
mod mp4;
mod pdf;
mod picture;
mod png;
mod polyglot;
mod reader;
mod webp;

pub use metadata::Removed;
pub use picture::{LONGEST_THUMBNAIL, MOST_PIXELS, Thumbnail};

use picture::Picture;
use placard_domain::asset::{AssetDetails, AssetKind, MediaType};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
};

/// What was found in a file, which now holds nothing that was not to be kept.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub media: MediaType,
    /// What its sort of file has.
    pub details: AssetDetails,
    /// What was taken out of the file.
    pub removed: BTreeSet<Removed>,
    /// What it looks like, small; pictures only.
    pub thumbnail: Option<Thumbnail>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is nothing that ads are made of.
    #[error("this is no JPEG, PNG, GIF, WebP, MP4, MOV or PDF file")]
    Unknown,
    /// It is a picture of a sort that no platform takes.
    #[error("this is a {0} picture, which no ad platform takes; save it as JPEG or PNG")]
    UnsupportedPicture(&'static str),
    /// It is something else than its name or its sender says.
    #[error("this is said to be {}, but its content is {}", declared.title(), found.title())]
    Mismatch {
        /// What it was said to be.
        declared: MediaType,
        /// What it is.
        found: MediaType,
    },
    /// It is two things at once.
    #[error("this {} file is also something else: {what}", media.title())]
    Polyglot {
        /// What it is at first sight.
        media: MediaType,
        /// What else it is.
        what: &'static str,
    },
    /// It ends early or contradicts itself.
    #[error("this {} file is damaged: {what}", media.title())]
    Damaged {
        /// What it would be.
        media: MediaType,
        /// Where it fails.
        what: &'static str,
    },
    /// Unpacked it would be larger than anything an ad needs.
    #[error("this picture has {width}×{height} pixels, more than {MOST_PIXELS} in all")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// It is larger than its sort of file may be.
    #[error("this {kind} has {bytes} bytes, at most {limit} are taken")]
    TooHeavy {
        /// What it is.
        kind: AssetKind,
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// Something of ours failed while it was looked at.
    #[error("the file could not be looked at")]
    Io(#[from] std::io::Error),
}

/// Bytes that a picture or document may have: more than Meta takes (Meta, `platforms/meta.md` §6), and little enough to
/// be held in memory.
pub const LARGEST_PICTURE: u64 = 50 * 1024 * 1024;

/// Bytes that a video may have, which is what TikTok takes (TikTok, `platforms/tiktok.md` §6).
pub const LARGEST_VIDEO: u64 = 500 * 1024 * 1024;

impl Refusal {
    const fn damaged(media: MediaType, what: &'static str) -> Self {
        Self::Damaged { media, what }
    }
}

/// How large a file of this kind may be.
pub const fn largest(kind: AssetKind) -> u64 {
    match kind {
        AssetKind::Image | AssetKind::Document => LARGEST_PICTURE,
        AssetKind::Video => LARGEST_VIDEO,
    }
}

/// Looks at a file and takes out what is not to be kept. `declared` is what its name or its sender says that it is.
pub fn inspect(file: &mut File, declared: Option<MediaType>) -> Result<Found, Refusal> {
    let bytes = file.metadata()?.len();
    let mut head = Vec::with_capacity(32);
    file.seek(SeekFrom::Start(0))?;
    (&*file).take(32).read_to_end(&mut head)?;
    let media = sniff(&head)?;
    if let Some(declared) = declared.filter(|declared| !agree(*declared, media)) {
        return Err(Refusal::Mismatch { declared, found: media });
    }
    let limit = largest(media.kind());
    if bytes > limit {
        return Err(Refusal::TooHeavy { kind: media.kind(), bytes, limit });
    }
    if media.kind() == AssetKind::Video {
        let (details, removed) = mp4::inspect(file, media, bytes)?;
        return Ok(Found { media, details: AssetDetails::Video(details), removed, thumbnail: None });
    }
    let mut content = head;
    file.read_to_end(&mut content)?;
    polyglot::check(media, &content)?;
    if media == MediaType::Pdf {
        pdf::check(&content)?;
        let removed = BTreeSet::new();
        return Ok(Found { media, details: AssetDetails::Document, removed, thumbnail: None });
    }
    let cleaned = clean(media, &content)?;
    if cleaned.content != content {
        file.seek(SeekFrom::Start(0))?;
        file.set_len(0)?;
        file.write_all(&cleaned.content)?;
    }
    let Picture { details, thumbnail } = picture::look(media, &cleaned)?;
    let details = AssetDetails::Image(details);
    Ok(Found { media, details, removed: cleaned.removed, thumbnail: Some(thumbnail) })
}

/// A picture without what is not to be kept.
struct Cleaned {
    content: Vec<u8>,
    removed: BTreeSet<Removed>,
    animated: bool,
    orientation: u8,
}

fn clean(media: MediaType, content: &[u8]) -> Result<Cleaned, Refusal> {
    match media {
        MediaType::Jpeg => jpeg::clean(content),
        MediaType::Png => png::clean(content),
        MediaType::Gif => gif::clean(content),
        MediaType::Webp => webp::clean(content),
        MediaType::Mp4 | MediaType::Mov | MediaType::Pdf => Err(Refusal::Unknown),
    }
}

/// MP4 and MOV are one format with two names, and cameras mix them up.
fn agree(declared: MediaType, found: MediaType) -> bool {
    declared == found || (declared.kind() == AssetKind::Video && found.kind() == AssetKind::Video)
}

fn sniff(head: &[u8]) -> Result<MediaType, Refusal> {
    match head {
        [0xff, 0xd8, 0xff, ..] => Ok(MediaType::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(MediaType::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(MediaType::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(MediaType::Webp),
        [b'%', b'P', b'D', b'F', b'-', ..] => Ok(MediaType::Pdf),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => sniff_brand(brand),
        // QuickTime files from before brands.
        [_, _, _, _, b'm', b'o', b'o', b'v', ..] => Ok(MediaType::Mov),
        [b'B', b'M', ..] => Err(Refusal::UnsupportedPicture("BMP")),
        [b'I', b'I', 0x2a, 0, ..] | [b'M', b'M', 0, 0x2a, ..] => Err(Refusal::UnsupportedPicture("TIFF")),
        _ => Err(Refusal::Unknown),
    }
}

fn sniff_brand(brand: &[u8]) -> Result<MediaType, Refusal> {
    match brand.get(..4) {
        Some(b"qt  ") => Ok(MediaType::Mov),
        Some(b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1") => Err(Refusal::UnsupportedPicture("HEIC")),
        Some(b"avif" | b"avis") => Err(Refusal::UnsupportedPicture("AVIF")),
        Some(b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1") => {
            Ok(MediaType::Mp4)
        }
        Some(b"M4V " | b"M4VH" | b"M4VP" | b"MSNV" | b"dash") => Ok(MediaType::Mp4),
        _ => Err(Refusal::Unknown),
    }
}
