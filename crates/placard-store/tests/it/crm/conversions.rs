use super::{email, open_deal, take, touch};
use crate::{
    connections::vault,
    support::{Office, actor, now},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    AccountRef, DealId, LeadId, Money, Platform,
    crm::{
        ClickId,
        contact::ContactField,
        conversion::{ConversionStatus, click_before},
    },
};
use placard_store::{
    StoreError, TenantTx,
    crm::{
        self,
        conversion::{self, Candidate, Filter, Fresh, Intended, NewGoal, Outcome, Since, Turn, Wanted},
        deal,
    },
};
use std::time::Duration;

const MARK: &str = "f894f652ea334e739002f7167ab8f8e3";

fn account() -> AccountRef {
    AccountRef { platform: Platform::Microsoft, id: "5001001".to_owned() }
}

fn wanted(account: &AccountRef, began: DateTime<Utc>) -> Wanted<'_> {
    Wanted { account, goal: "Won deal", since: now() - TimeDelta::days(30), refused: false, began }
}

/// A lead that came by a click, and a deal with them that is won at `at`.
async fn won(office: &Office, who: &str, mark: &str, at: DateTime<Utc>) -> anyhow::Result<(LeadId, DealId)> {
    let mut new = touch(&[(ContactField::Email, who)]);
    new.occurred_at = Some(at - TimeDelta::days(1));
    new.clicks.insert(ClickId::Msclkid, mark.to_owned());
    let lead = take(office, &new).await?.lead();
    let mut tx = office.tx().await?;
    let deal = open_deal(&mut tx, lead, 12_345).await?;
    deal::move_to(&mut tx, &vault(), &actor(), deal, 1, "Won", at).await?;
    tx.commit().await?;
    Ok((lead, deal))
}

/// A goal, and something that was told under it.
pub(crate) async fn furnish(tx: &mut TenantTx) -> anyhow::Result<()> {
    let account = account();
    let window = TimeDelta::days(30);
    let new = NewGoal { account: &account, name: "Won deal", remote_id: "1", window, since: None };
    conversion::choose(tx, &actor(), &new, now()).await?;
    let new = touch(&[(ContactField::Email, "cat@example.com")]);
    let lead = crm::take_lead(tx, &vault(), &actor(), &new, now()).await?.lead();
    let deal = open_deal(tx, lead, 5).await?;
    let fresh = Fresh {
        deal,
        before: None,
        click: MARK.to_owned(),
        won_at: now(),
        value: Money::new(5, "EUR".parse()?),
    };
    conversion::intend(tx, &vault(), &actor(), &wanted(&account, now()), &[fresh]).await?;
    Ok(())
}

fn fresh(candidates: Vec<Candidate>) -> Vec<Fresh> {
    let one = |one: Candidate| Fresh {
        deal: one.deal,
        before: one.before,
        click: click_before(&one.touches, Platform::Microsoft, one.won_at).expect("it came by a click").mark,
        won_at: one.won_at,
        value: one.amount,
    };
    candidates.into_iter().map(one).collect()
}

/// Commits to telling of everything that is due.
async fn intend(office: &Office, wanted: &Wanted<'_>) -> anyhow::Result<Vec<Intended>> {
    let mut tx = office.tx().await?;
    let found = conversion::candidates(&mut tx, &vault(), wanted, None, 100).await?;
    let intended = conversion::intend(&mut tx, &vault(), &actor(), wanted, &fresh(found)).await?;
    tx.commit().await?;
    Ok(intended)
}

async fn intend_again(office: &Office, wanted: &Wanted<'_>) -> anyhow::Result<Vec<Intended>> {
    let mut tx = office.tx().await?;
    let oldest = now() - TimeDelta::days(90);
    let again = conversion::intend_again(&mut tx, &vault(), wanted, oldest, 100).await?;
    tx.commit().await?;
    Ok(again)
}

async fn record(office: &Office, one: &Intended, outcome: Outcome) -> anyhow::Result<()> {
    let mut tx = office.tx().await?;
    conversion::record(&mut tx, &[(one, outcome)], now()).await?;
    Ok(tx.commit().await?)
}

async fn told(office: &Office) -> anyhow::Result<Vec<conversion::Told>> {
    Ok(conversion::list(&mut office.tx().await?, &vault(), &Filter::default(), 100).await?)
}

