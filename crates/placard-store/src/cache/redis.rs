//! Values in Redis, for all processes together.

use super::{Asked, Cache, CacheError, Space};
use crate::rate_limit::InvalidAddress;
use redis::{
    AsyncCommands, Client, ExistenceCheck, RedisError, SetExpiry, SetOptions,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// How long an answer may take. A cache that is slower than what it stands in for is none.
const PATIENCE: Duration = Duration::from_millis(250);

/// Values in Redis. Clones share one connection, which is made anew when it was lost.
#[derive(Clone)]
pub struct RedisCache {
    connection: ConnectionManager,
}

impl RedisCache {
    /// A cache in the Redis at `address`, whether it answers already or not.
    ///
    /// # Errors
    /// [`InvalidAddress`].
    pub fn connect(address: &SecretString) -> Result<Self, InvalidAddress> {
        let client = Client::open(address.expose_secret()).map_err(|_| InvalidAddress)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection =
            ConnectionManager::new_lazy_with_config(client, config).map_err(|_| InvalidAddress)?;
        Ok(Self { connection })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn away(error: RedisError) -> CacheError {
    CacheError(error.to_string())
}

/// Redis counts in milliseconds and knows no time of none.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX / 2).max(1)
}

impl Cache for RedisCache {
    fn get<'a>(&'a self, space: Space, key: &'a str) -> Asked<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.connection.clone().get(space.key(key)).await.map_err(away) })
    }

    fn put<'a>(&'a self, space: Space, key: &'a str, value: &'a [u8], ttl: Duration) -> Asked<'a, ()> {
        Box::pin(async move {
            self.connection.clone().pset_ex(space.key(key), value, millis(ttl)).await.map_err(away)
        })
    }

    fn put_new<'a>(&'a self, space: Space, key: &'a str, value: &'a [u8], ttl: Duration) -> Asked<'a, bool> {
        Box::pin(async move {
            let options = SetOptions::default()
                .conditional_set(ExistenceCheck::NX)
                .with_expiration(SetExpiry::PX(millis(ttl)));
            let mut connection = self.connection.clone();
            let said: Option<String> =
                connection.set_options(space.key(key), value, options).await.map_err(away)?;
            Ok(said.is_some())
        })
    }

    fn remove<'a>(&'a self, space: Space, key: &'a str) -> Asked<'a, bool> {
        Box::pin(async move {
            let gone: u32 = self.connection.clone().del(space.key(key)).await.map_err(away)?;
            Ok(gone == 1)
        })
    }
}
