//! Whom a campaign is meant for (requirement O2).

use super::words::{cut, holds};
use crate::{document::Profile, objective::words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whom a campaign is meant for. Each criterion that is given must hold; of a list, one member is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Networks, in lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Ages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ages: Option<AgeRange>,
    /// Places, each as words that stand together in a profile's location.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<String>,
    /// Interests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
    /// Words or phrases in the bio or a post.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// How many followers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<Followers>,
}

/// Ages in years, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeRange {
    /// The youngest.
    #[schemars(range(min = 18, max = 120))]
    pub min: u8,
    /// The oldest.
    #[schemars(range(min = 18, max = 120))]
    pub max: u8,
}

/// How many followers, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Followers {
    /// The fewest.
    #[schemars(range(min = 0))]
    pub min: i64,
    /// The most; as many as there are if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub max: Option<i64>,
}

/// Criteria that nobody could meet, or that we do not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CriteriaError {
    /// Children are not written to.
    #[error("ages begin at 18")]
    TooYoung,
    /// A range is upside down.
    #[error("the range of {0} ends before it begins")]
    UpsideDown(Criterion),
    /// A list holds a text without a word.
    #[error("one of the {0} is empty")]
    Empty(Criterion),
}

words! {
    /// One kind of criterion.
    Criterion {
        /// The network.
        Platforms = "platforms",
        /// The age.
        Ages = "ages",
        /// The place.
        Locations = "locations",
        /// Interests.
        Interests = "interests",
        /// Words in bio and posts.
        Keywords = "keywords",
        /// The number of followers.
        Followers = "followers",
    }
}

/// Whether a profile meets criteria.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Every criterion holds.
    Fits,
    /// None fails, but the profile does not tell enough about these.
    Unknown(Vec<Criterion>),
    /// These fail.
    Misses(Vec<Criterion>),
}

/// What one criterion says of one profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Yes,
    No,
    NotTold,
}

impl Criteria {
    /// Refuses criteria that make no sense.
    ///
    /// # Errors
    /// [`CriteriaError`]
    pub fn check(&self) -> Result<(), CriteriaError> {
        if let Some(AgeRange { min, max }) = self.ages {
            if min < 18 {
                return Err(CriteriaError::TooYoung);
            }
            if max < min {
                return Err(CriteriaError::UpsideDown(Criterion::Ages));
            }
        }
        if self.followers.is_some_and(|range| range.min < 0 || range.max.is_some_and(|max| max < range.min)) {
            return Err(CriteriaError::UpsideDown(Criterion::Followers));
        }
        let lists = [
            (Criterion::Platforms, &self.platforms),
            (Criterion::Locations, &self.locations),
            (Criterion::Interests, &self.interests),
            (Criterion::Keywords, &self.keywords),
        ];
        let empty = lists.iter().find(|(_, list)| list.iter().any(|text| cut(text).next().is_none()));
        empty.map_or(Ok(()), |(criterion, _)| Err(CriteriaError::Empty(*criterion)))
    }

    /// Whether `profile` meets them. Networks do not tell an age, so `age` is what is known from elsewhere.
    pub fn fit(&self, profile: &Profile, age: Option<u8>) -> Fit {
        let says = [
            (Criterion::Platforms, self.platform(profile)),
            (Criterion::Ages, self.age(age)),
            (Criterion::Locations, self.location(profile)),
            (Criterion::Interests, self.interest(profile)),
            (Criterion::Keywords, self.keyword(profile)),
            (Criterion::Followers, self.follower(profile)),
        ];
        let those = |wanted: Says| -> Vec<Criterion> {
            says.iter().filter(|(_, says)| *says == wanted).map(|(criterion, _)| *criterion).collect()
        };
        match (those(Says::No), those(Says::NotTold)) {
            (misses, _) if !misses.is_empty() => Fit::Misses(misses),
            (_, not_told) if !not_told.is_empty() => Fit::Unknown(not_told),
            _ => Fit::Fits,
        }
    }

    fn platform(&self, profile: &Profile) -> Says {
        let named = || self.platforms.iter().any(|platform| platform.eq_ignore_ascii_case(&profile.platform));
        yes_or_no(self.platforms.is_empty() || named())
    }

    fn age(&self, age: Option<u8>) -> Says {
        let Some(range) = self.ages else { return Says::Yes };
        age.map_or(Says::NotTold, |age| yes_or_no((range.min..=range.max).contains(&age)))
    }

