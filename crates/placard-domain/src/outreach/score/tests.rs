use super::*;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::json;

fn now() -> DateTime<Utc> {
    "2026-06-02T12:00:00Z".parse().unwrap()
}

fn profile(bio: &str, posts: &[&str], metadata: serde_json::Value) -> Profile {
    let posts: Vec<_> = posts
        .iter()
        .enumerate()
        .map(|(number, content)| {
            json!({"id": number.to_string(), "content": content, "posted_at": "2026-05-01T00:00:00.000Z"})
        })
        .collect();
    serde_json::from_value(json!({
        "platform": "instagram", "username": "ada", "status": "pending", "bio": bio, "posts": posts,
        "metadata": metadata, "avatar_url": "https://example.com/a.png",
    }))
    .unwrap()
}

#[test]
fn a_bio_names_an_interest_and_a_single_post_does_not() {
    let runner =
        profile("Marathon and rust.", &["my dog", "new recipe", "another recipe, more baking"], json!({}));
    let found: Vec<(&str, usize)> =
        interests(&runner).into_iter().map(|interest| (interest.name, interest.texts)).collect();
    assert_eq!(found, [("cooking", 2), ("running", 1), ("technology", 1)]);
}

#[test]
fn a_word_is_turned_round_by_a_no_before_it() {
    let sound =
        sentiment(&profile("", &["This is not a good idea.", "I love it, I don't hate it"], json!({})));
    assert_eq!(sound.hostile, [("good", 1)]);
    assert_eq!(sound.friendly, [("love", 1), ("hate", 1)]);
    assert_eq!(sound.sentiment, Sentiment { overall: 33, confidence: 27 });
}

#[test]
fn a_profile_that_says_nothing_sounds_like_nothing() {
    let sound = sentiment(&profile("", &[], json!({})));
    assert_eq!(sound.sentiment, Sentiment { overall: 0, confidence: 0 });
}

#[test]
fn a_risk_is_the_sum_of_its_reasons() {
    let bot = profile(
        "You idiots, this is a scam, terrible, useless garbage.",
        &["win https://example.com", "win https://example.com", "win https://example.com"],
        json!({
            "followers": 3, "following": 4000, "verified": false,
            "joined_at": "2026-05-20T00:00:00.000Z", "last_active_at": "2026-06-01T00:00:00.000Z",
        }),
    );
    let risk = risk(&bot, now());
    let parts: Vec<(RiskReason, u8)> = risk.parts.iter().map(|part| (part.reason, part.points)).collect();
    // Five hostile words and three friendly ones: overall -25, confidence 50.
    assert_eq!(
        parts,
        [
            (RiskReason::Hostile, 3),
            (RiskReason::NewAccount, 15),
            (RiskReason::FollowsTooMany, 15),
            (RiskReason::Links, 10),
            (RiskReason::Repeats, 10),
            (RiskReason::FewFollowers, 5),
            (RiskReason::Unverified, 5),
        ]
    );
    assert_eq!(risk.score, 63);
}

#[test]
fn what_is_not_told_counts_half() {
    let silent = risk(&profile("Ada", &[], json!({})), now());
    assert!(silent.parts.iter().all(|part| !part.told), "{:?}", silent.parts);
    assert_eq!(silent.score, 7 + 7 + 5 + 5 + 5 + 2 + 2);
}

#[test]
fn all_reasons_together_are_a_hundred() {
    assert_eq!(RiskReason::ALL.iter().map(|reason| reason.most()).sum::<u8>(), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_stay_within_their_range(
        bio in "([a-z]{1,6} |hate |love |not ){0,40}",
        posts in proptest::collection::vec("(scam |good |https://x |never ){0,9}", 0..60),
        followers in 0_i64..i64::MAX,
        following in 0_i64..i64::MAX,
    ) {
        let posts: Vec<&str> = posts.iter().map(String::as_str).collect();
        let anybody = profile(&bio, &posts, json!({"followers": followers, "following": following}));
        let sentiment = sentiment(&anybody).sentiment;
        prop_assert!((-100..=100).contains(&sentiment.overall) && sentiment.confidence < 100);
        prop_assert!(risk(&anybody, now()).score <= 100);
    }
}
