//! Ctrl-C: the request under way is finished, the rest waits to be resumed.

use crate::support::{Installation, Run, Spec, first_write};
use anyhow::{Context, Result, ensure};
use placard_domain::{Platform, plan::ObjectKind as Kind};
use placard_domain::{plan::Action, status::DeploymentStatus};
use placard_store::deployment;
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::Stdio;
use tokio::process::Command;

const INTERRUPTED: i32 = 130;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_leaves_a_deployment_that_can_be_resumed_and_says_how() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::large(Platform::Meta);
    let file = spec.write(installation.folder(), "spec")?;
    let wanted = installation.plan(&file).await?.steps.into_iter();
    let wanted = wanted.filter(|step| step.action == Action::Create).map(|step| step.object).collect();

    let mut apply = installation.placard(&["apply", "--yes", "-f", &file]);
    let run = interrupt(&installation, &mut apply).await?;
    ensure!(run.code() == Some(INTERRUPTED), "{run}");
    ensure!(run.stderr.contains("placard resume spring-sale"), "it does not say how to go on: {run}");
    let (campaign, _) = installation.on_record(&spec.key).await?;
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    let last = deployment::history(&mut tx, Some(campaign.id), 1).await?;
    tx.commit().await?;
    ensure!(last[0].status == DeploymentStatus::Interrupted, "{:?}", last[0].status);
    let unknown = last[0].steps.iter().filter(|step| step.status.as_str() == "sent").count();
    ensure!(unknown == 0, "the request under way was not waited for");

    installation.must(&["resume", &spec.key, "-f", &file]).await?;
    let faults = installation.faults_of_first_publishing(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_stops_a_private_postgres_in_order() -> Result<()> {
    let installation = Installation::open().await?;
    installation.make_private().await?;
    let spec = Spec::large(Platform::Meta);
    let file = spec.write(installation.folder(), "spec")?;
    let run = interrupt(&installation, &mut installation.privately(&["apply", "--yes", "-f", &file])).await?;
    ensure!(run.code() == Some(INTERRUPTED), "{run}");
    let left = installation.data_dir().join("postgres/data/postmaster.pid");
    ensure!(!left.exists(), "PostgreSQL did not stop");

    let resumed = Run::of(&mut installation.privately(&["resume", &spec.key, "-f", &file])).await?;
    ensure!(resumed.code() == Some(0), "{resumed}");
    let census = installation.world()?.census();
    ensure!(census.get(&Kind::Ad) == Some(&15), "{census:?}");
    Ok(())
}

/// Runs a command in a process group of its own, as a terminal does, and interrupts the group at its first write.
async fn interrupt(installation: &Installation, command: &mut Command) -> Result<Run> {
    let before = installation.seq();
    command.env("PLACARD_BATCH", "1").process_group(0);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let group = Pid::from_raw(i32::try_from(child.id().context("it runs")?)?).context("a process id")?;
    first_write(installation, before).await?;
    kill_process_group(group, Signal::INT)?;
    let output = child.wait_with_output().await?;
    Ok(Run {
        status: output.status,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}
