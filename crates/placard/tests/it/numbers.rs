//! Numbers, from the platform and from files, through the real binary on a real server.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails its test")]

use anyhow::{Context, Result, ensure};
use placard_store::testing::TestDatabase;
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

/// An installation in a directory of its own, with the sandbox inside each command.
struct Home {
    folder: tempfile::TempDir,
    data_dir: PathBuf,
    /// `None` for a private server.
    database: Option<TestDatabase>,
}

impl Home {
    async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data_dir = folder.path().join("data");
        Ok(Self { folder, data_dir, database: Some(TestDatabase::create().await) })
    }

    /// With the example campaign published and `days` gone by.
    async fn published(days: u32) -> Result<Self> {
        let home = Self::new().await?;
        home.publish()?;
        home.must(&["sandbox", "advance", "--days", &days.to_string()])?;
        Ok(home)
    }

    fn publish(&self) -> Result<()> {
        self.must(&["setup"])?;
        self.must(&["connect", "meta", "--sandbox", "--yes", "--account", "act_1001"])?;
        self.must(&["apply", "-f", &format!("{EXAMPLES}/spring-sale.yaml"), "--yes"])?;
        Ok(())
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_placard"));
        command.args(arguments).env("PLACARD_DATA_DIR", &self.data_dir).env_remove("PLACARD_DATABASE_URL");
        if let Some(database) = &self.database {
            command.env("PLACARD_DATABASE_URL", database.url().expose_secret());
        }
        Ok(command.current_dir(self.folder.path()).stdin(Stdio::null()).output()?)
    }

    fn must(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        let said = String::from_utf8(output.stdout)?;
        ensure!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        Ok(said)
    }

    fn sync(&self) -> Result<Vec<Value>> {
        let said = self.must(&["sync", "--json"])?;
        Ok(said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    fn report(&self, arguments: &[&str]) -> Result<Value> {
        let said = self.must(&[&["report", "--json"], arguments].concat())?;
        serde_json::from_str(&said).with_context(|| said.clone())
    }
}

fn total(reads: &[Value], what: &str) -> u64 {
    reads.iter().map(|read| read[what].as_u64().unwrap()).sum()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// The sum of a column over the rows of one level.
fn over(report: &Value, level: &str, metric: &str) -> Decimal {
    let rows = report["sections"][0]["entities"].as_array().unwrap();
    let number = |row: &Value| match &row[metric] {
        Value::String(text) => text.parse().unwrap(),
        other => Decimal::from(other.as_i64().unwrap()),
    };
    rows.iter().filter(|row| row["level"] == level).map(number).sum()
}

fn write(home: &Home, name: &str, text: &str) -> String {
    let path = home.folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[tokio::test]
async fn reading_the_same_numbers_again_writes_nothing() -> Result<()> {
    let home = Home::published(4).await?;
    let first = home.sync()?;
    ensure!(total(&first, "inserted") > 100 && total(&first, "changed") == 0, "{first:?}");
    let second = home.sync()?;
    assert_eq!((total(&second, "inserted"), total(&second, "changed")), (0, 0), "{second:?}");
    assert_eq!(total(&second, "unchanged"), total(&first, "inserted"));
    let cuts: Vec<_> = first.iter().map(|read| format!("{}/{}", read["level"], read["cut"])).collect();
    assert_eq!(cuts.len(), 12, "days and hours at four levels, people, and where it was shown: {cuts:?}");
    Ok(())
}

#[tokio::test]
async fn the_levels_and_segments_of_an_account_add_up_to_the_cent() -> Result<()> {
    let home = Home::published(6).await?;
    home.sync()?;
    let report = home.report(&["--account", "act_1001"])?;
    let totals = &report["sections"][0]["totals"];
    let spend = decimal(&totals["spend"]);
    ensure!(spend > Decimal::from(100), "there should be spend: {totals}");
    for level in ["campaign", "ad_group", "ad"] {
        assert_eq!(over(&report, level, "spend"), spend, "{level}");
        assert_eq!(
            over(&report, level, "impressions"),
            Decimal::from(totals["impressions"].as_i64().unwrap())
        );
    }
    let segments = report["sections"][0]["segments"].as_array().unwrap();
    let by_segment: Decimal = segments.iter().map(|row| decimal(&row["spend"])).sum();
    assert_eq!(by_segment, spend);
    let parts = report["sections"][0]["splits"].as_array().unwrap();
    for side in ["country", "placement", "device"] {
        let parts = parts.iter().filter(|part| part["by"] == side);
        assert_eq!(parts.map(|part| decimal(&part["spend"])).sum::<Decimal>(), spend, "{side}");
    }
    Ok(())
}

#[tokio::test]
async fn restated_numbers_keep_what_was_known_before() -> Result<()> {
    let home = Home::published(5).await?;
    home.sync()?;
    let days = ["--account", "act_1001", "--since", "2026-11-02", "--until", "2026-11-06"];
    let before = home.report(&days)?;
    home.must(&["sandbox", "advance", "--days", "20"])?;
    let reads = home.sync()?;
    ensure!(total(&reads, "changed") > 0, "late conversions restate earlier days: {reads:?}");
    let after = home.report(&days)?;
    let conversions = |report: &Value| decimal(&report["sections"][0]["totals"]["conversions"]);
    ensure!(
        conversions(&after) > conversions(&before),
        "{} and {}",
        conversions(&after),
        conversions(&before)
    );

    let known_then = home.report(&[&days as &[&str], &["--as-known-at", "2026-11-08T00:00:00Z"]].concat())?;
    assert_eq!(known_then["sections"][0]["totals"], before["sections"][0]["totals"]);
    assert_eq!(known_then["sections"][0]["daily"], before["sections"][0]["daily"]);
    Ok(())
}

#[tokio::test]
async fn days_on_which_nobody_synced_are_filled() -> Result<()> {
    let home = Home::published(2).await?;
    home.sync()?;
    home.must(&["sandbox", "advance", "--days", "40"])?;
    home.sync()?;
    let report = home.report(&["--account", "act_1001", "--since", "2026-11-02", "--until", "2026-12-13"])?;
    let daily = report["sections"][0]["daily"].as_array().unwrap();
    let empty: Vec<_> = daily.iter().filter(|day| day["impressions"] == 0).map(|day| &day["date"]).collect();
    ensure!(daily.len() == 42 && empty.is_empty(), "{} days, empty: {empty:?}", daily.len());
    Ok(())
}

#[tokio::test]
async fn the_real_export_is_imported_exactly_and_twice_changes_nothing() -> Result<()> {
    let home = Home::new().await?;
    home.must(&["setup"])?;
    let import = [
        "import",
        "metrics",
        &format!("{EXAMPLES}/data/kag_conversion_data.csv"),
        "--currency",
        "USD",
        "--account",
        "kag",
    ];
    let said = home.must(&import)?;
    for expected in ["1,143", "213,434,828", "38,165", "58,705.23", "3,264", "1,079", "day-first"] {
        ensure!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
    let report = home.report(&["--account", "kag"])?;
    let totals = &report["sections"][0]["totals"];
    assert_eq!(totals["impressions"], 213_434_828);
    assert_eq!(totals["clicks"], 38_165);
    assert_eq!(decimal(&totals["spend"]).round_dp(2), Decimal::new(5_870_523, 2));
    assert_eq!(decimal(&totals["conversions"]), Decimal::from(3_264));
    assert_eq!(over(&report, "ad", "conversions"), Decimal::from(3_264));
    assert_eq!(over(&report, "campaign", "clicks"), Decimal::from(38_165));

    let again: Value = serde_json::from_str(&home.must(&[&import as &[&str], &["--json"]].concat())?)?;
    assert_eq!((again["inserted"].as_u64(), again["changed"].as_u64()), (Some(0), Some(0)));
    // The same rows in a file that is not the same file are compared one by one.
    let content = fs::read_to_string(format!("{EXAMPLES}/data/kag_conversion_data.csv"))?;
    let copy = write(&home, "copy.csv", &content.replace("\r\n", "\n").replace("Date,", " Date,"));
    let copied: Value = serde_json::from_str(&home.must(&[
        "import",
        "metrics",
        &copy,
        "--currency",
        "USD",
        "--account",
        "kag",
        "--json",
    ])?)?;
    assert_eq!((copied["inserted"].as_u64(), copied["changed"].as_u64()), (Some(0), Some(0)));
    ensure!(copied["unchanged"].as_u64() > Some(1_143), "{copied}");
    Ok(())
}

#[tokio::test]
async fn five_broken_rows_are_named_and_nothing_is_loaded_unless_told() -> Result<()> {
    let home = Home::new().await?;
    home.must(&["setup"])?;
    let content = fs::read_to_string(format!("{EXAMPLES}/data/kag_conversion_data.csv"))?;
    let breaks = [(10, "not-a-date"), (200, "31-02-2023"), (300, "x"), (777, "-5"), (1_100, "1.5")];
    let lines: Vec<String> = content
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let Some((_, put)) = breaks.iter().find(|(number, _)| *number == index + 1) else {
                return line.to_owned();
            };
            let mut cells: Vec<&str> = line.split(',').collect();
            let column = if index < 250 { 0 } else { 7 };
            cells[column] = put;
            cells.join(",")
        })
        .collect();
    let file = write(&home, "broken.csv", &lines.join("\n"));
    let import = ["import", "metrics", &file, "--currency", "USD", "--account", "kag"];
    let refused = home.run(&import)?;
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr)?;
    for (number, _) in &breaks {
        ensure!(said.contains(&format!("line {number}:")), "line {number} is not named in:\n{said}");
    }
    ensure!(home.must(&["report"])?.contains("no numbers"), "nothing may be loaded");

    let rejects = home.folder.path().join("rejects.csv");
    home.must(&[&import as &[&str], &["--rejects", &rejects.to_string_lossy()]].concat())?;
    let rejected = fs::read_to_string(&rejects)?;
    ensure!(rejected.contains("not-a-date") && rejected.contains("31-02-2023"), "{rejected}");
    let totals = &home.report(&["--account", "kag"])?["sections"][0]["totals"];
    ensure!(totals["impressions"].as_i64() > Some(200_000_000), "{totals}");
    Ok(())
}

#[tokio::test]
async fn an_export_without_a_currency_is_refused_with_the_way_out() -> Result<()> {
    let home = Home::new().await?;
    home.must(&["setup"])?;
    let file = format!("{EXAMPLES}/data/kag_conversion_data.csv");
    let refused = home.run(&["import", "metrics", &file])?;
    assert_eq!(refused.status.code(), Some(2));
    ensure!(String::from_utf8(refused.stderr)?.contains("--currency"));
    Ok(())
}

#[tokio::test]
async fn a_report_is_written_as_one_page_that_needs_nothing_else() -> Result<()> {
    let home = Home::published(8).await?;
    home.sync()?;
    home.must(&["report", "--account", "act_1001", "--html", "page.html"])?;
    let page = fs::read_to_string(home.folder.path().join("page.html"))?;
    ensure!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg") && page.contains("Spring sale"));
    ensure!(!page.contains("src=\"http") && !page.contains("href=\"http") && !page.contains("@import"));
    ensure!(!page.contains('#') || !page.contains("Spring sale #"), "markers are not for readers");
    let csv = home.must(&["report", "--account", "act_1001", "--csv"])?;
    ensure!(csv.lines().count() > 10);
    Ok(())
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_written() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can mount a small disk");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let disk = folder.path().join("disk");
    fs::create_dir(&disk)?;
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=200m,mode=755", "tmpfs"])
        .arg(&disk)
        .status()?;
    if !mounted.success() {
        eprintln!("skipped: this machine does not permit to mount a small disk");
        return Ok(());
    }
    open_to_others(folder.path())?;
    let home = Home { folder, data_dir: disk.join("data"), database: None };
    let outcome = on_a_full_disk(&home, &disk);
    // Whatever came out, the disk goes.
    Command::new("umount").arg("--lazy").arg(&disk).status()?;
    outcome
}

fn on_a_full_disk(home: &Home, disk: &Path) -> Result<()> {
    home.publish()?;
    home.must(&["sandbox", "advance", "--days", "30"])?;
    let ballast = disk.join("ballast");
    let room = rustix::fs::statvfs(disk)?;
    fs::File::create(&ballast)?;
    let kept = 1 << 20;
    let length = (room.f_bavail * room.f_frsize).saturating_sub(kept);
    let filled = Command::new("fallocate").args(["-l", &length.to_string()]).arg(&ballast).status()?;
    ensure!(filled.success(), "the disk could not be filled");
    let refused = home.run(&["sync"])?;
    ensure!(!refused.status.success(), "a sync on a full disk cannot succeed");

    fs::remove_file(&ballast)?;
    let reads = home.sync()?;
    for read in &reads {
        // A kind of numbers was taken in whole or not at all, so it is either there already or all new.
        let (inserted, unchanged) = (read["inserted"].as_u64().unwrap(), read["unchanged"].as_u64().unwrap());
        ensure!(inserted == 0 || unchanged == 0, "half of it was written: {read}");
    }
    ensure!(total(&reads, "inserted") > 0, "the full disk stopped nothing: {reads:?}");
    let report = home.report(&["--account", "act_1001"])?;
    assert_eq!(over(&report, "ad", "spend"), decimal(&report["sections"][0]["totals"]["spend"]));
    Ok(())
}

/// PostgreSQL runs as another user, who must be able to reach its folder.
fn open_to_others(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?)
}
