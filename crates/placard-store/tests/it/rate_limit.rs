//! Limits hold: in one process, in many that share a Redis, and while that Redis is away. Needs `redis-server`.

mod contract;
pub(crate) mod server;

use chrono::{DateTime, Utc};
use placard_store::rate_limit::{
    Block, InProcess, Limit, LimiterState, RateLimiter, RedisLimiter, RedisOptions, Subject, Verdict,
    WindowError, headers,
};
use server::{Redis, is_back, wait_until};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use uuid::Uuid;

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a limit is not zero")
}

/// The beginning of a minute, and so many seconds.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_040 + seconds, 0).expect("a time that exists")
}

fn key(number: u128) -> Subject {
    Subject::key(Uuid::from_u128(number))
}

fn minutely(requests: u32) -> Limit {
    Limit::per_minute(n(requests))
}

/// Asks until refused, and says how many were admitted.
async fn drain(limiter: &dyn RateLimiter, subject: &Subject, limit: Limit, now: DateTime<Utc>) -> u32 {
    let mut admitted = 0;
    while limiter.take(&[(subject.clone(), limit)], now).await.allowed {
        admitted += 1;
        assert!(admitted <= 10 * limit.requests().get(), "nothing limits");
    }
    admitted
}

/// Sixty-four takers that ask until refused, spread over the limiters.
async fn stampede(limiters: &[Arc<dyn RateLimiter>], wants: &[(Subject, Limit)], now: DateTime<Utc>) -> u32 {
    let takers: Vec<_> = (0..64)
        .map(|taker| {
            let (limiter, wants) = (limiters[taker % limiters.len()].clone(), wants.to_vec());
            tokio::spawn(async move {
                let mut admitted = 0;
                while limiter.take(&wants, now).await.allowed {
                    admitted += 1;
                }
                admitted
            })
        })
        .collect();
    let mut admitted = 0;
    for taker in takers {
        admitted += taker.await.expect("takers do not panic");
    }
    admitted
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_in_this_process_keeps_the_contract() {
    contract::keep(Arc::new(InProcess::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_in_redis_by_blocks_keeps_the_contract() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    contract::keep(redis.limiter(Block::Hundredth).await?).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_in_redis_with_a_call_for_each_check_keeps_the_contract() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    contract::keep(redis.limiter(Block::Exactly(n(1))).await?).await;
    Ok(())
}

#[test]
fn headers_are_whole_seconds_rounded_up() {
    let reset_after = Duration::from_millis(41_001);
    let allowed = Verdict { allowed: true, limit: 600, remaining: 3, reset_after, retry_after: None };
    let told = |name, value: &str| (name, value.to_owned());
    let common =
        [told("RateLimit-Limit", "600"), told("RateLimit-Remaining", "3"), told("RateLimit-Reset", "42")];
    assert_eq!(headers(&allowed), common);
    let refused =
        Verdict { allowed: false, remaining: 0, retry_after: Some(Duration::from_millis(1)), ..allowed };
    assert_eq!(
        headers(&refused)[1..],
        [told("RateLimit-Remaining", "0"), told("RateLimit-Reset", "42"), told("Retry-After", "1"),]
    );
}

#[test]
fn a_window_is_whole_milliseconds() {
    for window in [Duration::ZERO, Duration::from_micros(1_500), Duration::from_secs(50 * 86_400)] {
        assert_eq!(Limit::new(n(1), window), Err(WindowError(window)));
    }
    let minute = Duration::from_secs(60);
    assert_eq!(Limit::new(n(5), minute), Ok(minutely(5)));
    assert_eq!(minutely(5).window(), minute);
}

#[tokio::test(flavor = "multi_thread")]
async fn limiters_that_share_a_redis_admit_the_limit_together() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    for (number, block) in [(1, Block::Hundredth), (2, Block::Exactly(n(1))), (3, Block::Exactly(n(50)))] {
        let both = [redis.limiter(block).await?, redis.limiter(block).await?];
        // All 64 takers are refused in the end, so every block was spent.
        let wants = [(key(number), minutely(2_000)), (key(number + 100), minutely(5_000))];
        assert_eq!(stampede(&both, &wants, at(0)).await, 2_000);
    }
    Ok(())
}

#[tokio::test]
async fn what_a_killed_process_had_leased_is_never_admitted() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let (subject, limit) = (key(1), minutely(1_000));
    let killed = redis.limiter(Block::Hundredth).await?;
    for _ in 0..3 {
        assert!(killed.take(&[(subject.clone(), limit)], at(0)).await.allowed);
    }
    drop(killed); // A limiter returns nothing when it ends, so ending it is killing it.
    let survivor = redis.limiter(Block::Hundredth).await?;
    assert_eq!(
        drain(&*survivor, &subject, limit, at(0)).await,
        990,
        "its block of ten is lost, three of it used"
    );
    assert_eq!(drain(&*survivor, &subject, limit, at(60)).await, 1_000, "for that window only");
    Ok(())
}

#[tokio::test]
async fn a_block_is_one_call_and_a_refusal_none() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let (limiter, _) = redis.watched(Block::Hundredth, 1).await?;
    let before = redis.calls().await?;
    assert_eq!(drain(&limiter, &key(1), minutely(10_000), at(0)).await, 10_000);
    assert_eq!(drain(&limiter, &key(1), minutely(10_000), at(0)).await, 0);
    assert_eq!(redis.calls().await? - before, 100);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn takers_who_find_a_block_spent_share_the_next_one() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let limiter = redis.limiter(Block::Hundredth).await?;
    let before = redis.calls().await?;
    let taker = |_| {
        let limiter = limiter.clone();
        tokio::spawn(async move { limiter.take(&[(key(1), minutely(10_000))], at(0)).await.allowed })
    };
    for taker in (0..64).map(taker).collect::<Vec<_>>() {
        assert!(taker.await?);
    }
    assert_eq!(redis.calls().await? - before, 1, "a block of a hundred is enough for all");
    Ok(())
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_lose_the_block() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let limiter = redis.limiter(Block::Hundredth).await?;
    let wants = [(key(1), minutely(1_000))];
    tokio::select! {
        biased;
        _ = limiter.take(&wants, at(0)) => panic!("an answer takes longer than asking once"),
        () = std::future::ready(()) => {}
    }
    let mut connection = redis.connection().await?;
    let stored = format!("ratelimit:{}:60000:{}", key(1), at(0).timestamp() / 60);
    wait_until("the block is leased", async || {
        let leased = redis::cmd("GET").arg(&stored).query_async::<Option<u32>>(&mut connection).await;
        leased.is_ok_and(|leased| leased == Some(10))
    })
    .await?;
    assert_eq!(drain(&*limiter, &key(1), minutely(1_000), at(0)).await, 1_000);
    Ok(())
}

