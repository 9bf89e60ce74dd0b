use crate::files::{Video, files_in, pack, picture};
use bytes::Bytes;
use futures::{StreamExt, stream};
use image::ImageFormat;
use placard_assets::{
    Intake, IntakeError,
    content::Refusal,
    objects::{ObjectError, ObjectKey, Objects, Part, UrlSigner},
};
use placard_domain::{TenantId, asset::MediaType};
use std::{io, path::Path, process::Command, sync::Arc};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(7));

fn intake(folder: &Path) -> (Intake, Arc<Objects>) {
    let objects = Objects::local(&folder.join("objects"), UrlSigner::new(vec![7; 32].into())).unwrap();
    let objects = Arc::new(objects);
    (Intake::new(Arc::clone(&objects), folder.join("arriving")).unwrap(), objects)
}

fn pieces(content: &[u8]) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + use<> {
    let pieces: Vec<_> = content.chunks(1000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

#[tokio::test]
async fn what_is_taken_in_lies_under_its_tenant_and_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let (intake, objects) = intake(folder.path());
    let content = pack(&picture(1, 800, 600), ImageFormat::Png);
    let received = intake.receive(pieces(&content), Some(MediaType::Png)).await.unwrap();
    assert_eq!(files_in(&folder.path().join("objects")), 0, "looked at before it is stored");
    let (facts, _) = intake.store(TENANT, received).await.unwrap();
    assert_eq!(facts.bytes, content.len() as u64);
    let key = |part| ObjectKey::new(TENANT, facts.hash.clone(), part);
    assert_eq!(objects.size(&key(Part::Original)).await.unwrap(), facts.bytes);
    assert!(objects.size(&key(Part::Thumbnail)).await.unwrap() < facts.bytes);
    assert_eq!(files_in(&folder.path().join("arriving")), 0);

    let again = intake.receive(pieces(&content), None).await.unwrap();
    assert_eq!(again.facts, facts, "the same bytes are the same asset");
}

#[tokio::test]
async fn what_is_refused_or_cut_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (intake, _) = intake(folder.path());
    let content = Video::default().content();
    let refused = intake.receive(pieces(&content), Some(MediaType::Png)).await;
    assert!(matches!(refused, Err(IntakeError::Refused(Refusal::Mismatch { .. }))), "{refused:?}");
    let cut = pieces(&content).chain(stream::iter([Err(io::ErrorKind::ConnectionReset.into())]));
    let cut = intake.receive(cut, None).await;
    assert!(matches!(cut, Err(IntakeError::Object(ObjectError::Cut(_)))), "{cut:?}");
    drop(intake.receive(pieces(&content), None).await.unwrap());
    assert_eq!(files_in(&folder.path().join("arriving")), 0);
    assert_eq!(files_in(&folder.path().join("objects")), 0);
}

const TINY: &str = "PLACARD_TEST_TINY";

/// Runs itself again where `TINY` is a disk of one megabyte, which only a process in a room of its own can mount.
#[tokio::test]
async fn a_full_disk_is_told_as_one_and_keeps_nothing() {
    let Some(disk) = std::env::var_os(TINY) else {
        let disk = tempfile::tempdir().unwrap();
        let script = format!("mount -t tmpfs -o size=1m tmpfs \"${TINY}\" && exec \"$0\" \"$@\"");
        let name = "intake::a_full_disk_is_told_as_one_and_keeps_nothing";
        let status = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(TINY, disk.path())
            .status()
            .unwrap();
        assert!(status.success(), "on the small disk it failed");
        return;
    };
    let disk = Path::new(&disk);
    let (intake, objects) = intake(disk);
    let zeros = || stream::iter((0..3000).map(|_| Ok(Bytes::from_static(&[0; 1000]))));
    let received = intake.receive(zeros(), None).await;
    assert!(matches!(received, Err(IntakeError::Full(_))), "{received:?}");
    assert_eq!(files_in(&disk.join("arriving")), 0);

    let hash = placard_domain::asset::ContentHash::parse(&"ab".repeat(32)).unwrap();
    let key = ObjectKey::new(TENANT, hash, Part::Original);
    let stored = objects.put(&key, MediaType::Mp4, zeros(), u64::MAX).await;
    assert!(matches!(stored, Err(ObjectError::Full(_))), "{stored:?}");
    assert!(matches!(objects.size(&key).await, Err(ObjectError::NotFound)));
    assert_eq!(files_in(&disk.join("objects")), 0);
}
