//! Limits hold: in one process, in many that share a Redis, and while that Redis is away. Needs `redis-server`.

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{TenantId, UserId};
use placard_store::rate_limit::{
    Block, InProcess, Limit, LimiterState, RateLimiter, RedisLimiter, RedisOptions, Subject, Verdict,
    WindowError, headers,
};
use std::{
    num::NonZeroU32,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// The beginning of a minute, and so many seconds.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_040 + seconds, 0).unwrap()
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
        admitted += taker.await.unwrap();
    }
    admitted
}

/// What every adapter keeps.
mod contract {
    use super::*;

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
        let wants = [
            (tenant.clone(), minutely(1000)),
            (user.clone(), minutely(300)),
            (endpoint.clone(), minutely(7)),
        ];
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
        assert_eq!(
            drain(limiter, &subject, minutely(1000), now).await,
            900,
            "more: what was taken stays taken"
        );
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
            let earlier = now - TimeDelta::seconds(back);
            assert_eq!(drain(limiter, &subject, limit, earlier).await, 0);
            let refused = limiter.take(&[(subject.clone(), limit)], earlier).await;
            let wait = Duration::from_secs(u64::try_from(back).unwrap() + 60);
            assert_eq!(refused.retry_after, Some(wait), "by the clock that asks");
        }
        assert_eq!(drain(limiter, &subject, limit, now).await, 0);
        assert_eq!(drain(limiter, &subject, limit, now + TimeDelta::seconds(60)).await, 120);
    }
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

/// A private Redis on a socket of its own, which no other test can take. Keeps nothing on disk.
struct Redis {
    dir: PathBuf,
    server: Mutex<Option<Child>>,
}

impl Redis {
    async fn start() -> anyhow::Result<Self> {
        let dir = std::env::temp_dir().join(format!("placard-redis-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&dir)?;
        let redis = Self { dir, server: Mutex::new(None) };
        redis.run().await?;
        Ok(redis)
    }

    /// Starts the server, empty, and waits until it answers.
    async fn run(&self) -> anyhow::Result<()> {
        let server = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.dir.join("socket"))
            .arg("--dir")
            .arg(&self.dir)
            .stdout(Stdio::null())
            .spawn()
            .context("this test needs redis-server; on Debian or Ubuntu: apt-get install redis-server")?;
        *self.server.lock().unwrap() = Some(server);
        let client = redis::Client::open(self.address())?;
        wait_until("redis-server answers", async || {
            let Ok(mut connection) = client.get_multiplexed_async_connection().await else { return false };
            redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
        })
        .await
    }

    fn address(&self) -> String {
        format!("unix://{}", self.dir.join("socket").display())
    }

    /// Ends the server as `kill -9` does, and its counts with it.
    fn kill(&self) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// `STOP` freezes the server without closing a connection, `CONT` wakes it.
    fn signal(&self, name: &str) {
        let server = self.server.lock().unwrap().as_ref().unwrap().id();
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {server}")).status().unwrap();
        assert!(sent.success());
    }

    async fn limiter(&self, block: Block) -> anyhow::Result<Arc<dyn RateLimiter>> {
        Ok(Arc::new(self.watched(block, 1).await?.0))
    }

    /// A limiter, and the list of its changes.
    async fn watched(&self, block: Block, processes: u32) -> anyhow::Result<(RedisLimiter, Changes)> {
        // A test machine may be busier than any server should be.
        let patience = Duration::from_secs(5);
        let retry_every = Duration::from_millis(20);
        let options = RedisOptions { processes: n(processes), block, patience, retry_every };
        self.with(options).await
    }

    async fn with(&self, options: RedisOptions) -> anyhow::Result<(RedisLimiter, Changes)> {
        let changes = Changes::default();
        let noted = changes.clone();
        let note = move |state: &LimiterState| noted.0.lock().unwrap().push(state.clone());
        let limiter = RedisLimiter::connect(&self.address().into(), options, note, at(0)).await?;
        Ok((limiter, changes))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
        // Nothing depends on it.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

#[derive(Clone, Default)]
struct Changes(Arc<Mutex<Vec<LimiterState>>>);

impl Changes {
    /// Away or not, in order.
    fn away(&self) -> Vec<bool> {
        self.0.lock().unwrap().iter().map(|state| *state != LimiterState::Exact).collect()
    }
}

async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) -> anyhow::Result<()> {
    for _ in 0..3000 {
        if condition().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    ensure!(false, "waited in vain until {what}");
    Ok(())
}

async fn is_back(limiter: &RedisLimiter) -> anyhow::Result<()> {
    wait_until("Redis counts again", async || limiter.state() == LimiterState::Exact).await
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
    let client = redis::Client::open(redis.address())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut calls = async || -> anyhow::Result<u32> {
        let info: String = redis::cmd("INFO").arg("commandstats").query_async(&mut connection).await?;
        let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
        let calls = line.and_then(|line| line.split(',').next()).context("no script has run")?;
        Ok(calls.parse()?)
    };
    let before = calls().await?;
    assert_eq!(drain(&limiter, &key(1), minutely(10_000), at(0)).await, 10_000);
    assert_eq!(drain(&limiter, &key(1), minutely(10_000), at(0)).await, 0);
    assert_eq!(calls().await? - before, 100);
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
    assert!(said.starts_with("Redis is away since 2026-09-21T13:34:01Z ("), "{said}");
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