#[tokio::test]
async fn a_deal_is_committed_to_once_and_said_again_word_for_word() -> anyhow::Result<()> {
    let (office, account) = (Office::open().await?, account());
    let (_, deal) = won(&office, "ann@example.com", MARK, now()).await?;
    let began = now();
    let first = intend(&office, &wanted(&account, began)).await?;
    assert_eq!((first.len(), first[0].deal, first[0].attempt), (1, deal, 1));
    assert_eq!((first[0].conversion.click.as_str(), first[0].conversion.value.minor()), (MARK, 12_345));
    assert_eq!(intend(&office, &wanted(&account, began)).await?, [], "it is committed to already");
    assert_eq!(intend_again(&office, &wanted(&account, began)).await?, [], "this pass sent it itself");

    // What the deal is worth changes while nobody knows whether it arrived.
    let cheaper = deal::get(&mut office.tx().await?, &vault(), deal).await?;
    let mut tx = office.tx().await?;
    let new = placard_domain::crm::deal::Deal::new("Half", Money::new(1, "EUR".parse()?), None)?;
    deal::update(&mut tx, &vault(), &actor(), deal, cheaper.version, &new).await?;
    tx.commit().await?;
    let later = wanted(&account, began + TimeDelta::seconds(9));
    let again = intend_again(&office, &later).await?;
    assert_eq!((&again[0].conversion, again[0].attempt), (&first[0].conversion, 2));

    record(&office, &first[0], Outcome::Refused("late and outdated".to_owned())).await?;
    assert_eq!(
        told(&office).await?[0].status,
        ConversionStatus::Intended,
        "an earlier attempt decides nothing"
    );
    record(&office, &first[0], Outcome::Accepted).await?;
    record(&office, &again[0], Outcome::Unknown("too late".to_owned())).await?;
    let told = told(&office).await?;
    assert_eq!(
        (told[0].status, told[0].since),
        (ConversionStatus::Accepted, Since::Worth(Money::new(1, "EUR".parse()?)))
    );
    let end = wanted(&account, began + TimeDelta::days(1));
    assert_eq!((intend(&office, &end).await?.len(), intend_again(&office, &end).await?.len()), (0, 0));
    Ok(())
}

#[tokio::test]
async fn deals_of_one_click_each_have_a_second_of_their_own() -> anyhow::Result<()> {
    let (office, account) = (Office::open().await?, account());
    let (lead, _) = won(&office, "ann@example.com", MARK, now()).await?;
    let mut tx = office.tx().await?;
    for _ in 0..2 {
        let deal = open_deal(&mut tx, lead, 5).await?;
        deal::move_to(&mut tx, &vault(), &actor(), deal, 1, "Won", now()).await?;
    }
    tx.commit().await?;
    let mut seconds: Vec<_> =
        intend(&office, &wanted(&account, now())).await?.into_iter().map(|one| one.conversion.at).collect();
    seconds.sort_unstable();
    seconds.dedup();
    assert_eq!(seconds.len(), 3, "{seconds:?}");
    assert!(seconds.iter().all(|at| *at <= now() && at.timestamp_subsec_nanos() == 0), "{seconds:?}");
    Ok(())
}

#[tokio::test]
async fn what_waits_or_was_refused_is_told_as_it_is_by_then() -> anyhow::Result<()> {
    let (office, account, began) = (Office::open().await?, account(), now());
    let (_, deal) = won(&office, "ann@example.com", "wrong", now()).await?;
    let first = intend(&office, &wanted(&account, began)).await?;
    let until = Some(now() + TimeDelta::hours(2));
    record(&office, &first[0], Outcome::Waiting { answer: "too young".to_owned(), until }).await?;
    let later = |hours| wanted(&account, began + TimeDelta::hours(hours));
    assert_eq!(intend(&office, &later(1)).await?, [], "it is not due");
    let second = intend(&office, &later(3)).await?;
    assert_eq!((second[0].conversion.id, second[0].attempt), (first[0].conversion.id, 2));
    record(&office, &second[0], Outcome::Refused("no such click".to_owned())).await?;

    let mut mended = touch(&[(ContactField::Email, "ann@example.com")]);
    mended.occurred_at = Some(now() - TimeDelta::hours(1));
    mended.clicks.insert(ClickId::Msclkid, MARK.to_owned());
    take(&office, &mended).await?;
    assert_eq!(intend(&office, &later(4)).await?, [], "nobody asked for what was refused");
    let again = intend(&office, &Wanted { refused: true, ..later(5) }).await?;
    assert_eq!((again[0].deal, again[0].conversion.click.as_str(), again[0].attempt), (deal, MARK, 3));
    Ok(())
}

#[tokio::test]
async fn a_deal_that_is_open_again_is_not_said_again() -> anyhow::Result<()> {
    let (office, account, began) = (Office::open().await?, account(), now());
    let (_, deal) = won(&office, "ann@example.com", MARK, now()).await?;
    let first = intend(&office, &wanted(&account, began)).await?;
    record(&office, &first[0], Outcome::Unknown("lost".to_owned())).await?;
    let mut tx = office.tx().await?;
    deal::move_to(&mut tx, &vault(), &actor(), deal, 2, "Offer", now()).await?;
    tx.commit().await?;
    let later = wanted(&account, began + TimeDelta::hours(1));
    assert_eq!(intend_again(&office, &later).await?, []);
    assert_eq!(told(&office).await?[0].since, Since::Reopened);
    Ok(())
}

