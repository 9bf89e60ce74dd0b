//! The state file: the world survives a restart, a kill, and a torn last line.

use std::io::Write;
use std::path::Path;

use chrono::TimeDelta;
use placard_sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::support::{ACT, Bench};

fn config(path: &Path) -> SandboxConfig {
    SandboxConfig { state_file: Some(path.to_owned()), ..SandboxConfig::default() }
}

async fn picture(bench: &Bench) -> (Value, Value) {
    let insights = json!({ "level": "ad", "time_increment": 1, "date_preset": "this_month", "fields": "ad_id,spend,actions" });
    let mut world = bench.sandbox.world(None);
    world["clock"]["seq"] = json!(null);
    (world, bench.get(&format!("{ACT}/insights"), insights).await)
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let bench = Bench::with(config(&path)).await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    bench.advance(TimeDelta::days(3));
    let before = picture(&bench).await;
    let token = bench.token.clone();
    let seq = bench.sandbox.world(None)["clock"]["seq"].as_u64().unwrap();
    bench.sandbox.shutdown().await.unwrap();

    let mut again = Bench::with(config(&path)).await;
    again.token = token;
    assert_eq!(picture(&again).await, before);
    let next = again.campaign().await;
    assert!(next > tree.ad, "ids are not given out twice");
    assert!(again.sandbox.world(None)["clock"]["seq"].as_u64().unwrap() > seq - 2);
}

#[tokio::test]
async fn a_killed_sandbox_loses_at_most_a_torn_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let bench = Bench::with(config(&path)).await;
    let kept = bench.campaign().await;
    // What a killed process leaves is the file as it is, with half a line at worst.
    let copy = folder.path().join("copy.jsonl");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::OpenOptions::new()
        .append(true)
        .open(&copy)
        .unwrap()
        .write_all(b"{\"object\":{\"id\":\"12")
        .unwrap();
    let again = Bench::with(config(&copy)).await;
    assert_eq!(again.field(&kept, "name").await, "Autumn walks");
}

#[tokio::test]
async fn a_broken_line_inside_the_file_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    std::fs::write(&path, "{\"object\":{}}\n{}\n").unwrap();
    let error = placard_sandbox::start(config(&path)).await.err().unwrap();
    assert!(format!("{error:#}").contains("line 1"), "{error:#}");
}
