//! Assets in words.

use crate::{
    api::view::{AddedView, AssetOutcome, AssetView, RefreshedView},
    cli::paint::Paint,
};
use placard_domain::asset::MediaType;

/// `PNG 1080×1080, 119 KB`.
pub(super) fn in_words(asset: &AssetView) -> String {
    let media = asset.media_type.parse::<MediaType>().map(MediaType::title);
    let media = media.unwrap_or(&asset.media_type);
    let size = asset.size.map(|size| format!(" {}×{}", size.width, size.height)).unwrap_or_default();
    let length = asset.video.as_ref().map(|video| {
        let (seconds, tenths) = (video.duration_ms / 1000, video.duration_ms % 1000 / 100);
        format!(", {seconds}.{tenths} s")
    });
    format!("{media}{size}{}, {}", length.unwrap_or_default(), indicatif::BinaryBytes(asset.bytes))
}

pub(super) fn tell_added(added: &AddedView) {
    let paint = Paint::for_stdout();
    let asset = &added.asset;
    let how = match added.outcome {
        AssetOutcome::Added => "",
        AssetOutcome::There => ", was there already",
        AssetOutcome::Restored => ", had been put aside and is back",
    };
    let (name, facts) = (paint.bold(&asset.name), in_words(asset));
    println!("{} {name}  {facts}{how}  {}", paint.green("✓"), paint.dim(asset.id));
    if !added.removed.is_empty() {
        println!("  taken out of it: {}", added.removed.join(", "));
    }
    for near in &added.near {
        let distance = near.distance;
        println!(
            "  {} {} {}",
            paint.yellow("looks like"),
            near.name,
            paint.dim(format!("({distance} of 64 bits apart)  {}", near.id))
        );
    }
}

pub(super) fn tell_refreshed(refreshed: &RefreshedView) {
    let paint = Paint::for_stdout();
    let before = &refreshed.before;
    let Some(now) = &refreshed.now else {
        return println!("{} {}  is what it was", paint.green("✓"), paint.bold(&before.name));
    };
    println!("{} {}  is something else by now:", paint.yellow("~"), paint.bold(&before.name));
    tell_added(now);
    println!("  the one before stays  {}", paint.dim(before.id));
}
