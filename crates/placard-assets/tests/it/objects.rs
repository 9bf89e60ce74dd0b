//! One contract, held to a folder and to a bucket.

use crate::{
    files::files_in,
    moto::{Moto, client},
};
use bytes::Bytes;
use chrono::{TimeDelta, TimeZone, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use placard_assets::objects::{
    ArchiveKey, ObjectError, ObjectKey, Objects, Part, SignedPath, SignedUrl, UrlSigner,
};
use placard_domain::{
    TenantId,
    asset::{ContentHash, MediaType},
};
use std::{io, path::Path, time::Duration};
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

fn key(tenant: u128, hash: &str) -> ObjectKey {
    ObjectKey::new(
        TenantId(Uuid::from_u128(tenant)),
        ContentHash::parse(&hash.repeat(32)).unwrap(),
        Part::Original,
    )
}

/// Content that differs everywhere, in pieces of a size that no part has.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn pieces(content: &[u8]) -> Vec<io::Result<Bytes>> {
    content.chunks(300_001).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect()
}

async fn put(objects: &Objects, key: &ObjectKey, content: &[u8], limit: usize) -> Result<u64, ObjectError> {
    objects.put(key, MediaType::Png, stream::iter(pieces(content)), limit as u64).await
}

async fn read(
    objects: &Objects,
    key: &ObjectKey,
    range: Option<std::ops::Range<u64>>,
) -> Result<Vec<u8>, ObjectError> {
    let reading = objects.get(key, range).await?;
    let pieces: Vec<Bytes> = reading.content.try_collect().await?;
    Ok(pieces.concat())
}

async fn holds_the_contract(objects: &Objects) {
    for (hash, length) in [("01", 0), ("02", 5), ("03", 8 * MIB), ("04", 20 * MIB + 7)] {
        let (key, content) = (key(1, hash), content(length));
        assert_eq!(put(objects, &key, &content, length).await.unwrap(), length as u64);
        assert_eq!(objects.size(&key).await.unwrap(), length as u64);
        assert!(read(objects, &key, None).await.unwrap() == content, "{length} bytes come back");
        if length > 4 {
            assert_eq!(read(objects, &key, Some(1..4)).await.unwrap(), content[1..4]);
            let end = length as u64;
            assert_eq!(read(objects, &key, Some(end - 2..end + 9)).await.unwrap(), content[length - 2..]);
            assert!(matches!(read(objects, &key, Some(end..end + 1)).await, Err(ObjectError::NoSuchRange)));
        }
        if let Some(limit) = length.checked_sub(1) {
            let limited = put(objects, &self::key(1, "ee"), &content, limit).await;
            assert!(matches!(limited, Err(ObjectError::TooLarge { .. })), "{limited:?}");
            assert!(matches!(objects.size(&self::key(1, "ee")).await, Err(ObjectError::NotFound)));
        }
    }
    let (one, other) = (key(1, "02"), key(2, "02"));
    assert!(matches!(read(objects, &other, None).await, Err(ObjectError::NotFound)), "another tenant's");
    put(objects, &one, b"replaced", 9).await.unwrap();
    assert_eq!(read(objects, &one, None).await.unwrap(), b"replaced");
    objects.delete(&one).await.unwrap();
    objects.delete(&one).await.unwrap();
    assert!(matches!(read(objects, &one, None).await, Err(ObjectError::NotFound)));
    keeps_an_archive(objects).await;
    tells_and_discards_contents(objects).await;
}

