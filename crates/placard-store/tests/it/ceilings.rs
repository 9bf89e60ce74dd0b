//! Ceilings, exchange rates and kill switches, and that nobody gets past them.

use crate::support::{Office, SPEC, account, actor, bound, campaign_key, check, spring_sale};
use chrono::{Days, NaiveDate};
use placard_domain::{
    AccountRef, CampaignId, Money, Platform,
    guardrail::{Ceiling, Commitment, ExchangeRate, Refusal, Scope},
    spec::RunState,
};
use placard_store::{
    Db, PoolConfig, StoreError, audit,
    ceiling::{self, Wish},
    exchange_rate, kill_switch,
    platform_object::{self, Change},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::sync::Arc;

const WRITERS: u64 = 64;
const CHANGES: usize = 157;

fn today() -> NaiveDate {
    "2026-11-20".parse().expect("a date")
}

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().expect("a currency"))
}

fn in_account(number: &str) -> AccountRef {
    AccountRef { platform: Platform::Meta, id: number.into() }
}

/// Accounts in three currencies.
const ACCOUNTS: [(&str, &str); 3] = [("act_1", "EUR"), ("act_2", "USD"), ("act_3", "JPY")];

async fn campaign(office: &Office, key: &str) -> anyhow::Result<CampaignId> {
    let text = SPEC.replace("# extra", &format!("key: {key}"));
    Ok(office.save(&check(&text)).await?.id)
}

async fn set(office: &Office, scope: Scope, daily: Money) -> anyhow::Result<ceiling::Standing> {
    let mut tx = office.tx().await?;
    let standing = ceiling::set(&mut tx, &actor(), &Ceiling { scope, daily }, today()).await?;
    tx.commit().await?;
    Ok(standing)
}

async fn rate(office: &Office, from: &str, to: &str, date: NaiveDate, rate: &str) -> anyhow::Result<()> {
    let rate = ExchangeRate::new(from.parse()?, to.parse()?, date, rate.parse()?)?;
    let mut tx = office.tx().await?;
    exchange_rate::set(&mut tx, &actor(), &rate).await?;
    tx.commit().await?;
    Ok(())
}

/// Raises the commitment of `campaign` from `now` to `to`, in a transaction of its own.
async fn raise(
    office: &Office,
    campaign: CampaignId,
    account: &AccountRef,
    now: Money,
    to: Money,
) -> Result<(), StoreError> {
    let mut tx = office.database.db.tenant(office.tenant).await?;
    let wish = Wish { campaign, account, now, to, calms: false, today: today() };
    ceiling::reserve(&mut tx, &wish).await?;
    tx.commit().await
}

fn refusal(result: Result<(), StoreError>) -> Refusal {
    match result {
        Err(StoreError::Guardrail(refusal)) => *refusal,
        other => panic!("a guardrail should refuse this: {other:?}"),
    }
}

async fn commitments(office: &Office) -> anyhow::Result<Vec<Commitment>> {
    Ok(ceiling::commitments(&mut office.tx().await?).await?)
}

#[tokio::test]
async fn a_ceiling_refuses_what_does_not_fit_and_names_all_amounts() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (one, two) = (campaign(&office, "one").await?, campaign(&office, "two").await?);
    set(&office, Scope::Tenant, money(10_000, "EUR")).await?;
    raise(&office, one, &account(), money(0, "EUR"), money(4_000, "EUR")).await?;
    let refused = refusal(raise(&office, two, &account(), money(0, "EUR"), money(6_001, "EUR")).await);
    let Refusal::OverCeiling(over) = &refused else { panic!("{refused}") };
    assert_eq!((over.others, over.wanted), (money(4_000, "EUR"), money(6_001, "EUR")));
    assert_eq!((over.total, over.ceiling.daily), (money(10_001, "EUR"), money(10_000, "EUR")));
    assert_eq!(commitments(&office).await?.len(), 1, "what is refused leaves nothing behind");

    raise(&office, two, &account(), money(0, "EUR"), money(6_000, "EUR")).await?;
    set(&office, Scope::Account(account()), money(11_000, "EUR")).await?;
    set(&office, Scope::Campaign(two), money(6_500, "EUR")).await?;
    set(&office, Scope::Tenant, money(50_000, "EUR")).await?;
    let over_own = refusal(raise(&office, two, &account(), money(6_000, "EUR"), money(6_501, "EUR")).await);
    assert!(over_own.to_string().contains("the ceiling of this campaign is 65.00 EUR"), "{over_own}");
    let over_account =
        refusal(raise(&office, one, &account(), money(4_000, "EUR"), money(5_001, "EUR")).await);
    assert!(over_account.to_string().contains("the ceiling of this ad account is 110.00"), "{over_account}");
    raise(&office, one, &in_account("act_2"), money(0, "EUR"), money(30_000, "EUR")).await?;
    Ok(())
}

