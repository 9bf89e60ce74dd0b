//! What stands around signing in: signing keys, and the memory of failed attempts.

use crate::support::{Office, now};
use chrono::TimeDelta;
use placard_store::{
    StoreError,
    login_guard::{self, Subject},
    signing_key::{self, SigningKey},
};

fn ann() -> Subject {
    Subject::user("ann@example.com")
}

#[tokio::test]
async fn five_failures_are_free_and_each_more_doubles_the_wait() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.database.db.system().await?;
    let start = now();
    for _ in 0..4 {
        assert_eq!(login_guard::fail(&mut tx, &[ann()], start).await?, None);
    }
    for minutes in [1, 2, 4] {
        let until = login_guard::fail(&mut tx, &[ann()], start).await?;
        assert_eq!(until, Some(start + TimeDelta::minutes(minutes)));
        assert_eq!(login_guard::check(&mut tx, &[ann()], start).await?, until);
    }
    assert_eq!(login_guard::check(&mut tx, &[ann()], start + TimeDelta::minutes(4)).await?, None);
    assert_eq!(login_guard::check(&mut tx, &[Subject::user("bob@example.com")], start).await?, None);

    login_guard::clear(&mut tx, &ann()).await?;
    assert_eq!(login_guard::check(&mut tx, &[ann()], start).await?, None);
    assert_eq!(login_guard::fail(&mut tx, &[ann()], start).await?, None, "counting begins anew");
    Ok(())
}

#[tokio::test]
async fn failures_of_another_day_do_not_count() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.database.db.system().await?;
    let start = now();
    for days in 0..20 {
        let at = start + TimeDelta::days(2 * days);
        assert_eq!(login_guard::fail(&mut tx, &[ann()], at).await?, None);
    }
    assert_eq!(login_guard::purge(&mut tx, start + TimeDelta::days(38)).await?, 0);
    assert_eq!(login_guard::purge(&mut tx, start + TimeDelta::days(40)).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_come_at_once_are_all_counted() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let address = Subject::address("192.0.2.7".parse()?);
    let at = now();
    let tries = (0..50).map(|number: usize| {
        let (db, address) = (office.database.db.clone(), address.clone());
        tokio::spawn(async move {
            let mut tx = db.system().await?;
            // Whoever names them in another order must not wait for each other for ever.
            let mut subjects = [ann(), address];
            subjects.rotate_left(number % 2);
            let until = login_guard::fail(&mut tx, &subjects, at).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(until)
        })
    });
    for attempt in tries.collect::<Vec<_>>() {
        attempt.await??;
    }
    let counts: Vec<i32> = sqlx::query_scalar("select failures from login_failure order by subject")
        .fetch_all(&mut office.database.superuser().await)
        .await?;
    assert_eq!(counts, [50, 50]);
    let mut tx = office.database.db.system().await?;
    let hour = login_guard::check(&mut tx, &[ann()], at).await?;
    assert_eq!(hour, Some(at + TimeDelta::hours(1)));
    let minute = login_guard::check(&mut tx, &[address], at).await?;
    assert_eq!(minute, Some(at + TimeDelta::minutes(1)), "the fiftieth of an address is the first too many");
    Ok(())
}

pub(crate) fn signing_key(id: &str, days: i64) -> SigningKey {
    SigningKey {
        id: id.into(),
        public: vec![1; 32],
        sealed: vec![2; 88],
        activates_at: now() + TimeDelta::days(days),
        retires_at: None,
    }
}

#[tokio::test]
async fn signing_keys_are_known_before_they_sign_and_until_they_retire() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.database.db.system().await?;
    let (old, next) = (signing_key("old", -90), signing_key("next", 1));
    signing_key::insert(&mut tx, &next).await?;
    signing_key::insert(&mut tx, &old).await?;
    assert_eq!(signing_key::all_usable(&mut tx, now()).await?, [old, next.clone()]);

    let end = now() + TimeDelta::days(2);
    signing_key::retire(&mut tx, "old", end).await?;
    signing_key::retire(&mut tx, "old", end + TimeDelta::days(9)).await?;
    let usable = signing_key::all_usable(&mut tx, end - TimeDelta::seconds(1)).await?;
    assert_eq!(usable.first().and_then(|key| key.retires_at), Some(end), "the sooner decision stands");
    assert_eq!(signing_key::all_usable(&mut tx, end).await?, [next]);
    let refused = signing_key::retire(&mut tx, "unknown", end).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    Ok(())
}
