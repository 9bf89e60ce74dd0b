//! Assets.

use chrono::{DateTime, Utc};
use placard_assets::fitness::{self, Fit, Placement};
use placard_domain::{
    AccountRef,
    asset::{AssetDetails, PixelSize},
};
use placard_store::{
    StoreError, TenantTx,
    asset::{self, Addition, Asset, AssetCopy, AssetUse, Near, Source},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A picture, video or document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AssetView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// `image`, `video` or `document`.
    pub(crate) kind: String,
    /// What it is by its content.
    pub(crate) media_type: String,
    /// SHA-256 of what is kept, lower-case hexadecimal.
    pub(crate) content_hash: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its size in pixels, as it is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<SizeView>,
    /// What else is known of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<ImageView>,
    /// What else is known of a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video: Option<VideoView>,
    /// Where it was fetched from the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original_url: Option<String>,
    /// What its owner wants to remember of it.
    #[schema(value_type = Object)]
    pub(crate) metadata: Map<String, Value>,
    /// When it was added.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_at: Option<DateTime<Utc>>,
    /// When its bytes were given up; from then on only its content can bring it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purged_at: Option<DateTime<Utc>>,
}

/// A width and a height in pixels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SizeView {
    /// Pixels across.
    pub(crate) width: u32,
    /// Pixels down.
    pub(crate) height: u32,
}

impl From<PixelSize> for SizeView {
    fn from(PixelSize { width, height }: PixelSize) -> Self {
        Self { width, height }
    }
}

/// What is known of a picture.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ImageView {
    /// Whether any of it is transparent.
    pub(crate) alpha: bool,
    /// Whether it moves.
    pub(crate) animated: bool,
    /// Which way up the file says that it is, 1 to 8 as in EXIF.
    pub(crate) orientation: u8,
}

/// What is known of a video.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VideoView {
    /// How long it is, in milliseconds.
    pub(crate) duration_ms: u64,
    /// Four letters that name how it is stored.
    pub(crate) codec: String,
    /// Whether it has sound.
    pub(crate) audio: bool,
}

impl From<Asset> for AssetView {
    fn from(asset: Asset) -> Self {
        let Asset { facts, .. } = asset;
        let (image, video) = match &facts.details {
            AssetDetails::Image(image) => {
                let (alpha, animated, orientation) = (image.alpha, image.animated, image.orientation);
                (Some(ImageView { alpha, animated, orientation }), None)
            }
            AssetDetails::Video(video) => {
                let (duration_ms, codec, audio) = (video.duration_ms, video.codec.clone(), video.audio);
                (None, Some(VideoView { duration_ms, codec, audio }))
            }
            AssetDetails::Document => (None, None),
        };
        Self {
            id: asset.id.0,
            name: asset.name,
            kind: facts.media.kind().as_str().to_owned(),
            media_type: facts.media.as_str().to_owned(),
            content_hash: facts.hash.to_string(),
            bytes: facts.bytes,
            size: facts.size().map(SizeView::from),
            image,
            video,
            original_url: asset.original_url,
            metadata: asset.metadata,
            created_at: asset.created_at,
            deleted_at: asset.deleted_at,
            purged_at: asset.purged_at,
        }
    }
}

/// An asset that was added, or was there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AddedView {
    /// The asset.
    pub(crate) asset: AssetView,
    /// Whether it is new.
    pub(crate) outcome: AssetOutcome,
    /// What was taken out of the file, because it can say who made it, where and with what.
    pub(crate) removed: Vec<String>,
    /// Pictures that look like it, the nearest first.
    pub(crate) near: Vec<NearView>,
}

/// What adding an asset did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AssetOutcome {
    /// It is new.
    Added,
    /// The same content was there.
    There,
    /// The same content had been put aside and is back.
    Restored,
}

/// A picture that looks like another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NearView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// In how many of 64 bits the two differ.
    pub(crate) distance: u32,
}

impl From<Near> for NearView {
    fn from(Near { asset, distance }: Near) -> Self {
        Self { id: asset.id.0, name: asset.name, distance }
    }
}

impl From<crate::library::Added> for AddedView {
    fn from(added: crate::library::Added) -> Self {
        Self {
            asset: added.asset.into(),
            outcome: match added.addition {
                Addition::Added => AssetOutcome::Added,
                Addition::There => AssetOutcome::There,
                Addition::Restored => AssetOutcome::Restored,
            },
            removed: added.removed.into_iter().map(|one| one.title().to_owned()).collect(),
            near: added.near.into_iter().map(NearView::from).collect(),
        }
    }
}

/// An asset with where it fits, where it is and what shows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AssetInFull {
    /// The asset.
    pub(crate) asset: AssetView,
    /// Where it was fetched from, the address that gave it last first.
    pub(crate) sources: Vec<SourceView>,
    /// How it suits each placement that shows its sort of thing.
    pub(crate) fitness: Vec<FitView>,
    /// Its copies on platforms, one for each account.
    pub(crate) copies: Vec<CopyView>,
    /// The ads that show it.
    pub(crate) uses: Vec<UseView>,
}

