use crate::files::{
    PDF, chunk, exif, image_of, inspect, jpeg, pack, picture, segment, with_chunks, with_segments,
};
use image::{
    Delay, DynamicImage, Frame, ImageFormat, Rgba, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
};
use placard_assets::content::{LONGEST_THUMBNAIL, Refusal, Removed};
use placard_domain::asset::{AssetDetails, MediaType, PixelSize};

const FORMATS: [(ImageFormat, MediaType); 4] = [
    (ImageFormat::Jpeg, MediaType::Jpeg),
    (ImageFormat::Png, MediaType::Png),
    (ImageFormat::Gif, MediaType::Gif),
    (ImageFormat::WebP, MediaType::Webp),
];

#[test]
fn a_picture_is_known_by_its_content() {
    for (format, media) in FORMATS {
        let content = pack(&picture(1, 400, 300), format);
        let (found, left) = inspect(&content, None).unwrap();
        let details = image_of(&found);
        assert_eq!(found.media, media);
        assert_eq!(details.size, PixelSize { width: 400, height: 300 }, "{media}");
        assert_eq!((details.alpha, details.animated, details.orientation), (false, false, 1), "{media}");
        assert!(found.removed.is_empty(), "{media}: {:?}", found.removed);
        assert_eq!(left, content, "{media}: nothing was to be taken out");
    }
}

#[test]
fn a_document_is_known_by_its_content() {
    let (found, left) = inspect(PDF, Some(MediaType::Pdf)).unwrap();
    assert_eq!((found.media, found.details), (MediaType::Pdf, AssetDetails::Document));
    assert_eq!(left, PDF);
}

#[test]
fn a_file_that_is_not_what_it_is_said_to_be_is_refused() {
    let content = pack(&picture(1, 40, 30), ImageFormat::Png);
    let refusal = inspect(&content, MediaType::promised_by("holiday.JPG")).unwrap_err();
    assert_eq!(refusal.to_string(), "this is said to be JPEG, but its content is PNG");
}

#[test]
fn where_a_photograph_was_taken_is_removed_and_which_way_up_it_is_stays() {
    let plain = jpeg(&picture(1, 400, 300), 90);
    let notes = [b"Exif\0\0".as_slice(), &exif(6)].concat();
    let segments = [
        segment(0xe1, &notes),
        segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Jane</x:xmpmeta>"),
        segment(0xed, b"Photoshop 3.0\08BIM Jane"),
        segment(0xfe, b"made by Jane"),
    ];
    let (found, left) = inspect(&with_segments(&plain, &segments), None).unwrap();
    let details = image_of(&found);
    assert_eq!(details.orientation, 6);
    assert_eq!(details.size, PixelSize { width: 300, height: 400 }, "as it is seen");
    assert_eq!(
        Vec::from_iter(found.removed),
        [Removed::Exif, Removed::Location, Removed::Xmp, Removed::Iptc, Removed::Comment]
    );
    for word in [b"Jane".as_slice(), b"ACME"] {
        assert!(!left.windows(word.len()).any(|window| window == word));
    }
    let (again, same) = inspect(&left, None).unwrap();
    assert_eq!(image_of(&again).orientation, 6);
    assert!(again.removed.is_empty());
    assert_eq!(same, left, "what was cleaned once stays as it is");
}

#[test]
fn notes_in_a_png_are_removed_and_which_way_up_it_is_stays() {
    let plain = pack(&picture(1, 400, 300), ImageFormat::Png);
    let chunks = [chunk(*b"tEXt", b"Author\0Jane"), chunk(*b"eXIf", &exif(8)), chunk(*b"tIME", &[0; 7])];
    let (found, left) = inspect(&with_chunks(&plain, &chunks), None).unwrap();
    assert_eq!(image_of(&found).size, PixelSize { width: 300, height: 400 });
    let removed = [Removed::Exif, Removed::Location, Removed::Comment, Removed::Other];
    assert_eq!(Vec::from_iter(found.removed), removed);
    let (again, same) = inspect(&left, None).unwrap();
    assert_eq!((image_of(&again).orientation, same), (8, left));
}

