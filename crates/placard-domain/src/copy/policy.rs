//! What advertising policies object to, as far as it can be seen in English words. Platforms' own reviewers decide; what
//! is found here is what they most often refuse. `docs/copy.md` lists the rules.

use crate::{objective::words, spec::Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// A rule that words can break.
    CopyRule {
        /// A text is longer than a platform takes or shows.
        TooLong = "too_long",
        /// There are fewer lines than a platform needs.
        TooFew = "too_few",
        /// There are more lines than a platform takes.
        TooMany = "too_many",
        /// A sign that a platform refuses.
        Sign = "sign",
        /// A line that stands there twice.
        Repeated = "repeated",
        /// It claims to know something personal about the reader.
        PersonalAttribute = "personal_attribute",
        /// It promises an effect on health.
        HealthClaim = "health_claim",
        /// It claims to be the best without proof.
        Superlative = "superlative",
        /// It promises what nobody can promise.
        Guarantee = "guarantee",
        /// A word in capitals.
        Capitals = "capitals",
        /// Punctuation that is repeated.
        Punctuation = "punctuation",
    }
}

/// One thing that stands against a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether it forbids the use.
    pub severity: Severity,
    /// The rule.
    pub rule: CopyRule,
    /// Which text, for example `headlines[1]`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl Finding {
    pub(super) fn error(rule: CopyRule, place: String, message: String, fix: &str) -> Self {
        Self { severity: Severity::Error, rule, place, message, fix: fix.to_owned() }
    }
}

/// What people are, and may not be told in an advertisement that they are.
const PERSONAL: &[&str] = &[
    "overweight",
    "obese",
    "depressed",
    "anxious",
    "diabetic",
    "disabled",
    "infertile",
    "alcoholic",
    "addicted",
    "bankrupt",
    "indebted",
    "unemployed",
    "homeless",
    "divorced",
    "gay",
    "lesbian",
    "transgender",
    "muslim",
    "christian",
    "jewish",
    "hindu",
    "buddhist",
    "asian",
    "latino",
    "hispanic",
    "immigrant",
    "pregnant",
    "diabetes",
    "depression",
    "anxiety",
    "debt",
    "debts",
    "bankruptcy",
    "divorce",
    "addiction",
    "disability",
    "obesity",
];

/// Words that speak to the reader.
const READER: &[&str] = &["you", "your", "you're", "youre", "yourself"];

const SUPERLATIVES: &[&str] = &[
    "best",
    "cheapest",
    "fastest",
    "greatest",
    "leading",
    "unbeatable",
    "unrivalled",
    "unrivaled",
    "perfect",
    "#1",
    "world's",
    "ultimate",
];

const GUARANTEES: &[&str] = &["guaranteed", "guarantee", "risk-free", "riskless"];

const HEALTH: &[&str] = &["cure", "cures", "heal", "heals", "detox", "miracle", "antiaging", "anti-aging"];

/// The same in several words.
const PHRASES: &[(&str, CopyRule)] = &[
    ("number one", CopyRule::Superlative),
    ("no risk", CopyRule::Guarantee),
    ("lose weight", CopyRule::HealthClaim),
    ("weight loss", CopyRule::HealthClaim),
    ("clinically proven", CopyRule::HealthClaim),
    ("prevents disease", CopyRule::HealthClaim),
    ("before and after", CopyRule::HealthClaim),
];

/// Letters in a row from which on a word counts as shouted; shorter ones are mostly abbreviations.
const SHOUTED: usize = 4;

/// What policies object to in `text`. Words of `own` may be in capitals.
pub(super) fn check(place: &str, text: &str, own: &str) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut add = |rule: CopyRule, word: &str| {
        let finding = finding(rule, place, word);
        if !found.contains(&finding) {
            found.push(finding);
        }
    };
    for sentence in text.split(['.', '!', '?', ';']) {
        let words = words_of(sentence);
        let reader = words.iter().any(|word| READER.contains(&word.as_str()));
        if let Some(word) = words.iter().find(|word| reader && PERSONAL.contains(&word.as_str())) {
            add(CopyRule::PersonalAttribute, word);
        }
    }
    let words = words_of(text);
    let lists = [
        (SUPERLATIVES, CopyRule::Superlative),
        (GUARANTEES, CopyRule::Guarantee),
        (HEALTH, CopyRule::HealthClaim),
    ];
    for (list, rule) in lists {
        words.iter().filter(|word| list.contains(&word.as_str())).for_each(|word| add(rule, word));
    }
    let joined = format!(" {} ", words.join(" "));
    for (phrase, rule) in PHRASES {
        if joined.contains(&format!(" {phrase} ")) {
            add(*rule, phrase);
        }
    }
    if let Some(word) = shouted(text, own) {
        add(CopyRule::Capitals, word);
    }
    if let Some(signs) = repeated(text) {
        add(CopyRule::Punctuation, &signs);
    }
    found
}

