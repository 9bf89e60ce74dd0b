//! What the placements want, as far as the fact sheets say. What no sheet says (Meta's limits of videos, TikTok's of
//! pictures) has no row: a row would claim that everything fits.

use placard_domain::{
    Platform,
    asset::{AssetKind, MediaType, PixelSize},
    copy::limits,
};

/// A place in which an ad shows an asset.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// The platform.
    pub platform: Platform,
    /// The name people know.
    pub name: &'static str,
    /// Where the facts are from.
    pub source: &'static str,
    /// The formats that are taken, all of one kind.
    pub formats: &'static [MediaType],
    /// The shape, to a hundredth.
    pub shape: Ratio,
    /// The least size.
    pub least: PixelSize,
    /// The most bytes.
    pub most_bytes: Option<u64>,
    /// The least and the most seconds.
    pub seconds: Option<(u64, u64)>,
    /// How long the texts beside it may be.
    pub texts: &'static [TextLimit],
}

impl Placement {
    /// What sort of asset is shown there.
    pub const fn kind(&self) -> AssetKind {
        self.formats[0].kind()
    }
}

/// A shape: so many across to so many down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Parts across.
    pub across: u32,
    /// Parts down.
    pub down: u32,
}

/// How long a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimit {
    /// Which text.
    pub text: &'static str,
    /// Its characters.
    pub most: usize,
}

const STILL: &[MediaType] = &[MediaType::Jpeg, MediaType::Png];
const GOOGLE: &[MediaType] = &[MediaType::Jpeg, MediaType::Png, MediaType::Gif];
const VIDEO: &[MediaType] = &[MediaType::Mp4, MediaType::Mov];

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

const META_TEXTS: &[TextLimit] = &[
    text("primary text", limits::META_PRIMARY_TEXT.length),
    text("headline", limits::META_HEADLINE.length),
    text("description", limits::META_DESCRIPTION.length),
];
const GOOGLE_TEXTS: &[TextLimit] = &[
    text("headline", limits::GOOGLE_DISPLAY_HEADLINE.length),
    text("long headline", limits::GOOGLE_LONG_HEADLINE.length),
    text("description", limits::GOOGLE_DISPLAY_DESCRIPTION.length),
    text("business name", limits::GOOGLE_BUSINESS_NAME),
];
const MICROSOFT_TEXTS: &[TextLimit] = &[
    text("headline", limits::MICROSOFT_HEADLINE.length),
    text("description", limits::MICROSOFT_DESCRIPTION.length),
];
const TIKTOK_TEXTS: &[TextLimit] = &[text("ad text", limits::TIKTOK_TEXT.length)];

/// Every placement, by platform. Microsoft's sheet names no formats: those are given that Placard publishes.
pub const PLACEMENTS: &[Placement] = &[
    meta("Square", (1, 1), (600, 600)),
    meta("Portrait", (4, 5), (600, 750)),
    meta("Story and reel", (9, 16), (600, 1066)),
    meta("Landscape", (191, 100), (600, 314)),
    google("Marketing image", (191, 100), (600, 314)),
    google("Square marketing image", (1, 1), (300, 300)),
    google("Portrait marketing image", (4, 5), (480, 600)),
    google("Logo", (1, 1), (128, 128)),
    google("Landscape logo", (4, 1), (512, 128)),
    microsoft("Image 16:9", (16, 9), (640, 360)),
    microsoft("Image 1.5:1", (3, 2), (300, 200)),
    microsoft("Image 4:3", (4, 3), (100, 75)),
    microsoft("Image 1:1", (1, 1), (128, 128)),
    microsoft("Image 1.91:1", (191, 100), (703, 368)),
    microsoft("Image 4:1", (4, 1), (512, 128)),
    tiktok("In-feed video, upright", (9, 16), (540, 960)),
    tiktok("In-feed video, square", (1, 1), (640, 640)),
    tiktok("In-feed video, wide", (16, 9), (960, 540)),
];

const fn text(text: &'static str, most: usize) -> TextLimit {
    TextLimit { text, most }
}

/// Meta's limits are guidance: about 600 pixels across, and texts that are shown in full.
const fn meta(name: &'static str, shape: (u32, u32), least: (u32, u32)) -> Placement {
    let most_bytes = Some(30 * MB);
    let rest =
        Rest {
            source: "platforms/meta.md §6", formats: STILL, most_bytes, seconds: None, texts: META_TEXTS
        };
    placement(Platform::Meta, name, shape, least, rest)
}

const fn google(name: &'static str, shape: (u32, u32), least: (u32, u32)) -> Placement {
    let (source, most_bytes) = ("platforms/google.md §4", Some(5_120 * KB));
    let rest = Rest { source, formats: GOOGLE, most_bytes, seconds: None, texts: GOOGLE_TEXTS };
    placement(Platform::Google, name, shape, least, rest)
}

/// Microsoft counts the characters of base64: 102,400 are 76,800 bytes.
const fn microsoft(name: &'static str, shape: (u32, u32), least: (u32, u32)) -> Placement {
    let (source, most_bytes) = ("platforms/microsoft.md §4", Some(76_800));
    let rest = Rest { source, formats: STILL, most_bytes, seconds: None, texts: MICROSOFT_TEXTS };
    placement(Platform::Microsoft, name, shape, least, rest)
}

const fn tiktok(name: &'static str, shape: (u32, u32), least: (u32, u32)) -> Placement {
    let (source, most_bytes, seconds) = ("platforms/tiktok.md §6", Some(500 * MB), Some((5, 600)));
    let rest = Rest { source, formats: VIDEO, most_bytes, seconds, texts: TIKTOK_TEXTS };
    placement(Platform::Tiktok, name, shape, least, rest)
}

/// What the placements of a platform have in common.
struct Rest {
    source: &'static str,
    formats: &'static [MediaType],
    most_bytes: Option<u64>,
    seconds: Option<(u64, u64)>,
    texts: &'static [TextLimit],
}

const fn placement(
    platform: Platform,
    name: &'static str,
    (across, down): (u32, u32),
    (width, height): (u32, u32),
    Rest { source, formats, most_bytes, seconds, texts }: Rest,
) -> Placement {
    let (shape, least) = (Ratio { across, down }, PixelSize { width, height });
    Placement { platform, name, source, formats, shape, least, most_bytes, seconds, texts }
}