/// What is there of a tenant is told content by content, and goes whole; the archive is none of it.
async fn tells_and_discards_contents(objects: &Objects) {
    let tenant = key(3, "01").tenant;
    assert_eq!(objects.contents_of(tenant).await.unwrap(), []);
    let begun = Utc::now();
    for (hash, part, length) in [
        ("0a", Part::Thumbnail, 3),
        ("0a", Part::Original, 20),
        ("0b", Part::Original, 5),
        ("0c", Part::Thumbnail, 7),
    ] {
        let key = ObjectKey { part, ..key(3, hash) };
        put(objects, &key, &content(length), length).await.unwrap();
    }
    let file = ArchiveKey { tenant, hash: key(3, "0d").hash };
    objects.archive(&file, Bytes::from_static(b"x")).await.unwrap();
    put(objects, &key(4, "0a"), b"another tenant's", 99).await.unwrap();
    let told = async || {
        let found = objects.contents_of(tenant).await.unwrap();
        // Some stores tell no fractions of a second.
        assert!(found.iter().all(|content| content.written_at > begun - TimeDelta::seconds(2)));
        found
            .into_iter()
            .map(|content| (content.hash.as_str()[..2].to_owned(), content.bytes))
            .collect::<Vec<_>>()
    };
    let told_as = |wanted: &[(&str, u64)]| {
        wanted.iter().map(|(hash, bytes)| ((*hash).to_owned(), *bytes)).collect::<Vec<_>>()
    };
    assert_eq!(told().await, told_as(&[("0a", 23), ("0b", 5), ("0c", 7)]));
    for hash in ["0a", "0c", "0a"] {
        objects.discard(tenant, &key(3, hash).hash).await.unwrap();
    }
    assert_eq!(told().await, told_as(&[("0b", 5)]));
    assert!(objects.archived(&file).await.is_ok());
    assert_eq!(objects.contents_of(key(4, "0a").tenant).await.unwrap().len(), 1);
}

/// Files of the archive are found by their tenant alone, among nothing else.
async fn keeps_an_archive(objects: &Objects) {
    let file = |tenant, hash| {
        let ObjectKey { tenant, hash, .. } = key(tenant, hash);
        ArchiveKey { tenant, hash }
    };
    let (one, two, others) = (file(1, "0a"), file(1, "0b"), file(2, "0a"));
    assert_eq!(objects.archive_of(one.tenant).await.unwrap(), []);
    for file in [&one, &two, &others] {
        objects.archive(file, Bytes::from(file.hash.to_string())).await.unwrap();
    }
    put(objects, &key(1, "0c"), b"an asset beside", 99).await.unwrap();
    let mut found = objects.archive_of(one.tenant).await.unwrap();
    found.sort_by_key(|file| file.hash.to_string());
    assert_eq!(found, [one.clone(), two.clone()]);
    assert_eq!(objects.archived(&two).await.unwrap(), two.hash.as_str());
    let address = format!("{}/archive/{}.parquet", one.tenant, one.hash);
    assert!(address.parse::<ObjectKey>().is_err(), "no address leads there");
    for file in [&one, &two, &one] {
        objects.unarchive(file).await.unwrap();
    }
    assert!(matches!(objects.archived(&one).await, Err(ObjectError::NotFound)));
    assert_eq!(objects.archive_of(one.tenant).await.unwrap(), []);
    assert_eq!(objects.archive_of(others.tenant).await.unwrap(), [others]);
}

/// An upload that fails after `length` bytes.
async fn put_cut(objects: &Objects, key: &ObjectKey, length: usize) -> Result<u64, ObjectError> {
    let mut pieces = pieces(&content(length));
    pieces.push(Err(io::ErrorKind::ConnectionReset.into()));
    objects.put(key, MediaType::Png, stream::iter(pieces), u64::MAX).await
}

/// An upload whose sender says nothing more after `length` bytes, and for which nobody waits any longer.
async fn put_abandoned(objects: &Objects, key: &ObjectKey, length: usize) {
    let (arrived, all_arrived) = tokio::sync::oneshot::channel();
    let last = stream::once(async {
        let _ = arrived.send(());
        std::future::pending().await
    });
    let content = stream::iter(pieces(&content(length))).chain(last);
    tokio::select! {
        _ = objects.put(key, MediaType::Png, content, u64::MAX) => panic!("it ended"),
        _ = all_arrived => {}
    }
}

fn local(folder: &Path) -> Objects {
    Objects::local(&folder.join("objects"), UrlSigner::new(vec![7; 32].into())).unwrap()
}

/// Waits until `left` says that nothing is left; what was abandoned is cleared up behind the one who left.
async fn until_nothing<F: Future<Output = bool>>(left: impl Fn() -> F) {
    for _ in 0..600 {
        if left().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("something stays");
}

#[tokio::test]
async fn a_folder_holds_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    holds_the_contract(&local(folder.path())).await;
}

#[tokio::test]
async fn a_bucket_holds_the_contract() {
    let moto = Moto::start().await;
    holds_the_contract(&moto.objects()).await;
}

