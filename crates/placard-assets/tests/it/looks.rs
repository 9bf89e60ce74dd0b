use crate::files::{image_of, inspect, jpeg, pack, picture};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops::FilterType};
use placard_domain::asset::PerceptualHash;

fn looks(content: &[u8]) -> PerceptualHash {
    image_of(&inspect(content, None).unwrap().0).looks.expect("it has shapes")
}

/// Copies of a picture that people would call the same.
fn copies(original: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
    let (width, height) = (original.width(), original.height());
    let cropped = original.crop_imm(width * 3 / 100, height * 3 / 100, width * 94 / 100, height * 94 / 100);
    vec![
        (
            "resized",
            pack(&original.resize_exact(width / 3, height / 3, FilterType::Lanczos3), ImageFormat::Png),
        ),
        ("recompressed", jpeg(original, 30)),
        ("another format", pack(original, ImageFormat::WebP)),
        ("brighter", pack(&original.brighten(15), ImageFormat::Png)),
        ("cropped", jpeg(&cropped, 85)),
    ]
}

#[test]
fn copies_of_a_picture_are_near_and_other_pictures_are_far() {
    let originals: Vec<_> = (1..=10).map(|seed| picture(seed, 240, 180)).collect();
    let hashes: Vec<_> = originals.iter().map(|original| looks(&pack(original, ImageFormat::Png))).collect();
    let mut nearest_other = 64;
    for (original, hash) in originals.iter().zip(&hashes) {
        for (how, copy) in copies(original) {
            let distance = hash.distance(looks(&copy));
            assert!(distance <= PerceptualHash::NEAR, "{how}: {distance} bits");
        }
    }
    for (index, one) in hashes.iter().enumerate() {
        for other in &hashes[index + 1..] {
            nearest_other = nearest_other.min(one.distance(*other));
        }
    }
    assert!(nearest_other > PerceptualHash::NEAR, "{nearest_other} bits");
}

#[test]
fn a_picture_of_one_colour_looks_like_nothing() {
    let plain = RgbImage::from_pixel(64, 64, Rgb([200, 10, 10]));
    let content = pack(&DynamicImage::from(plain), ImageFormat::Png);
    assert_eq!(image_of(&inspect(&content, None).unwrap().0).looks, None);
}
