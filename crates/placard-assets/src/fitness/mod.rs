//! Where an asset fits: what each platform's placements want, and what is to be done if it is something else.

mod table;

pub use table::{PLACEMENTS, Placement, Ratio, TextLimit};

use placard_domain::asset::{AssetDetails, AssetFacts, MediaType, PixelSize};

/// How an asset suits a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As it is.
    Fits,
    /// If it is cropped to this size, the largest of the right shape.
    Cropped(PixelSize),
    /// Not without more work.
    Not(Vec<Problem>),
}

/// Why an asset cannot be used in a placement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The placement takes other formats.
    #[error("{} is not taken", found.title())]
    Format {
        /// What it is.
        found: MediaType,
        /// What is taken.
        taken: &'static [MediaType],
    },
    /// The placement takes no moving pictures.
    #[error("it moves")]
    Animated,
    /// There are too few pixels, after cropping.
    #[error("too small: {found} of the right shape, at least {least}")]
    TooSmall {
        /// What is left in the right shape.
        found: PixelSize,
        /// The least that is taken.
        least: PixelSize,
    },
    /// The file is too large.
    #[error("too heavy: {} KB, at most {} KB", .bytes.div_ceil(1024), .most / 1024)]
    TooHeavy {
        /// The size of the file.
        bytes: u64,
        /// The most that is taken.
        most: u64,
    },
    /// The video is too short.
    #[error("too short: {}, at least {least} s", Seconds(*.ms))]
    TooShort {
        /// How long it is, in milliseconds.
        ms: u64,
        /// The least that is taken, in seconds.
        least: u64,
    },
    /// The video is too long.
    #[error("too long: {}, at most {most} s", Seconds(*.ms))]
    TooLong {
        /// How long it is, in milliseconds.
        ms: u64,
        /// The most that is taken, in seconds.
        most: u64,
    },
}

struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{} s", self.0 / 1000, self.0 % 1000 / 100)
    }
}

impl Problem {
    /// What is to be done about it.
    pub fn fix(&self) -> String {
        match self {
            Self::Format { taken, .. } => {
                let names: Vec<&str> = taken.iter().map(|media| media.title()).collect();
                format!("save it as {}", names.join(" or "))
            }
            Self::Animated => "use a still picture".to_owned(),
            Self::TooSmall { least, .. } => format!("use an original of at least {least}"),
            Self::TooHeavy { most, .. } => format!("save it smaller, below {} KB", most / 1024),
            Self::TooShort { least, .. } => format!("make it at least {least} s long"),
            Self::TooLong { most, .. } => format!("cut it to {most} s"),
        }
    }
}

/// How an asset suits each placement that shows its sort of thing. A document suits none.
pub fn of(facts: &AssetFacts) -> impl Iterator<Item = (&'static Placement, Fit)> {
    let kind = facts.media.kind();
    PLACEMENTS.iter().filter(move |placement| placement.kind() == kind).filter_map(|placement| {
        let size = facts.size()?;
        Some((placement, placement.judge(facts, size)))
    })
}

impl Placement {
    fn judge(&self, facts: &AssetFacts, size: PixelSize) -> Fit {
        let shaped = self.shape.is_near(size);
        let shown = if shaped { size } else { self.shape.largest_in(size) };
        let mut problems = Vec::new();
        if !self.formats.contains(&facts.media) {
            problems.push(Problem::Format { found: facts.media, taken: self.formats });
        }
        if matches!(&facts.details, AssetDetails::Image(image) if image.animated) {
            problems.push(Problem::Animated);
        }
        if shown.width < self.least.width || shown.height < self.least.height {
            problems.push(Problem::TooSmall { found: shown, least: self.least });
        }
        if let Some(most) = self.most_bytes.filter(|most| facts.bytes > *most) {
            problems.push(Problem::TooHeavy { bytes: facts.bytes, most });
        }
        if let (AssetDetails::Video(video), Some((least, most))) = (&facts.details, self.seconds) {
            let ms = video.duration_ms;
            if ms < least * 1000 {
                problems.push(Problem::TooShort { ms, least });
            } else if ms > most * 1000 {
                problems.push(Problem::TooLong { ms, most });
            }
        }
        match (problems.is_empty(), shaped) {
            (false, _) => Fit::Not(problems),
            (true, false) => Fit::Cropped(shown),
            (true, true) => Fit::Fits,
        }
    }
}

impl Ratio {
    /// Whether a size has this shape to a hundredth.
    pub const fn is_near(self, size: PixelSize) -> bool {
        let (one, other) = self.products(size);
        one.abs_diff(other) * 100 <= other
    }

    /// The largest size of this shape within another.
    pub fn largest_in(self, size: PixelSize) -> PixelSize {
        let (across, down) = (u64::from(self.across), u64::from(self.down));
        let (wide, high) = self.products(size);
        // Each is a part of an edge, which has 32 bits.
        let narrowed = |edge: u64| u32::try_from(edge).unwrap_or(u32::MAX);
        if wide > high {
            PixelSize { width: narrowed(u64::from(size.height) * across / down), ..size }
        } else {
            PixelSize { height: narrowed(u64::from(size.width) * down / across), ..size }
        }
    }

    /// Width and height, made comparable.
    const fn products(self, size: PixelSize) -> (u64, u64) {
        (size.width as u64 * self.down as u64, size.height as u64 * self.across as u64)
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.across, self.down) {
            (191, 100) => f.write_str("1.91:1"),
            (across, down) => write!(f, "{across}:{down}"),
        }
    }
}
