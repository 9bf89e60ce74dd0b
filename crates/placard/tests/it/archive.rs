//! The cold archive: what a run that was stopped leaves, who is forgotten, what is sealed.

use crate::support::{Run, Shelf, profile};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use parquet::{
    column::reader::get_typed_column_reader,
    data_type::ByteArrayType,
    file::reader::{FileReader, SerializedFileReader},
};
use placard::publishing::Shelving;
use placard_domain::document::Profile;
use placard_store::documents::{Filter, Store};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::{collections::BTreeSet, fs, path::PathBuf};
use uuid::Uuid;

/// The files of the archive.
fn files(shelf: &Shelf) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(shelf.folder())?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn holds(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// What is sealed in a file, row by row.
fn sealed(file: &PathBuf) -> Result<Vec<Vec<u8>>> {
    let reader = SerializedFileReader::new(fs::File::open(file)?)?;
    let group = reader.get_row_group(0)?;
    let mut column = get_typed_column_reader::<ByteArrayType>(group.get_column_reader(4)?);
    let mut values = Vec::new();
    column.read_records(1_000, None, None, &mut values)?;
    Ok(values.into_iter().map(|value| value.data().to_vec()).collect())
}

async fn sql(shelf: &Shelf, statements: &[&str]) -> Result<()> {
    let mut raw = shelf.installation.database.superuser().await;
    for statement in statements {
        sqlx::query(AssertSqlSafe((*statement).to_owned())).execute(&mut raw).await?;
    }
    Ok(())
}

async fn profiles(shelf: &Shelf) -> Result<u64> {
    let tenant = shelf.installation.tenant.id;
    Ok(shelf.documents().await?.count::<Profile>(tenant, &Filter::ALL).await?)
}

/// Puts documents back as they were before a run, as if it had been killed before it took them out.
const UNDO_DELETION: &str =
    "insert into document_profiles (tenant_id, id, version, created_at, updated_at, body, terms)
    select tenant_id, id, version, created_at, updated_at, body, terms from kept";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_run_left_is_finished_by_the_next() -> Result<()> {
    let shelf = Shelf::open(Store::Postgres).await?;
    let (ann, bob) = (shelf.put(&profile("ann"), 400).await?, shelf.put(&profile("bob"), 400).await?);
    let archive = shelf.archive().await?;
    let dry = archive.dry_run(Utc::now()).await?;
    ensure!((dry.archived, dry.files, profiles(&shelf).await?) == (2, 1, 2), "{dry:?}");
    sql(&shelf, &["create table kept as select * from document_profiles"]).await?;
    let ran = archive.run(Utc::now()).await?.context("nobody else is there")?;
    ensure!(ran == dry && profiles(&shelf).await? == 0, "{ran:?}");

    // Killed after the file was made true: ann is still there as she was, bob has been changed since.
    let unsettle = "update document_archive set settled_at = null";
    let change = format!("update document_profiles set version = version + 1 where id = '{bob}'");
    sql(&shelf, &[unsettle, UNDO_DELETION, &change]).await?;
    // Killed before a file was made true.
    let stray = shelf.folder().join(format!("{}.parquet", "ab".repeat(32)));
    fs::write(&stray, "PAR1")?;
    let ran = archive.run(Utc::now()).await?.context("nobody else is there")?;
    ensure!(!stray.exists(), "a file that nothing names stays");
    ensure!(shelf.get::<Profile>(ann).await?.is_none(), "ann is in both places");
    // Nothing has happened to bob but in the eyes of the version: he leaves the first file and goes into another.
    ensure!(ran.archived == 1 && shelf.get::<Profile>(bob).await?.is_none(), "{ran:?}");
    let known = archive.list().await?;
    ensure!(known.len() == 2 && known.iter().all(|file| file.settled && file.documents == 1), "{known:?}");
    ensure!(files(&shelf)?.len() == 2);
    let back = archive.restore(None).await?;
    ensure!(back.restored.iter().copied().collect::<BTreeSet<_>>() == BTreeSet::from([ann, bob]), "{back:?}");
    let bob = shelf.get::<Profile>(bob).await?.context("bob is back")?;
    ensure!(bob.version == 3, "he was changed, then fetched back: {}", bob.version);
    shelf.close().await
}

/// Runs the real binary until it dies at `moment`.
async fn dies(shelf: &Shelf, arguments: &[&str], moment: Shelving) -> Result<()> {
    let mut command = shelf.installation.placard(arguments);
    let run = Run::of(command.env("PLACARD_CRASH_AT", moment.as_str())).await?;
    ensure!(run.was_killed(), "it did not come to {moment:?}: {run}");
    Ok(())
}

