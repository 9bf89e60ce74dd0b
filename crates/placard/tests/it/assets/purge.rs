//! Bytes that go, and those that stay, whatever is killed.

use super::PICTURE;
use crate::support::{Installation, Run, Spec};
use anyhow::{Context, Result, ensure};
use placard::publishing::Keeping;
use placard_store::asset::Hold;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// How many files are kept of assets.
pub(super) fn kept(placard: &Installation) -> usize {
    files(&placard.data_dir().join("assets/objects")).len()
}

async fn sql(placard: &Installation, statement: &str) -> Result<()> {
    let mut raw = placard.database.superuser().await;
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut raw).await?;
    Ok(())
}

/// Makes every file older than a day.
fn age(placard: &Installation) -> Result<()> {
    let long_ago = SystemTime::now() - Duration::from_hours(49);
    for file in files(&placard.data_dir().join("assets")) {
        fs::File::options().write(true).open(file)?.set_modified(long_ago)?;
    }
    Ok(())
}

/// An installation with a picture in its folder.
async fn with_picture() -> Result<Installation> {
    let placard = Installation::open().await?;
    fs::write(placard.folder().join("hero.png"), PICTURE)?;
    Ok(placard)
}

/// Runs the real binary until it dies at `moment`.
async fn dies(placard: &Installation, arguments: &[&str], moment: Keeping) -> Result<()> {
    let mut command = placard.placard(arguments);
    let run = Run::of(command.env("PLACARD_CRASH_AT", moment.as_str())).await?;
    ensure!(run.was_killed(), "it did not come to {moment:?}: {run}");
    Ok(())
}

async fn purge(placard: &Installation, more: &[&str]) -> Result<Value> {
    let arguments = [&["--json", "assets", "purge"], more].concat();
    Ok(serde_json::from_str(&placard.must(&arguments).await?)?)
}

const NOW: [&str; 2] = ["--older-than", "0"];

#[tokio::test]
async fn bytes_go_after_thirty_days_and_the_record_stays() -> Result<()> {
    let placard = with_picture().await?;
    let added: Value = serde_json::from_str(&placard.must(&["--json", "assets", "add", "hero.png"]).await?)?;
    let id = added["asset"]["id"].as_str().context("no id")?.to_owned();
    placard.must(&["assets", "rm", "hero.png"]).await?;
    for (days, gone) in [(29, false), (31, true)] {
        sql(&placard, &format!("update asset set deleted_at = now() - interval '{days} days'")).await?;
        let dry = purge(&placard, &["--dry-run"]).await?;
        assert_eq!(dry["assets"].as_array().map(Vec::len), Some(usize::from(gone)), "{dry}");
        assert_eq!(kept(&placard), 2, "saying what would go removes nothing");
        placard.must(&["worker", "--once"]).await?;
        assert_eq!(kept(&placard), if gone { 0 } else { 2 }, "after {days} days");
    }
    let listed = placard.must(&["assets", "list", "--deleted"]).await?;
    ensure!(listed.contains("hero.png") && listed.contains("its bytes are purged"), "{listed}");
    let shown = placard.must(&["assets", "show", &id]).await?;
    ensure!(shown.contains("its bytes were purged on"), "{shown}");
    let refused = placard.refuses(&["assets", "restore", "hero.png"], 2).await?;
    ensure!(refused.contains("add the file again"), "{refused}");
    placard.must(&["lineage", "--asset", &id]).await?;
    let log = placard.must(&["audit", "list", "--entity", "asset"]).await?;
    ensure!(log.contains("purge"), "{log}");
    let again = placard.must(&["assets", "add", "hero.png"]).await?;
    ensure!(again.contains("is back"), "{again}");
    assert_eq!(kept(&placard), 2);
    Ok(())
}

#[tokio::test]
async fn what_a_live_campaign_shows_keeps_its_bytes() -> Result<()> {
    let placard = with_picture().await?;
    placard.must(&["assets", "add", "hero.png"]).await?;
    let text = Spec { ads: 1, ..Spec::default() }.text().replace("0-0.png", "asset:hero.png");
    fs::write(placard.folder().join("spec.yaml"), text)?;
    placard.must(&["apply", "--yes", "-f", "spec.yaml"]).await?;
    // A campaign that was planned before can be published after an asset was put aside.
    sql(&placard, "update asset set deleted_at = now() - interval '99 days'").await?;
    let purged = purge(&placard, &NOW).await?;
    assert_eq!((&purged["shown"][0]["name"], &purged["bytes"]), (&"hero.png".into(), &0.into()));
    assert_eq!(kept(&placard), 2);
    placard.must(&["assets", "restore", "hero.png"]).await?;
    Ok(())
}

