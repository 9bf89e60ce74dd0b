//! The database is restored to a moment before a publishing; what is on the platform is found and adopted.

use crate::support::{Installation, Spec};
use anyhow::{Result, ensure};
use placard_domain::{
    Platform,
    marker::Naming,
    plan::{Action, ObjectKind},
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_published_after_the_backup_is_adopted_and_not_made_twice() -> Result<()> {
    let mut installation = Installation::open().await?;
    let spec = Spec { groups: 2, ..Spec::default() };
    let backup = Backup::of(&installation).await?;
    let file = installation.publish(&spec).await?;
    let (_, before) = installation.on_record(&spec.key).await?;
    let census = installation.world()?.census();

    backup.restore(&mut installation).await?;
    let seq = installation.seq();
    let plan = installation.plan(&file).await?;
    let made: Vec<_> = plan.steps.iter().filter(|step| step.action == Action::Create).collect();
    ensure!(made.iter().all(|step| step.object.kind == ObjectKind::Image), "{made:#?}");
    // What runs already is no raise, but it counts from now on.
    installation.must(&["ceiling", "set", "50", "EUR"]).await?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;

    let made = installation.sandbox.requests(seq).into_iter().filter(|entry| {
        entry.committed
            && ["/campaigns", "/adsets", "/ads", "/adcreatives", "/leadgen_forms"]
                .iter()
                .any(|edge| entry.path.ends_with(edge))
    });
    ensure!(made.count() == 0, "something was made twice");
    ensure!(installation.world()?.census() == census, "the platform changed");
    let wanted = before.iter().map(|object| object.key.clone()).collect();
    let faults = installation.faults(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));

    let standing = installation.must(&["ceiling", "list"]).await?;
    ensure!(standing.contains("120.00 EUR are committed, which is more"), "{standing}");
    let (_, after) = installation.on_record(&spec.key).await?;
    let same =
        before.iter().all(|old| after.iter().any(|new| new.key == old.key && new.remote_id == old.remote_id));
    ensure!(same, "something is bound to another object than before");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_that_was_sent_after_the_backup_is_found_and_not_sent_again() -> Result<()> {
    let mut installation = Installation::open().await?;
    let (file, key) = ("spec.yaml", Spec::default().key);
    std::fs::write(installation.folder().join(file), installation.with_a_video(Platform::Meta).await?)?;
    let backup = Backup::of(&installation).await?;
    installation.must(&["apply", "--yes", "-f", file]).await?;
    let (_, before) = installation.on_record(&key).await?;

    backup.restore(&mut installation).await?;
    let seq = installation.seq();
    installation.must(&["apply", "--yes", "-f", file]).await?;
    let requests = installation.sandbox.requests(seq);
    ensure!(!requests.iter().any(|one| one.method == "POST" && one.path.ends_with("/advideos")));
    let wanted = before.iter().map(|object| object.key.clone()).collect();
    let faults = installation.faults(&key, file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_to_the_middle_of_a_publishing_adopts_what_came_after() -> Result<()> {
    let mut installation = Installation::open().await?;
    let spec = Spec { groups: 2, ..Spec::default() };
    let file = spec.write(installation.folder(), "spec")?;
    let wanted = installation.plan(&file).await?.steps.into_iter();
    let wanted = wanted.filter(|step| step.action == Action::Create).map(|step| step.object).collect();
    let mut killed = installation.placard(&["apply", "--yes", "-f", &file]);
    killed.env("PLACARD_BATCH", "1").env("PLACARD_CRASH_AT", "after_store meta/ad_group:group-0/create");
    ensure!(crate::support::Run::of(&mut killed).await?.was_killed(), "the moment never came");
    let backup = Backup::of(&installation).await?;
    installation.must(&["resume", &spec.key, "-f", &file]).await?;

    backup.restore(&mut installation).await?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let faults = installation.faults(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_after_a_restore_gives_a_campaign_its_key_and_its_markers_back() -> Result<()> {
    let mut installation = Installation::open().await?;
    let backup = Backup::of(&installation).await?;
    let spec = Spec { groups: 2, ..Spec::default() };
    installation.publish(&spec).await?;

    backup.restore(&mut installation).await?;
    let said =
        installation.must(&["import", "account", "--json", "--platform", "meta", "--out", "again"]).await?;
    let said: Value = serde_json::from_str(&said)?;
    ensure!(said["imported"][0]["ours"] == true, "{said:#}");
    let plan = installation.plan("again/spring-sale.yaml").await?;
    ensure!(plan.is_empty() && plan.drift.is_empty() && plan.warnings.is_empty(), "{plan:#?}");
    let (_, objects) = installation.on_record(&spec.key).await?;
    let ours = |kind: ObjectKind| {
        let of_kind = objects.iter().filter(move |object| object.key.kind == kind);
        of_kind.filter(|object| matches!(object.naming, Naming::Marked(_))).count()
    };
    let counts = [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad].map(ours);
    ensure!(counts == [1, 2, 4], "{counts:?}");
    Ok(())
}

/// A copy of the database.
struct Backup {
    name: String,
}

impl Backup {
    async fn of(installation: &Installation) -> Result<Self> {
        let source = installation.database_name().await?;
        let name = format!("{source}_backup");
        copy(installation, &source, &name).await?;
        Ok(Self { name })
    }

    /// Puts the copy in the database's place.
    async fn restore(self, installation: &mut Installation) -> Result<()> {
        let original = installation.database_name().await?;
        installation.database.db.close().await;
        let mut server = installation.server().await?;
        server.execute(AssertSqlSafe(format!("drop database {original} with (force)"))).await?;
        let rename = format!("alter database {} rename to {original}", self.name);
        server.execute(AssertSqlSafe(rename)).await?;
        server.close().await?;
        installation.reopen_database().await
    }
}

async fn copy(installation: &Installation, source: &str, name: &str) -> Result<()> {
    let mut server = installation.server().await?;
    let others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    sqlx::query(others).bind(source).execute(&mut server).await?;
    server.execute(AssertSqlSafe(format!("create database {name} template {source}"))).await?;
    server.close().await?;
    Ok(())
}
