//! How risky it would be to speak to somebody.

use super::{READ_POSTS, posts, sentiment};
use crate::{document::Profile, objective::words};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

words! {
    /// What makes a profile risky.
    RiskReason {
        /// Their last fifty posts and their bio sound hostile.
        Hostile = "hostile",
        /// They have been there for fewer than 30 days.
        NewAccount = "new_account",
        /// They follow more than ten times as many as follow them.
        FollowsTooMany = "follows_too_many",
        /// More than half of their posts hold a link.
        Links = "links",
        /// More than half of their posts are repeated.
        Repeats = "repeats",
        /// They have not been seen for a year.
        Inactive = "inactive",
        /// Fewer than ten follow them.
        FewFollowers = "few_followers",
        /// The network does not vouch for them.
        Unverified = "unverified",
        /// There is no bio or no picture.
        Bare = "bare",
    }
}

impl RiskReason {
    /// The most points that it adds. All together are 100.
    pub const fn most(self) -> u8 {
        match self {
            Self::Hostile => 25,
            Self::NewAccount | Self::FollowsTooMany => 15,
            Self::Links | Self::Repeats | Self::Inactive => 10,
            Self::FewFollowers | Self::Unverified | Self::Bare => 5,
        }
    }
}

/// A risk from 0 to 100, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The sum of the parts.
    pub score: u8,
    /// What adds to it.
    pub parts: Vec<RiskPart>,
}

/// What one reason adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskPart {
    /// The reason.
    pub reason: RiskReason,
    /// Its points.
    pub points: u8,
    /// Whether the profile tells it. What it does not tell counts half.
    pub told: bool,
}

/// How risky it would be to speak to `profile` at `now`.
///
/// Each reason adds its points if it holds, half of them, rounded down, if the profile does not tell, and nothing
/// otherwise. Hostility adds `25·(−overall)·confidence / 10 000`.
pub fn risk(profile: &Profile, now: DateTime<Utc>) -> Risk {
    let parts: Vec<RiskPart> = RiskReason::ALL
        .iter()
        .filter_map(|reason| {
            let holds = holds(*reason, profile, now);
            let points = match (reason, holds) {
                (RiskReason::Hostile, _) => hostility(profile),
                (_, Some(true)) => reason.most(),
                (_, None) => reason.most() / 2,
                (_, Some(false)) => 0,
            };
            (points > 0).then_some(RiskPart { reason: *reason, points, told: holds.is_some() })
        })
        .collect();
    Risk { score: parts.iter().map(|part| part.points).sum(), parts }
}

fn holds(reason: RiskReason, profile: &Profile, now: DateTime<Utc>) -> Option<bool> {
    let metadata = &profile.metadata;
    let since = |moment: Option<crate::document::Moment>| moment.map(|moment| now - moment.get());
    match reason {
        RiskReason::Hostile => Some(true),
        RiskReason::NewAccount => since(metadata.joined_at).map(|age| age < TimeDelta::days(30)),
        RiskReason::FollowsTooMany => {
            let (following, followers) = (metadata.following?, metadata.followers?);
            Some(following > followers.saturating_mul(10))
        }
        RiskReason::Links => {
            let linked = posts(profile).filter(|post| post.contains("http://") || post.contains("https://"));
            most_posts(profile, linked.count())
        }
        RiskReason::Repeats => {
            let different: BTreeSet<&str> = posts(profile).map(str::trim).collect();
            most_posts(profile, profile.posts.len().min(READ_POSTS) - different.len())
        }
        RiskReason::Inactive => since(metadata.last_active_at).map(|silence| silence > TimeDelta::days(365)),
        RiskReason::FewFollowers => metadata.followers.map(|followers| followers < 10),
        RiskReason::Unverified => metadata.verified.map(|verified| !verified),
        RiskReason::Bare => {
            let missing = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
            Some(missing(&profile.bio) || missing(&profile.avatar_url))
        }
    }
}

/// Whether `some` are more than half of the posts that were read; without a post that is not told.
fn most_posts(profile: &Profile, some: usize) -> Option<bool> {
    let all = profile.posts.len().min(READ_POSTS);
    (all > 0).then_some(2 * some > all)
}

fn hostility(profile: &Profile) -> u8 {
    let sentiment = sentiment(profile).sentiment;
    let hostile = u32::try_from(-i32::from(sentiment.overall)).unwrap_or_default();
    let points = u32::from(RiskReason::Hostile.most()) * hostile * u32::from(sentiment.confidence) / 10_000;
    u8::try_from(points).unwrap_or_default()
}
