//! The documents of this installation.

use anyhow::Result;
use placard_store::{Db, documents::Documents};

/// Names the MongoDB that may hold documents.
const MONGODB_URL: &str = "PLACARD_MONGODB_URL";

/// The documents of this installation: in `db`, and in the MongoDB that the environment names.
///
/// # Errors
/// If that MongoDB cannot be used, or this build knows none.
pub async fn documents(db: &Db) -> Result<Documents> {
    match std::env::var(MONGODB_URL) {
        Ok(url) if !url.is_empty() => with_mongodb(db, url).await,
        _ => Ok(Documents::new(db)),
    }
}

#[cfg(feature = "mongodb")]
async fn with_mongodb(db: &Db, url: String) -> Result<Documents> {
    use anyhow::Context;
    let mongodb = placard_store::documents::MongoDb::connect(db, &url.into()).await;
    Ok(Documents::with_mongodb(db, mongodb.context("MongoDB cannot be used")?))
}

#[cfg(not(feature = "mongodb"))]
async fn with_mongodb(_: &Db, _: String) -> Result<Documents> {
    anyhow::bail!("{MONGODB_URL} is set, and this build of Placard knows no MongoDB")
}
