//! What a picture looks like, in 64 bits.

use image::{DynamicImage, GrayImage, Luma, imageops::FilterType};
use placard_domain::asset::PerceptualHash;
use std::f32::consts::PI;

/// The picture is looked at in this many rows and columns.
const SIDE: u32 = 32;

/// Waves along each edge that are kept: those that fit 1 to 8 times half. The mean is left out, so that a brighter copy
/// looks the same.
const WAVES: std::ops::RangeInclusive<u32> = 1..=8;

/// Shades between the darkest and the brightest below which a picture has no looks of its own.
const LEAST_CONTRAST: u8 = 8;

/// The hash of a picture: its coarse waves (a discrete cosine transform), each one bit, whether it is stronger than the
/// median. `None` if the picture is all of one shade, because all such pictures would look alike.
pub(super) fn of(picture: &DynamicImage) -> Option<PerceptualHash> {
    let gray = on_white(picture);
    let gray = image::imageops::resize(&gray, SIDE, SIDE, FilterType::Triangle);
    let shades = || gray.pixels().map(|Luma([shade])| *shade);
    let (darkest, brightest) = (shades().min()?, shades().max()?);
    if brightest - darkest < LEAST_CONTRAST {
        return None;
    }
    let strengths: Vec<f32> = WAVES
        .flat_map(|down| WAVES.map(move |across| (across, down)))
        .map(|wave| strength(&gray, wave))
        .collect();
    let mut sorted = strengths.clone();
    sorted.sort_by(f32::total_cmp);
    let median = f32::midpoint(sorted[31], sorted[32]);
    let bits = strengths.iter().fold(0, |bits, strength| bits << 1 | u64::from(*strength > median));
    Some(PerceptualHash(bits))
}

/// How strong a wave is in the picture.
fn strength(gray: &GrayImage, (across, down): (u32, u32)) -> f32 {
    let wave = |at: u32, times: u32| ((2 * at + 1) as f32 * times as f32 * PI / (2 * SIDE) as f32).cos();
    gray.enumerate_pixels()
        .map(|(x, y, Luma([shade]))| f32::from(*shade) * wave(x, across) * wave(y, down))
        .sum()
}

/// Shades of gray, as the picture is seen on a white page.
fn on_white(picture: &DynamicImage) -> GrayImage {
    let picture = picture.to_luma_alpha8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [shade, alpha] = picture.get_pixel(x, y).0;
        let (shade, alpha) = (u32::from(shade), u32::from(alpha));
        // A weighted mean of two bytes is a byte.
        Luma([u8::try_from((shade * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)])
    })
}
