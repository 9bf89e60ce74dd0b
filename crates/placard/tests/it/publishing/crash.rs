//! The process is killed at every moment at which something could be lost or done twice.

mod scene;

use crate::support::Installation;
use anyhow::{Result, ensure};
use placard::publishing::Moment;
use placard_domain::{Platform, plan::StepKey};
use scene::{Scene, WayOn};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_publishing_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::Publish, Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_batches_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::PublishInBatches, Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_budget_words_and_ads_change_leaves_what_the_new_spec_says() -> Result<()> {
    try_every_step(Scene::Change, Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_is_paused_leaves_it_paused() -> Result<()> {
    try_every_step(Scene::Pause, Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_is_deleted_leaves_nothing_that_could_run() -> Result<()> {
    try_every_step(Scene::Delete, Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_deployment_is_rolled_back_leaves_nothing_of_it() -> Result<()> {
    try_every_step(Scene::RollBack, Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_publishing_to_google_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::Publish, Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_around_googles_one_call_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::PublishInBatches, Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_at_google_changes_leaves_what_the_new_spec_says() -> Result<()> {
    try_every_step(Scene::Change, Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_at_google_is_deleted_leaves_nothing_that_could_run() -> Result<()> {
    try_every_step(Scene::Delete, Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_deployment_at_google_is_rolled_back_leaves_nothing_of_it() -> Result<()> {
    try_every_step(Scene::RollBack, Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_publishing_to_tiktok_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::Publish, Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_tiktoks_calls_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::PublishInBatches, Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_at_tiktok_changes_leaves_what_the_new_spec_says() -> Result<()> {
    try_every_step(Scene::Change, Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_at_tiktok_is_deleted_leaves_nothing_that_could_run() -> Result<()> {
    try_every_step(Scene::Delete, Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_deployment_at_tiktok_is_rolled_back_leaves_nothing_of_it() -> Result<()> {
    try_every_step(Scene::RollBack, Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_publishing_to_microsoft_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::Publish, Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_microsofts_calls_loses_nothing_and_doubles_nothing() -> Result<()> {
    try_every_step(Scene::PublishInBatches, Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_at_microsoft_changes_leaves_what_the_new_spec_says() -> Result<()> {
    try_every_step(Scene::Change, Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_campaign_at_microsoft_is_deleted_leaves_nothing_that_could_run() -> Result<()> {
    try_every_step(Scene::Delete, Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_deployment_at_microsoft_is_rolled_back_leaves_nothing_of_it() -> Result<()> {
    try_every_step(Scene::RollBack, Platform::Microsoft).await
}

/// Tries every moment of every step of `scene`, a few at the same time, and fails with all that went wrong.
async fn try_every_step(scene: Scene, platform: Platform) -> Result<()> {
    let installation = Installation::open_on(platform).await?;
    let rehearsal = Arc::new(scene.rehearse(&installation).await?);
    let steps = rehearsal.steps.iter().cloned();
    let points: Vec<Point> =
        steps.flat_map(|step| Moment::ALL.map(|moment| Point { moment, step: step.clone() })).collect();
    ensure!(!points.is_empty(), "{scene:?} has no steps");

    let (points, next) = (Arc::new(points), Arc::new(AtomicUsize::new(0)));
    let worker = || {
        let (points, next, rehearsal) = (points.clone(), next.clone(), rehearsal.clone());
        tokio::spawn(async move {
            let mut installation = Installation::open_on(platform).await?;
            let mut faults = Vec::new();
            while let Some((index, point)) = take(&points, &next) {
                installation.renew().await?;
                let way_on = WayOn::nth(index);
                let found = scene.play(&installation, &rehearsal, &point.to_string(), way_on).await;
                let found = found.unwrap_or_else(|error| vec![format!("{error:#}")]);
                faults.extend(found.into_iter().map(|fault| format!("{point}, {way_on:?}: {fault}")));
            }
            anyhow::Ok(faults)
        })
    };
    let workers: Vec<_> = (0..std::thread::available_parallelism()?.get()).map(|_| worker()).collect();
    let mut faults = Vec::new();
    for worker in workers {
        faults.extend(worker.await??);
    }
    let count = |word: &str| faults.iter().filter(|fault| fault.contains(word)).count();
    println!(
        "{platform}, {scene:?}: crash points: {}, duplicates {}, orphans {}",
        points.len(),
        count("duplicate:"),
        count("orphan:")
    );
    ensure!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}

fn take<'a>(points: &'a [Point], next: &AtomicUsize) -> Option<(usize, &'a Point)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, points.get(index)?))
}
