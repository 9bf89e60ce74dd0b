//! The process is killed at every moment at which something could be lost or done twice.

use crate::support::{Installation, Run, Spec};
use anyhow::{Result, ensure};
use placard::publishing::Moment;
use placard_domain::plan::{Action, ObjectKey, Plan, StepKey};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Where the process is killed.
#[derive(Clone, Debug)]
struct Point {
    moment: Moment,
    step: StepKey,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.moment.as_str(), self.step)
    }
}

/// How a person goes on after a crash.
#[derive(Clone, Copy, Debug)]
enum WayOn {
    Resume,
    ApplyAgain,
}

impl WayOn {
    const fn nth(index: usize) -> Self {
        if index.is_multiple_of(2) { Self::Resume } else { Self::ApplyAgain }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_publishing_loses_nothing_and_doubles_nothing() -> Result<()> {
    let spec = Spec::large();
    let plan = first_plan(&spec).await?;
    let points = every(plan.steps.iter().map(|step| step.key.clone()));
    try_all(points, |_| Batches::OfOne, spec, created(&plan)).await
}

/// How many requests go into one call.
#[derive(Clone, Copy, Debug)]
enum Batches {
    OfOne,
    Full,
}

async fn first_plan(spec: &Spec) -> Result<Plan> {
    let installation = Installation::open().await?;
    let file = spec.write(installation.folder(), "spec")?;
    installation.plan(&file).await
}

fn created(plan: &Plan) -> BTreeSet<ObjectKey> {
    let creates = plan.steps.iter().filter(|step| step.action == Action::Create);
    creates.map(|step| step.object.clone()).collect()
}

/// Every moment of every one of `steps`.
fn every(steps: impl Iterator<Item = StepKey>) -> Vec<Point> {
    let moments = |step: StepKey| Moment::ALL.map(|moment| Point { moment, step: step.clone() });
    steps.flat_map(moments).collect()
}

/// Tries every point from nothing, a few at the same time, and fails with all that went wrong.
async fn try_all(
    points: Vec<Point>,
    batches: fn(&Point) -> Batches,
    spec: Spec,
    wanted: BTreeSet<ObjectKey>,
) -> Result<()> {
    let (points, next) = (Arc::new(points), Arc::new(AtomicUsize::new(0)));
    let wanted = Arc::new(wanted);
    let worker = || {
        let (points, next, wanted, spec) = (points.clone(), next.clone(), wanted.clone(), spec.clone());
        tokio::spawn(async move {
            let mut installation = Installation::open().await?;
            let mut faults = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(point) = points.get(index) else { return anyhow::Ok(faults) };
                if index > 0 {
                    installation.renew().await?;
                }
                let way_on = WayOn::nth(index);
                let found =
                    publish_through_crash(&installation, &spec, point, batches(point), way_on, &wanted).await;
                let found = found.unwrap_or_else(|error| vec![format!("{error:#}")]);
                faults.extend(found.into_iter().map(|fault| format!("{point}, {way_on:?}: {fault}")));
            }
        })
    };
    let workers: Vec<_> = (0..std::thread::available_parallelism()?.get()).map(|_| worker()).collect();
    let mut faults = Vec::new();
    for worker in workers {
        faults.extend(worker.await??);
    }
    let count = |word: &str| faults.iter().filter(|fault| fault.contains(word)).count();
    println!(
        "crash points: {}, duplicates {}, orphans {}",
        points.len(),
        count("duplicate:"),
        count("orphan:")
    );
    ensure!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}

async fn publish_through_crash(
    installation: &Installation,
    spec: &Spec,
    point: &Point,
    batches: Batches,
    way_on: WayOn,
    wanted: &BTreeSet<ObjectKey>,
) -> Result<Vec<String>> {
    let file = spec.write(installation.folder(), "spec")?;
    crash(installation, &["apply", "--yes", "-f", &file], point, batches).await?;
    go_on(installation, spec, &file, way_on).await?;
    installation.faults_of_first_publishing(&spec.key, &file, wanted).await
}

/// Runs a command that is killed at `point`.
async fn crash(
    installation: &Installation,
    arguments: &[&str],
    point: &Point,
    batches: Batches,
) -> Result<()> {
    let mut command = installation.placard(arguments);
    command.env("PLACARD_CRASH_AT", point.to_string());
    if matches!(batches, Batches::OfOne) {
        command.env("PLACARD_BATCH", "1");
    }
    let run = Run::of(&mut command).await?;
    ensure!(run.was_killed(), "the moment never came: {run}");
    Ok(())
}

async fn go_on(installation: &Installation, spec: &Spec, file: &str, way_on: WayOn) -> Result<()> {
    match way_on {
        WayOn::Resume => installation.must(&["resume", &spec.key, "-f", file]).await?,
        WayOn::ApplyAgain => installation.must(&["apply", "--yes", "-f", file]).await?,
    };
    Ok(())
}
