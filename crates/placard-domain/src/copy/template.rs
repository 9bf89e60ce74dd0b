//! Words from templates, for those who use no model. They say what the brief says, and nothing else.

use super::{Brief, Limit, TextPart, Tone, Variant, distinct, format_of};

/// Patterns of a primary text. One that needs what the brief does not hold is passed over.
const fn primary(tone: Tone) -> &'static [&'static str] {
    match tone {
        Tone::Plain => &[
            "{product} for {audience}. {Benefit}. {Offer}.",
            "{Benefit}: {product} for {audience}.",
            "{product}. {Offer}.",
            "{product} for {audience}. {Benefit}.",
            "For {audience}: {product}. {Offer}.",
            "{product} for {audience}.",
            "{product}. {Benefit}.",
            "{product}. See the details.",
            "This is {product}.",
            "{product}. Take a look.",
            "{product}.",
        ],
        Tone::Warm => &[
            "Made for {audience}: {product}. {Benefit}. {Offer}.",
            "We made {product} for {audience}. {Benefit}.",
            "Come and see {product}. {Offer}.",
            "Come and see {product}. {Benefit}.",
            "Made for {audience}: {product}.",
            "Welcome to {product}. {Offer}.",
            "Meet {product}. {Benefit}.",
            "Come and see {product}.",
            "Meet {product}.",
            "{product}.",
        ],
        Tone::Urgent => &[
            "{Offer}: {product} for {audience}. {Benefit}.",
            "{Offer}. Get {product} now.",
            "Now for {audience}: {product}. {Benefit}.",
            "Get {product} now. {Benefit}.",
            "Now for {audience}: {product}.",
            "See {product} today. {Offer}.",
            "See {product} today. {Benefit}.",
            "See {product} today.",
            "Get {product} now.",
            "{product}.",
        ],
    }
}

/// Patterns of headlines, those that say most first.
const HEADLINES: &[&str] = &[
    "{product}",
    "{Benefit}",
    "{Offer}",
    "{product} for {audience}",
    "For {audience}",
    "Discover {product}",
    "See {product}",
    "See the details",
    "Take a closer look",
    "Learn more today",
];

/// Patterns of descriptions, the same.
const DESCRIPTIONS: &[&str] = &[
    "{product} for {audience}.",
    "{Benefit}.",
    "{Offer}.",
    "{product}. {Benefit}.",
    "{product}. {Offer}.",
    "See what is in it for {audience}.",
    "See the details and decide.",
    "Find out more on our page.",
];

/// Headlines and descriptions of one variant.
const HEADLINES_EACH: usize = 3;
const DESCRIPTIONS_EACH: usize = 2;

/// Up to as many variants as the brief asks for; fewer, if what it says does not give more. The same brief gives the same
/// words.
pub fn from_templates(brief: &Brief) -> Vec<Variant> {
    let texts = fitting(brief, TextPart::PrimaryText, primary(brief.tone));
    let headlines = fitting(brief, TextPart::Headline, HEADLINES);
    let descriptions = fitting(brief, TextPart::Description, DESCRIPTIONS);
    let variants = (0..texts.len()).map(|index| Variant {
        primary_text: texts[index].clone(),
        headlines: turned(&headlines, index, HEADLINES_EACH),
        descriptions: turned(&descriptions, index, DESCRIPTIONS_EACH),
    });
    let mut variants = distinct(variants.collect());
    variants.truncate(brief.count);
    variants
}

/// The patterns filled in that fit every platform of the brief. If none does, the shortest, so that a check says why.
fn fitting(brief: &Brief, part: TextPart, patterns: &[&str]) -> Vec<String> {
    let limits: Vec<&Limit> =
        brief.platforms.iter().filter_map(|platform| format_of(*platform).limit(part)).collect();
    let mut filled: Vec<String> = patterns.iter().filter_map(|pattern| fill(pattern, brief)).collect();
    let mut seen = std::collections::HashSet::new();
    filled.retain(|text| seen.insert(text.to_lowercase()));
    let fits = |text: &&String| limits.iter().all(|limit| limit.measured(text) <= limit.length);
    let fitting: Vec<String> = filled.iter().filter(fits).cloned().collect();
    if fitting.is_empty() {
        return filled.into_iter().min_by_key(|text| text.chars().count()).into_iter().collect();
    }
    fitting
}

/// A pattern with the brief's words in it; nothing if it needs one that the brief does not hold.
fn fill(pattern: &str, brief: &Brief) -> Option<String> {
    let mut text = pattern.to_owned();
    let parts = [
        ("product", Some(&brief.product)),
        ("audience", Some(&brief.audience)),
        ("benefit", brief.benefit.as_ref()),
        ("offer", brief.offer.as_ref()),
    ];
    for (name, value) in parts {
        for (mark, raised) in [(format!("{{{name}}}"), false), (format!("{{{}}}", raise(name)), true)] {
            if !text.contains(&mark) {
                continue;
            }
            let value = value?.trim_end_matches(['.', '!', '?']);
            text = text.replace(&mark, &if raised { raise(value) } else { value.to_owned() });
        }
    }
    Some(raise(&text))
}

/// The text with its first letter in capitals.
fn raise(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `count` lines from the `start`th on, around the end.
fn turned(lines: &[String], start: usize, count: usize) -> Vec<String> {
    let count = count.min(lines.len());
    (0..count).map(|step| lines[(start + step) % lines.len()].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;

    fn brief(tone: Tone) -> Brief {
        Brief {
            product: "Alpine tents".to_owned(),
            audience: "hikers".to_owned(),
            benefit: Some("dry in any rain".to_owned()),
            offer: Some("20 % off in May".to_owned()),
            tone,
            platforms: Platform::ALL.to_vec(),
            count: 5,
        }
    }

    #[test]
    fn five_variants_fit_every_platform_in_every_tone_and_break_no_rule() {
        for tone in Tone::ALL {
            let brief = brief(*tone);
            let variants = from_templates(&brief);
            assert_eq!(variants.len(), 5, "{tone}");
            assert_eq!(variants, from_templates(&brief), "the same brief gives the same words");
            for variant in variants {
                assert_eq!(variant.check(&brief.platforms, &brief.product), [], "{variant:?}");
            }
        }
    }

    #[test]
    fn what_the_brief_does_not_hold_is_not_said() {
        let brief = Brief { benefit: None, offer: None, count: 20, ..brief(Tone::Plain) };
        let variants = from_templates(&brief);
        assert!(!variants.is_empty() && variants.len() < 20, "no more than there is to say");
        assert!(variants.iter().all(|variant| !variant.text().contains(['{', '}'])));
    }

    #[test]
    fn a_product_too_long_for_a_headline_is_never_cut() {
        let product = "The extraordinarily light alpine tent for winter".to_owned();
        let variants = from_templates(&Brief { product, ..brief(Tone::Warm) });
        let headlines: Vec<_> = variants.iter().flat_map(|variant| &variant.headlines).collect();
        assert!(headlines.iter().all(|line| line.chars().count() <= 30), "{headlines:?}");
    }
}