#[tokio::test]
async fn a_restart_of_redis_is_survived_and_gives_nothing_out_twice() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let (limiter, changes) = redis.watched(Block::Hundredth, 1).await?;
    let (subject, limit) = (key(1), minutely(1_000));
    for _ in 0..405 {
        assert!(limiter.take(&[(subject.clone(), limit)], at(0)).await.allowed);
    }
    redis.kill();
    for left in (495..595).rev() {
        let verdict = limiter.take(&[(subject.clone(), limit)], at(5)).await;
        assert_eq!((verdict.allowed, verdict.remaining), (true, left), "it goes on by itself");
    }
    let LimiterState::Away { since, .. } = limiter.state() else { panic!("Redis is gone") };
    assert_eq!(since, at(5));

    redis.run().await?;
    is_back(&limiter).await?;
    let (other, _) = redis.watched(Block::Hundredth, 1).await?;
    assert!(
        limiter.take(&[(subject.clone(), limit)], at(6)).await.allowed,
        "this tells Redis what was taken"
    );
    let together =
        1 + drain(&other, &subject, limit, at(6)).await + drain(&limiter, &subject, limit, at(6)).await;
    assert_eq!(405 + 100 + together, 1_000);
    assert_eq!(changes.away(), [true, false], "each change is told once");
    Ok(())
}

