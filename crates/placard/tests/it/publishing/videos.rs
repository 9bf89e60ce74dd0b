//! A video is sent to Meta once, whatever breaks on the way.

use crate::support::{Installation, Run, Spec};
use anyhow::{Context, Result, ensure};
use placard::publishing::Moment;
use placard_domain::{
    Platform,
    plan::{Action, ObjectKey, ObjectKind},
};
use placard_sandbox::{Action as Fault, FaultPlan, Match, Rule};
use std::{collections::BTreeSet, fs};

const FILE: &str = "spec.yaml";
const APPLY: [&str; 4] = ["apply", "--yes", "-f", FILE];

/// Ready to publish a campaign with a video, and the objects that it comes to.
async fn ready() -> Result<(Installation, BTreeSet<ObjectKey>)> {
    let placard = Installation::open().await?;
    let text = placard.with_a_video(Platform::Meta).await?;
    fs::write(placard.folder().join(FILE), text)?;
    let steps = placard.plan(FILE).await?.steps.into_iter();
    let wanted = steps.filter(|step| step.action == Action::Create).map(|step| step.object);
    Ok((placard, wanted.collect()))
}

/// Fails with everything that is not as it should be after one undisturbed publishing.
async fn all_is_well(placard: &Installation, wanted: &BTreeSet<ObjectKey>) -> Result<()> {
    let census = placard.world()?.census();
    ensure!(census.get(&ObjectKind::Video) == Some(&1), "{census:?}");
    let faults = placard.faults_of_first_publishing(&Spec::default().key, FILE, wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_whose_answer_was_lost_is_there_once() -> Result<()> {
    for fault in [Fault::DropBefore, Fault::DropAfter, Fault::TruncatedBody] {
        let (placard, wanted) = ready().await?;
        let (method, path) = (Some("POST".to_owned()), Some("/advideos".to_owned()));
        let when = Match { method, path_contains: path, nth: Some(1) };
        let rules = vec![Rule { when, action: fault }];
        // Lists show what is new a little later, so one look is not enough.
        placard.sandbox.set_faults(FaultPlan { rules, edge_lag_ms: 100, ..FaultPlan::default() });
        placard.must(&APPLY).await?;
        placard.sandbox.clear_faults();
        all_is_well(&placard, &wanted).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_a_video_is_sent_loses_nothing_and_doubles_nothing() -> Result<()> {
    for moment in Moment::ALL {
        for again in [&["resume", "spring-sale", "-f", FILE], &APPLY] {
            let (placard, wanted) = ready().await?;
            let video = wanted.iter().find(|key| key.kind == ObjectKind::Video).context("a video")?;
            let point = format!("{} meta/{video}/create", moment.as_str());
            let run = Run::of(placard.placard(&APPLY).env("PLACARD_CRASH_AT", &point)).await?;
            ensure!(run.was_killed(), "the moment {point} never came: {run}");
            placard.must(again).await?;
            all_is_well(&placard, &wanted).await.with_context(|| point)?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_that_is_not_there_is_refused_in_words_for_people() -> Result<()> {
    let (placard, _) = ready().await?;
    let place = placard.folder().join(FILE);
    fs::write(&place, fs::read_to_string(&place)?.replace("asset:clip.mp4", "meta:120210000000999999"))?;
    let said = placard.refuses(&APPLY, 1).await?;
    ensure!(said.contains("Meta does not have the video 120210000000999999"), "{said}");
    ensure!(said.contains("→ Name a video of the library"), "{said}");
    // What was begun goes on once the spec names another.
    placard.refuses(&["resume", "spring-sale", "-f", FILE], 1).await?;
    Ok(())
}
