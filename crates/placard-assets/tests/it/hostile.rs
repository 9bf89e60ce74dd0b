use crate::files::{PDF, Video, chunk, inspect, jpeg, pack, picture, segment, with_segments};
use image::ImageFormat;
use placard_assets::content::Refusal;
use proptest::prelude::*;
use std::sync::LazyLock;

/// A ZIP archive with nothing in it.
const ARCHIVE: &[u8; 22] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

const PICTURES: [ImageFormat; 4] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP];

/// One file of each sort.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut files: Vec<_> = PICTURES.iter().map(|format| pack(&picture(1, 64, 48), *format)).collect();
    files.push(Video::default().content());
    files.push(PDF.to_vec());
    files
});

#[test]
fn a_file_that_goes_on_as_an_archive_is_refused() {
    for file in FILES.iter() {
        let both = [&file[..], ARCHIVE].concat();
        let refusal = inspect(&both, None).unwrap_err();
        assert!(matches!(refusal, Refusal::Polyglot { .. }), "{refusal}");
    }
}

#[test]
fn a_picture_that_goes_on_as_a_program_is_refused() {
    for format in PICTURES {
        let both = [&pack(&picture(1, 64, 48), format)[..], b"\x7fELF\x02\x01\x01 and so on"].concat();
        let refusal = inspect(&both, None).unwrap_err();
        assert!(matches!(refusal, Refusal::Polyglot { .. }), "{refusal}");
    }
}

#[test]
fn an_archive_that_hides_in_a_comment_is_refused() {
    let content = jpeg(&picture(1, 64, 48), 90);
    // The comment of the archive's end is all the rest of the picture.
    let rest = u16::try_from(content.len() - 2).unwrap();
    let mut end = *ARCHIVE;
    end[20..].copy_from_slice(&rest.to_le_bytes());
    let refusal = inspect(&with_segments(&content, &[segment(0xfe, &end)]), None).unwrap_err();
    assert_eq!(refusal.to_string(), "this JPEG file is also something else: it ends as a ZIP archive");
}

#[test]
fn a_page_or_script_that_hides_at_the_start_is_refused() {
    let content = jpeg(&picture(1, 64, 48), 90);
    for hidden in ["<script>alert(1)</script>", "%PDF-1.4", "<HTML>", "<?php system($_GET[0]);"] {
        let refusal =
            inspect(&with_segments(&content, &[segment(0xfe, hidden.as_bytes())]), None).unwrap_err();
        assert!(matches!(refusal, Refusal::Polyglot { .. }), "{hidden}: {refusal}");
    }
}

#[test]
fn a_small_file_that_unpacks_to_gigabytes_is_refused_by_what_it_claims() {
    // 60,000 × 60,000 pixels of eight bits in three colours; there is not one line of them.
    let head = [&60_000_u32.to_be_bytes()[..], &60_000_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let pixels = chunk(*b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]);
    let png = [b"\x89PNG\r\n\x1a\n", &chunk(*b"IHDR", &head)[..], &pixels, &chunk(*b"IEND", &[])].concat();
    assert!(matches!(inspect(&png, None), Err(Refusal::TooManyPixels { width: 60_000, height: 60_000 })));

    let mut gif = pack(&picture(1, 64, 48), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(inspect(&gif, None), Err(Refusal::TooManyPixels { width: 65_535, height: 65_535 })));

    let mut jpeg = jpeg(&picture(1, 64, 48), 90);
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert!(matches!(inspect(&jpeg, None), Err(Refusal::TooManyPixels { width: 65_500, height: 65_500 })));
}

#[test]
fn a_file_that_was_cut_anywhere_is_refused() {
    for file in FILES.iter() {
        for kept in (0..file.len()).step_by(file.len() / 40 + 1) {
            if let Ok((found, _)) = inspect(&file[..kept], None) {
                panic!("{kept} of {} bytes were taken for {}", file.len(), found.media);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_bytes_makes_it_fail_otherwise_than_by_refusing(
        which in 0..6_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = FILES[which].clone();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok((_, left)) = inspect(&file, None) {
            let (again, same) = inspect(&left, None).expect("what was taken once is taken again");
            prop_assert!(again.removed.is_empty(), "{:?}", again.removed);
            prop_assert_eq!(same, left);
        }
    }
}
