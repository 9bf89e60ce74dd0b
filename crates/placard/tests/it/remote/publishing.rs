//! Publishing through a server: live, interrupted, resumed, taken back.

use super::user::{EMAIL, PROFILE, User, run_of};
use crate::support::{Run, Spec, first_write};
use anyhow::{Context, Result, ensure};
use placard_domain::{
    Platform,
    plan::{Action, ObjectKind as Kind},
    status::DeploymentStatus,
};
use placard_store::deployment;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{fs, os::unix::fs::MetadataExt, process::Stdio};

const INTERRUPTED: i32 = 130;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_stops_the_server_after_the_request_under_way_and_it_can_be_resumed() -> Result<()> {
    let user = User::of_a_server(&[("PLACARD_BATCH", "1")]).await?;
    user.sign_in().await?;
    let installation = &user.installation;
    let spec = Spec::large(Platform::Meta);
    let file = spec.write(installation.folder(), "spec")?;
    let wanted = installation.plan(&file).await?.steps.into_iter();
    let wanted = wanted.filter(|step| step.action == Action::Create).map(|step| step.object).collect();

    let run = interrupt(&user, &["apply", "--yes", "-f", &file]).await?;
    ensure!(run.code() == Some(INTERRUPTED), "{run}");
    ensure!(run.stderr.contains("stopping after the request that is under way"), "{run}");
    ensure!(run.stderr.contains("placard resume spring-sale"), "it does not say how to go on: {run}");
    let (campaign, _) = installation.on_record(&spec.key).await?;
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    let last = deployment::history(&mut tx, Some(campaign.id), 1).await?;
    tx.commit().await?;
    ensure!(last[0].status == DeploymentStatus::Interrupted, "{:?}", last[0].status);
    let unknown = last[0].steps.iter().filter(|step| step.status.as_str() == "sent").count();
    ensure!(unknown == 0, "the request under way was not waited for");
    let status = user.must(&["status", &spec.key]).await?;
    ensure!(status.contains("a deployment did not finish"), "{status}");

    let resumed = user.must(&["resume", &spec.key]).await?;
    ensure!(resumed.contains("is done") && resumed.contains("verified"), "{resumed}");
    let faults = installation.faults_of_first_publishing(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_interrupted_can_be_taken_back_and_is_deleted_in_the_end() -> Result<()> {
    let user = User::of_a_server(&[("PLACARD_BATCH", "1")]).await?;
    user.sign_in().await?;
    let installation = &user.installation;
    let spec = Spec::default();
    let file = spec.write(installation.folder(), "spec")?;
    let run = interrupt(&user, &["apply", "--yes", "-f", &file]).await?;
    ensure!(run.code() == Some(INTERRUPTED), "{run}");
    let back = user.must(&["rollback", &spec.key]).await?;
    ensure!(back.contains("Taken back: "), "{back}");
    let nothing = user.refuses(&["rollback", &spec.key], 2).await?;
    ensure!(nothing.contains("has no unfinished deployment"), "{nothing}");

    user.must(&["apply", "--yes", "-f", &file]).await?;
    user.must(&["delete", "--yes", &spec.key]).await?;
    let census = installation.world()?.census();
    ensure!(!census.contains_key(&Kind::Campaign), "{census:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_switch_pauses_what_runs_and_holds_up_what_is_to_run() -> Result<()> {
    let user = User::signed_in().await?;
    let spec = Spec::default();
    let file = spec.write(user.installation.folder(), "spec")?;
    user.must(&["apply", "--yes", "-f", &file]).await?;
    let said = user.must(&["kill", "--reason", "drill"]).await?;
    ensure!(said.contains(&format!("{} in meta/act_1001: paused", spec.key)), "{said}");
    let refused = user.refuses(&["resume", &spec.key], 3).await?;
    ensure!(refused.contains("drill") && refused.contains("placard kill --lift"), "{refused}");
    user.must(&["kill", "--lift"]).await?;
    user.must(&["resume", &spec.key]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_sent_again_only_when_it_changed() -> Result<()> {
    let user = User::signed_in().await?;
    let folder = user.installation.folder();
    let file = Spec::default().write(folder, "spec")?;
    user.must(&["plan", "-f", &file]).await?;
    let sent =
        user.installation.data_dir().join(format!("files/{}/spring-sale", user.installation.tenant.id));
    let when = |name: &str| -> Result<_> { Ok(fs::metadata(sent.join(name))?.ino()) };
    let (first, second) = (when("0-0.png")?, when("0-1.png")?);
    let mut picture = fs::read(folder.join("0-1.png"))?;
    picture.push(b'!');
    fs::write(folder.join("0-1.png"), picture)?;
    user.must(&["plan", "-f", &file]).await?;
    // A file that is put is another one, because it is written beside its place first.
    ensure!(when("0-0.png")? == first, "an unchanged picture was sent again");
    ensure!(when("0-1.png")? != second, "a changed picture was not sent");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_sees_and_changes_nothing() -> Result<()> {
    let user = User::signed_in().await?;
    let spec = Spec::default();
    let file = spec.write(user.installation.folder(), "spec")?;
    user.must(&["apply", "--yes", "-f", &file]).await?;
    user.installation.must(&["users", "role", EMAIL, "viewer"]).await?;
    // What a server knows of a caller it believes for some seconds, so the next session is the first to feel it.
    user.must(&["logout", "--profile", PROFILE]).await?;
    user.sign_in().await?;
    user.must(&["status", &spec.key]).await?;
    let seq = user.installation.seq();
    for arguments in [&["pause", &spec.key] as &[&str], &["delete", "--yes", &spec.key], &["kill"]] {
        let said = user.refuses(arguments, 1).await?;
        ensure!(said.contains("this needs the permission"), "{said}");
    }
    ensure!(user.installation.writes_since(seq) == 0, "something was changed");
    Ok(())
}

/// Runs a command in a process group of its own, as a terminal does, and interrupts the group at its first write.
async fn interrupt(user: &User, arguments: &[&str]) -> Result<Run> {
    let before = user.installation.seq();
    let mut command = user.placard(arguments);
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let group = Pid::from_raw(i32::try_from(child.id().context("it runs")?)?).context("a process id")?;
    first_write(&user.installation, before).await?;
    kill_process_group(group, Signal::INT)?;
    run_of(child).await
}