/// How many profiles are in the archive, and in how many files of it.
async fn archived(shelf: &Shelf) -> Result<(u32, usize)> {
    let known = shelf.archive().await?.list().await?;
    ensure!(known.iter().all(|file| file.settled), "{known:?}");
    Ok((known.iter().map(|file| file.documents).sum(), known.len()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_nobody_is_lost_and_nobody_is_twice() -> Result<()> {
    use Shelving as At;
    let shelf = Shelf::open(Store::Postgres).await?;
    let (run, restore) = (["archive", "run"], ["archive", "restore", "--all"]);
    for moment in [At::FileStored, At::FileRecorded, At::OneDeleted, At::AllDeleted] {
        for name in ["ann", "bob", "cat"] {
            shelf.put(&profile(name), 400).await?;
        }
        dies(&shelf, &run, moment).await?;
        shelf.must(&run).await?;
        ensure!(profiles(&shelf).await? == 0 && archived(&shelf).await? == (3, 1), "{moment:?}");
        ensure!(files(&shelf)?.len() == 1, "{moment:?}: there is a file that nothing names");
        dies(&shelf, &restore, At::OneBack).await?;
        shelf.must(&run).await?;
        ensure!(profiles(&shelf).await? == 1 && archived(&shelf).await? == (2, 1), "{moment:?}: one is back");
        dies(&shelf, &restore, At::FileReplaced).await?;
        shelf.must(&restore).await?;
        ensure!(
            profiles(&shelf).await? == 3 && archived(&shelf).await? == (0, 0),
            "{moment:?}: all are back"
        );
        shelf.must(&run).await?;
        ensure!(files(&shelf).map_or(0, |files| files.len()) == 0, "{moment:?}: a file stays");
        sql(&shelf, &["delete from document_profiles"]).await?;
    }
    shelf.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_forgotten_is_gone_from_the_archive_byte_by_byte() -> Result<()> {
    let shelf = Shelf::open(Store::Postgres).await?;
    let mut ann = profile("ann");
    ann.bio = Some("Write to ann@example.com".into());
    let ann = shelf.put(&ann, 400).await?;
    let bob = shelf.put(&profile("bob"), 400).await?;
    let archive = shelf.archive().await?;
    archive.run(Utc::now()).await?;
    let before = files(&shelf)?.pop().context("a file")?;
    let content = fs::read(&before)?;
    ensure!(content.starts_with(b"PAR1") && content.ends_with(b"PAR1"), "it is Parquet");
    for clear in ["ann@example.com", "I am bob", "bob", "instagram"] {
        ensure!(!holds(&content, clear.as_bytes()), "{clear} can be read");
    }
    ensure!(holds(&content, ann.as_bytes()), "the id stands there, so it can be missed");
    let rows = sealed(&before)?;
    ensure!(rows.len() == 2 && rows.iter().all(|row| holds(&content, row)));

    let erased = shelf.must(&["erase", "person", "--email", "ann@example.com", "--yes", "--json"]).await?;
    let erased: Value = serde_json::from_str(&erased)?;
    ensure!(erased["archived"] == 1 && erased["left"] == 0, "{erased}");
    let after = files(&shelf)?;
    ensure!(after.len() == 1 && after[0] != before, "the file before is gone: {after:?}");
    let content = fs::read(&after[0])?;
    ensure!(!holds(&content, ann.as_bytes()) && holds(&content, bob.as_bytes()));
    let left = rows.iter().filter(|row| holds(&content, row)).count();
    ensure!(left == 1, "{left} of the rows before are left");
    let again = shelf.must(&["erase", "person", "--email", "ann@example.com", "--yes", "--json"]).await?;
    ensure!(serde_json::from_str::<Value>(&again)?["archived"] == 0, "{again}");
    ensure!(archive.restore(None).await?.restored == [bob]);
    shelf.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_outlives_a_move_a_change_of_keys_and_nobody_elses_hands() -> Result<()> {
    let shelf = Shelf::open(Store::Postgres).await?;
    let (ann, bob) = (shelf.put(&profile("ann"), 400).await?, shelf.put(&profile("bob"), 400).await?);
    let archive = shelf.archive().await?;
    archive.run(Utc::now()).await?;
    let key = archive.list().await?[0].key;
    shelf.must(&["keys", "rotate", "--data-keys"]).await?;
    let known = archive.list().await?;
    ensure!(known[0].key != key && known[0].documents == 2, "it is sealed anew: {known:?}");
    ensure!(files(&shelf)?.len() == 1, "the file that the key before sealed is gone");

    let file = files(&shelf)?.pop().context("a file")?;
    let content = fs::read(&file)?;
    let mut changed = content.clone();
    changed[20] ^= 1;
    fs::write(&file, &changed)?;
    let refused = archive.restore(None).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("changed by somebody else")));
    fs::write(&file, &content)?;

    shelf.put(&profile("ann"), 0).await?;
    let back = archive.restore(None).await?;
    ensure!(back.restored == [bob] && back.taken == [ann], "another ann stands there by now: {back:?}");
    ensure!(archive.list().await?[0].documents == 1, "she stays in the archive");
    let nobody = Uuid::from_u128(1);
    let missing = archive.restore(Some(&BTreeSet::from([nobody]))).await?;
    ensure!(missing.missing == [nobody] && missing.restored.is_empty(), "{missing:?}");
    shelf.close().await
}