#[tokio::test]
async fn while_redis_is_away_each_process_admits_its_share() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let (limiter, changes) = redis.watched(Block::Exactly(n(5)), 4).await?;
    let (subject, limit) = (key(1), minutely(100));
    assert!(limiter.take(&[(subject.clone(), limit)], at(0)).await.allowed);
    redis.kill();
    assert_eq!(1 + drain(&limiter, &subject, limit, at(1)).await, 25);
    assert_eq!(drain(&limiter, &key(2), minutely(3), at(1)).await, 1, "a share is at least one");
    let wants = [(key(3), limit), (subject.clone(), limit)];
    assert!(!limiter.take(&wants, at(1)).await.allowed);
    assert_eq!(drain(&limiter, &key(3), limit, at(1)).await, 25, "together or not at all, away too");
    assert_eq!(changes.away(), [true]);
    let said = limiter.state().to_string();
    assert!(said.starts_with("Redis is away since 2026-09-21T14:14:01Z ("), "{said}");
    assert!(said.ends_with("); each process counts for itself and admits 1/4 of each rate limit"), "{said}");

    redis.run().await?;
    is_back(&limiter).await?;
    assert_eq!(drain(&limiter, &subject, limit, at(2)).await, 75, "the rest, once it can ask again");
    Ok(())
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_away_until_it_does() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let patience = Duration::from_millis(50);
    let options =
        RedisOptions { retry_every: Duration::from_millis(20), patience, ..RedisOptions::default() };
    let (limiter, changes) = redis.with(options).await?;
    is_back(&limiter).await?;
    redis.signal("STOP");
    assert_eq!(drain(&limiter, &key(1), minutely(1_000), at(0)).await, 1_000);
    assert_ne!(limiter.state(), LimiterState::Exact);
    redis.signal("CONT");
    is_back(&limiter).await?;
    assert_eq!(
        drain(&limiter, &key(1), minutely(1_000), at(0)).await,
        0,
        "what was admitted alone is counted"
    );
    assert_eq!(changes.away().last(), Some(&false));
    Ok(())
}

#[tokio::test]
async fn what_was_admitted_alone_is_told_to_a_redis_that_kept_its_counts() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let patience = Duration::from_millis(50);
    let retry_every = Duration::from_millis(20);
    let (alone, _) = redis
        .with(RedisOptions { processes: n(2), patience, retry_every, ..RedisOptions::default() })
        .await?;
    is_back(&alone).await?;
    let (subject, limit) = (key(1), minutely(1_000));
    assert!(alone.take(&[(subject.clone(), limit)], at(0)).await.allowed);
    let (other, _) = redis.watched(Block::Hundredth, 2).await?;
    for _ in 0..400 {
        assert!(other.take(&[(subject.clone(), limit)], at(0)).await.allowed);
    }
    redis.signal("STOP");
    assert_eq!(1 + drain(&alone, &subject, limit, at(0)).await, 500);
    redis.signal("CONT");
    is_back(&alone).await?;
    let rest = drain(&alone, &subject, limit, at(0)).await + drain(&other, &subject, limit, at(0)).await;
    // The block that was asked for without an answer is lost.
    assert!((90..=100).contains(&rest), "{rest} more than 900");
    Ok(())
}

#[tokio::test]
async fn a_process_may_start_while_redis_is_away() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    redis.kill();
    let (limiter, changes) = redis.watched(Block::Hundredth, 2).await?;
    assert_eq!(changes.away(), [true]);
    assert_eq!(drain(&limiter, &key(1), minutely(100), at(0)).await, 50);
    redis.run().await?;
    is_back(&limiter).await?;
    assert_eq!(drain(&limiter, &key(1), minutely(100), at(0)).await, 50);
    assert_eq!(changes.away(), [true, false]);
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_repeating_it() {
    let address = "https://:secret@example.org".into();
    let refused = RedisLimiter::connect(&address, RedisOptions::default(), |_| (), at(0)).await;
    let message = refused.err().unwrap().to_string();
    assert!(!message.contains("secret"), "{message}");
}
