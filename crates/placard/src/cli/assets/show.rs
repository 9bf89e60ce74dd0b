//! `placard assets show`.

use super::{in_words, resolve};
use crate::{
    api::view::AssetInFull,
    cli::{ExitCode, paint::Paint},
    session::Session,
};
use anyhow::Result;
use placard_assets::fitness::{self, Fit};
use placard_domain::{Platform, asset::AssetFacts};
use placard_store::{
    asset::{self, AssetCopy, AssetUse},
    tenant::Tenant,
};

pub(super) async fn run(session: &Session, tenant: &Tenant, as_json: bool, wanted: &str) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let asset = resolve(&mut tx, wanted, false).await?;
    let copies = asset::copies(&mut tx, asset.id).await?;
    let uses = asset::uses(&mut tx, asset.id).await?;
    tx.commit().await?;
    if as_json {
        println!("{}", serde_json::to_string(&AssetInFull::of(asset, copies, uses))?);
        return Ok(ExitCode::Done);
    }
    let paint = Paint::for_stdout();
    println!("{}  {}  {}", paint.bold(&asset.name), in_words(&asset.facts), paint.dim(asset.id));
    if let Some(moment) = asset.deleted_at {
        println!("  {}", paint.yellow(moment.format("put aside on %Y-%m-%d %H:%M UTC")));
    }
    if let Some(address) = &asset.original_url {
        println!("  from {address}");
    }
    tell_fitness(&asset.facts, paint);
    tell_places(&copies, &uses, paint);
    Ok(ExitCode::Done)
}

fn tell_fitness(facts: &AssetFacts, paint: Paint) {
    let mut heading: Option<Platform> = None;
    for (placement, fit) in fitness::of(facts) {
        if heading != Some(placement.platform) {
            heading = Some(placement.platform);
            let texts: Vec<_> =
                placement.texts.iter().map(|limit| format!("{} {}", limit.text, limit.most)).collect();
            let texts = paint.dim(format!("characters: {}", texts.join(", ")));
            println!("\n{}  {texts}", paint.bold(placement.platform.title()));
        }
        let name = format!("{:<26}", placement.name);
        match fit {
            Fit::Fits => println!("  {} {name} fits", paint.green("✓")),
            Fit::Cropped(size) => println!("  {} {name} crop it to {size}", paint.yellow("~")),
            Fit::Not(problems) => {
                let told: Vec<_> =
                    problems.iter().map(|problem| format!("{problem} → {}", problem.fix())).collect();
                println!("  {} {name} {}", paint.red("✗"), told.join("; "));
            }
        }
    }
}

fn tell_places(copies: &[AssetCopy], uses: &[AssetUse], paint: Paint) {
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
        println!("  {} / {}  {}  {live}", place.campaign, place.ad, place.role.as_str());
    }
}
