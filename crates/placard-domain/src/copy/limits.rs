//! How much room platforms give the words of an ad. This is the one table of it: the adapters check specs with it, the
//! library shows it beside placements, and the copy writer writes within it.

use super::{emoji, signs::REFUSED_BY_TIKTOK, width};
use crate::{Platform, objective::words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// A text of an ad, by its name in a spec.
    TextPart {
        /// The text beside the picture.
        PrimaryText = "primary_text",
        /// The line under the picture, or one of the large lines of a search ad.
        Headline = "headline",
        /// The smaller line.
        Description = "description",
    }
}

/// What a platform takes of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which text.
    pub part: TextPart,
    /// How many lines of it there must be.
    pub least: usize,
    /// How many lines of it there may be.
    pub most: usize,
    /// How long each may be.
    pub length: usize,
    /// What is counted.
    pub measure: Measure,
    /// What becomes of a longer one.
    pub beyond: Beyond,
}

/// What the length of a text is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Characters.
    Characters,
    /// Room: wide characters count double ([`width`]).
    Width,
}

/// What becomes of a text that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// The platform refuses it.
    Refused,
    /// People see its beginning.
    Shortened,
}

/// What one kind of ad takes.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The platform.
    pub platform: Platform,
    /// The limit of each text that is shown; what is not named is not shown.
    pub limits: &'static [Limit],
    /// Signs that no text may hold.
    pub refused: &'static [char],
    /// Whether a text may hold emoji.
    pub emoji: bool,
}

/// Meta's guidance on what is shown (`platforms/meta.md` §11).
pub const META_PRIMARY_TEXT: Limit = shown(TextPart::PrimaryText, 1, 125);
/// The same of the headline.
pub const META_HEADLINE: Limit = shown(TextPart::Headline, 1, 40);
/// The same of the description, which may be left out.
pub const META_DESCRIPTION: Limit = shown(TextPart::Description, 0, 30);
/// Meta's texts.
pub const META: &[Limit] = &[META_PRIMARY_TEXT, META_HEADLINE, META_DESCRIPTION];

/// Headlines of a responsive search ad (`platforms/google.md` §4).
pub const GOOGLE_SEARCH_HEADLINE: Limit = lines(TextPart::Headline, 3, 15, 30);
/// Its descriptions.
pub const GOOGLE_SEARCH_DESCRIPTION: Limit = lines(TextPart::Description, 2, 4, 90);
/// Headlines of a responsive display ad (`platforms/google.md` §4).
pub const GOOGLE_DISPLAY_HEADLINE: Limit = lines(TextPart::Headline, 1, 5, 30);
/// Its descriptions.
pub const GOOGLE_DISPLAY_DESCRIPTION: Limit = lines(TextPart::Description, 1, 5, 90);
/// Its long headline, which is a spec's primary text.
pub const GOOGLE_LONG_HEADLINE: Limit = lines(TextPart::PrimaryText, 1, 1, 90);
/// The room for who advertises, in a responsive display ad.
pub const GOOGLE_BUSINESS_NAME: usize = 25;

/// Headlines of a responsive search ad (`platforms/microsoft.md` §4).
pub const MICROSOFT_HEADLINE: Limit = lines(TextPart::Headline, 3, 15, 30);
/// Its descriptions.
pub const MICROSOFT_DESCRIPTION: Limit = lines(TextPart::Description, 2, 4, 90);

/// The one text that TikTok shows (`platforms/tiktok.md` §12).
pub const TIKTOK_TEXT: Limit = Limit {
    part: TextPart::PrimaryText,
    least: 1,
    most: 1,
    length: 100,
    measure: Measure::Characters,
    beyond: Beyond::Refused,
};

/// What the usual ad of a platform takes; Google's stands beside search results.
pub const fn format_of(platform: Platform) -> Format {
    let usual = Format { platform, limits: META, refused: &[], emoji: true };
    match platform {
        Platform::Meta => usual,
        Platform::Google => Format { limits: &[GOOGLE_SEARCH_HEADLINE, GOOGLE_SEARCH_DESCRIPTION], ..usual },
        Platform::Microsoft => Format { limits: &[MICROSOFT_HEADLINE, MICROSOFT_DESCRIPTION], ..usual },
        Platform::Tiktok => {
            Format { limits: &[TIKTOK_TEXT], refused: &REFUSED_BY_TIKTOK, emoji: false, ..usual }
        }
    }
}

const fn shown(part: TextPart, least: usize, length: usize) -> Limit {
    Limit { part, least, most: 1, length, measure: Measure::Characters, beyond: Beyond::Shortened }
}

const fn lines(part: TextPart, least: usize, most: usize, length: usize) -> Limit {
    Limit { part, least, most, length, measure: Measure::Width, beyond: Beyond::Refused }
}

impl Limit {
    /// How much room `text` takes.
    pub fn measured(&self, text: &str) -> usize {
        match self.measure {
            Measure::Characters => text.chars().count(),
            Measure::Width => width(text),
        }
    }
}

impl Format {
    /// The limit of one text, if it is shown at all.
    pub fn limit(&self, part: TextPart) -> Option<&'static Limit> {
        self.limits.iter().find(|limit| limit.part == part)
    }

    /// The first sign in `text` that is not taken.
    pub fn refused_sign(&self, text: &str) -> Option<char> {
        let emoji = if self.emoji { None } else { emoji(text) };
        emoji.or_else(|| text.chars().find(|letter| self.refused.contains(letter)))
    }
}
