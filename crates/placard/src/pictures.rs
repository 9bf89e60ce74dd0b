//! Pictures and videos of the library that a spec names: `image: asset:hero.png`, `video: asset:clip.mp4`.

use crate::session::Session;
use anyhow::Result;
use async_trait::async_trait;
use axum::body::Bytes;
use placard_assets::fitness::{self, Fit};
use placard_domain::{
    AssetId, Platform, TenantId,
    asset::{AssetDetails, AssetFacts, AssetKind, MediaType},
    spec::{
        Diagnostic, Diagnostics, Document, GoogleChannel, ImageFacts, ImageFormat, Media, MediaProblem,
        Platforms, VideoFacts, asset_name,
    },
    suggest::closest,
};
use placard_store::{
    Db, StoreError,
    asset::{self, Asset, Filter},
};
use std::collections::BTreeMap;

/// Among how many assets a name is looked for that was probably meant.
const MOST_LISTED: usize = 1_000;

/// Where assets are looked up: a database, or a server.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// The assets with this id or name.
    async fn named(&self, wanted: &str) -> Result<Found>;
}

/// What is there by a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The assets.
    pub assets: Vec<Shelved>,
    /// Another name that was probably meant, if there are none.
    pub closest: Option<String>,
}

/// An asset, as far as a spec is concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelved {
    /// Its id.
    pub id: AssetId,
    /// What is known of it.
    pub facts: AssetFacts,
    /// Whether it was put aside.
    pub aside: bool,
}

impl From<Asset> for Shelved {
    fn from(asset: Asset) -> Self {
        Self { id: asset.id, facts: asset.facts, aside: asset.deleted_at.is_some() }
    }
}

/// A tenant's assets in the database.
#[derive(Clone, Copy, Debug)]
pub struct Shelves<'a> {
    /// The database.
    pub db: &'a Db,
    /// Whose.
    pub tenant: TenantId,
}

impl Shelves<'_> {
    async fn find(&self, wanted: &str) -> Result<Found, StoreError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let assets: Vec<Shelved> =
            asset::named(&mut tx, wanted).await?.into_iter().map(Shelved::from).collect();
        let others = match assets.is_empty() {
            true => asset::list(&mut tx, &Filter::default(), None, MOST_LISTED).await?,
            false => Vec::new(),
        };
        tx.commit().await?;
        let closest = closest(wanted, others.iter().map(|asset| asset.name.as_str()));
        Ok(Found { assets, closest: closest.map(str::to_owned) })
    }
}

#[async_trait]
impl Shelf for Shelves<'_> {
    async fn named(&self, wanted: &str) -> Result<Found> {
        Ok(self.find(wanted).await?)
    }
}

/// What was seen of the assets that a spec names.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What is known of each, by what the spec calls it.
    pub media: Media,
    /// Placements that cannot show one.
    pub warnings: Diagnostics,
}

/// Looks up every asset that `document` names.
///
/// # Errors
/// If `shelf` cannot be asked; what is wrong with an asset is in [`Seen::media`].
pub async fn look_up(shelf: &dyn Shelf, document: &Document) -> Result<Seen> {
    let named = document.asset_images().chain(document.asset_videos());
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for (_, name) in named {
        if !found.contains_key(name) {
            found.insert(name, shelf.named(asset_name(name).unwrap_or_default()).await?);
        }
    }
    let platforms = &document.draft().platforms;
    let mut seen = Seen::default();
    let (images, videos) = (&mut seen.media.images, &mut seen.media.videos);
    seen.warnings.0.extend(judge_all(document.asset_images(), &found, images, |asset| {
        Ok((image_facts(&asset.facts)?, fits(&asset.facts, platforms)?))
    }));
    seen.warnings.0.extend(judge_all(document.asset_videos(), &found, videos, |asset| {
        Ok((video_facts(&asset.facts)?, fits(&asset.facts, platforms)?))
    }));
    Ok(seen)
}

/// What is known of an asset, with the placements that cannot show it.
type Judged<T> = Result<(T, Vec<String>), MediaProblem>;

