//! Where documents are.

use anyhow::Result;
use placard_store::{Db, documents::Documents};
use secrecy::SecretString;

/// Documents in `db`, and of tenants that have moved there, in the MongoDB at `url`.
#[cfg(feature = "mongodb")]
pub(super) async fn open(db: &Db, url: Option<&SecretString>) -> Result<Documents> {
    use anyhow::Context;
    use placard_store::documents::{KeywordSearch, MongoDb};

    let Some(url) = url else { return Ok(Documents::new(db)) };
    let mongodb = MongoDb::connect(db, url).await;
    let mongodb = mongodb.context("MongoDB cannot be used")?;
    if mongodb.keyword_search() == KeywordSearch::Terms {
        tracing::warn!(
            "this MongoDB has no text indexes; words are searched through a list in each document"
        );
    }
    Ok(Documents::with_mongodb(db, mongodb))
}

/// Documents in `db`.
#[cfg(not(feature = "mongodb"))]
pub(super) async fn open(db: &Db, url: Option<&SecretString>) -> Result<Documents> {
    if url.is_some() {
        anyhow::bail!("this build of Placard knows no MongoDB");
    }
    Ok(Documents::new(db))
}
