//! A command prints the same and ends the same way, whether it works here or through a server.

use super::user::User;
use crate::support::{Run, Spec};
use anyhow::{Result, ensure};
use std::fs;

/// One of the example campaign's pictures.
const PICTURE: &[u8] = include_bytes!("../../../../../examples/images/forest.png");

/// A line that names the moment of the run itself, or a plan that the run made.
fn is_of_the_run(line: &str) -> bool {
    ["\"generated_at\"", "Make it so:", "{\"plan\":"].iter().any(|part| line.contains(part))
}

fn comparable(text: &str) -> String {
    text.lines().filter(|line| !is_of_the_run(line)).collect::<Vec<_>>().join("\n")
}

pub(super) async fn compare(user: &User, arguments: &[&str]) -> Result<Run> {
    let (there, here) = (user.run_there(arguments).await?, user.run(arguments).await?);
    let same = |one: &str, other: &str| comparable(one) == comparable(other);
    let equal =
        there.code() == here.code() && same(&there.stdout, &here.stdout) && same(&there.stderr, &here.stderr);
    ensure!(equal, "`placard {}` on the server:\n{there}\nthrough it:\n{here}", arguments.join(" "));
    Ok(here)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_printed_does_not_tell_where_the_work_was_done() -> Result<()> {
    let user = User::signed_in().await?;
    let spec = Spec::default();
    let folder = user.installation.folder();
    let file = spec.write(folder, "spec")?;
    let planned = compare(&user, &["plan", "-f", &file]).await?;
    ensure!(planned.stdout.contains("to create"), "{planned}");
    user.must(&["apply", "--yes", "-f", &file]).await?;
    fs::write(folder.join("hero.png"), PICTURE)?;
    user.installation.must(&["assets", "add", "hero.png"]).await?;
    let text = Spec { key: "of-the-library".to_owned(), ads: 1, ..spec.clone() }.text();
    fs::write(folder.join("shelved.yaml"), text.replace("0-0.png", "asset:hero.png"))?;
    fs::write(folder.join("misspelt.yaml"), text.replace("0-0.png", "asset:herro.png"))?;
    user.must(&["apply", "--yes", "-f", "shelved.yaml"]).await?;
    user.installation.must(&["sandbox", "advance", "--days", "3"]).await?;
    user.installation.must(&["sync"]).await?;
    user.must(&["ceiling", "set", "500", "EUR"]).await?;
    user.must(&["ceiling", "set", "300", "EUR", "--campaign", &spec.key]).await?;
    user.must(&["rates", "set", "EUR", "USD", "1.08", "--date", "2026-01-02"]).await?;
    user.must(&["api-keys", "create", "reader", "--scope", "metrics:read"]).await?;
    let key = spec.key.as_str();
    let same: &[&[&str]] = &[
        &["status"],
        &["status", key],
        &["history", key],
        &["history", key, "--steps"],
        &["accounts"],
        &["webhooks", "status"],
        &["plan", "-f", &file],
        &["validate", &file],
        &["validate", "shelved.yaml"],
        &["plan", "-f", "shelved.yaml"],
        &["drift", key],
        &["report"],
        &["report", "--csv"],
        &["report", "--account", "act_1001", "--rows", "1"],
        &["ceiling", "list"],
        &["rates", "list"],
        &["kill", "--list"],
        &["audit", "list"],
        &["audit", "list", "--entity", "campaign", "--limit", "3"],
        &["audit", "verify"],
    ];
    for arguments in same {
        let text = compare(&user, arguments).await?;
        ensure!(text.code() == Some(0) && !text.stdout.is_empty(), "{}: {text}", arguments.join(" "));
        compare(&user, &[arguments, &["--json"] as &[&str]].concat()).await?;
    }
    compare(&user, &["api-keys", "list"]).await?;
    for (arguments, code) in [
        (&["status", "spring-sail"] as &[&str], 2),
        (&["history", "../../me"], 2),
        (&["pause", "nothing"], 2),
        (&["rollback", key], 2),
        (&["report", "--account", "act_9"], 2),
        (&["ceiling", "set", "1", "EUR", "--account", "act_9"], 2),
        (&["kill", "--campaign", "nothing"], 2),
        (&["plan", "-f", "nothing.yaml"], 2),
        (&["plan", "-f", "misspelt.yaml"], 2),
        (&["validate", "misspelt.yaml"], 2),
    ] {
        for arguments in [arguments.to_vec(), [arguments, &["--json"]].concat()] {
            let run = compare(&user, &arguments).await?;
            ensure!(run.code() == Some(code), "{}: {run}", arguments.join(" "));
        }
    }
    let (whole, exported) = (folder.join("whole.jsonl"), folder.join("exported.jsonl"));
    user.installation.must(&["audit", "export", &whole.to_string_lossy()]).await?;
    user.must(&["audit", "export", &exported.to_string_lossy()]).await?;
    ensure!(fs::read_to_string(whole)? == fs::read_to_string(exported)?, "the logs differ");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_changed_is_named_adopted_and_set_back_through_a_server() -> Result<()> {
    let user = User::signed_in().await?;
    let spec = Spec::default();
    let file = spec.write(user.installation.folder(), "spec")?;
    user.must(&["apply", "--yes", "-f", &file]).await?;
    let edit = |name: &str| -> Result<()> {
        let world = user.installation.world()?;
        let campaign =
            world.living().find(|object| object.kind == placard_domain::plan::ObjectKind::Campaign);
        let campaign = campaign.ok_or_else(|| anyhow::anyhow!("there is no campaign"))?;
        user.installation.edit(campaign, "daily_budget", name)
    };
    edit("9900")?;
    let seen = compare(&user, &["drift", &spec.key]).await?;
    ensure!(seen.code() == Some(3) && seen.stdout.contains("daily_budget"), "{seen}");
    let adopted = user.must(&["drift", &spec.key, "--adopt"]).await?;
    ensure!(adopted.contains("Adopted: 1 fields"), "{adopted}");
    edit("8800")?;
    let pushed = user.must(&["drift", &spec.key, "--push"]).await?;
    ensure!(pushed.contains("Set back: 1 fields"), "{pushed}");
    let calm = compare(&user, &["drift", &spec.key]).await?;
    ensure!(calm.code() == Some(0), "{calm}");
    edit("7700")?;
    for (field, code) in [("daily_budgt", 2), ("daily_budget", 0)] {
        let planned = compare(&user, &["plan", "-f", &file, "--force-fields", field]).await?;
        ensure!(planned.code() == Some(code), "{planned}");
    }
    user.must(&["apply", "--yes", "-f", &file, "--force-fields", "daily_budget"]).await?;
    let calm = compare(&user, &["drift", &spec.key]).await?;
    ensure!(calm.code() == Some(0), "{calm}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_of_the_server_have_their_places_in_the_file() -> Result<()> {
    let user = User::signed_in().await?;
    let folder = user.installation.folder();
    let file = Spec::default().write(folder, "spec")?;
    let text = fs::read_to_string(folder.join(&file))?;
    fs::write(folder.join("wrong.yaml"), text.replace("daily:", "dayly:"))?;
    let wrong = compare(&user, &["plan", "-f", "wrong.yaml"]).await?;
    ensure!(wrong.code() == Some(2) && wrong.stderr.contains("wrong.yaml:"), "{wrong}");
    Ok(())
}