#[tokio::test]
async fn what_does_not_arrive_whole_leaves_nothing_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let objects = local(folder.path());
    for length in [0, 5, 20 * MIB] {
        assert!(matches!(put_cut(&objects, &key(1, "aa"), length).await, Err(ObjectError::Cut(_))));
        put_abandoned(&objects, &key(1, "aa"), length).await;
        until_nothing(|| async { files_in(folder.path()) == 0 }).await;
    }
}

#[tokio::test]
async fn what_does_not_arrive_whole_leaves_nothing_in_a_bucket() {
    let moto = Moto::start().await;
    let objects = moto.objects();
    for length in [0, 5, 20 * MIB] {
        assert!(matches!(put_cut(&objects, &key(1, "aa"), length).await, Err(ObjectError::Cut(_))));
        put_abandoned(&objects, &key(1, "aa"), length).await;
        until_nothing(|| async { !moto.list("uploads").await.contains("<UploadId>") }).await;
        assert!(!moto.list("list-type=2").await.contains("<Key>"));
    }
}

#[tokio::test]
async fn what_a_killed_upload_left_in_a_folder_is_cleared_once_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let objects = local(folder.path());
    put(&objects, &key(1, "aa"), b"whole", 9).await.unwrap();
    let tenant = key(1, "aa").tenant;
    let beside = folder.path().join(format!("objects/{}", key(1, "aa"))).with_file_name("original#1");
    std::fs::write(&beside, b"half").unwrap();
    let now = Utc::now();
    assert_eq!(
        objects.clear_unfinished(tenant, now - TimeDelta::days(1)).await.unwrap(),
        0,
        "it may be under way"
    );
    assert_eq!(objects.clear_unfinished(key(2, "aa").tenant, now + TimeDelta::days(1)).await.unwrap(), 0);
    assert_eq!(objects.clear_unfinished(tenant, now + TimeDelta::days(1)).await.unwrap(), 1);
    assert!(!beside.exists());
    assert_eq!(read(&objects, &key(1, "aa"), None).await.unwrap(), b"whole");
}

#[tokio::test]
async fn a_signed_address_of_a_bucket_needs_no_key() {
    let moto = Moto::start().await;
    let objects = moto.objects();
    put(&objects, &key(1, "aa"), b"hello", 5).await.unwrap();
    let signed = objects.signed_url(&key(1, "aa"), Utc::now(), Duration::from_secs(60)).await.unwrap();
    let SignedUrl::Store(address) = signed else { panic!("{signed:?}") };
    assert!(address.query().unwrap().contains("X-Amz-Signature="), "{address}");
    let answer = client().get(address).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert_eq!(answer.bytes().await.unwrap(), "hello");
}

#[tokio::test]
async fn a_signed_path_opens_one_object_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let objects = local(folder.path());
    let (key, now) = (key(1, "aa"), Utc.with_ymd_and_hms(2026, 5, 1, 12, 0, 0).unwrap());
    let signed = objects.signed_url(&key, now, Duration::from_secs(60)).await.unwrap();
    let SignedUrl::Api(path) = signed else { panic!("{signed:?}") };
    assert_eq!(objects.open_signed(&path, now + TimeDelta::seconds(59)), Some(key.clone()));
    assert_eq!(objects.open_signed(&path, now + TimeDelta::seconds(60)), None, "too late");
    let longer = SignedPath { expires: path.expires + 1, ..path.clone() };
    assert_eq!(objects.open_signed(&longer, now), None);
    let other = SignedPath { key: self::key(2, "aa").to_string(), ..path.clone() };
    assert_eq!(objects.open_signed(&other, now), None);
    let elsewhere = Objects::local(folder.path(), UrlSigner::new(vec![8; 32].into())).unwrap();
    assert_eq!(elsewhere.open_signed(&path, now), None, "another installation's secret");
}

#[test]
fn processes_that_start_at_once_sign_with_one_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing-key");
    std::thread::scope(|scope| {
        for byte in 0..8 {
            let path = &path;
            scope.spawn(move || UrlSigner::kept_at(path, &vec![byte; 32].into()).unwrap());
        }
    });
    let secret = std::fs::read(&path).unwrap();
    assert!(secret.len() == 32 && secret.iter().all(|byte| *byte == secret[0]));
    UrlSigner::kept_at(&path, &vec![99; 32].into()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), secret);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
