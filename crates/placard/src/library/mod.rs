//! The tenant's assets: taking them in, and where their bytes lie.
//!
//! No record that stands is without its bytes, and no bytes stay for long without a record:
//!
//! - Whoever stores bytes says so before, in a row of its own (`asset::expect`). Then come the bytes, then the record, in one
//!   transaction with the end of that row; if somebody has forgotten the row by then, there is no record.
//! - Bytes are given up in the record first (`asset::give_up`), and go afterwards (`purge`). Whoever is killed in between
//!   leaves bytes that no record claims, and those go with the next sweep.
//! - Bytes go only while their content is held (`asset::Hold`), and only if then neither a record nor a row of somebody who
//!   stores them claims it. Whoever begins to store the same content waits for the hold to end.
//!
//! What cannot be seen is a removal that a bucket carries out after the process that asked for it was gone.

mod fetching;
mod purge;

pub use fetching::{Coming, Errand, FetchAssetError, Refreshed, address, fetcher};
pub use purge::{KEPT, KEPT_DAYS, Purge, Purged};

use crate::{
    publishing::{Keeping, kept},
    settings::AssetSettings,
};
use anyhow::{Context, Result, bail};
use axum::body::{Body, Bytes};
use chrono::Utc;
use futures::Stream;
use placard_assets::{
    Intake, IntakeError, Received,
    content::{Found, Removed},
    objects::{ObjectError, ObjectKey, Objects, Part, S3Settings, UrlSigner},
};
use placard_domain::{
    TenantId,
    asset::{AssetFacts, ContentHash, MediaType},
};
use placard_store::{
    Db, StoreError, TenantTx,
    asset::{self, Addition, ArrivalId, Asset, Near, NewAsset, Source},
    audit::Actor,
};
use secrecy::SecretSlice;
use serde_json::Map;
use std::{collections::BTreeSet, io, path::Path, sync::Arc};

/// How many pictures that look like a new one are named.
const MOST_NEAR: usize = 5;

/// The longest name that an asset has, in characters.
const LONGEST_NAME: usize = 255;

/// Where assets lie, and the way in.
#[derive(Debug)]
pub struct Library {
    objects: Arc<Objects>,
    intake: Intake,
}

/// Why a file was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// It was not taken in.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// It could not be recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ObjectError> for AddError {
    fn from(error: ObjectError) -> Self {
        Self::Intake(error.into())
    }
}

/// A file on its way in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The name that it had.
    pub name: String,
    /// What its sender says that it is, if that is one of ours.
    pub declared: Option<MediaType>,
    /// Where it was fetched from.
    pub source: Option<Source>,
}

/// A file that was added, or was there.
#[derive(Clone, Debug)]
pub struct Added {
    /// The asset.
    pub asset: Asset,
    /// Whether it is new.
    pub addition: Addition,
    /// What was taken out of the file.
    pub removed: BTreeSet<Removed>,
    /// Pictures that look like it.
    pub near: Vec<Near>,
}

impl Library {
    /// Assets in the bucket of `settings`, or else in a folder of the data directory.
    pub fn open(data_dir: &Path, settings: &AssetSettings) -> Result<Self> {
        let folder = data_dir.join("assets");
        let objects = match bucket(settings)? {
            Some(bucket) => Objects::s3(&bucket)?,
            None => {
                let fresh = SecretSlice::from(rand::random::<[u8; 32]>().to_vec());
                let signer = UrlSigner::kept_at(&folder.join("signing-key"), &fresh)
                    .context("the secret that signs addresses of assets cannot be kept")?;
                Objects::local(&folder.join("objects"), signer)?
            }
        };
        let objects = Arc::new(objects);
        let intake = Intake::new(Arc::clone(&objects), folder.join("arriving"))?;
        Ok(Self { objects, intake })
    }

    /// Where the bytes lie.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The content of a tenant's asset, by its hash; whether it was put aside or not.
    pub async fn read(&self, tenant: TenantId, hash: &str) -> Result<Bytes> {
        let hash = ContentHash::parse(hash).context("this is no hash of an asset")?;
        let key = ObjectKey::new(tenant, hash, Part::Original);
        let reading = self.objects.get(&key, None).await?;
        let most = usize::try_from(reading.size)?;
        Ok(axum::body::to_bytes(Body::from_stream(reading.content), most).await?)
    }

    /// Adds a file to a tenant's assets, unless it is there.
    pub async fn add<S>(
        &self,
        db: &Db,
        tenant: TenantId,
        actor: &Actor,
        arrival: Arrival,
        content: S,
    ) -> Result<Added, AddError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let name = tidy(&arrival.name);
        let declared = MediaType::promised_by(&name).or(arrival.declared);
        let received = self.intake.receive(content, declared).await?;
        let stored = self.store(db, tenant, received).await?;
        let mut tx = db.tenant(tenant).await?;
        let added = stored.record(&mut tx, actor, name, arrival.source).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Stores what was received, after saying so.
    async fn store(&self, db: &Db, tenant: TenantId, received: Received) -> Result<Stored, AddError> {
        let mut tx = db.tenant(tenant).await?;
        let arrival = asset::expect(&mut tx, &received.facts.hash, Utc::now()).await?;
        tx.commit().await?;
        kept(Keeping::Expected);
        let hash = received.received.clone();
        let (facts, found) = self.intake.store(tenant, received).await?;
        kept(Keeping::Stored);
        Ok(Stored { arrival, facts, received: hash, found })
    }
}

/// A file whose bytes are stored, and that has no record yet.
struct Stored {
    arrival: ArrivalId,
    facts: AssetFacts,
    received: ContentHash,
    found: Found,
}

impl Stored {
    async fn record(
        self,
        tx: &mut TenantTx,
        actor: &Actor,
        name: String,
        source: Option<Source>,
    ) -> Result<Added, StoreError> {
        let Self { arrival, facts, received, found } = self;
        asset::arrived(tx, arrival).await?;
        let new = NewAsset { facts, received, name, source, metadata: Map::new() };
        let (asset, addition) = asset::add(tx, actor, &new).await?;
        let near = match asset.facts.looks() {
            Some(looks) => asset::near(tx, looks, asset.id, MOST_NEAR).await?,
            None => Vec::new(),
        };
        Ok(Added { asset, addition, removed: found.removed, near })
    }
}

fn bucket(settings: &AssetSettings) -> Result<Option<S3Settings>> {
    let Some(bucket) = settings.bucket.clone() else { return Ok(None) };
    let (Some(access_key_id), Some(secret_access_key)) =
        (settings.access_key_id.clone(), settings.secret_access_key.clone())
    else {
        bail!(
            "PLACARD_ASSETS_BUCKET wants PLACARD_ASSETS_ACCESS_KEY_ID and PLACARD_ASSETS_SECRET_ACCESS_KEY"
        );
    };
    Ok(Some(S3Settings {
        bucket,
        region: settings.region.clone(),
        endpoint: settings.endpoint.clone(),
        path_style: settings.path_style,
        access_key_id,
        secret_access_key,
    }))
}

/// A file's name without its folders, control characters and surplus.
fn tidy(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let surplus = kept.trim().chars().count().saturating_sub(LONGEST_NAME);
    // The ending says what it is, so the surplus goes at the start.
    let kept: String = kept.trim().chars().skip(surplus).collect();
    if kept.is_empty() { "unnamed".to_owned() } else { kept }
}
