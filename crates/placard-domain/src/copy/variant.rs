//! One proposal for the words of an ad.

use super::{
    Beyond, Finding, Format, TextPart, format_of,
    policy::{self, CopyRule},
};
use crate::{
    Platform,
    objective::CallToAction,
    spec::{Copy, Severity},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// One proposal for the words of an ad.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The text beside the picture.
    #[schemars(length(max = 5000))]
    pub primary_text: String,
    /// Headlines, the first of which stands where there is room for one.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub headlines: Vec<String>,
    /// Descriptions, the same.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub descriptions: Vec<String>,
}

impl Variant {
    /// The same without space around its lines, and without empty lines.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let lines = |lines: Vec<String>| {
            let trimmed = lines.into_iter().map(|line| line.trim().to_owned());
            trimmed.filter(|line| !line.is_empty()).collect()
        };
        Self {
            primary_text: self.primary_text.trim().to_owned(),
            headlines: lines(self.headlines),
            descriptions: lines(self.descriptions),
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.primary_text.is_empty() && self.headlines.is_empty() && self.descriptions.is_empty()
    }

    /// All its words, a line for each text.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.texts().map(|(_, _, text)| text).collect();
        texts.join("\n")
    }

    /// What tells it apart: the SHA-256 of its words by part, in hexadecimal.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (part, index, text) in self.texts() {
            hash.update(format!("{part} {index} {}\n{text}\n", text.len()));
        }
        hex::encode(hash.finalize())
    }

    /// Each text with what it is and its place among those of its kind.
    pub(super) fn texts(&self) -> impl Iterator<Item = (TextPart, usize, &str)> {
        let primary = Some(self.primary_text.as_str()).filter(|text| !text.is_empty());
        let primary = primary.map(|text| (TextPart::PrimaryText, 0, text));
        primary
            .into_iter()
            .chain(numbered(TextPart::Headline, &self.headlines))
            .chain(numbered(TextPart::Description, &self.descriptions))
    }

    /// The words as a spec has them, with the button of `before`.
    pub fn to_copy(&self, call_to_action: Option<CallToAction>) -> Copy {
        let first = |lines: &[String]| lines.first().cloned();
        let more = |lines: &[String]| lines.iter().skip(1).cloned().collect();
        Copy {
            primary_text: Some(self.primary_text.clone()).filter(|text| !text.is_empty()),
            headline: first(&self.headlines),
            description: first(&self.descriptions),
            more_headlines: more(&self.headlines),
            more_descriptions: more(&self.descriptions),
            call_to_action,
        }
    }

    /// What stands against it: limits of `platforms`, and what their policies object to. A word of `own`, such as the
    /// product's name, may be in capitals.
    pub fn check(&self, platforms: &[Platform], own: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for platform in platforms {
            self.check_room(&format_of(*platform), &mut findings);
        }
        let mut seen = HashSet::new();
        for (part, index, text) in self.texts() {
            let place = place(part, index);
            if !seen.insert((part, text.to_lowercase())) {
                let message = "the same line stands above already".to_owned();
                findings.push(Finding::error(
                    CopyRule::Repeated,
                    place.clone(),
                    message,
                    "write another one",
                ));
            }
            findings.extend(policy::check(&place, text, own));
        }
        findings
    }

    /// Whether nothing in `findings` forbids its use.
    pub fn is_usable(findings: &[Finding]) -> bool {
        findings.iter().all(|finding| finding.severity == Severity::Warning)
    }

    fn check_room(&self, format: &Format, findings: &mut Vec<Finding>) {
        let title = format.platform.title();
        for limit in format.limits {
            let count = self.texts().filter(|(part, ..)| *part == limit.part).count();
            let place = limit.part.as_str().to_owned();
            if count < limit.least {
                let message = format!("{title} needs {} of these, there are {count}", limit.least);
                findings.push(Finding::error(CopyRule::TooFew, place, message, "write more of them"));
            } else if limit.most > 1 && count > limit.most {
                let message = format!("{title} takes {} of these at most, there are {count}", limit.most);
                findings.push(Finding::error(CopyRule::TooMany, place, message, "leave some out"));
            }
        }
        for (part, index, text) in self.texts() {
            // What a platform shows one of, it takes the first of.
            let Some(limit) = format.limit(part).filter(|limit| index < limit.most) else { continue };
            let length = limit.measured(text);
            if length > limit.length {
                let severity = match limit.beyond {
                    Beyond::Refused => Severity::Error,
                    Beyond::Shortened => Severity::Warning,
                };
                let message = format!("{title} takes {} characters here, this has {length}", limit.length);
                let fix = format!("say it in {} characters", limit.length);
                let rule = CopyRule::TooLong;
                findings.push(Finding { severity, rule, place: place(part, index), message, fix });
            }
            if let Some(sign) = format.refused_sign(text) {
                let message = format!("{title} takes no `{sign}` here");
                findings.push(Finding::error(CopyRule::Sign, place(part, index), message, "leave it out"));
            }
        }
    }
}