/// Notes in `known` what `judge` says of each asset of `named`, and gives its warnings where each stands.
fn judge_all<'a, T: Clone>(
    named: impl Iterator<Item = (String, &'a str)>,
    found: &BTreeMap<&str, Found>,
    known: &mut BTreeMap<String, Result<T, MediaProblem>>,
    judge: impl Fn(&Shelved) -> Judged<T>,
) -> Vec<Diagnostic> {
    let mut judged: BTreeMap<&str, Judged<T>> = BTreeMap::new();
    let mut warnings = Vec::new();
    for (path, name) in named {
        let of =
            || found.get(name).map_or(Err(MediaProblem::NoAsset { closest: None }), only).and_then(&judge);
        let verdict = judged.entry(name).or_insert_with(of);
        let words = verdict.as_ref().map_or(&[][..], |(_, words)| words);
        warnings.extend(words.iter().map(|words| Diagnostic::warning(path.clone(), words.clone())));
        known.insert(name.to_owned(), verdict.clone().map(|(facts, _)| facts));
    }
    warnings
}

/// The one asset of a name.
fn only(found: &Found) -> Result<&Shelved, MediaProblem> {
    let (aside, live): (Vec<_>, Vec<_>) = found.assets.iter().partition(|asset| asset.aside);
    match (live.as_slice(), aside.as_slice()) {
        ([one], _) => Ok(one),
        ([], []) => Err(MediaProblem::NoAsset { closest: found.closest.clone() }),
        ([], _) => Err(MediaProblem::PutAside),
        (several, _) => Err(MediaProblem::SeveralAssets {
            ids: several.iter().map(|asset| asset.id.to_string()).collect(),
        }),
    }
}

/// Placements of `platforms` that cannot show the asset; refused if one of them can show it nowhere.
fn fits(facts: &AssetFacts, platforms: &Platforms) -> Result<Vec<String>, MediaProblem> {
    let shows = |platform: &Platform| match (platform, facts.media.kind()) {
        // Search ads show no picture.
        (Platform::Google, AssetKind::Image) => {
            platforms.google.as_ref().is_some_and(|google| google.channel == GoogleChannel::Display)
        }
        (Platform::Meta, AssetKind::Image) | (Platform::Tiktok, _) => true,
        (Platform::Google | Platform::Meta | Platform::Microsoft, _) => false,
    };
    let mut warnings = Vec::new();
    for platform in platforms.named().into_iter().filter(shows) {
        warnings.extend(fit(facts, platform)?);
    }
    Ok(warnings)
}

/// What keeps the asset out of some of the platform's placements; refused if it is kept out of all.
fn fit(facts: &AssetFacts, platform: Platform) -> Result<Option<String>, MediaProblem> {
    let fits: Vec<_> = fitness::of(facts).filter(|(placement, _)| placement.platform == platform).collect();
    let unfit: Vec<String> = fits
        .iter()
        .filter_map(|(placement, fit)| match fit {
            Fit::Not(problems) => {
                let why: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Some(format!("{} ({})", placement.name, why.join(", ")))
            }
            Fit::Fits | Fit::Cropped(_) => None,
        })
        .collect();
    let (title, places) = (platform.title(), unfit.join("; "));
    match unfit.len() {
        0 => Ok(None),
        count if count == fits.len() => {
            Err(MediaProblem::Unfit(format!("{title} can show the asset nowhere: {places}")))
        }
        _ => Ok(Some(format!("{title} cannot show the asset everywhere: {places}"))),
    }
}

fn image_facts(facts: &AssetFacts) -> Result<ImageFacts, MediaProblem> {
    let format = match facts.media {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        _ => return Err(MediaProblem::NotAnImage),
    };
    let size = facts.size().ok_or(MediaProblem::NotAnImage)?;
    Ok(ImageFacts {
        sha256: facts.hash.to_string(),
        width: size.width,
        height: size.height,
        bytes: facts.bytes,
        format,
    })
}

fn video_facts(facts: &AssetFacts) -> Result<VideoFacts, MediaProblem> {
    let AssetDetails::Video(video) = &facts.details else { return Err(MediaProblem::NotAVideo) };
    Ok(VideoFacts {
        sha256: facts.hash.to_string(),
        width: video.size.width,
        height: video.size.height,
        bytes: facts.bytes,
        duration_ms: video.duration_ms,
    })
}

/// Where the content of assets is read.
#[async_trait]
pub trait Contents: Send + Sync {
    /// The content of a tenant's asset, by its hash.
    async fn content(&self, tenant: TenantId, sha256: &str) -> Result<Bytes>;
}

#[async_trait]
impl Contents for Session {
    async fn content(&self, tenant: TenantId, sha256: &str) -> Result<Bytes> {
        self.library().await?.read(tenant, sha256).await
    }
}

#[async_trait]
impl Shelf for Session {
    async fn named(&self, wanted: &str) -> Result<Found> {
        let tenant = self.tenant().await?.id;
        Ok(Shelves { db: self.db(), tenant }.find(wanted).await?)
    }
}
