//! What every cache keeps, held against the one in this process and the one in Redis.

use crate::rate_limit::server::{Redis, wait_until};
use placard_store::cache::{Cache, InProcessCache, RedisCache, Space};
use std::{sync::Arc, time::Duration};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_cache_in_this_process_keeps_the_contract() -> anyhow::Result<()> {
    keep(Arc::new(InProcessCache::new(1 << 20))).await
}

#[tokio::test]
async fn the_cache_in_redis_keeps_the_contract() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    keep(Arc::new(RedisCache::connect(&redis.address().into())?)).await
}

async fn keep(cache: Arc<dyn Cache>) -> anyhow::Result<()> {
    what_was_put_is_found_until_it_is_removed(&*cache).await?;
    spaces_are_apart(&*cache).await?;
    what_is_over_is_gone(&*cache).await?;
    one_of_many_puts_a_new_value(&cache).await?;
    println!("4 cases of the contract hold");
    Ok(())
}

async fn what_was_put_is_found_until_it_is_removed(cache: &dyn Cache) -> anyhow::Result<()> {
    assert_eq!(cache.get(Space::Cache, "a").await?, None);
    for value in [&b"one"[..], b"", b"\0\xff\r\n", &[7; 100_000]] {
        cache.put(Space::Cache, "a", value, LONG).await?;
        assert_eq!(cache.get(Space::Cache, "a").await?.as_deref(), Some(value));
    }
    assert!(cache.remove(Space::Cache, "a").await?);
    assert!(!cache.remove(Space::Cache, "a").await?);
    assert_eq!(cache.get(Space::Cache, "a").await?, None);
    Ok(())
}

async fn spaces_are_apart(cache: &dyn Cache) -> anyhow::Result<()> {
    for space in Space::ALL {
        cache.put(space, "same", space.prefix().as_bytes(), LONG).await?;
    }
    cache.remove(Space::Queue, "same").await?;
    for space in Space::ALL {
        let expected = (space != Space::Queue).then(|| space.prefix().as_bytes().to_vec());
        assert_eq!(cache.get(space, "same").await?, expected, "{space:?}");
    }
    Ok(())
}

async fn what_is_over_is_gone(cache: &dyn Cache) -> anyhow::Result<()> {
    cache.put(Space::Session, "stays", b"1", LONG).await?;
    cache.put(Space::Session, "goes", b"1", Duration::from_millis(20)).await?;
    wait_until("it is over", async || matches!(cache.get(Space::Session, "goes").await, Ok(None))).await?;
    assert!(cache.put_new(Space::Session, "goes", b"2", LONG).await?, "its place is free");
    assert_eq!(cache.get(Space::Session, "stays").await?.as_deref(), Some(&b"1"[..]));
    Ok(())
}

async fn one_of_many_puts_a_new_value(cache: &Arc<dyn Cache>) -> anyhow::Result<()> {
    let mut all = tokio::task::JoinSet::new();
    for number in 0..32_u8 {
        let cache = Arc::clone(cache);
        all.spawn(async move {
            cache.put_new(Space::Queue, "hint", &[number], LONG).await.map(|won| (won, number))
        });
    }
    let mut winners = Vec::new();
    while let Some(outcome) = all.join_next().await {
        let (won, number) = outcome??;
        winners.extend(won.then_some(number));
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(cache.get(Space::Queue, "hint").await?, Some(winners));
    Ok(())
}

#[tokio::test]
async fn the_cache_in_this_process_takes_no_more_than_it_may_and_forgets_what_nobody_wants()
-> anyhow::Result<()> {
    let cache = InProcessCache::new(20_000);
    for number in 0..1_000 {
        cache.put(Space::Cache, &number.to_string(), &[0; 100], LONG).await?;
        cache.put_new(Space::Cache, "wanted", b"x", LONG).await?;
        assert!(cache.bytes() <= 20_000);
    }
    assert!(!cache.put_new(Space::Cache, "wanted", b"y", LONG).await?, "what is asked for stays");
    assert_eq!(cache.get(Space::Cache, "0").await?, None);
    assert!(cache.get(Space::Cache, "999").await?.is_some());
    cache.put(Space::Cache, "too large", &[0; 30_000], LONG).await?;
    assert_eq!(cache.get(Space::Cache, "too large").await?, None);
    Ok(())
}

#[tokio::test]
async fn keys_in_redis_begin_with_their_space_and_a_redis_that_is_away_is_an_error() -> anyhow::Result<()> {
    let redis = Redis::start().await?;
    let cache = RedisCache::connect(&redis.address().into())?;
    for space in Space::ALL {
        cache.put(space, "key", b"x", LONG).await?;
    }
    let mut keys: Vec<String> =
        redis::cmd("KEYS").arg("*").query_async(&mut redis.connection().await?).await?;
    keys.sort();
    assert_eq!(keys, ["cache:key", "queue:key", "ratelimit:key", "session:key"]);
    redis.kill();
    assert!(cache.get(Space::Cache, "key").await.is_err());
    redis.run().await?;
    wait_until("it is back", async || matches!(cache.get(Space::Cache, "key").await, Ok(None))).await?;
    cache.put(Space::Cache, "key", b"y", LONG).await?;
    assert!(RedisCache::connect(&"nonsense".to_owned().into()).is_err());
    Ok(())
}
