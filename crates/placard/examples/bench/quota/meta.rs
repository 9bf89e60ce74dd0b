//! How well a publishing uses limits that are too small for it, and how soon a pause gets through meanwhile.

use super::SOON;
use crate::{
    Size, campaign,
    figure::{Bar, Figure},
    publishing::Desk,
};
use anyhow::{Context, Result, ensure};
use placard::{
    assets::Assets,
    publishing::{Applied, Halted},
};
use placard_domain::plan::{DriftPolicy, ObjectKind};
use placard_sandbox::{FaultPlan, RateConfig, RequestEntry, RunningSandbox, SandboxConfig, Tier};
use placard_store::{campaign as stored, platform_object, testing::TestDatabase};
use std::time::{Duration, Instant};

/// How much faster than at Meta points decay and blocks end.
const SCALE: f64 = 400.0;
/// Points of an account of the limited tier, and after how long they have decayed (Meta, `platforms/meta.md` §21).
const POINTS: f64 = 60.0;
const DECAY: Duration = Duration::from_secs(300);
const OTHER: &str = "other";
const PICTURES: usize = 10;
const GROUPS: usize = 20;

/// Publishes a tenth of `size.ads` ads to an account of the limited tier, and pauses another campaign meanwhile.
pub(crate) async fn measure(size: Size) -> Result<Vec<Figure>> {
    let (database, ads) = (TestDatabase::create().await, size.ads / 10);
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    let decay = DECAY.div_f64(SCALE);
    let desk = Desk::open(&database, &sandbox, decay).await?;
    let folder = tempfile::tempdir()?;
    let assets = Assets::in_folder(folder.path().to_owned());
    let read = |path: &str| assets.read(path);
    let publisher = desk.publisher(&read);
    let plan = async |key: &str, shape| {
        let context = desk.context(&sandbox, key);
        let campaign = campaign::write_as(key, folder.path(), shape, PICTURES, context.today)?;
        anyhow::Ok(publisher.plan(&campaign, &context, DriftPolicy::Keep).await?)
    };
    publisher.apply(&plan(OTHER, (1, 2)).await?).await?;
    let large = plan(campaign::KEY, (GROUPS, ads / GROUPS)).await?;

    sandbox.set_rate(RateConfig { tier: Tier::Limited, time_scale: SCALE, write_burst: false });
    sandbox.set_faults(FaultPlan::default());
    let (first, begun) = (sandbox.requests(0).len(), Instant::now());
    let pausing = pause_meanwhile(&database, &sandbox, &desk, decay, ads / 3);
    let (applied, paused) = tokio::join!(publisher.apply(&large), pausing);
    let took = begun.elapsed();
    ensure!(matches!(applied?, Applied::Done { .. }), "nothing was published");
    let log = sandbox.requests(0).split_off(first);
    sandbox.shutdown().await?;

    let spent: f64 = log.iter().map(points).sum();
    let most = POINTS + took.div_duration_f64(decay) * POINTS;
    let refused = log.iter().filter(|entry| entry.code == Some(17)).count();
    let paused = paused?;
    Ok(vec![
        Figure::new(
            format!("points used to publish {ads} ads under Meta's smallest limits, {SCALE} times as fast"),
            format!("{spent:.0} in {:.1} s", took.as_secs_f64()),
            format!("the most that the limits give in this time: {most:.0}"),
            spent / most,
            Bar::AtLeast(0.9),
        )
        .note(format!("{refused} calls were refused by the limits")),
        Figure::new(
            "a pause of another campaign of the account meanwhile, from the wish to what is read back",
            format!("{:.2} s", paused.as_secs_f64()),
            format!("at most {} s", SOON.as_secs()),
            SOON.div_duration_f64(paused),
            Bar::AtLeast(1.0),
        ),
    ])
}

/// Pauses the other campaign once `ads` ads are there, as another process does it.
async fn pause_meanwhile(
    database: &TestDatabase,
    sandbox: &RunningSandbox,
    first: &Desk,
    decay: Duration,
    ads: usize,
) -> Result<Duration> {
    let desk = Desk::of(&database.db, first.tenant, sandbox, decay).await?;
    let find = async |key: &str| {
        let mut tx = database.db.tenant(desk.tenant).await?;
        let found = stored::find(&mut tx, key).await?.context("the campaign is stored")?;
        let objects = platform_object::list(&mut tx, found.id, &campaign::account()).await?;
        tx.commit().await?;
        anyhow::Ok((found, objects))
    };
    while find(campaign::KEY).await?.1.iter().filter(|one| one.key.kind == ObjectKind::Ad).count() < ads {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (other, _) = find(OTHER).await?;
    let read = |_: &str| Err(std::io::Error::other("no file is needed to pause"));
    let (publisher, wished) = (desk.publisher(&read), Instant::now());
    let halted = publisher.halt(&other, desk.currency()).await?;
    ensure!(halted == Halted::Paused, "it did not run");
    Ok(wished.elapsed())
}

/// What a call costs that the limits let pass (§21). The envelope of a batch costs nothing.
fn points(entry: &RequestEntry) -> f64 {
    match (entry.code, entry.path.as_str(), entry.method.as_str()) {
        (Some(17), _, _) | (_, "/", _) => 0.0,
        (_, _, "GET") => 1.0,
        _ => 3.0,
    }
}
