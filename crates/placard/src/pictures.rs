//! Pictures of the library that a spec names: `image: asset:hero.png`.

use crate::session::Session;
use anyhow::Result;
use async_trait::async_trait;
use axum::body::Bytes;
use placard_assets::fitness::{self, Fit};
use placard_domain::{
    AssetId, Platform, TenantId,
    asset::{AssetFacts, MediaType},
    spec::{
        Diagnostic, Diagnostics, Document, GoogleChannel, ImageFacts, ImageFormat, ImageProblem, Images,
        Platforms, asset_name,
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
    pub images: Images,
    /// Placements that cannot show one.
    pub warnings: Diagnostics,
}

/// Looks up every asset that `document` names.
///
/// # Errors
/// If `shelf` cannot be asked; what is wrong with an asset is in [`Seen::images`].
pub async fn look_up(shelf: &dyn Shelf, document: &Document) -> Result<Seen> {
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for (_, image) in document.assets() {
        if !found.contains_key(image) {
            found.insert(image, shelf.named(asset_name(image).unwrap_or_default()).await?);
        }
    }
    let platforms = &document.draft().platforms;
    let judged: BTreeMap<&str, _> =
        found.into_iter().map(|(image, found)| (image, judge(found, platforms))).collect();
    let mut seen = Seen::default();
    for (path, image) in document.assets() {
        match &judged[image] {
            Ok((facts, warnings)) => {
                seen.images.insert(image.to_owned(), Ok(facts.clone()));
                let warnings = warnings.iter().map(|words| Diagnostic::warning(path.clone(), words.clone()));
                seen.warnings.0.extend(warnings);
            }
            Err(problem) => {
                seen.images.insert(image.to_owned(), Err(problem.clone()));
            }
        }
    }
    Ok(seen)
}

/// The one asset of a name, if the platforms can show it, and where they cannot.
fn judge(found: Found, platforms: &Platforms) -> Result<(ImageFacts, Vec<String>), ImageProblem> {
    let Found { assets, closest } = found;
    let (aside, mut live): (Vec<_>, Vec<_>) = assets.into_iter().partition(|asset| asset.aside);
    let asset = match (live.len(), aside.len()) {
        (1, _) => live.swap_remove(0),
        (0, 0) => return Err(ImageProblem::NoAsset { closest }),
        (0, _) => return Err(ImageProblem::PutAside),
        _ => {
            let ids = live.iter().map(|asset| asset.id.to_string()).collect();
            return Err(ImageProblem::SeveralAssets { ids });
        }
    };
    let facts = image_facts(&asset.facts)?;
    let shows = |platform: &Platform| match platform {
        // Search ads show no picture.
        Platform::Google => {
            platforms.google.as_ref().is_some_and(|google| google.channel == GoogleChannel::Display)
        }
        Platform::Microsoft => false,
        Platform::Meta | Platform::Tiktok => true,
    };
    let mut warnings = Vec::new();
    for platform in platforms.named().into_iter().filter(shows) {
        warnings.extend(fit(&asset.facts, platform)?);
    }
    Ok((facts, warnings))
}

/// What keeps the asset out of some of the platform's placements; refused if it is kept out of all.
fn fit(facts: &AssetFacts, platform: Platform) -> Result<Option<String>, ImageProblem> {
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
            Err(ImageProblem::Unfit(format!("{title} can show the asset nowhere: {places}")))
        }
        _ => Ok(Some(format!("{title} cannot show the asset everywhere: {places}"))),
    }
}

fn image_facts(facts: &AssetFacts) -> Result<ImageFacts, ImageProblem> {
    let format = match facts.media {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        _ => return Err(ImageProblem::NotAnImage),
    };
    let size = facts.size().ok_or(ImageProblem::NotAnImage)?;
    Ok(ImageFacts {
        sha256: facts.hash.to_string(),
        width: size.width,
        height: size.height,
        bytes: facts.bytes,
        format,
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