#[tokio::test]
async fn a_ceiling_below_what_is_committed_stops_raises_and_nothing_else() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let one = campaign(&office, "one").await?;
    raise(&office, one, &account(), money(0, "EUR"), money(4_000, "EUR")).await?;
    let standing = set(&office, Scope::Tenant, money(1_000, "EUR")).await?;
    assert!(standing.is_exceeded(), "{standing:?}");
    refusal(raise(&office, one, &account(), money(4_000, "EUR"), money(4_001, "EUR")).await);
    // The room that a deployment took earlier is no licence to raise later.
    refusal(raise(&office, one, &account(), money(0, "EUR"), money(3_000, "EUR")).await);
    raise(&office, one, &account(), money(4_000, "EUR"), money(4_000, "EUR")).await?;
    let mut tx = office.tx().await?;
    ceiling::settle(&mut tx, one, &account(), money(900, "EUR")).await?;
    let standings = ceiling::list(&mut tx, today()).await?;
    tx.commit().await?;
    assert!(!standings[0].is_exceeded());
    raise(&office, one, &account(), money(900, "EUR"), money(1_000, "EUR")).await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_or_old_rate_refuses_a_raise_until_a_fresh_one_is_set() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let one = campaign(&office, "one").await?;
    let dollars = in_account("act_2");
    set(&office, Scope::Tenant, money(10_000, "EUR")).await?;
    let wish = |to| raise(&office, one, &dollars, money(0, "USD"), money(to, "USD"));
    let missing = refusal(wish(100).await).to_string();
    assert!(missing.ends_with("there is no rate from USD to EUR for 2026-11-20"), "{missing}");
    rate(&office, "EUR", "USD", today() - Days::new(8), "1.08").await?;
    let old = refusal(wish(100).await).to_string();
    assert!(old.contains("the newest is of 2026-11-12"), "{old}");
    rate(&office, "EUR", "USD", today() - Days::new(7), "1.08").await?;
    let over = refusal(wish(10_801).await).to_string();
    assert!(over.ends_with("1 EUR = 1.08 USD on 2026-11-13"), "{over}");
    wish(10_800).await?;
    let standings = ceiling::list(&mut office.tx().await?, today()).await?;
    let committed = standings[0].committed.as_ref().expect("there is a rate");
    assert_eq!(committed.amount, money(10_000, "EUR"));
    let later = ceiling::list(&mut office.tx().await?, today() + Days::new(30)).await?;
    assert!(later[0].committed.is_err(), "an old rate tells nothing");
    Ok(())
}

#[tokio::test]
async fn an_engaged_switch_stops_its_scope_and_lets_pass_what_calms() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (one, two) = (campaign(&office, "one").await?, campaign(&office, "two").await?);
    let (here, there) = (account(), in_account("act_2"));
    for (scope, stops) in [
        (Scope::Tenant, [true, true, true]),
        (Scope::Account(here.clone()), [true, false, true]),
        (Scope::Campaign(one), [true, true, false]),
    ] {
        let mut tx = office.tx().await?;
        assert!(kill_switch::engage(&mut tx, &actor(), &scope, Some("a wrong price")).await?);
        assert!(!kill_switch::engage(&mut tx, &actor(), &scope, None).await?, "it is engaged already");
        tx.commit().await?;
        for ((campaign, account), stopped) in
            [(one, &here), (one, &there), (two, &here)].into_iter().zip(stops)
        {
            let mut tx = office.tx().await?;
            let permitted = kill_switch::permit(&mut tx, campaign, account).await;
            assert_eq!(permitted.is_err(), stopped, "{scope}: {permitted:?}");
            tx.commit().await?;
            let raised = raise(&office, campaign, account, money(1, "EUR"), money(1, "EUR")).await;
            assert_eq!(raised.is_err(), stopped, "{scope}: {raised:?}");
            let mut tx = office.tx().await?;
            let (now, to) = (money(5, "EUR"), money(5, "EUR"));
            let wish = Wish { campaign, account, now, to, calms: true, today: today() };
            ceiling::reserve(&mut tx, &wish).await?;
            tx.commit().await?;
        }
        let mut tx = office.tx().await?;
        let engaged = kill_switch::list(&mut tx).await?;
        assert_eq!(engaged.len(), 1);
        assert_eq!((&engaged[0].scope, engaged[0].reason.as_deref()), (&scope, Some("a wrong price")));
        assert!(kill_switch::lift(&mut tx, &actor(), &scope).await?);
        assert!(!kill_switch::lift(&mut tx, &actor(), &scope).await?);
        tx.commit().await?;
        let log = audit::list_for(&mut office.tx().await?, "kill_switch", &scope.to_string(), 9).await?;
        let actions: Vec<_> = log.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, ["resume", "pause"]);
    }
    Ok(())
}

