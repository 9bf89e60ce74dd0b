//! Media that ads are made of: pictures, videos, documents. What is known of a file, not where it lies.

use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What sort of thing a file is.
    AssetKind {
        /// A picture.
        Image = "image",
        /// A video.
        Video = "video",
        /// A document.
        Document = "document",
    }
}

words! {
    /// What a file is by its content, as a media type.
    MediaType {
        /// JPEG.
        Jpeg = "image/jpeg",
        /// PNG.
        Png = "image/png",
        /// GIF.
        Gif = "image/gif",
        /// WebP.
        Webp = "image/webp",
        /// MPEG-4.
        Mp4 = "video/mp4",
        /// QuickTime.
        Mov = "video/quicktime",
        /// PDF.
        Pdf = "application/pdf",
    }
}

words! {
    /// What an asset does in an ad.
    AssetRole {
        /// The picture that is shown first.
        PrimaryImage = "primary_image",
        /// A further picture.
        SecondaryImage = "secondary_image",
        /// The mark of who advertises.
        Logo = "logo",
        /// The video.
        Video = "video",
        /// A document.
        Document = "document",
    }
}

impl MediaType {
    /// What sort of thing it is.
    pub const fn kind(self) -> AssetKind {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp => AssetKind::Image,
            Self::Mp4 | Self::Mov => AssetKind::Video,
            Self::Pdf => AssetKind::Document,
        }
    }

    /// The name people know.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Mp4 => "MP4",
            Self::Mov => "MOV",
            Self::Pdf => "PDF",
        }
    }

    /// The usual ending of its files' names, without the dot.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Pdf => "pdf",
        }
    }

    /// The type that a name's ending promises, if it promises one of ours.
    pub fn promised_by(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "gif" => Some(Self::Gif),
            "webp" => Some(Self::Webp),
            "mp4" | "m4v" => Some(Self::Mp4),
            "mov" | "qt" => Some(Self::Mov),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

impl std::str::FromStr for MediaType {
    type Err = UnknownMediaType;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|media| media.as_str() == text);
        found.ok_or_else(|| UnknownMediaType(text.to_owned()))
    }
}

/// A media type that no asset has.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no type of asset; JPEG, PNG, GIF, WebP, MP4, MOV and PDF are")]
pub struct UnknownMediaType(pub String);

/// The SHA-256 of a file's content, lower-case hexadecimal: an asset's identity within a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(lower)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// What a picture looks like, in 64 bits: pictures that look alike differ in few of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PerceptualHash(pub u64);

impl PerceptualHash {
    /// Bits in which two pictures may differ and still be told as alike. Measured: scaled, recompressed and cropped by
    /// three hundredths at each edge stay below, different pictures lie around 32.
    pub const NEAR: u32 = 10;

    /// The number of bits in which two differ, 0 to 64.
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// What is known of a file from its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFacts {
    /// Its identity.
    pub hash: ContentHash,
    /// Its size.
    pub bytes: u64,
    /// What it is.
    pub media: MediaType,
    /// What else its sort of file has.
    pub details: AssetDetails,
}

/// What pictures and videos have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetDetails {
    /// A picture.
    Image(ImageDetails),
    /// A video.
    Video(VideoDetails),
    /// A document, of which nothing is known but its size.
    Document,
}

/// What is known of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageDetails {
    /// Its size as it is seen, turned the way up that the file says.
    pub size: PixelSize,
    /// Whether any of it is transparent.
    pub alpha: bool,
    /// Whether it moves.
    pub animated: bool,
    /// How the file says that it is to be turned, 1 to 8 as in EXIF; 1 is as it is.
    pub orientation: u8,
    /// What it looks like; `None` if it is all of one colour.
    pub looks: Option<PerceptualHash>,
}

/// What is known of a video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoDetails {
    /// Its size as it is seen, turned the way up that the file says.
    pub size: PixelSize,
    /// How long it is, in milliseconds.
    pub duration_ms: u64,
    /// The four letters that name how pictures are stored: `avc1`, `hvc1`.
    pub codec: String,
    /// Whether it has sound.
    pub audio: bool,
}

/// A width and a height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelSize {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl std::fmt::Display for PixelSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

impl AssetFacts {
    /// Its size in pixels, if it has one.
    pub const fn size(&self) -> Option<PixelSize> {
        match &self.details {
            AssetDetails::Image(image) => Some(image.size),
            AssetDetails::Video(video) => Some(video.size),
            AssetDetails::Document => None,
        }
    }

    /// What it looks like, if it is a picture that looks like something.
    pub const fn looks(&self) -> Option<PerceptualHash> {
        match &self.details {
            AssetDetails::Image(image) => image.looks,
            AssetDetails::Video(_) | AssetDetails::Document => None,
        }
    }
}
