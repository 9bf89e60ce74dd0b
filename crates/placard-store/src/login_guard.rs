//! A memory of failed attempts to sign in, against guessing. Who fails too often waits: a minute, then two, then four,
//! up to an hour. A success, or a day without a failure, clears the account.

use crate::{StoreError, SystemTx};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv6Addr};

/// How long a failure counts.
const MEMORY: TimeDelta = TimeDelta::days(1);
const FAILURES_OF_A_USER: i32 = 5;
/// Many people may share one address.
const FAILURES_OF_AN_ADDRESS: i32 = 50;

/// Whose failures are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    key: String,
    allowed: i32,
}

impl Subject {
    /// Everybody who tries this e-mail address, known to us or not. Five failures are free.
    pub fn user(email: &str) -> Self {
        let hash = Sha256::digest(email.trim().to_lowercase());
        Self { key: format!("user:{}", hex::encode(hash)), allowed: FAILURES_OF_A_USER }
    }

    /// Everybody who comes from this network address. Fifty failures are free. Of an IPv6 address the first half
    /// counts, because the other half is the customer's to choose.
    pub fn address(ip: IpAddr) -> Self {
        let key = match ip.to_canonical() {
            IpAddr::V4(ip) => format!("ip:{ip}"),
            IpAddr::V6(ip) => format!("ip:{}/64", Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
        };
        Self { key, allowed: FAILURES_OF_AN_ADDRESS }
    }
}

/// Until when one of `subjects` has to wait, if it has to.
pub async fn check(
    tx: &mut SystemTx,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let keys: Vec<String> = subjects.iter().map(|subject| subject.key.clone()).collect();
    let until = sqlx::query_scalar!(
        r#"
        select max(blocked_until)
        from login_failure
        where subject = any($1) and blocked_until > $2
        "#,
        &keys,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(until)
}

/// Counts a failure of each of `subjects`. Returns until when one of them has to wait now.
///
/// Counting before the password is looked at, and clearing after it was right, also stops guesses that come all at
/// once.
pub async fn fail(
    tx: &mut SystemTx,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    // Always in one order, so that two who fail at once do not wait for each other.
    let mut sorted = subjects.to_vec();
    sorted.sort();
    sorted.dedup();
    let mut until = None;
    for subject in &sorted {
        until = until.max(count(tx, subject, now).await?);
    }
    Ok(until)
}

async fn count(
    tx: &mut SystemTx,
    subject: &Subject,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let failures = sqlx::query_scalar!(
        r#"
        insert into login_failure as f (subject, failures, first_at, last_at)
        values ($1, 1, $2, $2)
        on conflict on constraint login_failure_pkey do update
        set
            failures = case when f.last_at < $3 then 1 else f.failures + 1 end,
            first_at = case when f.last_at < $3 then $2 else f.first_at end,
            last_at = $2
        returning failures
        "#,
        subject.key,
        now,
        now - MEMORY,
    )
    .fetch_one(tx.conn())
    .await?;
    if failures < subject.allowed {
        return Ok(None);
    }
    let until = sqlx::query_scalar!(
        r#"
        update login_failure
        set blocked_until = greatest(blocked_until, $2)
        where subject = $1
        returning blocked_until
        "#,
        subject.key,
        now + pause_after(failures - subject.allowed),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(until)
}

/// The wait after the first failure too many, and after each one more.
fn pause_after(more: i32) -> TimeDelta {
    TimeDelta::minutes((1_i64 << more.clamp(0, 6)).min(60))
}

/// Forgets the failures of `subject`, because it signed in.
pub async fn clear(tx: &mut SystemTx, subject: &Subject) -> Result<(), StoreError> {
    sqlx::query!("delete from login_failure where subject = $1", subject.key).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets failures that count no longer. Returns how many subjects they were of.
pub async fn purge(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let gone = sqlx::query!(
        "delete from login_failure where last_at < $1 and (blocked_until is null or blocked_until < $2)",
        now - MEMORY,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let minutes: Vec<i64> =
            [0, 1, 2, 3, 4, 5, 6, 7, 1000].map(|more| pause_after(more).num_minutes()).into();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn an_address_counts_by_its_network_and_a_person_whatever_the_case() {
        let of = |text: &str| Subject::address(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(Subject::user(" Ann@Example.com"), Subject::user("ann@example.com"));
    }
}