#[tokio::test]
async fn what_was_published_before_commitments_were_kept_counts_once_a_ceiling_is_set() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let running = office.save(&spring_sale("")).await?.id;
    let paused = campaign(&office, "paused").await?;
    for (campaign, run) in [(running, RunState::Active), (paused, RunState::Paused)] {
        let mut tx = office.tx().await?;
        let changes = [bound(campaign_key(), "238"), Change::Run { key: campaign_key(), run }];
        for change in changes {
            platform_object::record(&mut tx, lease.fence(), campaign, None, &[change]).await?;
        }
        tx.commit().await?;
    }
    let standing = set(&office, Scope::Tenant, money(3_000, "EUR")).await?;
    assert!(standing.is_exceeded());
    let expected = Commitment { campaign: running, account: account(), daily: money(4_000, "EUR") };
    assert_eq!(commitments(&office).await?, [expected]);
    lease.release().await?;
    Ok(())
}

#[tokio::test]
async fn ceilings_and_rates_are_audited_and_nobody_elses() -> anyhow::Result<()> {
    let office = Office::open().await?;
    set(&office, Scope::Tenant, money(10_000, "EUR")).await?;
    set(&office, Scope::Tenant, money(20_000, "USD")).await?;
    rate(&office, "EUR", "USD", today(), "1.08").await?;
    rate(&office, "EUR", "USD", today(), "1.09").await?;
    let mut tx = office.tx().await?;
    assert!(ceiling::remove(&mut tx, &actor(), &Scope::Tenant).await?);
    assert!(!ceiling::remove(&mut tx, &actor(), &Scope::Tenant).await?);
    let log = audit::list_for(&mut tx, "spend_ceiling", "everything", 9).await?;
    let actions: Vec<_> = log.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["delete", "update", "create"]);
    let log = audit::list_for(&mut tx, "exchange_rate", "EUR/USD/2026-11-20", 9).await?;
    assert_eq!(log.len(), 2);
    assert_eq!(exchange_rate::list(&mut tx, 9).await?.len(), 1, "the later one of a day counts");
    ceiling::set(&mut tx, &actor(), &Ceiling { scope: Scope::Tenant, daily: money(1, "EUR") }, today())
        .await?;
    kill_switch::engage(&mut tx, &actor(), &Scope::Tenant, None).await?;
    tx.commit().await?;

    let stranger = office.stranger().await?;
    let mut tx = office.database.db.tenant(stranger).await?;
    assert!(ceiling::list(&mut tx, today()).await?.is_empty());
    assert!(exchange_rate::list(&mut tx, 9).await?.is_empty());
    assert!(kill_switch::list(&mut tx).await?.is_empty());
    Ok(())
}

/// A tenant with accounts in three currencies, a campaign for each writer, and ceilings of every scope.
struct Arena {
    office: Office,
    db: Db,
    campaigns: Vec<CampaignId>,
}

/// One worth in euro cents for each currency, as the rates of [`Arena::open`] say.
const WORTH: &str = "case currency when 'EUR' then daily_minor when 'USD' then daily_minor * 0.9
    when 'JPY' then daily_minor * 100 / 160.0 end";

impl Arena {
    async fn open() -> anyhow::Result<Arc<Self>> {
        let office = Office::open().await?;
        rate(&office, "USD", "EUR", today(), "0.9").await?;
        rate(&office, "EUR", "JPY", today() - Days::new(2), "160").await?;
        let mut campaigns = Vec::new();
        for writer in 0..WRITERS {
            campaigns.push(campaign(&office, &format!("campaign-{writer}")).await?);
        }
        set(&office, Scope::Tenant, money(200_000, "EUR")).await?;
        set(&office, Scope::Account(in_account("act_2")), money(70_000, "USD")).await?;
        set(&office, Scope::Account(in_account("act_3")), money(60_000, "EUR")).await?;
        for campaign in campaigns.iter().step_by(2) {
            set(&office, Scope::Campaign(*campaign), money(9_000, "EUR")).await?;
        }
        let config = PoolConfig {
            size: 24,
            acquire_timeout: std::time::Duration::from_secs(120),
            ..PoolConfig::default()
        };
        let db = Db::connect(&office.database.url(), &config).await?;
        Ok(Arc::new(Self { office, db, campaigns }))
    }

