//! Pictures and videos that a spec names: what is known of them, and why one cannot be shown.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name or id of an asset of the library, if that is what a spec names: `asset:hero.png`.
pub fn asset_name(named: &str) -> Option<&str> {
    named.strip_prefix("asset:").map(str::trim)
}

/// Facts of an image file, gathered by whoever can read files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Length of the file.
    pub bytes: u64,
    /// What it is.
    pub format: ImageFormat,
}

/// Formats of pictures that ads can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl ImageFormat {
    /// The usual ending of file names.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// Facts of a video in the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFacts {
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
    /// Pixels across, turned the way up that the file says.
    pub width: u32,
    /// Pixels down, turned the way up that the file says.
    pub height: u32,
    /// Length of the file.
    pub bytes: u64,
    /// How long it is, in milliseconds.
    pub duration_ms: u64,
}

/// Why a file cannot be an ad's image or video.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaProblem {
    /// There is no such file.
    #[error("no file is there")]
    Missing,
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// It is something else.
    #[error("the file is neither a JPG nor a PNG image")]
    NotAnImage,
    /// It is something else.
    #[error("the asset is no MP4 or MOV video")]
    NotAVideo,
    /// The library has no asset of this name.
    #[error("the library has no such asset")]
    NoAsset {
        /// The name that was probably meant.
        closest: Option<String>,
    },
    /// Several assets have this name.
    #[error("the library has several assets of this name")]
    SeveralAssets {
        /// Their ids.
        ids: Vec<String>,
    },
    /// The asset was put aside.
    #[error("the asset was put aside")]
    PutAside,
    /// A platform can show it nowhere.
    #[error("{0}")]
    Unfit(String),
}

impl MediaProblem {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Missing | Self::Unreadable(_) | Self::NotAnImage => {
                "paths are seen from the spec's own folder".to_owned()
            }
            Self::NotAVideo => "`placard assets show` says what it is".to_owned(),
            Self::NoAsset { closest: Some(closest) } => format!("did you mean `asset:{closest}`?"),
            Self::NoAsset { closest: None } => "`placard assets list` shows what is there".to_owned(),
            Self::SeveralAssets { ids } => format!("name one by its id: {}", ids.join(", ")),
            Self::PutAside => "`placard assets restore` takes that back".to_owned(),
            Self::Unfit(_) => "`placard assets show` says where it fits".to_owned(),
        }
    }
}

/// What is known of each image that a spec names, by the path in the spec.
pub type Images = BTreeMap<String, Result<ImageFacts, MediaProblem>>;

/// What is known of each video that a spec names, by what the spec calls it.
pub type Videos = BTreeMap<String, Result<VideoFacts, MediaProblem>>;

/// What is known of everything that a spec names beside words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Pictures.
    pub images: Images,
    /// Videos.
    pub videos: Videos,
}

impl From<Images> for Media {
    fn from(images: Images) -> Self {
        Self { images, videos: Videos::new() }
    }
}