#[tokio::test]
async fn a_forgotten_person_leaves_no_click_and_is_told_of_no_more() -> anyhow::Result<()> {
    let (office, account, began) = (Office::open().await?, account(), now());
    won(&office, "ann@example.com", MARK, now()).await?;
    won(&office, "bob@example.com", "b", now()).await?;
    let both = intend(&office, &wanted(&account, began)).await?;
    assert_eq!(both.len(), 2);
    let mut tx = office.tx().await?;
    let erased = crm::erase_person(&mut tx, &vault(), &actor(), &email("ann@example.com")).await?;
    tx.commit().await?;
    assert_eq!((erased.clicks, erased.left), (1, 0));
    let clicks: Vec<_> = told(&office).await?.into_iter().map(|one| one.click).collect();
    assert_eq!(clicks.iter().flatten().collect::<Vec<_>>(), ["b"], "others are left alone");
    let kept: i64 = sqlx::query_scalar("select count(*) from conversion where click_hash is not null")
        .fetch_one(&mut office.database.superuser().await)
        .await?;
    assert_eq!(kept, 1, "neither does a hash stay");
    let later = wanted(&account, began + TimeDelta::hours(1));
    let again: Vec<_> =
        intend_again(&office, &later).await?.into_iter().map(|one| one.conversion.click).collect();
    assert_eq!(again, ["b"]);
    Ok(())
}

#[tokio::test]
async fn a_click_is_sealed_anew_with_everything_else() -> anyhow::Result<()> {
    let (office, account) = (Office::open().await?, account());
    won(&office, "ann@example.com", MARK, now()).await?;
    intend(&office, &wanted(&account, now())).await?;
    let mut tx = office.tx().await?;
    vault().rotate_data_key(&mut tx).await?;
    // The lead, its touch, the key of hashes, the deal's title, and the click.
    assert_eq!(crm::reseal(&mut tx, &vault(), 100).await?, 5);
    let after = conversion::list(&mut tx, &vault(), &Filter::default(), 9).await?;
    assert_eq!(after[0].click.as_deref(), Some(MARK));
    Ok(())
}

#[tokio::test]
async fn another_tenant_neither_sees_nor_tells_anything() -> anyhow::Result<()> {
    let (office, account) = (Office::open().await?, account());
    won(&office, "ann@example.com", MARK, now()).await?;
    let mut tx = office.tx().await?;
    let new = NewGoal {
        account: &account,
        name: "Won deal",
        remote_id: "1",
        window: TimeDelta::days(30),
        since: None,
    };
    let goal = conversion::choose(&mut tx, &actor(), &new, now()).await?;
    tx.commit().await?;
    intend(&office, &wanted(&account, now())).await?;

    let stranger = office.stranger().await?;
    let mut tx = office.database.db.tenant(stranger).await?;
    assert_eq!(conversion::goals(&mut tx).await?, []);
    assert_eq!(conversion::list(&mut tx, &vault(), &Filter::default(), 9).await?, []);
    let later = wanted(&account, now() + TimeDelta::hours(1));
    assert!(conversion::candidates(&mut tx, &vault(), &later, None, 9).await?.is_empty());
    assert_eq!(
        conversion::intend_again(&mut tx, &vault(), &later, now() - TimeDelta::days(90), 9).await?,
        []
    );
    let removed = conversion::remove(&mut tx, &actor(), goal.id).await;
    assert!(matches!(removed, Err(StoreError::NotFound { .. })));
    drop(tx);
    let mut tx = office.tx().await?;
    let (later, day) = (now() + TimeDelta::hours(1), now() - TimeDelta::days(3));
    let same = conversion::choose(&mut tx, &actor(), &new, later).await?;
    assert_eq!(same, goal, "it goes on where it was");
    let earlier =
        conversion::choose(&mut tx, &actor(), &NewGoal { since: Some(day), ..new.clone() }, later).await?;
    assert_eq!(earlier.since, day);
    let other = NewGoal { name: "Signed", ..new };
    let replaced = conversion::choose(&mut tx, &actor(), &other, later).await?;
    assert_eq!((replaced.id, replaced.name.as_str()), (goal.id, "Signed"), "an account has one goal");
    assert_eq!(replaced.since, later, "what was told under another name is not told again");
    assert_eq!(conversion::remove(&mut tx, &actor(), goal.id).await?.name, "Signed");
    Ok(())
}

#[tokio::test]
async fn one_process_at_a_time_has_the_turn() -> anyhow::Result<()> {
    let (office, account) = (Office::open().await?, account());
    let (db, short) = (&office.database.db, Duration::from_millis(1));
    let turn = Turn::wait_for(db, office.tenant, &account, short).await?;
    let second = Turn::wait_for(db, office.tenant, &account, short).await;
    assert!(matches!(second, Err(StoreError::Contention(_))), "{second:?}");
    turn.end().await?;
    Turn::wait_for(db, office.tenant, &account, Duration::from_secs(60)).await?.end().await?;
    Ok(())
}