fn finding(rule: CopyRule, place: &str, word: &str) -> Finding {
    let (severity, message, fix) = match rule {
        CopyRule::PersonalAttribute => (
            Severity::Error,
            format!("it tells the reader something personal (`{word}`)"),
            "speak of the product, not of the reader",
        ),
        CopyRule::HealthClaim => (
            Severity::Error,
            format!("`{word}` promises an effect on health"),
            "say what the product is or does",
        ),
        CopyRule::Superlative => (
            Severity::Warning,
            format!("`{word}` needs proof"),
            "say what can be checked, or name who measured it",
        ),
        CopyRule::Guarantee => {
            (Severity::Warning, format!("`{word}` promises a result"), "name the terms, or leave it out")
        }
        CopyRule::Capitals => {
            (Severity::Warning, format!("`{word}` is shouted"), "write it in small letters")
        }
        CopyRule::Punctuation => (Severity::Error, format!("`{word}` repeats itself"), "one sign is enough"),
        CopyRule::TooLong | CopyRule::TooFew | CopyRule::TooMany | CopyRule::Sign | CopyRule::Repeated => {
            (Severity::Error, format!("`{word}` does not fit"), "change it")
        }
    };
    Finding { severity, rule, place: place.to_owned(), message, fix: fix.to_owned() }
}

fn words_of(text: &str) -> Vec<String> {
    let edge = |letter: char| !letter.is_alphanumeric() && letter != '#';
    text.split_whitespace()
        .map(|word| word.trim_matches(edge).replace('’', "'").to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

fn shouted<'t>(text: &'t str, own: &str) -> Option<&'t str> {
    text.split(|letter: char| !letter.is_alphanumeric()).find(|word| {
        let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
        letters >= SHOUTED
            && !word.chars().any(char::is_lowercase)
            && word.chars().any(char::is_uppercase)
            && !own.split_whitespace().any(|kept| kept == *word)
    })
}

/// The first run of more than one exclamation or question mark, or of another number of dots than one or three.
fn repeated(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let runs = letters.chunk_by(|one, next| is_mark(*one) && is_mark(*next) || one == next && *one == '.');
    runs.map(|run| run.iter().collect::<String>()).find(|run| {
        let length = run.chars().count();
        run.starts_with(is_mark) && length > 1 || run.starts_with('.') && length > 1 && length != 3
    })
}

const fn is_mark(letter: char) -> bool {
    matches!(letter, '!' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<&'static str> {
        check("primary_text", text, "ACME Tents").into_iter().map(|finding| finding.rule.as_str()).collect()
    }

    #[test]
    fn each_rule_finds_what_it_is_about() {
        assert_eq!(rules("Are you overweight? Try it"), ["personal_attribute"]);
        assert_eq!(rules("Get out of your debts"), ["personal_attribute"]);
        assert_eq!(rules("The best tents of all"), ["superlative"]);
        assert_eq!(rules("We are number one"), ["superlative"]);
        assert_eq!(rules("#1 in camping"), ["superlative"]);
        assert_eq!(rules("Risk-free for 30 days"), ["guarantee"]);
        assert_eq!(rules("It cures headaches"), ["health_claim"]);
        assert_eq!(rules("Lose weight now"), ["health_claim"]);
        assert_eq!(rules("BUY tents TODAY"), ["capitals"]);
        assert_eq!(rules("Tents!!"), ["punctuation"]);
        assert_eq!(rules("Really?!"), ["punctuation"]);
        assert_eq!(rules("Wait.."), ["punctuation"]);
    }

    #[test]
    fn what_is_harmless_is_let_be() {
        assert_eq!(rules("Light tents for your next trip. See all sizes!"), <[&str; 0]>::default());
        assert_eq!(rules("ACME tents, made in the USA"), <[&str; 0]>::default());
        assert_eq!(rules("A single tent... and a black one"), <[&str; 0]>::default());
        assert_eq!(rules("Advice for people in debt. Your first talk is free"), <[&str; 0]>::default());
    }
}
