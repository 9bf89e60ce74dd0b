//! A server's library, as a spec names its assets.

use super::remote::{PAGE, Remote};
use crate::pictures::{Found, Shelf, Shelved};
use anyhow::{Context, Result};
use async_trait::async_trait;
use placard_domain::{
    AssetId,
    asset::{AssetDetails, AssetFacts, ContentHash, ImageDetails, PixelSize},
    suggest::closest,
};
use serde::Deserialize;

#[async_trait]
impl Shelf for Remote {
    async fn named(&self, wanted: &str) -> Result<Found> {
        let mut assets = Vec::new();
        for deleted in ["false", "true"] {
            let query = [("text", wanted), ("deleted", deleted)];
            let found: Vec<Listed> = self.list("/assets", &query, PAGE).await?;
            let exact = found.into_iter().filter(|one| one.name == wanted || one.id.to_string() == wanted);
            assets.extend(exact.map(|one| one.shelved(deleted == "true")).collect::<Result<Vec<_>>>()?);
        }
        if !assets.is_empty() {
            return Ok(Found { assets, closest: None });
        }
        let others: Vec<Listed> = self.list("/assets", &[], PAGE).await?;
        let closest = closest(wanted, others.iter().map(|one| one.name.as_str())).map(str::to_owned);
        Ok(Found { assets, closest })
    }
}

/// An asset as a list of the server shows it.
#[derive(Deserialize)]
struct Listed {
    id: AssetId,
    name: String,
    media_type: String,
    content_hash: String,
    bytes: u64,
    size: Option<Size>,
    image: Option<Image>,
}

#[derive(Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
struct Image {
    alpha: bool,
    animated: bool,
    orientation: u8,
}

impl Listed {
    fn shelved(self, aside: bool) -> Result<Shelved> {
        let other = "the server's list of assets is one of another version";
        let hash = ContentHash::parse(&self.content_hash).context(other)?;
        // What a spec can name is a picture; everything else is refused as one that has no size.
        let details = match self.size.zip(self.image) {
            Some((size, Image { alpha, animated, orientation })) => AssetDetails::Image(ImageDetails {
                size: PixelSize { width: size.width, height: size.height },
                alpha,
                animated,
                orientation,
                looks: None,
            }),
            None => AssetDetails::Document,
        };
        let media = self.media_type.parse().context(other)?;
        let facts = AssetFacts { hash, bytes: self.bytes, media, details };
        Ok(Shelved { id: self.id, facts, aside })
    }
}
