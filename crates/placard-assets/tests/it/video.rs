use crate::files::{Video, boxed, inspect};
use placard_assets::content::Removed;
use placard_domain::asset::{AssetDetails, MediaType, PixelSize, VideoDetails};

fn details(content: &[u8]) -> VideoDetails {
    match inspect(content, None).unwrap().0.details {
        AssetDetails::Video(video) => video,
        other => panic!("{other:?} is no video"),
    }
}

#[test]
fn a_video_is_known_by_its_boxes() {
    let expected = VideoDetails {
        size: PixelSize { width: 1080, height: 1920 },
        duration_ms: 15_000,
        codec: "avc1".to_owned(),
        audio: true,
    };
    assert_eq!(details(&Video::default().content()), expected);
    assert!(!details(&Video { audio: false, ..Video::default() }.content()).audio);
}

#[test]
fn a_video_that_was_filmed_upright_is_upright() {
    let video = Video { width: 1920, height: 1080, turned: true, ..Video::default() };
    assert_eq!(details(&video.content()).size, PixelSize { width: 1080, height: 1920 });
}

#[test]
fn a_video_may_be_described_at_its_end_and_be_called_mov() {
    let video = Video::default();
    let content =
        [boxed(b"ftyp", b"qt  \0\0\0\0qt  "), boxed(b"mdat", &[1; 64]), video.description()].concat();
    let (found, _) = inspect(&content, Some(MediaType::Mp4)).unwrap();
    assert_eq!(found.media, MediaType::Mov);
}

#[test]
fn where_a_video_was_filmed_is_blanked_and_nothing_moves() {
    let place = boxed(b"udta", &boxed(b"\xa9xyz", b"\0\x12\x15\xc7+48.2082+016.3738/"));
    let video = Video { notes: place, ..Video::default() };
    let content = video.content();
    let (found, left) = inspect(&content, None).unwrap();
    assert_eq!(Vec::from_iter(found.removed), [Removed::Location, Removed::Other]);
    assert!(!left.windows(8).any(|window| window == b"+48.2082"));
    assert_eq!(left.len(), content.len());
    assert_eq!(details(&left), details(&content));
    assert!(inspect(&left, None).unwrap().0.removed.is_empty());
}

#[test]
fn what_plays_nothing_is_refused_in_words() {
    let sound = boxed(b"moov", &[boxed(b"mvhd", &[1; 100])].concat());
    let start = boxed(b"ftyp", b"isom\0\0\0\0");
    let media = boxed(b"mdat", &[1; 64]);
    let open = Video { ms: 0, ..Video::default() }.content();
    for (content, expected) in [
        ([&start[..], &media].concat(), "this MP4 file is damaged: it does not describe itself"),
        ([&start[..], &sound, &media].concat(), "this MP4 file is damaged: it has no pictures, only sound"),
        (open, "this MP4 file is damaged: it does not say how long it is; export it as an ordinary MP4"),
    ] {
        assert_eq!(inspect(&content, None).unwrap_err().to_string(), expected);
    }
}
