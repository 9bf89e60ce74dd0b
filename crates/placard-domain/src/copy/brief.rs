//! What somebody wants words for.

use crate::{Platform, objective::words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many variants are written at once.
pub const MOST_VARIANTS: usize = 20;

/// Characters of one part of a brief.
const LONGEST: usize = 500;

words! {
    /// How the words sound.
    Tone {
        /// Says what there is.
        Plain = "plain",
        /// Speaks as one speaks to a guest.
        Warm = "warm",
        /// Asks to act.
        Urgent = "urgent",
    }
}

/// What somebody wants words for. Its parts are trimmed and short enough, and it names a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// What is advertised.
    pub product: String,
    /// Who should see it.
    pub audience: String,
    /// What they gain.
    pub benefit: Option<String>,
    /// What is offered: a price, a date, a gift.
    pub offer: Option<String>,
    /// How it sounds.
    pub tone: Tone,
    /// Where it is shown, each once.
    pub platforms: Vec<Platform>,
    /// How many variants.
    pub count: usize,
}

/// Why a brief cannot be written from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    /// A part that must be there is empty.
    #[error("say what the {0} is")]
    Missing(&'static str),
    /// A part is too long.
    #[error("the {0} is longer than {LONGEST} characters")]
    TooLong(&'static str),
    /// A part holds control characters.
    #[error("the {0} holds characters that are no text")]
    NoText(&'static str),
    /// No platform is named.
    #[error("name at least one platform")]
    NoPlatform,
    /// Too many variants, or none.
    #[error("ask for 1 to {MOST_VARIANTS} variants")]
    Count,
}

impl BriefError {
    /// The part that it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Missing(field) | Self::TooLong(field) | Self::NoText(field) => field,
            Self::NoPlatform => "platforms",
            Self::Count => "count",
        }
    }
}

impl Brief {
    /// The same, once every part is fit to be written from.
    ///
    /// # Errors
    /// [`BriefError`], the first one found.
    pub fn checked(mut self) -> Result<Self, BriefError> {
        self.product = required("product", &self.product)?;
        self.audience = required("audience", &self.audience)?;
        self.benefit = self.benefit.as_deref().map(|text| required("benefit", text)).transpose()?;
        self.offer = self.offer.as_deref().map(|text| required("offer", text)).transpose()?;
        self.platforms.sort_unstable();
        self.platforms.dedup();
        if self.platforms.is_empty() {
            return Err(BriefError::NoPlatform);
        }
        if !(1..=MOST_VARIANTS).contains(&self.count) {
            return Err(BriefError::Count);
        }
        Ok(self)
    }
}

fn required(field: &'static str, text: &str) -> Result<String, BriefError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BriefError::Missing(field));
    }
    if text.chars().count() > LONGEST {
        return Err(BriefError::TooLong(field));
    }
    if text.chars().any(char::is_control) {
        return Err(BriefError::NoText(field));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief() -> Brief {
        Brief {
            product: " Tents ".to_owned(),
            audience: "campers".to_owned(),
            benefit: None,
            offer: None,
            tone: Tone::Plain,
            platforms: vec![Platform::Tiktok, Platform::Meta, Platform::Meta],
            count: 3,
        }
    }

    #[test]
    fn a_brief_is_trimmed_and_names_each_platform_once() {
        let checked = brief().checked().unwrap();
        assert_eq!(checked.product, "Tents");
        assert_eq!(checked.platforms, [Platform::Meta, Platform::Tiktok]);
    }

    #[test]
    fn what_cannot_be_written_from_is_named() {
        let wrong = |change: fn(&mut Brief)| {
            let mut brief = brief();
            change(&mut brief);
            brief.checked().unwrap_err()
        };
        assert_eq!(wrong(|brief| brief.product = "  ".to_owned()), BriefError::Missing("product"));
        assert_eq!(wrong(|brief| brief.offer = Some("x".repeat(501))), BriefError::TooLong("offer"));
        assert_eq!(wrong(|brief| brief.audience = "a\nb".to_owned()), BriefError::NoText("audience"));
        assert_eq!(wrong(|brief| brief.platforms.clear()), BriefError::NoPlatform);
        assert_eq!(wrong(|brief| brief.count = 21), BriefError::Count);
    }
}
