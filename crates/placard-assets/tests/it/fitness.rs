use placard_assets::fitness::{self, Fit, PLACEMENTS, Placement};
use placard_domain::{
    Platform,
    asset::{AssetDetails, AssetFacts, ContentHash, ImageDetails, MediaType, PixelSize, VideoDetails},
};

fn facts(media: MediaType, bytes: u64, details: AssetDetails) -> AssetFacts {
    AssetFacts { hash: ContentHash::parse(&"ab".repeat(32)).unwrap(), bytes, media, details }
}

fn image(width: u32, height: u32, bytes: u64) -> AssetFacts {
    let size = PixelSize { width, height };
    let details = ImageDetails { size, alpha: false, animated: false, orientation: 1, looks: None };
    facts(MediaType::Jpeg, bytes, AssetDetails::Image(details))
}

fn video(width: u32, height: u32, duration_ms: u64) -> AssetFacts {
    let size = PixelSize { width, height };
    let details = VideoDetails { size, duration_ms, codec: "avc1".to_owned(), audio: true };
    facts(MediaType::Mp4, 1024, AssetDetails::Video(details))
}

fn fit(facts: &AssetFacts, platform: Platform, name: &str) -> Fit {
    let wanted = |placement: &&Placement| placement.platform == platform && placement.name == name;
    let mut all = fitness::of(facts);
    all.find(|(placement, _)| wanted(placement)).map(|(_, fit)| fit).unwrap()
}

fn words(fit: Fit) -> Vec<(String, String)> {
    match fit {
        Fit::Not(problems) => problems.iter().map(|problem| (problem.to_string(), problem.fix())).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_least_size_of_a_placement_fits_it_and_a_pixel_less_does_not() {
    for placement in PLACEMENTS {
        let PixelSize { width, height } = placement.least;
        let exact = |width, height| {
            if placement.seconds.is_some() { video(width, height, 5_000) } else { image(width, height, 1024) }
        };
        let judge = |facts: &AssetFacts| fit(facts, placement.platform, placement.name);
        assert_eq!(judge(&exact(width, height)), Fit::Fits, "{placement:?}");
        assert!(matches!(judge(&exact(width - 1, height)), Fit::Not(_)), "{placement:?}");
        assert!(matches!(judge(&exact(width, height - 1)), Fit::Not(_)), "{placement:?}");
    }
}

#[test]
fn another_shape_is_cropped_if_enough_is_left() {
    let square = image(1200, 1200, 60_000);
    assert_eq!(fit(&square, Platform::Meta, "Square"), Fit::Fits);
    let wide = PixelSize { width: 1200, height: 628 };
    assert_eq!(fit(&square, Platform::Google, "Marketing image"), Fit::Cropped(wide));
    let upright = PixelSize { width: 675, height: 1200 };
    assert_eq!(fit(&square, Platform::Meta, "Story and reel"), Fit::Cropped(upright));
    let small = words(fit(&image(500, 500, 60_000), Platform::Google, "Marketing image"));
    assert_eq!(
        small,
        [(
            "too small: 500×261 of the right shape, at least 600×314".to_owned(),
            "use an original of at least 600×314".to_owned()
        )]
    );
}

#[test]
fn what_is_too_heavy_moves_or_has_the_wrong_format_says_what_to_do() {
    let heavy = words(fit(&image(1200, 1200, 5_242_881), Platform::Google, "Logo"));
    assert_eq!(heavy[0].0, "too heavy: 5121 KB, at most 5120 KB");
    let details = ImageDetails {
        size: PixelSize { width: 1200, height: 1200 },
        alpha: false,
        animated: true,
        orientation: 1,
        looks: None,
    };
    let moving = facts(MediaType::Gif, 1024, AssetDetails::Image(details));
    assert_eq!(words(fit(&moving, Platform::Google, "Logo"))[0].1, "use a still picture");
    let problems = words(fit(&moving, Platform::Meta, "Square"));
    assert_eq!(problems[0], ("GIF is not taken".to_owned(), "save it as JPEG or PNG".to_owned()));
    // Microsoft counts characters of base64: 76,800 bytes are as many as it takes.
    assert_eq!(fit(&image(1200, 1200, 76_800), Platform::Microsoft, "Image 1:1"), Fit::Fits);
    assert!(matches!(fit(&image(1200, 1200, 76_801), Platform::Microsoft, "Image 1:1"), Fit::Not(_)));
}

#[test]
fn a_video_is_judged_by_its_length() {
    let upright = |ms| fit(&video(1080, 1920, ms), Platform::Tiktok, "In-feed video, upright");
    assert_eq!(upright(600_000), Fit::Fits);
    let short = ("too short: 4.9 s, at least 5 s".to_owned(), "make it at least 5 s long".to_owned());
    assert_eq!(words(upright(4_999)), [short]);
    let long = ("too long: 600.0 s, at most 600 s".to_owned(), "cut it to 600 s".to_owned());
    assert_eq!(words(upright(600_001)), [long]);
}

#[test]
fn a_document_fits_no_placement() {
    assert_eq!(fitness::of(&facts(MediaType::Pdf, 9, AssetDetails::Document)).count(), 0);
}
