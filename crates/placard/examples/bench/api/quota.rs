//! Limits that several processes share: leased from Redis in blocks beside a call for each check.

use super::redis::{Redis, connect};
use crate::{
    Size,
    figure::{Bar, Figure, grouped},
    timing::Samples,
};
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use placard_store::rate_limit::{Block, Limit, LimiterState, RateLimiter, Subject};
use std::{
    io::Write,
    num::NonZeroU32,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
};
use uuid::Uuid;

/// Of a call for each check.
const OF_CALLS: f64 = 30.0;
/// What may be admitted may be exceeded by a hundredth.
const OVERSHOOT: f64 = 1.0 / 1.01;
/// What a caller may ask in a window.
const LIMIT: u32 = 10_000;
/// What the processes may take together.
const SHARED: u32 = 100_000;
const PROCESSES: usize = 4;
/// Requests that are checked at the same time.
const AT_ONCE: usize = 16;

/// Checks limits in a Redis of its own.
pub(super) async fn measure(size: Size) -> Result<Vec<Figure>> {
    let measure = format!("check a limit of {} in Redis", grouped(LIMIT.into()));
    let redis = match Redis::start().await {
        Ok(redis) => redis,
        Err(why) => return Ok(vec![Figure::skipped(measure, format!("no Redis here: {why:#}"))]),
    };
    let (blocks, calls) = speed(size, &redis).await?;
    let everybody = race(&redis, false).await?;
    let with_a_death = race(&redis, true).await?;
    let admitted = |measure: &str, admitted: u32, bar| {
        let (ours, limit) = (grouped(admitted.into()), grouped(SHARED.into()));
        let ratio = f64::from(SHARED) / f64::from(admitted);
        Figure::new(
            measure,
            format!("{ours} admitted"),
            format!("the limit: {limit}"),
            ratio,
            Bar::AtLeast(bar),
        )
    };
    let baseline = ("a call for each", &calls);
    Ok(vec![
        Figure::speeds(measure, (size.checks, "checks"), &blocks, baseline, Bar::AtLeast(OF_CALLS)).note(format!(
            "{AT_ONCE} at once, one connection, a Redis on a local socket; blocks are a hundredth of the limit"
        )),
        admitted(&format!("{PROCESSES} processes share a limit"), everybody, OVERSHOOT),
        admitted("the same, one of them killed by SIGKILL", with_a_death, 1.0)
            .note("what the killed process had leased and not spent is admitted to nobody in that window"),
    ])
}

async fn speed(size: Size, redis: &Redis) -> Result<(Samples, Samples)> {
    let (mut blocks, mut calls) = (Samples::default(), Samples::default());
    // So much slower that fewer tell as much.
    let fewer = 20;
    for round in 0..=size.rounds {
        let took = check(redis, Block::Hundredth, size.checks).await?;
        let took_calls = check(redis, Block::Exactly(NonZeroU32::MIN), size.checks / fewer).await?;
        // The first round warms up.
        if round > 0 {
            blocks.push(took);
            calls.push(took_calls * u32::try_from(fewer)?);
        }
    }
    Ok((blocks, calls))
}

/// How long `checks` take, of callers who all stay below their limit.
async fn check(redis: &Redis, block: Block, checks: usize) -> Result<Duration> {
    let limiter = std::sync::Arc::new(connect(&redis.address(), block).await?);
    let limit = Limit::per_day(NonZeroU32::new(LIMIT).context("not zero")?);
    let now = Utc::now();
    let began = Instant::now();
    let each = checks / AT_ONCE;
    let checking = (0..AT_ONCE).map(|_| {
        let limiter = std::sync::Arc::clone(&limiter);
        tokio::spawn(async move {
            let mut wants = [(Subject::key(Uuid::now_v7()), limit)];
            for number in 0..each {
                if number % LIMIT as usize == 0 {
                    wants[0].0 = Subject::key(Uuid::now_v7());
                }
                ensure!(limiter.take(&wants, now).await.allowed, "refused below the limit");
            }
            Ok(())
        })
    });
    for checked in checking.collect::<Vec<_>>() {
        checked.await??;
    }
    ensure!(limiter.state() == LimiterState::Exact, "{}", limiter.state());
    Ok(began.elapsed())
}

/// How much processes admit together until each is refused; `death` is the first one's, in the middle.
async fn race(redis: &Redis, death: bool) -> Result<u32> {
    let subject = Uuid::now_v7().to_string();
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        let lessee = Command::new(std::env::current_exe()?)
            .args(["--lessee", &redis.address(), &subject])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        processes.push(lessee);
    }
    let counting =
        processes.into_iter().enumerate().map(|(number, lessee)| count(lessee, death && number == 0));
    Ok(futures::future::try_join_all(counting).await?.into_iter().sum())
}

/// How often a process says that it was admitted. One that is to die is killed after a tenth of its share.
async fn count(mut lessee: Child, death: bool) -> Result<u32> {
    let mut output = lessee.stdout.take().context("it has no output")?;
    let (mut admitted, mut buffer) = (0, [0; 4096]);
    loop {
        let more = output.read(&mut buffer).await?;
        if more == 0 {
            break;
        }
        admitted += u32::try_from(more)?;
        if death && admitted > SHARED / PROCESSES as u32 / 10 {
            lessee.start_kill()?;
        }
    }
    let ended = lessee.wait().await?;
    ensure!(ended.success() != death, "a process ended with {ended}");
    Ok(admitted)
}

/// A process of [`race`]: says with a byte each time that it is admitted, until it is refused.
pub(crate) async fn lessee(address: &str, subject: &str) -> Result<()> {
    let limiter = connect(address, Block::Hundredth).await?;
    let limit = Limit::per_minute(NonZeroU32::new(SHARED).context("not zero")?);
    let wants = [(Subject::key(subject.parse()?), limit)];
    // All of them in one window.
    let now = DateTime::from_timestamp(2_000_000_000, 0).context("a time")?;
    let mut output = std::io::stdout().lock();
    while limiter.take(&wants, now).await.allowed {
        output.write_all(b".")?;
        output.flush()?;
    }
    ensure!(limiter.state() == LimiterState::Exact, "{}", limiter.state());
    Ok(())
}
