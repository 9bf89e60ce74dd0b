//! A whole campaign on a clock of its own, by a process that is killed twice.

use super::{
    mail_server::{Letter, MailServer, Manners},
    sender, smtp,
};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use placard::outreach::{ChannelSettings, Channels, Runner};
use placard_domain::{
    OutreachId, TenantId,
    outreach::{
        Channel, Clock, Criteria, EnrolmentStatus, OutreachEvent, Placeholder, QuietHours, Sequence,
        Settings, Step, SuppressionReason, Template, Values,
    },
};
use placard_store::{
    Db, PoolConfig, Vault,
    audit::Actor,
    outreach::{self, Decided, Enrolled, NewCampaign, Recipient, Response, Taken, Wanted},
    tenant,
    testing::TestDatabase,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Child, Command, Stdio},
    time::Duration,
};

const ZONES: [Tz; 3] = [Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Kathmandu];

fn vault() -> Vault {
    Vault::new([7; 32])
}

fn start() -> DateTime<Utc> {
    // The weekend on which clocks in Berlin go forward.
    "2026-03-27T12:00:00Z".parse().unwrap()
}

fn address(number: usize) -> String {
    format!("person{number}@example.org")
}

fn number(address: &str) -> usize {
    address.trim_start_matches("person").split('@').next().unwrap().parse().unwrap()
}

fn zone(number: usize) -> Tz {
    ZONES[number % ZONES.len()]
}

fn is_suppressed(number: usize) -> bool {
    number % 20 == 4
}

fn manners(number: usize) -> Manners {
    match number {
        number if number % 10 == 3 => Manners::FirstLater,
        number if number % 10 == 7 => Manners::Never,
        number if number % 97 == 5 => Manners::HangUp,
        _ => Manners::Take,
    }
}

fn settings(people: usize) -> Settings {
    Settings {
        zone: Tz::Europe__Berlin,
        quiet: Some(QuietHours { from: Clock::new(20, 0).unwrap(), until: Clock::new(8, 30).unwrap() }),
        days: vec![1, 2, 3, 4, 5, 7],
        daily_cap: u32::try_from(people / 3).unwrap(),
        gap_seconds: 0,
        jitter_seconds: 0,
        retries: 3,
        consent_required: false,
    }
}

fn sequence() -> Sequence {
    let step = |delay_minutes, subject: &str| Step {
        delay_minutes,
        channel: Channel::Smtp,
        template: Template::parse(subject, "Hi {first_name|there}.\n{unsubscribe}").unwrap(),
    };
    Sequence::new(vec![step(0, "step 0"), step(2 * 24 * 60, "step 1")]).unwrap()
}

/// A tenant with an active campaign of `people`.
async fn campaign(database: &TestDatabase, people: usize, port: u16) -> Result<(TenantId, OutreachId)> {
    let founded = tenant::create_with_admin(&database.db, "Acme", "ann@example.com", "hash").await?;
    let (vault, actor) = (vault(), Actor::System("test".to_owned()));
    let mut tx = database.db.tenant(founded.tenant).await?;
    let channels = ChannelSettings { sender: sender(), smtp: Some(smtp(port)), webhook: None };
    outreach::set_channels(&mut tx, &vault, &actor, &serde_json::to_string(&channels)?.into()).await?;
    outreach::set_daily_cap(&mut tx, &vault, 1_000_000).await?;
    let new = NewCampaign {
        name: "spring".to_owned(),
        criteria: Criteria::default(),
        settings: settings(people),
        sequence: sequence(),
    };
    let id = outreach::create(&mut tx, &actor, &new).await?;
    let everybody: Vec<Enrolled> = (0..people)
        .map(|number| Enrolled {
            recipient: Recipient {
                address: address(number),
                values: Values::from([(Placeholder::FirstName, format!("P{number}"))]),
            },
            profile: None,
            zone: Some(zone(number)),
        })
        .collect();
    let suppressed: Vec<String> = (0..people)
        .filter(|number| is_suppressed(*number))
        .map(|number| address(number).to_uppercase())
        .collect();
    assert_eq!(outreach::enrol(&mut tx, &vault, id, &everybody, start()).await?, people as u64);
    assert_eq!(
        outreach::enrol(&mut tx, &vault, id, &everybody, start()).await?,
        0,
        "everybody is in it already"
    );
    outreach::suppress(&mut tx, &vault, &suppressed, SuppressionReason::Manual, start()).await?;
    outreach::decide(&mut tx, &actor, id, None, Decided::Approve, start()).await?;
    outreach::on(&mut tx, &actor, id, OutreachEvent::Started).await?;
    tx.commit().await?;
    Ok((founded.tenant, id))
}