impl AssetInFull {
    /// What is known of an asset in the database.
    pub(crate) async fn read(tx: &mut TenantTx, asset: Asset) -> Result<Self, StoreError> {
        let sources = asset::sources(tx, asset.id).await?;
        let copies = asset::copies(tx, asset.id).await?;
        let uses = asset::uses(tx, asset.id).await?;
        Ok(Self::of(asset, sources, copies, uses))
    }

    fn of(asset: Asset, sources: Vec<Source>, copies: Vec<AssetCopy>, uses: Vec<AssetUse>) -> Self {
        Self {
            sources: sources.into_iter().map(SourceView::from).collect(),
            fitness: fitness::of(&asset.facts).map(|(placement, fit)| FitView::of(placement, &fit)).collect(),
            asset: asset.into(),
            copies: copies.into_iter().map(CopyView::from).collect(),
            uses: uses.into_iter().map(UseView::from).collect(),
        }
    }
}

/// Where an asset was fetched from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SourceView {
    /// The address.
    pub(crate) url: String,
    /// When it last gave these bytes.
    pub(crate) fetched_at: DateTime<Utc>,
    /// When it was last asked whether it still gives them.
    pub(crate) asked_at: DateTime<Utc>,
    /// What its server calls the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    /// Since when its server has the content, as it wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<String>,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> Self {
        let Source { url, fetched_at, asked_at, etag, last_modified } = source;
        Self { url, fetched_at, asked_at, etag, last_modified }
    }
}

/// What came of asking an asset's address again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RefreshedView {
    /// The asset that the address had given before, as it was called then.
    pub(crate) before: AssetView,
    /// What the address gives now; absent if that is still the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) now: Option<AddedView>,
}

impl From<crate::library::Refreshed> for RefreshedView {
    fn from(refreshed: crate::library::Refreshed) -> Self {
        Self { before: refreshed.before.into(), now: refreshed.now.map(AddedView::from) }
    }
}

/// How an asset suits a placement.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FitView {
    /// The platform.
    pub(crate) platform: String,
    /// The placement's name.
    pub(crate) placement: String,
    /// Whether it fits.
    pub(crate) verdict: Verdict,
    /// The size to crop it to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crop: Option<SizeView>,
    /// What stands in the way.
    pub(crate) problems: Vec<MisfitView>,
    /// How long the texts beside it may be.
    pub(crate) texts: Vec<TextView>,
}

/// Whether an asset fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it is.
    Fits,
    /// If it is cropped.
    Crop,
    /// Not without more work.
    Unfit,
}

/// What stands in an asset's way, and what helps.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MisfitView {
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) fix: String,
}

/// How long a text may be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TextView {
    /// Which text.
    pub(crate) text: String,
    /// Its characters.
    pub(crate) most: usize,
}

impl FitView {
    fn of(placement: &Placement, fit: &Fit) -> Self {
        let (verdict, crop, problems) = match fit {
            Fit::Fits => (Verdict::Fits, None, Vec::new()),
            Fit::Cropped(size) => (Verdict::Crop, Some(SizeView::from(*size)), Vec::new()),
            Fit::Not(problems) => {
                let told = problems
                    .iter()
                    .map(|problem| MisfitView { message: problem.to_string(), fix: problem.fix() });
                (Verdict::Unfit, None, told.collect())
            }
        };
        let texts =
            placement.texts.iter().map(|limit| TextView { text: limit.text.to_owned(), most: limit.most });
        Self {
            platform: placement.platform.as_str().to_owned(),
            placement: placement.name.to_owned(),
            verdict,
            crop,
            problems,
            texts: texts.collect(),
        }
    }
}

/// A copy of an asset on a platform.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CopyView {
    /// The account.
    #[schema(value_type = Object)]
    pub(crate) account: AccountRef,
    /// The platform's id or hash of it.
    pub(crate) remote_id: String,
    /// Since when it is there.
    pub(crate) created_at: DateTime<Utc>,
}

impl From<AssetCopy> for CopyView {
    fn from(copy: AssetCopy) -> Self {
        Self { account: copy.account, remote_id: copy.remote_id.0, created_at: copy.created_at }
    }
}

/// An ad that shows an asset.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UseView {
    /// The campaign's key.
    pub(crate) campaign: String,
    /// The ad's name.
    pub(crate) ad: String,
    /// What the asset does there.
    pub(crate) role: String,
    /// Whether the campaign is on a platform; then the asset cannot be put aside.
    pub(crate) live: bool,
}

impl From<AssetUse> for UseView {
    fn from(place: AssetUse) -> Self {
        Self {
            campaign: place.campaign,
            ad: place.ad,
            role: place.role.as_str().to_owned(),
            live: place.live,
        }
    }
}

/// An address under which anybody can fetch an asset for a while.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SignedView {
    /// The address; one that begins with a slash is of this server.
    pub(crate) url: String,
    /// Until when it holds.
    pub(crate) expires_at: DateTime<Utc>,
}