#[tokio::test]
async fn killed_at_any_moment_of_a_purge_nothing_that_stands_lacks_its_bytes() -> Result<()> {
    use Keeping as At;
    let placard = with_picture().await?;
    let whole = async || -> Result<()> {
        let back = placard.must(&["assets", "add", "hero.png"]).await?;
        ensure!(back.contains("is back"), "{back}");
        let stored = files(&placard.data_dir().join("assets/objects"));
        ensure!(stored.len() == 2, "the original and its thumbnail: {stored:?}");
        let original = stored.iter().find(|file| file.ends_with("original")).context("no original")?;
        ensure!(fs::read(original)? == PICTURE);
        Ok(())
    };
    placard.must(&["assets", "add", "hero.png"]).await?;
    for moment in [At::GivenUp, At::Held, At::OriginalGone, At::Gone] {
        placard.must(&["assets", "rm", "hero.png"]).await?;
        dies(&placard, &["assets", "purge", NOW[0], NOW[1]], moment).await?;
        placard.refuses(&["assets", "restore", "hero.png"], 2).await?;
        // Whoever adds it at this moment has it whole, and keeps it.
        whole().await?;
        let purged = purge(&placard, &NOW).await?;
        assert_eq!((&purged["bytes"], kept(&placard)), (&0.into(), 2), "{moment:?}: {purged}");

        placard.must(&["assets", "rm", "hero.png"]).await?;
        dies(&placard, &["assets", "purge", NOW[0], NOW[1]], moment).await?;
        // The next run finishes what this one left, however long ago assets must have been put aside.
        purge(&placard, &[]).await?;
        assert_eq!(kept(&placard), 0, "{moment:?}: bytes stay that nothing claims");
        whole().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_a_killed_upload_leaves_goes_after_a_day_and_not_before() -> Result<()> {
    let placard = with_picture().await?;
    for (moment, left) in [(Keeping::Expected, 0), (Keeping::Stored, 2)] {
        dies(&placard, &["assets", "add", "hero.png"], moment).await?;
        assert_eq!(kept(&placard), left, "{moment:?}");
        age(&placard)?;
        // Its bytes are old, and it is on record as under way.
        let purged = purge(&placard, &NOW).await?;
        assert_eq!((&purged["strays"], kept(&placard)), (&0.into(), left), "{moment:?}: {purged}");
        sql(&placard, "update asset_arrival set began_at = now() - interval '2 days'").await?;
        let purged = purge(&placard, &NOW).await?;
        assert_eq!(
            (&purged["strays"], kept(&placard)),
            (&u64::from(left > 0).into(), 0),
            "{moment:?}: {purged}"
        );
    }
    // What died before its bytes were stored leaves a file that arrived, and perhaps half of an object.
    for moment in [Keeping::Expected, Keeping::Stored] {
        dies(&placard, &["assets", "add", "hero.png"], moment).await?;
    }
    let object = files(&placard.data_dir().join("assets/objects")).pop().context("no object")?;
    fs::write(object.with_file_name("original#1"), b"half")?;
    let arriving = placard.data_dir().join("assets/arriving");
    let before = files(&arriving).len();
    ensure!(before > 0, "a process that is killed tidies nothing up");
    assert_eq!(purge(&placard, &[]).await?["unfinished"], 0);
    age(&placard)?;
    assert_eq!(purge(&placard, &[]).await?["unfinished"], before + 1);
    assert_eq!(files(&arriving).len(), 0);
    // The upload is still on record, so what it stored stays, and the next one takes it.
    assert_eq!(kept(&placard), 2);
    let added = placard.must(&["assets", "add", "hero.png"]).await?;
    ensure!(!added.contains("was there"), "{added}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stores_what_is_going_waits_and_has_it_afterwards() -> Result<()> {
    let placard = with_picture().await?;
    let added: Value = serde_json::from_str(&placard.must(&["--json", "assets", "add", "hero.png"]).await?)?;
    let hash = added["asset"]["content_hash"].as_str().context("no hash")?;
    let hash = placard_domain::asset::ContentHash::parse(hash).context("no hash")?;
    placard.must(&["assets", "rm", "hero.png"]).await?;
    sql(&placard, "update asset set purged_at = now()").await?;
    let session = placard.session().await?;
    let hold = Hold::of(session.db(), placard.tenant.id, &hash).await?;
    let mut adding = placard.placard(&["assets", "add", "hero.png"]);
    let adding = tokio::spawn(async move { Run::of(&mut adding).await });
    let mut raw = placard.database.superuser().await;
    loop {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from pg_locks where locktype = 'advisory' and not granted
                and database = (select oid from pg_database where datname = current_database()))",
        )
        .fetch_one(&mut raw)
        .await?;
        if waits {
            break;
        }
        ensure!(!adding.is_finished(), "it did not wait");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    session.library().await?.objects().discard(placard.tenant.id, &hash).await?;
    assert_eq!(kept(&placard), 0);
    hold.let_go().await?;
    let added = adding.await??;
    ensure!(added.code() == Some(0) && added.stdout.contains("is back"), "{added}");
    assert_eq!(kept(&placard), 2);
    session.close().await
}
