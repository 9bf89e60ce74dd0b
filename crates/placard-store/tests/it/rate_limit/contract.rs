//! What every adapter keeps.

use super::{at, drain, key, minutely, n, stampede};
use chrono::TimeDelta;
use placard_domain::{TenantId, UserId};
use placard_store::rate_limit::{Limit, LimiterState, RateLimiter, Subject, Verdict};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

pub(super) async fn keep(limiter: Arc<dyn RateLimiter>) {
    concurrent_takers_are_admitted_exactly_the_limit(&limiter).await;
    a_new_window_admits_again(&*limiter).await;
    several_subjects_are_taken_from_together_or_not_at_all(&limiter).await;
    every_verdict_says_what_is_left_and_when_it_ends(&*limiter).await;
    a_change_of_plan_counts_on(&*limiter).await;
    each_window_length_is_counted_by_itself(&*limiter).await;
    a_subject_named_twice_counts_once(&*limiter).await;
    a_clock_that_is_set_back_gives_nothing_anew(&*limiter).await;
    assert_eq!(limiter.state(), LimiterState::Exact);
}

async fn concurrent_takers_are_admitted_exactly_the_limit(limiter: &Arc<dyn RateLimiter>) {
    for (number, limit) in [(100, 1), (101, 64), (102, 100), (103, 1_234)] {
        let wants = [(key(number), minutely(limit))];
        assert_eq!(stampede(std::slice::from_ref(limiter), &wants, at(0)).await, limit);
    }
}

async fn a_new_window_admits_again(limiter: &dyn RateLimiter) {
    let (subject, limit) = (key(200), minutely(250));
    assert_eq!(drain(limiter, &subject, limit, at(0)).await, 250);
    assert_eq!(drain(limiter, &subject, limit, at(59)).await, 0, "the last second is the same window");
    assert_eq!(drain(limiter, &subject, limit, at(60)).await, 250);
    assert_eq!(drain(limiter, &subject, limit, at(3600)).await, 250);
}

async fn several_subjects_are_taken_from_together_or_not_at_all(limiter: &Arc<dyn RateLimiter>) {
    let now = at(3600);
    let (tenant, user) = (Subject::tenant(TenantId(Uuid::nil())), Subject::user(UserId(Uuid::nil())));
    let endpoint = user.at("POST /api/v1/campaigns");
    let wants =
        [(tenant.clone(), minutely(1000)), (user.clone(), minutely(300)), (endpoint.clone(), minutely(7))];
    assert_eq!(stampede(std::slice::from_ref(limiter), &wants, now).await, 7);
    let refused = limiter.take(&wants, now).await;
    assert_eq!((refused.allowed, refused.limit), (false, 7), "the verdict is about who refuses");

    assert_eq!(
        drain(&**limiter, &user, minutely(300), now).await,
        293,
        "refusals took nothing from the user"
    );
    assert_eq!(drain(&**limiter, &tenant, minutely(1000), now).await, 993, "nor from the tenant");
    assert_eq!(drain(&**limiter, &Subject::endpoint("GET /"), minutely(7), now).await, 7);
}

async fn every_verdict_says_what_is_left_and_when_it_ends(limiter: &dyn RateLimiter) {
    let now = at(7200) + TimeDelta::milliseconds(17_500);
    let wants = [(key(300), minutely(500)), (key(301), Limit::per_day(n(1000)))];
    let until_minute = Duration::from_millis(42_500);
    for left in (0..500).rev() {
        let verdict = limiter.take(&wants, now).await;
        let expected = Verdict {
            allowed: true,
            limit: 500,
            remaining: left,
            reset_after: until_minute,
            retry_after: None,
        };
        assert_eq!(verdict, expected);
    }
    let refused = limiter.take(&wants, now).await;
    let retry_after = Some(until_minute);
    let expected =
        Verdict { allowed: false, limit: 500, remaining: 0, reset_after: until_minute, retry_after };
    assert_eq!(refused, expected);
    assert!(limiter.take(&wants, now + until_minute).await.allowed, "asking again after that long helps");

    drain(limiter, &key(301), Limit::per_day(n(1000)), now + until_minute).await;
    drain(limiter, &key(300), minutely(500), now + until_minute).await;
    let refused = limiter.take(&wants, now + until_minute).await;
    assert_eq!(refused.limit, 1000, "of two that refuse, the one to wait longest for");
}

async fn a_change_of_plan_counts_on(limiter: &dyn RateLimiter) {
    let (subject, now) = (key(400), at(10_800));
    assert_eq!(drain(limiter, &subject, minutely(100), now).await, 100);
    assert_eq!(drain(limiter, &subject, minutely(1000), now).await, 900, "more: what was taken stays taken");
    assert_eq!(drain(limiter, &subject, minutely(10), now).await, 0, "less: nothing is left");
    let refused = limiter.take(&[(subject.clone(), minutely(10))], now).await;
    assert_eq!((refused.limit, refused.remaining), (10, 0));

    let halfway = key(401);
    for _ in 0..50 {
        assert!(limiter.take(&[(halfway.clone(), minutely(1000))], now).await.allowed);
    }
    assert_eq!(drain(limiter, &halfway, minutely(60), now).await, 10);
}

async fn each_window_length_is_counted_by_itself(limiter: &dyn RateLimiter) {
    let now = at(14_400);
    let wants = [(key(500), Limit::per_second(n(3))), (key(500), minutely(5))];
    let mut admitted = Vec::new();
    for second in 0..3 {
        let mut count = 0;
        while limiter.take(&wants, now + TimeDelta::seconds(second)).await.allowed {
            count += 1;
        }
        admitted.push(count);
    }
    assert_eq!(admitted, [3, 2, 0]);
}

async fn a_subject_named_twice_counts_once(limiter: &dyn RateLimiter) {
    let now = at(18_000);
    let wants = [(key(600), minutely(9)), (key(600), minutely(5))];
    for left in (0..5).rev() {
        assert_eq!(limiter.take(&wants, now).await.remaining, left);
    }
    assert!(!limiter.take(&wants, now).await.allowed);
    assert_eq!(drain(limiter, &key(600), minutely(9), now).await, 4);
}

/// Last, since it leaves the limiter in the future.
async fn a_clock_that_is_set_back_gives_nothing_anew(limiter: &dyn RateLimiter) {
    let (subject, limit, now) = (key(700), minutely(120), at(21_600));
    assert_eq!(drain(limiter, &subject, limit, now).await, 120);
    for back in [1, 60, 3600] {
        let earlier = now - Duration::from_secs(back);
        assert_eq!(drain(limiter, &subject, limit, earlier).await, 0);
        let refused = limiter.take(&[(subject.clone(), limit)], earlier).await;
        let wait = Duration::from_secs(back + 60);
        assert_eq!(refused.retry_after, Some(wait), "by the clock that asks");
    }
    assert_eq!(drain(limiter, &subject, limit, now).await, 0);
    assert_eq!(drain(limiter, &subject, limit, now + TimeDelta::seconds(60)).await, 120);
}
