//! Looking at a picture: its size before it is unpacked, then its thumbnail and its looks.

use super::{Cleaned, Refusal, looks};
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::jpeg::JpegEncoder, metadata::Orientation,
};
use placard_domain::asset::{ImageDetails, MediaType, PixelSize};
use std::io::Cursor;

/// Pixels of the largest picture that is unpacked, for example 8,000 × 8,000.
pub const MOST_PIXELS: u64 = 64_000_000;

/// Pixels of a thumbnail's longer edge.
pub const LONGEST_THUMBNAIL: u32 = 320;

/// Bytes that a picture may have unpacked: as many pixels as may be, in the widest format.
const MOST_UNPACKED: u64 = MOST_PIXELS * 8;

const THUMBNAIL_QUALITY: u8 = 80;

/// A small picture, the right way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// JPEG, or PNG if any of it is transparent.
    pub media: MediaType,
    /// The file.
    pub content: Vec<u8>,
}

pub(super) struct Picture {
    pub(super) details: ImageDetails,
    pub(super) thumbnail: Thumbnail,
}

pub(super) fn look(media: MediaType, cleaned: &Cleaned) -> Result<Picture, Refusal> {
    let picture = unpack(media, &cleaned.content)?;
    let orientation = Orientation::from_exif(cleaned.orientation).unwrap_or(Orientation::NoTransforms);
    let (width, height) = picture.dimensions();
    let (width, height) = if cleaned.orientation > 4 { (height, width) } else { (width, height) };
    let alpha = picture.color().has_alpha() && picture.pixels().any(|(_, _, pixel)| pixel[3] < u8::MAX);
    let longest = width.max(height);
    let mut small = if longest > LONGEST_THUMBNAIL {
        picture.thumbnail(LONGEST_THUMBNAIL, LONGEST_THUMBNAIL)
    } else {
        picture
    };
    small.apply_orientation(orientation);
    let details = ImageDetails {
        size: PixelSize { width, height },
        alpha,
        animated: cleaned.animated,
        orientation: cleaned.orientation,
        looks: looks::of(&small),
    };
    let thumbnail = pack(&small, alpha).map_err(|error| refusal(media, error))?;
    Ok(Picture { details, thumbnail })
}

/// Unpacks a picture, whose size is looked at first: a few kilobytes can claim gigabytes.
fn unpack(media: MediaType, content: &[u8]) -> Result<DynamicImage, Refusal> {
    let format = match media {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Gif => ImageFormat::Gif,
        MediaType::Webp => ImageFormat::WebP,
        MediaType::Mp4 | MediaType::Mov | MediaType::Pdf => return Err(Refusal::Unknown),
    };
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_UNPACKED);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| refusal(media, error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_UNPACKED {
        return Err(Refusal::TooManyPixels { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Refusal::damaged(media, "it has no pixels"));
    }
    DynamicImage::from_decoder(decoder).map_err(|error| refusal(media, error))
}

fn refusal(media: MediaType, error: ImageError) -> Refusal {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::OutOfMemory => Refusal::Io(error),
        ImageError::Limits(_) => Refusal::damaged(media, "it unpacks to more than a picture needs"),
        ImageError::Unsupported(_) => Refusal::damaged(media, "it is of a variety that nobody reads"),
        _ => Refusal::damaged(media, "its pixels cannot be read"),
    }
}

fn pack(small: &DynamicImage, alpha: bool) -> Result<Thumbnail, ImageError> {
    let mut content = Cursor::new(Vec::new());
    let media = if alpha {
        small.to_rgba8().write_to(&mut content, ImageFormat::Png)?;
        MediaType::Png
    } else {
        small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut content, THUMBNAIL_QUALITY))?;
        MediaType::Jpeg
    };
    Ok(Thumbnail { media, content: content.into_inner() })
}
