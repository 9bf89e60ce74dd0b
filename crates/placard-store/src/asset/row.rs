//! Facts in columns and back.

use super::Asset;
use crate::{StoreError, stored};
use chrono::{DateTime, Utc};
use placard_domain::{
    AssetId, UserId,
    asset::{
        AssetDetails, AssetFacts, AssetKind, ContentHash, ImageDetails, MediaType, PerceptualHash, PixelSize,
        VideoDetails,
    },
};
use serde_json::Value;
use uuid::Uuid;

/// The columns of an asset's facts; a column that its sort of file has not is null.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) bytes: i64,
    pub(super) width: Option<i32>,
    pub(super) height: Option<i32>,
    pub(super) alpha: Option<bool>,
    pub(super) animated: Option<bool>,
    pub(super) orientation: Option<i16>,
    pub(super) looks: Option<i64>,
    pub(super) duration_ms: Option<i64>,
    pub(super) codec: Option<&'a str>,
    pub(super) audio: Option<bool>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(facts: &'a AssetFacts) -> Result<Self, StoreError> {
        let pixels =
            |number| i32::try_from(number).map_err(|error| StoreError::corrupt("asset.width", error));
        let bytes = i64::try_from(facts.bytes).map_err(|error| StoreError::corrupt("asset.bytes", error))?;
        let size = facts.size();
        let width = size.map(|size| pixels(size.width)).transpose()?;
        let height = size.map(|size| pixels(size.height)).transpose()?;
        let common = Self { bytes, width, height, ..Self::default() };
        Ok(match &facts.details {
            AssetDetails::Document => common,
            AssetDetails::Image(image) => Self {
                alpha: Some(image.alpha),
                animated: Some(image.animated),
                orientation: Some(image.orientation.into()),
                looks: image.looks.map(|looks| looks.0.cast_signed()),
                ..common
            },
            AssetDetails::Video(video) => Self {
                duration_ms: Some(
                    i64::try_from(video.duration_ms)
                        .map_err(|error| StoreError::corrupt("asset.duration_ms", error))?,
                ),
                codec: Some(&video.codec),
                audio: Some(video.audio),
                ..common
            },
        })
    }
}

pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) content_hash: String,
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) bytes: i64,
    pub(super) width: Option<i32>,
    pub(super) height: Option<i32>,
    pub(super) alpha: Option<bool>,
    pub(super) animated: Option<bool>,
    pub(super) orientation: Option<i16>,
    pub(super) looks: Option<i64>,
    pub(super) duration_ms: Option<i64>,
    pub(super) codec: Option<String>,
    pub(super) audio: Option<bool>,
    pub(super) metadata: Value,
    pub(super) original_url: Option<String>,
    pub(super) added_by: Option<Uuid>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) deleted_at: Option<DateTime<Utc>>,
    pub(super) purged_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Asset {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let media: MediaType = stored::word("asset.media_type", &row.media_type)?;
        let hash = ContentHash::parse(&row.content_hash);
        let facts = AssetFacts {
            hash: hash.ok_or_else(|| StoreError::corrupt("asset.content_hash", "not 64 digits"))?,
            bytes: number("asset.bytes", Some(row.bytes))?,
            media,
            details: details(media.kind(), &row)?,
        };
        Ok(Self {
            id: AssetId(row.id),
            facts,
            name: row.name,
            original_url: row.original_url,
            metadata: stored::document("asset.metadata", row.metadata)?,
            added_by: row.added_by.map(UserId),
            created_at: row.created_at,
            deleted_at: row.deleted_at,
            purged_at: row.purged_at,
        })
    }
}

fn details(kind: AssetKind, row: &Row) -> Result<AssetDetails, StoreError> {
    let size = || {
        let (width, height) = (number("asset.width", row.width)?, number("asset.height", row.height)?);
        Ok::<_, StoreError>(PixelSize { width, height })
    };
    Ok(match kind {
        AssetKind::Document => AssetDetails::Document,
        AssetKind::Image => AssetDetails::Image(ImageDetails {
            size: size()?,
            alpha: there("asset.alpha", row.alpha)?,
            animated: there("asset.animated", row.animated)?,
            orientation: number("asset.orientation", row.orientation)?,
            looks: row.looks.map(|looks| PerceptualHash(looks.cast_unsigned())),
        }),
        AssetKind::Video => AssetDetails::Video(VideoDetails {
            size: size()?,
            duration_ms: number("asset.duration_ms", row.duration_ms)?,
            codec: there("asset.codec", row.codec.clone())?,
            audio: there("asset.audio", row.audio)?,
        }),
    })
}

fn there<T>(column: &'static str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::corrupt(column, "missing"))
}

fn number<From, To>(column: &'static str, value: Option<From>) -> Result<To, StoreError>
where
    To: TryFrom<From>,
    To::Error: std::error::Error + Send + Sync + 'static,
{
    To::try_from(there(column, value)?).map_err(|error| StoreError::corrupt(column, error))
}
