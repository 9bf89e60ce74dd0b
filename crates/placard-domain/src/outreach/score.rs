//! What the texts and numbers of a profile say: its interests, how it sounds, how risky it would be to speak to it.
//!
//! The formulas are integer arithmetic over a small lexicon of our own (`docs/outreach.md`). Each result carries the
//! parts that it was made of, so that a person sees why.

mod lexicon;
mod risk;

pub use risk::{Risk, RiskPart, RiskReason, risk};

use super::words::{cut, holds};
use crate::document::{Profile, Sentiment};

/// How many of the latest posts are read.
pub(super) const READ_POSTS: usize = 50;

/// An interest, and what it was seen by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Its name.
    pub name: &'static str,
    /// In how many texts.
    pub texts: usize,
    /// The words, each once.
    pub words: Vec<&'static str>,
}

/// How a profile sounds, and what it was heard by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// The result.
    pub sentiment: Sentiment,
    /// Friendly words and how often.
    pub friendly: Vec<(&'static str, usize)>,
    /// Hostile words and how often.
    pub hostile: Vec<(&'static str, usize)>,
}

/// The interests that at least two texts, or the bio alone, speak of; the most frequent first, then by name.
pub fn interests(profile: &Profile) -> Vec<Interest> {
    let bio = profile.bio.as_deref().map(|bio| cut(bio).collect::<Vec<_>>());
    let posts: Vec<Vec<String>> = posts(profile).map(|post| cut(post).collect()).collect();
    let mut found = Vec::new();
    for (name, words) in lexicon::INTERESTS {
        let seen = |text: &Vec<String>| {
            words.iter().filter(|word| holds(text, &[(**word).to_owned()])).copied().collect()
        };
        let in_bio: Vec<&str> = bio.as_ref().map(seen).unwrap_or_default();
        let in_posts: Vec<Vec<&str>> = posts.iter().map(seen).filter(|seen| !seen.is_empty()).collect();
        if in_bio.is_empty() && in_posts.len() < 2 {
            continue;
        }
        let mut words: Vec<&'static str> = in_bio.iter().chain(in_posts.iter().flatten()).copied().collect();
        words.sort_unstable();
        words.dedup();
        let texts = in_posts.len() + usize::from(!in_bio.is_empty());
        found.push(Interest { name, texts, words });
    }
    found.sort_by_key(|interest| (std::cmp::Reverse(interest.texts), interest.name));
    found
}

/// How the bio and the latest fifty posts sound.
///
/// With `f` friendly and `h` hostile words, overall is `100·(f − h) / (f + h)` and confidence `100·n / (n + 8)`, where
/// `n = f + h`; both are 0 without such words. One of the three words before it that says no turns a word round.
pub fn sentiment(profile: &Profile) -> Sound {
    let (mut friendly, mut hostile) = (Vec::new(), Vec::new());
    for text in profile.bio.as_deref().into_iter().chain(posts(profile)) {
        let words: Vec<String> = cut(text).collect();
        for (at, word) in words.iter().enumerate() {
            let known = |list: &'static [&'static str]| list.iter().copied().find(|known| known == word);
            let negated = words[at.saturating_sub(3)..at]
                .iter()
                .any(|before| lexicon::NEGATIONS.contains(&before.as_str()));
            if let Some(known) = known(lexicon::FRIENDLY) {
                count(if negated { &mut hostile } else { &mut friendly }, known);
            } else if let Some(known) = known(lexicon::HOSTILE) {
                count(if negated { &mut friendly } else { &mut hostile }, known);
            }
        }
    }
    let sum = |words: &[(&str, usize)]| words.iter().map(|(_, times)| *times).sum::<usize>().min(1_000_000);
    let sentiment = weigh(sum(&friendly), sum(&hostile));
    Sound { sentiment, friendly, hostile }
}

fn weigh(friendly: usize, hostile: usize) -> Sentiment {
    let all = friendly + hostile;
    let share = |part: usize| (100 * part).checked_div(all).unwrap_or_default();
    let tilt = i8::try_from(share(friendly.abs_diff(hostile))).unwrap_or(100);
    Sentiment {
        overall: if hostile > friendly { -tilt } else { tilt },
        confidence: u8::try_from(100 * all / (all + 8)).unwrap_or(100),
    }
}

fn count(words: &mut Vec<(&'static str, usize)>, word: &'static str) {
    match words.iter_mut().find(|(known, _)| *known == word) {
        Some((_, times)) => *times += 1,
        None => words.push((word, 1)),
    }
}

fn posts(profile: &Profile) -> impl Iterator<Item = &str> {
    profile.posts.iter().take(READ_POSTS).map(|post| post.content.as_str())
}

#[cfg(test)]
mod tests;