/// Sends everything that is ever due, on a clock that jumps to what is due next.
async fn send_all(url: &secrecy::SecretString, tenant: TenantId, from: DateTime<Utc>) -> Result<()> {
    let db = Db::connect(url, &PoolConfig { size: 2, ..PoolConfig::default() }).await?;
    let vault = vault();
    let mut tx = db.tenant(tenant).await?;
    let channels = outreach::channels(&mut tx, &vault).await?.context("channels")?;
    tx.commit().await?;
    let channels = serde_json::from_str(secrecy::ExposeSecret::expose_secret(&channels))?;
    let name = format!("runner {}", std::process::id());
    let runner = Runner::new(db.clone(), &vault, tenant, Channels::open(tenant, &channels)?, name)
        .with_lease(Duration::from_secs(3));
    let mut now = from;
    loop {
        let mut tx = db.tenant(tenant).await?;
        let next = outreach::next_due(&mut tx).await?;
        tx.commit().await?;
        let Some(next) = next else { return Ok(()) };
        now = now.max(next);
        if runner.pass(now).await? == placard::outreach::Pass::default() {
            // What a killed process has claimed is free again when its lease is over.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Not a test: the process that is killed.
#[tokio::test]
#[ignore = "started by the tests below"]
async fn a_process_that_sends() -> Result<()> {
    let Ok(url) = std::env::var("PLACARD_TEST_OUTREACH_URL") else { return Ok(()) };
    let tenant = std::env::var("PLACARD_TEST_OUTREACH_TENANT")?.parse()?;
    let from = std::env::var("PLACARD_TEST_OUTREACH_FROM")?.parse()?;
    send_all(&url.into(), tenant, from).await
}

fn spawn(database: &TestDatabase, tenant: TenantId, from: DateTime<Utc>) -> Result<Child> {
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", "outreach::sending::a_process_that_sends", "--ignored", "--nocapture"])
        .env("PLACARD_TEST_OUTREACH_URL", secrecy::ExposeSecret::expose_secret(&database.url()))
        .env("PLACARD_TEST_OUTREACH_TENANT", tenant.to_string())
        .env("PLACARD_TEST_OUTREACH_FROM", from.to_rfc3339())
        .stdout(Stdio::null())
        .spawn()?;
    Ok(child)
}

fn sent_at(letter: &Letter) -> DateTime<Utc> {
    DateTime::parse_from_rfc2822(&letter.header("Date").unwrap()).unwrap().to_utc()
}

fn latest(server: &MailServer) -> DateTime<Utc> {
    server.taken().iter().map(sent_at).max().unwrap_or_else(start)
}

async fn until(server: &MailServer, count: usize, child: &mut Child) -> Result<()> {
    while server.count() < count {
        anyhow::ensure!(child.try_wait()?.is_none(), "it ended after {} messages", server.count());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Nobody twice, nobody suppressed, nobody in quiet hours, caps kept; and all but `lost` messages arrived.
fn judge(taken: &[Letter], people: usize, lost: usize) {
    let settings = settings(people);
    let (mut once, mut by_day) = (BTreeSet::new(), BTreeMap::<_, u32>::new());
    for letter in taken {
        let (who, at) = (number(&letter.to), sent_at(letter));
        let step = letter.header("Subject").unwrap();
        assert!(once.insert((who, step.clone())), "{} got {step} twice", letter.to);
        assert!(!is_suppressed(who), "{} is suppressed", letter.to);
        assert!(settings.is_open(zone(who), at), "{} got a message at {at} in {}", letter.to, zone(who));
        *by_day.entry(settings.day(at)).or_default() += 1;
    }
    assert!(by_day.values().all(|sent| *sent <= settings.daily_cap), "{by_day:?}");
    let expected: usize = (0..people)
        .map(|number| match manners(number) {
            _ if is_suppressed(number) => 0,
            Manners::Never => 0,
            Manners::HangUp => 1,
            Manners::Take | Manners::FirstLater => 2,
        })
        .sum();
    // Someone whose first message was cut off gets no second one.
    let least = expected - 2 * lost;
    assert!((least..=expected).contains(&taken.len()), "{} of {expected} arrived, {lost} lost", taken.len());
}

async fn a_campaign_that_is_killed_twice(people: usize) -> Result<()> {
    let server = MailServer::start(|to| manners(number(to))).await?;
    let database = TestDatabase::create().await;
    let (tenant, id) = campaign(&database, people, server.port).await?;
    for part in [people / 4, people * 3 / 4] {
        let mut child = spawn(&database, tenant, latest(&server))?;
        until(&server, part, &mut child).await?;
        child.kill()?;
        child.wait()?;
    }
    let mut child = spawn(&database, tenant, latest(&server))?;
    let status = tokio::task::spawn_blocking(move || child.wait()).await??;
    assert!(status.success());

    let mut tx = database.db.tenant(tenant).await?;
    let stats = outreach::stats(&mut tx, id).await?;
    let held = outreach::queue(&mut tx, &vault(), id, &Wanted::first(EnrolmentStatus::Held, 10_000)).await?;
    tx.commit().await?;
    let hung = (0..people).filter(|who| manners(*who) == Manners::HangUp && !is_suppressed(*who)).count();
    let killed = held.iter().filter(|one| manners(number(&one.recipient.address)) != Manners::HangUp).count();
    assert!(killed <= 2, "a process that is killed leaves one message in doubt, not {killed}");
    assert_eq!(stats.unknown, i64::try_from(held.len())?);
    judge(&server.taken(), people, killed + hung);
    eprintln!(
        "{people} people: {} letters, {} held, {killed} by a kill: {stats:?}",
        server.count(),
        held.len()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_says_nothing_twice() -> Result<()> {
    a_campaign_that_is_killed_twice(500).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: ./x soak outreach"]
async fn ten_thousand_people_on_a_killed_process() -> Result<()> {
    a_campaign_that_is_killed_twice(10_000).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_answers_or_asks_to_be_left_alone_hears_no_more() -> Result<()> {
    let server = MailServer::start(|_| Manners::Take).await?;
    let database = TestDatabase::create().await;
    let (tenant, id) = campaign(&database, 3, server.port).await?;
    let db = &database.db;
    let mut tx = db.tenant(tenant).await?;
    let channels = outreach::channels(&mut tx, &vault()).await?.context("channels")?;
    tx.commit().await?;
    let channels = serde_json::from_str(secrecy::ExposeSecret::expose_secret(&channels))?;
    let vault = vault();
    let runner =
        Runner::new(db.clone(), &vault, tenant, Channels::open(tenant, &channels)?, "one".to_owned());
    // The cap of three people is one a day.
    for day in 0..4 {
        runner.pass(start() + TimeDelta::days(day) + TimeDelta::hours(2)).await?;
    }
    for (letter, response) in server.taken().iter().zip([Response::Reply, Response::Unsubscribe]) {
        let token = letter.header("Reply-To").unwrap();
        let token = token.split(['+', '@']).nth(1).unwrap();
        let mut tx = db.tenant(tenant).await?;
        let taken =
            outreach::take(&mut tx, placard_domain::DeliveryId(token.parse()?), response, start()).await?;
        tx.commit().await?;
        assert_eq!(taken, Taken::Stopped);
    }
    let before = server.count();
    send_all(&database.url(), tenant, start() + TimeDelta::days(5)).await?;
    let heard: Vec<String> = server.taken().iter().skip(before).map(|letter| letter.to.clone()).collect();
    let silent: Vec<String> = server.taken().iter().take(2).map(|letter| letter.to.clone()).collect();
    assert!(heard.iter().all(|to| !silent.contains(to)), "{heard:?} after {silent:?}");
    let mut tx = db.tenant(tenant).await?;
    let stats = outreach::stats(&mut tx, id).await?;
    tx.commit().await?;
    assert_eq!((stats.responses, stats.unknown), (1, 0));
    Ok(())
}