    fn location(&self, profile: &Profile) -> Says {
        let told = profile.metadata.location.as_deref().unwrap_or_default();
        any_phrase(&self.locations, &[cut(told).collect()])
    }

    fn interest(&self, profile: &Profile) -> Says {
        let told: Vec<Vec<String>> =
            profile.interests.iter().map(|interest| cut(interest).collect()).collect();
        any_phrase(&self.interests, &told)
    }

    fn keyword(&self, profile: &Profile) -> Says {
        let posts = profile.posts.iter().map(|post| post.content.as_str());
        let texts = profile.bio.as_deref().into_iter().chain(posts);
        any_phrase(&self.keywords, &texts.map(|text| cut(text).collect()).collect::<Vec<_>>())
    }

    fn follower(&self, profile: &Profile) -> Says {
        let Some(range) = self.followers else { return Says::Yes };
        profile.metadata.followers.map_or(Says::NotTold, |followers| {
            yes_or_no(followers >= range.min && range.max.is_none_or(|max| followers <= max))
        })
    }
}

const fn yes_or_no(yes: bool) -> Says {
    if yes { Says::Yes } else { Says::No }
}

/// Whether one of `wanted` stands in one of `texts`; texts without a word tell nothing.
fn any_phrase(wanted: &[String], texts: &[Vec<String>]) -> Says {
    if wanted.is_empty() {
        return Says::Yes;
    }
    if texts.iter().all(Vec::is_empty) {
        return Says::NotTold;
    }
    let phrases = wanted.iter().map(|phrase| cut(phrase).collect::<Vec<_>>());
    yes_or_no(phrases.into_iter().any(|phrase| texts.iter().any(|text| holds(text, &phrase))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn profile() -> Profile {
        serde_json::from_value(json!({
            "platform": "instagram", "username": "ada", "status": "pending",
            "bio": "Trail runner, I don't do roads.",
            "metadata": {"followers": 5000, "location": "Porto, Portugal"},
            "interests": ["running"],
        }))
        .unwrap()
    }

    fn criteria(value: serde_json::Value) -> Criteria {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn every_criterion_must_hold_and_every_miss_is_named() {
        let met = json!({
            "platforms": ["instagram"], "locations": ["Lisbon", "portugal"], "interests": ["Running"],
            "keywords": ["trail runner"], "followers": {"min": 5000, "max": 5000},
        });
        assert_eq!(criteria(met).fit(&profile(), None), Fit::Fits);
        let missed =
            json!({"platforms": ["tiktok"], "keywords": ["runner trail"], "followers": {"min": 5001}});
        let expected = vec![Criterion::Platforms, Criterion::Keywords, Criterion::Followers];
        assert_eq!(criteria(missed).fit(&profile(), None), Fit::Misses(expected));
    }

    #[test]
    fn what_a_profile_does_not_tell_is_no_silent_yes() {
        let mut silent = profile();
        silent.metadata = Default::default();
        silent.interests.clear();
        silent.bio = None;
        let asked = criteria(json!({
            "ages": {"min": 18, "max": 30}, "locations": ["Porto"], "interests": ["running"],
            "keywords": ["trail"], "followers": {"min": 0},
        }));
        let expected = vec![
            Criterion::Ages,
            Criterion::Locations,
            Criterion::Interests,
            Criterion::Keywords,
            Criterion::Followers,
        ];
        assert_eq!(asked.fit(&silent, None), Fit::Unknown(expected));
        assert_eq!(criteria(json!({"ages": {"min": 18, "max": 30}})).fit(&silent, Some(31)), {
            Fit::Misses(vec![Criterion::Ages])
        });
    }

    #[test]
    fn a_part_of_a_word_is_not_the_word() {
        assert_eq!(
            criteria(json!({"keywords": ["run"]})).fit(&profile(), None),
            Fit::Misses(vec![Criterion::Keywords])
        );
    }

    #[test]
    fn criteria_that_nobody_could_meet_are_refused() {
        let refusal = |value| criteria(value).check().unwrap_err();
        assert_eq!(refusal(json!({"ages": {"min": 13, "max": 20}})), CriteriaError::TooYoung);
        assert_eq!(
            refusal(json!({"followers": {"min": 5, "max": 4}})),
            CriteriaError::UpsideDown(Criterion::Followers)
        );
        assert_eq!(refusal(json!({"keywords": ["…"]})), CriteriaError::Empty(Criterion::Keywords));
        assert_eq!(Criteria::default().check(), Ok(()));
    }
}