fn numbered(part: TextPart, lines: &[String]) -> impl Iterator<Item = (TextPart, usize, &str)> {
    lines.iter().enumerate().map(move |(index, text)| (part, index, text.as_str()))
}

/// Where a text of a variant stands, as people and programs name it.
fn place(part: TextPart, index: usize) -> String {
    match part {
        TextPart::PrimaryText => part.as_str().to_owned(),
        TextPart::Headline => format!("headlines[{index}]"),
        TextPart::Description => format!("descriptions[{index}]"),
    }
}

/// The variants that differ, in their order: two that differ only in capitals, space or punctuation are one.
pub fn distinct(variants: Vec<Variant>) -> Vec<Variant> {
    let mut seen = HashSet::new();
    let essence = |variant: &Variant| -> String {
        let letters = variant.text();
        letters.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    variants.into_iter().filter(|variant| seen.insert(essence(variant))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(primary: &str, headlines: &[&str], descriptions: &[&str]) -> Variant {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Variant {
            primary_text: primary.to_owned(),
            headlines: owned(headlines),
            descriptions: owned(descriptions),
        }
    }

    fn found(variant: &Variant, platform: Platform) -> Vec<(CopyRule, String, Severity)> {
        let findings = variant.check(&[platform], "");
        findings.into_iter().map(|finding| (finding.rule, finding.place, finding.severity)).collect()
    }

    #[test]
    fn each_platform_is_asked_by_its_own_limits() {
        let long = variant(&"a".repeat(101), &[&"b".repeat(31)], &["c"]);
        assert_eq!(
            found(&long, Platform::Tiktok),
            [(CopyRule::TooLong, "primary_text".to_owned(), Severity::Error)]
        );
        assert_eq!(found(&long, Platform::Meta), []);
        assert_eq!(
            found(&long, Platform::Google),
            [
                (CopyRule::TooFew, "headline".to_owned(), Severity::Error),
                (CopyRule::TooFew, "description".to_owned(), Severity::Error),
                (CopyRule::TooLong, "headlines[0]".to_owned(), Severity::Error),
            ]
        );
        let shown = variant(&"a".repeat(126), &["b"], &[]);
        assert_eq!(
            found(&shown, Platform::Meta),
            [(CopyRule::TooLong, "primary_text".to_owned(), Severity::Warning)]
        );
    }

    #[test]
    fn a_sign_that_a_platform_refuses_is_named() {
        let loud = variant("Tents 🏕 #outdoor", &["Tents"], &[]);
        assert_eq!(
            found(&loud, Platform::Tiktok),
            [(CopyRule::Sign, "primary_text".to_owned(), Severity::Error)]
        );
        assert_eq!(found(&loud, Platform::Meta), []);
    }

    #[test]
    fn variants_that_differ_in_signs_alone_are_one() {
        let variants = vec![
            variant("Sleep well.", &["Tents"], &[]),
            variant("sleep  well!", &["TENTS"], &[]),
            variant("Sleep better.", &["Tents"], &[]),
        ];
        assert_eq!(distinct(variants).len(), 2);
    }

    #[test]
    fn a_spec_gets_the_first_lines_and_the_others() {
        let copy = variant("Text", &["One", "Two"], &["Small"]).to_copy(Some(CallToAction::ShopNow));
        assert_eq!(copy.headline.as_deref(), Some("One"));
        assert_eq!(copy.more_headlines, ["Two"]);
        assert_eq!((copy.description.as_deref(), copy.more_descriptions.len()), (Some("Small"), 0));
    }
}
