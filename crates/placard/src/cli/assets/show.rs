//! `placard assets show`.

use super::in_words;
use crate::{
    api::view::{CopyView, FitView, UseView, Verdict},
    cli::{ExitCode, desk::Holdings, failure::WrongInput, paint::Paint},
};
use anyhow::Result;
use placard_domain::{AssetId, Platform};

pub(super) async fn run(assets: &dyn Holdings, as_json: bool, wanted: &str) -> Result<ExitCode> {
    let found = assets.resolve(wanted, false).await?;
    let Some(shown) = assets.show(AssetId(found.id)).await? else {
        return Err(WrongInput(format!("there is no asset `{wanted}`")).into());
    };
    if as_json {
        println!("{}", serde_json::to_string(&shown)?);
        return Ok(ExitCode::Done);
    }
    let (paint, asset) = (Paint::for_stdout(), &shown.asset);
    println!("{}  {}  {}", paint.bold(&asset.name), in_words(asset), paint.dim(asset.id));
    if let Some(moment) = asset.deleted_at {
        println!("  {}", paint.yellow(moment.format("put aside on %Y-%m-%d %H:%M UTC")));
    }
    if let Some(moment) = asset.purged_at {
        println!("  {}", paint.yellow(moment.format("its bytes were purged on %Y-%m-%d %H:%M UTC")));
    }
    for source in &shown.sources {
        let fetched = source.fetched_at.format("fetched on %Y-%m-%d %H:%M UTC");
        println!("  from {}  {}", source.url, paint.dim(fetched));
    }
    tell_fitness(&shown.fitness, paint);
    tell_places(&shown.copies, &shown.uses, paint);
    Ok(ExitCode::Done)
}

fn title(platform: &str) -> &str {
    Platform::ALL.iter().find(|one| one.as_str() == platform).map_or(platform, |one| one.title())
}

fn tell_fitness(fitness: &[FitView], paint: Paint) {
    let mut heading: Option<&str> = None;
    for fit in fitness {
        if heading != Some(&fit.platform) {
            heading = Some(&fit.platform);
            let texts: Vec<_> =
                fit.texts.iter().map(|limit| format!("{} {}", limit.text, limit.most)).collect();
            let texts = paint.dim(format!("characters: {}", texts.join(", ")));
            println!("\n{}  {texts}", paint.bold(title(&fit.platform)));
        }
        let name = format!("{:<26}", fit.placement);
        let problems: Vec<_> =
            fit.problems.iter().map(|problem| format!("{} → {}", problem.message, problem.fix)).collect();
        match (fit.verdict, fit.crop) {
            (Verdict::Fits, _) => println!("  {} {name} fits", paint.green("✓")),
            (Verdict::Crop, Some(size)) => {
                println!("  {} {name} crop it to {}×{}", paint.yellow("~"), size.width, size.height);
            }
            (Verdict::Crop, None) | (Verdict::Unfit, _) => {
                println!("  {} {name} {}", paint.red("✗"), problems.join("; "));
            }
        }
    }
}

fn tell_places(copies: &[CopyView], uses: &[UseView], paint: Paint) {
    if !copies.is_empty() {
        println!("\n{}", paint.bold("On platforms"));
    }
    for copy in copies {
        println!("  {}  {}", copy.account, paint.dim(&copy.remote_id));
    }
    if !uses.is_empty() {
        println!("\n{}", paint.bold("Shown by"));
    }
    for place in uses {
        let live = if place.live { paint.green("on a platform") } else { paint.dim("not published") };
        println!("  {} / {}  {}  {live}", place.campaign, place.ad, place.role);
    }
}