#[test]
fn notes_in_a_webp_are_removed_and_which_way_up_it_is_stays() {
    let plain = pack(&picture(1, 400, 300), ImageFormat::WebP);
    let riff = |name: &[u8; 4], body: &[u8]| {
        let padding = vec![0; body.len() % 2];
        [&name[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), body, &padding].concat()
    };
    // Extended: with camera notes and editing history, 400×300.
    let extended = riff(b"VP8X", &[0x0c, 0, 0, 0, 0x8f, 1, 0, 0x2b, 1, 0]);
    let notes = [riff(b"EXIF", &exif(3)), riff(b"XMP ", b"<x:xmpmeta>Jane</x:xmpmeta>")].concat();
    let inside = [b"WEBP", &extended[..], &plain[12..], &notes].concat();
    let (found, left) = inspect(&riff(b"RIFF", &inside), None).unwrap();
    assert_eq!(image_of(&found).orientation, 3);
    assert_eq!(Vec::from_iter(found.removed), [Removed::Exif, Removed::Location, Removed::Xmp]);
    let (again, same) = inspect(&left, None).unwrap();
    assert_eq!((image_of(&again).orientation, again.removed.len(), same), (3, 0, left));
}

#[test]
fn an_appended_preview_that_the_camera_announced_is_cut_off() {
    let plain = jpeg(&picture(1, 400, 300), 90);
    let announced = with_segments(&plain, &[segment(0xe2, b"MPF\0II*\0")]);
    let (found, left) = inspect(&[&announced[..], &plain].concat(), None).unwrap();
    assert!(found.removed.contains(&Removed::Appendix));
    assert_eq!(left, plain);
}

#[test]
fn a_moving_picture_is_told_from_a_still_one() {
    let mut content = Vec::new();
    let mut encoder = GifEncoder::new(&mut content);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for seed in 1..4 {
        let frame = picture(seed, 60, 40).to_rgba8();
        encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(100, 1))).unwrap();
    }
    drop(encoder);
    let (found, left) = inspect(&content, None).unwrap();
    assert!(image_of(&found).animated);
    assert_eq!(left, content, "the number of rounds is no note");

    let still = pack(&picture(1, 60, 40), ImageFormat::Png);
    let moving = with_chunks(&still, &[chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0])]);
    assert!(image_of(&inspect(&moving, None).unwrap().0).animated);
}

#[test]
fn only_what_is_transparent_somewhere_counts_as_transparent() {
    let opaque = RgbaImage::from_pixel(50, 50, Rgba([9, 9, 9, 255]));
    let mut holed = opaque.clone();
    holed.put_pixel(3, 3, Rgba([9, 9, 9, 0]));
    for (picture, transparent) in [(opaque, false), (holed, true)] {
        let content = pack(&DynamicImage::from(picture), ImageFormat::Png);
        let (found, _) = inspect(&content, None).unwrap();
        assert_eq!(image_of(&found).alpha, transparent);
        let thumbnail = found.thumbnail.unwrap().media;
        assert_eq!(thumbnail, if transparent { MediaType::Png } else { MediaType::Jpeg });
    }
}

#[test]
fn a_thumbnail_is_small_and_the_right_way_up() {
    let wide = picture(1, 1200, 600);
    let notes = [b"Exif\0\0".as_slice(), &exif(6)].concat();
    let content = with_segments(&jpeg(&wide, 90), &[segment(0xe1, &notes)]);
    let (found, _) = inspect(&content, None).unwrap();
    let thumbnail = image::load_from_memory(&found.thumbnail.unwrap().content).unwrap().to_rgb8();
    assert_eq!(thumbnail.dimensions(), (LONGEST_THUMBNAIL / 2, LONGEST_THUMBNAIL));
    let expected = wide.thumbnail(LONGEST_THUMBNAIL, LONGEST_THUMBNAIL).rotate90().to_rgb8();
    let differences =
        thumbnail.iter().zip(expected.iter()).map(|(one, other)| u64::from(one.abs_diff(*other)));
    let mean = differences.sum::<u64>() / thumbnail.len() as u64;
    assert!(mean < 8, "{mean} shades apart");
}

#[test]
fn pictures_that_platforms_do_not_take_are_named() {
    let mut heic = b"\0\0\0\x18ftypheic".to_vec();
    heic.extend([0; 64]);
    let refusal = inspect(&heic, None).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "this is a HEIC picture, which no ad platform takes; save it as JPEG or PNG"
    );
    assert!(matches!(inspect(b"hello there, this is text", None), Err(Refusal::Unknown)));
    assert!(matches!(inspect(b"", None), Err(Refusal::Unknown)));
}
