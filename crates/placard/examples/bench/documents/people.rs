//! Invented profiles, always the same.

use placard_domain::document::{Engagement, Moment, Post, Profile, ProfileMetadata, ProfileStatus};

/// How many different words they use, the first ones most.
const WORDS: u64 = 2_000;

/// `count` profiles from the one with `first` on.
pub(super) fn some(first: usize, count: usize) -> Vec<Profile> {
    (first..first + count).map(one).collect()
}

/// Two words that one in some hundred profiles holds.
pub(super) fn question(number: usize) -> String {
    let mut dice = Dice(number as u64);
    let mut word = || format!("word{}", 500 + dice.below(1_000));
    format!("{} {}", word(), word())
}

fn one(number: usize) -> Profile {
    let mut dice = Dice(number as u64);
    let post = |dice: &mut Dice| Post {
        id: number.to_string(),
        content: dice.text(20),
        posted_at: moment(dice.below(1_000_000_000)),
        engagement: Engagement { likes: i64::from(number as u32 % 1_000), ..Engagement::default() },
    };
    Profile {
        platform: if number.is_multiple_of(3) { "tiktok" } else { "instagram" }.into(),
        platform_id: Some(format!("1784{number:012}")),
        username: format!("someone{number}"),
        display_name: Some(format!("Some One {number}")),
        profile_url: None,
        avatar_url: None,
        bio: Some(dice.text(12)),
        metadata: ProfileMetadata {
            followers: Some(i64::from(number as u32 % 90_000)),
            ..ProfileMetadata::default()
        },
        posts: vec![post(&mut dice), post(&mut dice)],
        interests: vec![format!("interest{}", dice.below(50))],
        sentiment: None,
        risk_score: Some(7),
        status: if number.is_multiple_of(4) { ProfileStatus::Approved } else { ProfileStatus::Pending },
        campaigns: Vec::new(),
    }
}

fn moment(second: u64) -> Moment {
    let at = chrono::DateTime::from_timestamp(1_000_000_000 + second.cast_signed(), 0);
    at.and_then(|at| Moment::new(at).ok()).expect("a moment of this century")
}

/// A generator. (Constants: Knuth's MMIX.)
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// Words, of which low numbers come up more often.
    fn text(&mut self, words: usize) -> String {
        let word = |dice: &mut Self| format!("word{}", dice.below(WORDS) * dice.below(WORDS) / WORDS);
        (0..words).map(|_| word(self)).collect::<Vec<_>>().join(" ")
    }
}
