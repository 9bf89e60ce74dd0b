//! Pictures and videos over HTTP: what comes in, what stays, what goes out.

use super::served::{Answer, Served};
use anyhow::{Context, Result, ensure};
use placard_store::tenant::Role;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One of the example campaign's pictures.
const PICTURE: &[u8] = include_bytes!("../../../../../examples/images/lake.png");

/// The same with a comment in it, by which it is another file.
fn commented(text: &str) -> Vec<u8> {
    let named = [b"tEXt", text.as_bytes()].concat();
    let sum = named.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    });
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&PICTURE[..33], &length, &named, &(!sum).to_be_bytes(), &PICTURE[33..]].concat()
}

async fn upload(served: &Served, token: &str, name: &str, content: Vec<u8>) -> Result<Answer> {
    let form = Form::new().part("file", Part::bytes(content).file_name(name.to_owned()));
    served.submit("/assets", token, form).await
}

async fn admin(served: &Served) -> Result<String> {
    let (_, token) = served.member(served.installation.tenant.id, "a@example.com", Role::Operator).await?;
    Ok(token)
}

fn id_of(added: &Value) -> Result<String> {
    Ok(added["asset"]["id"].as_str().context("no id")?.to_owned())
}

fn files_in(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files_in(&entry.path()) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_in_and_comes_out_without_its_notes() -> Result<()> {
    let served = Served::open().await?;
    let token = admin(&served).await?;
    let get = async |path: String| served.call("GET", &path, Some(&token), None).await;
    let added = upload(&served, &token, "Lake.png", commented("Author\0Jane")).await?;
    ensure!(added.status == 201, "{added:?}");
    let added = added.json();
    assert_eq!((&added["outcome"], &added["removed"][0]), (&"added".into(), &"comments".into()));
    assert_eq!(added["asset"]["media_type"], "image/png");

    // Without the comment it is what is there by now.
    let again = upload(&served, &token, "other.png", PICTURE.to_vec()).await?;
    assert_eq!((again.status, &again.json()["outcome"]), (200, &"there".into()));
    let id = id_of(&added)?;
    assert_eq!(id_of(&again.json())?, id);

    let shown = get(format!("/assets/{id}")).await?.good()?;
    let fitness = shown["fitness"].as_array().context("no table")?;
    ensure!(fitness.iter().any(|one| one["platform"] == "google" && one["placement"] == "Logo"), "{shown}");
    let listed = get("/assets?kind=image&text=lake".to_owned()).await?.good()?;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        get("/assets?kind=video".to_owned()).await?.good()?["items"].as_array().map(Vec::len),
        Some(0)
    );
    let thumbnail = get(format!("/assets/{id}/thumbnail")).await?;
    assert_eq!((thumbnail.status, &thumbnail.headers["content-type"]), (200, &"image/jpeg".parse()?));

    let url = get(format!("/assets/{id}/url")).await?.good()?["url"].as_str().context("no url")?.to_owned();
    let path = url.strip_prefix("/api/v1").context("not of this server")?.to_owned();
    let whole = served.fetch(&path, None).await?;
    ensure!(whole.1 == PICTURE, "{} bytes came back", whole.1.len());
    let part = served.fetch(&path, Some("bytes=1-3")).await?;
    assert_eq!((part.0, part.1.as_slice()), (206, b"PNG".as_slice()));
    let expires = path.split("expires=").nth(1).and_then(|rest| rest.split('&').next()).context("no end")?;
    let longer = path.replace(expires, &format!("{expires}0"));
    assert_eq!(served.fetch(&longer, None).await?.0, 404);

    assert_eq!(served.call("DELETE", &format!("/assets/{id}"), Some(&token), None).await?.status, 204);
    assert_eq!(served.fetch(&path, None).await?.0, 404);
    assert_eq!(get("/assets".to_owned()).await?.good()?["items"].as_array().map(Vec::len), Some(0));
    served.call("POST", &format!("/assets/{id}/restore"), Some(&token), None).await?.good()?;
    assert_eq!(served.fetch(&path, None).await?.0, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_files_that_come_at_once_are_one_asset() -> Result<()> {
    let served = Served::open().await?;
    let token = admin(&served).await?;
    let send = || upload(&served, &token, "lake.png", PICTURE.to_vec());
    let (one, two, three, four) = tokio::try_join!(send(), send(), send(), send())?;
    let mut statuses: Vec<_> = [&one, &two, &three, &four].iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 201]);
    let ids = [id_of(&one.json())?, id_of(&two.json())?, id_of(&three.json())?, id_of(&four.json())?];
    ensure!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hostile_or_no_file_is_refused_in_words_and_leaves_nothing() -> Result<()> {
    let served = Served::open().await?;
    let token = admin(&served).await?;
    let archive = [PICTURE, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"].concat();
    for (name, content, expected) in [
        ("lake.jpg", PICTURE.to_vec(), "this is said to be JPEG, but its content is PNG"),
        ("lake.png", archive, "it ends as a ZIP archive"),
        ("page.png", b"<html><script>".to_vec(), "this is no JPEG, PNG, GIF, WebP, MP4, MOV or PDF file"),
        ("cut.png", PICTURE[..PICTURE.len() / 2].to_vec(), "this PNG file is damaged: it ends early"),
    ] {
        let answer = upload(&served, &token, name, content).await?;
        ensure!(answer.status == 422 && answer.text.contains(expected), "{name}: {answer:?}");
    }
    let nothing = served.submit("/assets", &token, Form::new().text("name", "x")).await?;
    ensure!(nothing.status == 422, "{nothing:?}");
    let file = Part::bytes(PICTURE).file_name("lake.png");
    let more = served.submit("/assets", &token, Form::new().part("file", file).text("tag", "x")).await?;
    ensure!(more.status == 422 && more.text.contains("tag"), "{more:?}");
    assert_eq!(files_in(&served.installation.data_dir().join("assets/arriving")), 0);
    assert_eq!(files_in(&served.installation.data_dir().join("assets/objects")), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_breaks_off_leaves_nothing() -> Result<()> {
    let served = Served::open().await?;
    let token = admin(&served).await?;
    let arriving = served.installation.data_dir().join("assets/arriving");
    let mut stream = TcpStream::connect(served.address()).await?;
    let head = format!(
        "POST /api/v1/assets HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 100000\r\n\
         content-type: multipart/form-data; boundary=b\r\n\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"lake.png\"\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&PICTURE[..5_000]).await?;
    until(|| files_in(&arriving) == 1).await?;
    stream.shutdown().await?;
    let mut rest = Vec::new();
    // The server may answer or hang up.
    let _ = stream.read_to_end(&mut rest).await;
    until(|| files_in(&arriving) == 0).await?;
    assert_eq!(files_in(&served.installation.data_dir().join("assets/objects")), 0);
    let listed = served.call("GET", "/assets", Some(&token), None).await?.good()?;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_fetches_from_public_addresses_only() -> Result<()> {
    let served = Served::open().await?;
    let token = admin(&served).await?;
    let add = async |body: Value| served.call("POST", "/assets", Some(&token), Some(body)).await;
    let own = format!("http://{}/api/v1/health", served.address());
    for (url, why) in [
        (own.as_str(), "port"),
        ("http://127.0.0.1/x.png", "this machine itself"),
        ("http://169.254.169.254/latest/", "metadata service"),
        ("http://localhost/x.png", "private networks"),
        ("http://u:p@example.com/x.png", "password"),
        ("ftp://example.com/x.png", "http://"),
        ("nothing", "is no address"),
    ] {
        let answer = add(json!({"url": url})).await?;
        let told = answer.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
        ensure!(answer.status == 422 && told.contains(why), "{url}: {answer:?}");
    }
    let long = format!("https://example.com/{}", "x".repeat(2_000));
    assert_eq!(add(json!({"url": long})).await?.status, 422);
    assert_eq!(add(json!({"url": "https://example.com/", "name": "x"})).await?.status, 422);
    assert_eq!(add(json!({"url": "x".repeat(70_000)})).await?.status, 413);
    assert_eq!(files_in(&served.installation.data_dir().join("assets/arriving")), 0);
    assert_eq!(files_in(&served.installation.data_dir().join("assets/objects")), 0);

    let added = upload(&served, &token, "lake.png", PICTURE.to_vec()).await?.good()?;
    let id = id_of(&added)?;
    let refresh = served.call("POST", &format!("/assets/{id}/refresh"), Some(&token), None).await?;
    ensure!(refresh.status == 409 && refresh.text.contains("was not fetched from anywhere"), "{refresh:?}");
    let (_, stranger) = served.tenant("mallory").await?;
    let refresh = served.call("POST", &format!("/assets/{id}/refresh"), Some(&stranger), None).await?;
    assert_eq!(refresh.status, 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_purged_is_named_and_not_given_out() -> Result<()> {
    let served = Served::open().await?;
    let token = admin(&served).await?;
    let id = id_of(&upload(&served, &token, "lake.png", PICTURE.to_vec()).await?.good()?)?;
    let call = async |method: &str, path: &str| {
        served.call(method, &format!("/assets/{id}{path}"), Some(&token), None).await
    };
    assert_eq!(call("DELETE", "").await?.status, 204);
    served.installation.must(&["assets", "purge", "--older-than", "0"]).await?;
    let shown = call("GET", "").await?.good()?;
    ensure!(shown["asset"]["name"] == "lake.png" && shown["asset"]["purged_at"].is_string(), "{shown}");
    assert_eq!((call("GET", "/url").await?.status, call("GET", "/thumbnail").await?.status), (404, 404));
    let restored = call("POST", "/restore").await?;
    ensure!(restored.status == 409 && restored.text.contains("add the file again"), "{restored:?}");
    let back = upload(&served, &token, "lake.png", PICTURE.to_vec()).await?;
    assert_eq!((back.status, &back.json()["outcome"]), (200, &"restored".into()));
    assert_eq!(call("GET", "/thumbnail").await?.status, 200);
    Ok(())
}

async fn until(holds: impl Fn() -> bool) -> Result<()> {
    for _ in 0..600 {
        if holds() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("it does not come to hold")
}