    /// Random raises, lowerings and removals by one writer. Gives how many raises went through and were refused.
    async fn write(&self, writer: u64) -> anyhow::Result<(usize, usize)> {
        let mut random = StdRng::seed_from_u64(writer);
        let campaign = self.campaigns[usize::try_from(writer)?];
        let (mut live, mut taken, mut refused) = ([0_i64; 3], 0, 0);
        for _ in 0..CHANGES {
            let at = random.random_range(0..ACCOUNTS.len());
            let (number, code) = ACCOUNTS[at];
            let account = in_account(number);
            let mut tx = self.db.tenant(self.office.tenant).await?;
            if random.random_ratio(2, 3) {
                let to = live[at] + random.random_range(1..if code == "JPY" { 8_000 } else { 5_000 });
                let (now, wanted) = (money(live[at], code), money(to, code));
                let wish =
                    Wish { campaign, account: &account, now, to: wanted, calms: false, today: today() };
                match ceiling::reserve(&mut tx, &wish).await {
                    Ok(()) => {
                        tx.commit().await?;
                        (live[at], taken) = (to, taken + 1);
                    }
                    Err(StoreError::Guardrail(_)) => refused += 1,
                    Err(other) => return Err(other.into()),
                }
            } else {
                let to = if random.random() { 0 } else { random.random_range(0..=live[at]) };
                ceiling::settle(&mut tx, campaign, &account, money(to, code)).await?;
                tx.commit().await?;
                live[at] = to;
            }
        }
        Ok((taken, refused))
    }

    /// How many ceilings are exceeded, counted in exact numbers behind the product's back.
    async fn exceeded(&self, raw: &mut sqlx::PgConnection) -> anyhow::Result<i64> {
        let statement = format!(
            "select count(*) from spend_ceiling as s
             where case currency when 'USD' then daily_minor * 0.9 else daily_minor end < (
                select coalesce(sum({WORTH}), 0) from committed_budget as c
                where (s.platform is null or (c.platform = s.platform and c.account = s.account))
                    and (s.campaign_id is null or c.campaign_id = s.campaign_id)
             )"
        );
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(raw).await?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_with_ten_thousand_changes_never_commit_more_than_a_ceiling() -> anyhow::Result<()>
{
    let arena = Arena::open().await?;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let arena = arena.clone();
        writers.spawn(async move { arena.write(writer).await });
    }
    let mut raw = arena.office.database.superuser().await;
    let (mut taken, mut refused, mut looks) = (0, 0, 0);
    while !writers.is_empty() {
        assert_eq!(arena.exceeded(&mut raw).await?, 0, "after {looks} looks");
        looks += 1;
        while let Some(done) = writers.try_join_next() {
            let (went, stood) = done??;
            (taken, refused) = (taken + went, refused + stood);
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(arena.exceeded(&mut raw).await?, 0);
    let standings = ceiling::list(&mut arena.office.tx().await?, today()).await?;
    assert_eq!(standings.len(), 3 + arena.campaigns.len() / 2);
    assert!(standings.iter().all(|one| one.committed.is_ok() && !one.is_exceeded()), "{standings:#?}");
    println!("{taken} raises taken, {refused} refused, {looks} looks meanwhile");
    assert!(taken > 500 && refused > 500 && looks > 10, "{taken} taken, {refused} refused, {looks} looks");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_raise_commits_after_a_switch_is_engaged_in_the_middle() -> anyhow::Result<()> {
    let arena = Arena::open().await?;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let arena = arena.clone();
        writers.spawn(async move { arena.write(writer).await });
    }
    // In the middle: many have committed, none is through.
    while commitments(&arena.office).await?.len() < 40 {
        tokio::task::yield_now().await;
    }
    let mut tx = arena.office.tx().await?;
    kill_switch::engage(&mut tx, &actor(), &Scope::Tenant, None).await?;
    tx.commit().await?;
    let then = commitments(&arena.office).await?;
    let mut refused = 0;
    while let Some(done) = writers.join_next().await {
        refused += done??.1;
    }
    assert!(refused > 1_000, "the switch came too late to prove anything: {refused} refused");
    for now in commitments(&arena.office).await? {
        let before = then.iter().find(|one| (one.campaign, &one.account) == (now.campaign, &now.account));
        let before = before.map_or(0, |one| one.daily.minor());
        assert!(now.daily.minor() <= before, "{now:?} was raised from {before}");
    }
    Ok(())
}
