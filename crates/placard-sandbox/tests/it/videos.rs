//! Videos at Meta: uploads, processing, thumbnails, and what may show them (Meta, `platforms/meta.md` §7).

use chrono::TimeDelta;
use placard_sandbox::SandboxConfig;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{ACT, Bench, ad, codes, with};

const MIB: usize = 1024 * 1024;

/// A file that begins as an MP4 does, of so many bytes that differ.
fn mp4(bytes: usize) -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    file.extend((0_u32..).flat_map(u32::to_be_bytes).take(bytes - file.len()));
    file
}

impl Bench {
    /// Sends a multipart call to the edge of videos: texts, and a file if there is one.
    async fn try_video(&self, texts: Value, file: Option<(&'static str, &[u8])>) -> Value {
        let mut form = Form::new().text("access_token", self.token.clone());
        for (name, value) in texts.as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(name.clone(), text);
        }
        if let Some((field, bytes)) = file {
            form = form.part(field, Part::bytes(bytes.to_vec()).file_name("clip.mp4"));
        }
        let url = self.url(&format!("{ACT}/advideos"));
        self.http.post(url).multipart(form).send().await.unwrap().json().await.unwrap()
    }

    async fn video(&self, title: &str) -> String {
        let made = self.try_video(json!({ "title": title }), Some(("source", &mp4(64)))).await;
        made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// Starts an upload in parts of `bytes` bytes.
    async fn session(&self, bytes: usize) -> Value {
        self.try_video(json!({ "upload_phase": "start", "file_size": bytes }), None).await
    }

    async fn part(&self, session: &Value, offset: usize, bytes: &[u8]) -> Value {
        let texts = json!({
            "upload_phase": "transfer", "upload_session_id": session["upload_session_id"], "start_offset": offset,
        });
        self.try_video(texts, Some(("video_file_chunk", bytes))).await
    }

    async fn end(&self, session: &Value, phase: &str, more: Value) -> Value {
        let texts = json!({ "upload_phase": phase, "upload_session_id": session["upload_session_id"] });
        self.try_video(with(texts, more), None).await
    }

    async fn titles(&self, params: Value) -> Vec<String> {
        let listed = self.get(&format!("{ACT}/advideos"), with(json!({ "fields": "title" }), params)).await;
        let rows = listed["data"].as_array().unwrap().iter();
        rows.map(|row| row["title"].as_str().unwrap().to_owned()).collect()
    }
}

/// A creative that shows `video` with a thumbnail.
fn creative(video: &str, hash: &str) -> Value {
    json!({ "name": "Boots", "object_story_spec": { "page_id": "2001", "video_data": {
        "video_id": video, "image_hash": hash, "title": "Good boots", "message": "Walk further.",
        "call_to_action": { "type": "SHOP_NOW", "value": { "link": "https://example.com/boots" } },
    } } })
}

#[tokio::test]
async fn a_video_arrives_whole_or_in_parts_and_is_the_same() {
    let bench = Bench::new().await;
    let file = mp4(2 * MIB + 7);
    let whole = bench.try_video(json!({ "title": "whole.mp4" }), Some(("source", &file))).await;
    assert!(whole["id"].is_string(), "{whole}");

    let session = bench.session(file.len()).await;
    assert_eq!((&session["start_offset"], &session["end_offset"]), (&json!("0"), &json!(MIB.to_string())));
    let next = bench.part(&session, 0, &file[..MIB]).await;
    assert_eq!(next, json!({ "start_offset": MIB.to_string(), "end_offset": (2 * MIB).to_string() }));
    bench.part(&session, MIB, &file[MIB..2 * MIB]).await;
    assert!(bench.titles(json!({})).await == ["whole.mp4"], "an unfinished upload is not listed");
    let done = bench.part(&session, 2 * MIB, &file[2 * MIB..]).await;
    assert_eq!(done["start_offset"], done["end_offset"]);
    assert_eq!(
        bench.end(&session, "finish", json!({ "title": "parts.mp4" })).await,
        json!({ "success": true })
    );
    assert_eq!(bench.titles(json!({})).await, ["parts.mp4", "whole.mp4"]);

    let world = bench.sandbox.world(None);
    let prints: Vec<&Value> =
        world["objects"].as_array().unwrap().iter().map(|one| &one["fields"]["fingerprint"]).collect();
    assert_eq!(prints[0], prints[1], "the bytes differ");
    assert_eq!(bench.end(&session, "finish", json!({})).await["error"]["code"], 100, "the session has ended");
}

#[tokio::test]
async fn another_offset_or_length_is_refused_with_the_part_that_is_wanted() {
    let bench = Bench::new().await;
    let file = mp4(2 * MIB);
    let session = bench.session(file.len()).await;
    for (offset, bytes) in [(MIB, &file[..MIB]), (0, &file[..MIB - 1]), (0, &file[..])] {
        let refused = bench.part(&session, offset, bytes).await;
        assert_eq!(codes(&refused), (6000, 1_363_037), "{refused}");
        let wanted = json!({ "start_offset": "0", "end_offset": MIB.to_string() });
        assert_eq!(refused["error"]["error_data"], wanted);
    }
    bench.part(&session, 0, &file[..MIB]).await;
    let again = bench.part(&session, 0, &file[..MIB]).await;
    assert_eq!(again["error"]["error_data"]["start_offset"], MIB.to_string(), "no part is taken twice");
    assert_eq!(codes(&bench.end(&session, "finish", json!({})).await).0, 6001, "half of it is missing");
    assert_eq!(bench.end(&session, "cancel", json!({})).await, json!({ "success": true }));
    assert_eq!(codes(&bench.part(&session, MIB, &file[MIB..]).await).0, 100, "it was cancelled");
}

#[tokio::test]
async fn what_is_no_video_is_refused_by_its_code() {
    let bench = Bench::new().await;
    let send =
        async |texts: Value, bytes: &[u8]| codes(&bench.try_video(texts, Some(("source", bytes))).await).0;
    assert_eq!(send(json!({}), b"GIF89a and more of that").await, 352);
    assert_eq!(send(json!({}), b"").await, 382);
    assert_eq!(send(json!({ "file_url": "https://example.com/a.mp4" }), &mp4(64)).await, 389);
    assert_eq!(send(json!({ "colour": "red" }), &mp4(64)).await, 100);
    assert_eq!(codes(&bench.try_video(json!({ "title": "x" }), None).await).0, 100, "no file");
    assert_eq!(codes(&bench.try_video(json!({ "upload_phase": "begin" }), None).await).0, 100);
    assert_eq!(codes(&bench.session(0).await).0, 382);
    let session = bench.session(20).await;
    bench.part(&session, 0, b"<html>no video</html>".get(..20).unwrap()).await;
    assert_eq!(codes(&bench.end(&session, "finish", json!({})).await).0, 352);
    assert!(bench.titles(json!({})).await.is_empty());
}

#[tokio::test]
async fn videos_are_listed_by_title_page_by_page() {
    let bench = Bench::new().await;
    for title in ["Boots.mp4", "tents.mp4", "old boots.mp4"] {
        bench.video(title).await;
    }
    assert_eq!(bench.titles(json!({ "title": "boots.mp4" })).await, ["old boots.mp4", "Boots.mp4"]);
    assert!(bench.titles(json!({ "title": "nothing" })).await.is_empty());
    let page = bench.get(&format!("{ACT}/advideos"), json!({ "limit": 2 })).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert!(page["paging"]["next"].is_string());
    let filtered = bench.try_get(&format!("{ACT}/advideos"), json!({ "filtering": "[]" })).await;
    assert_eq!(filtered.0, 400, "nothing says that this edge takes filters");
}

#[tokio::test]
async fn an_ad_waits_for_its_video_and_a_creative_for_its_thumbnail() {
    let config = SandboxConfig { in_process: TimeDelta::seconds(20), ..SandboxConfig::default() };
    let bench = Bench::with(config).await;
    let (video, hash) = (bench.video("clip.mp4").await, bench.image().await);
    let status = bench.field(&video, "status").await;
    assert_eq!((&status["video_status"], &status["processing_progress"]), (&json!("processing"), &json!(0)));
    let thumbnails = format!("{video}/thumbnails");
    assert_eq!(bench.get(&thumbnails, json!({})).await["data"], json!([]));

    let made = bench.create("adcreatives", creative(&video, &hash)).await;
    let (campaign, wait) = (bench.campaign().await, TimeDelta::seconds(20));
    let ad_set = bench.ad_set(&campaign).await;
    let (code, early) = bench.try_post(&format!("{ACT}/ads"), ad(&ad_set, &made)).await;
    assert_eq!((code, &early["error"]["error_user_title"]), (400, &json!("Video not ready")), "{early}");
    bench.advance(wait);
    assert_eq!(bench.field(&video, "status").await["video_status"], "ready");
    let rows = bench.get(&thumbnails, json!({})).await["data"].clone();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["is_preferred"]), (3, &json!(true)));
    bench.create("ads", ad(&ad_set, &made)).await;
    let read = bench.get(&made, json!({ "fields": "video_id,object_type,image_hash,title,body" })).await;
    assert_eq!((&read["video_id"], &read["object_type"]), (&json!(video), &json!("VIDEO")));

    let data = |changes: Value| {
        let mut spec = creative(&video, &hash);
        spec["object_story_spec"]["video_data"] =
            with(spec["object_story_spec"]["video_data"].clone(), changes);
        spec
    };
    for (changes, field) in [
        (json!({ "image_hash": null }), "image_hash"),
        (json!({ "image_url": "clip" }), "image_url"),
        (json!({ "video_id": null }), "video_id"),
        (json!({ "video_id": "120210000000009999" }), "video_id"),
        (json!({ "link": "https://example.com" }), "link"),
    ] {
        let (code, refused) = bench.try_post(&format!("{ACT}/adcreatives"), data(changes.clone())).await;
        let blamed = refused["error"]["error_data"]["blame_field_specs"][0].as_array().unwrap();
        assert_eq!((code, blamed.last().unwrap()), (400, &json!(field)), "{changes}: {refused}");
    }
    let nowhere = bench.create("adcreatives", data(json!({ "call_to_action": null }))).await;
    let (_, refused) = bench.try_post(&format!("{ACT}/ads"), ad(&ad_set, &nowhere)).await;
    assert_eq!(codes(&refused), (100, 2_446_383), "it leads nowhere: {refused}");
}

#[tokio::test]
async fn videos_and_uploads_under_way_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let config = || SandboxConfig { state_file: Some(path.clone()), ..SandboxConfig::default() };
    let bench = Bench::with(config()).await;
    let file = mp4(MIB + 5);
    bench.video("kept.mp4").await;
    let session = bench.session(file.len()).await;
    bench.part(&session, 0, &file[..MIB]).await;
    let token = bench.token.clone();
    bench.sandbox.shutdown().await.unwrap();

    let mut again = Bench::with(config()).await;
    again.token = token;
    assert_eq!(again.titles(json!({})).await, ["kept.mp4"]);
    again.part(&session, MIB, &file[MIB..]).await;
    assert_eq!(
        again.end(&session, "finish", json!({ "title": "late.mp4" })).await,
        json!({ "success": true })
    );
    assert_eq!(again.titles(json!({})).await, ["late.mp4", "kept.mp4"]);
}
