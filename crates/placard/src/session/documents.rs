//! The documents of this installation: in its database, and in MongoDB if it is told where that is.

use anyhow::Result;
use placard_store::{Db, documents::Documents};
use secrecy::SecretString;

#[cfg(feature = "mongodb")]
pub(super) async fn open(db: &Db, mongodb_url: Option<&SecretString>) -> Result<Documents> {
    use anyhow::Context;
    use placard_store::documents::{KeywordSearch, MongoDb};
    let Some(url) = mongodb_url else { return Ok(Documents::new(db)) };
    let mongodb = MongoDb::connect(db, url).await.context("MongoDB cannot be used")?;
    if mongodb.keyword_search() == KeywordSearch::Terms {
        tracing::info!(
            "this MongoDB has no text indexes; words are searched through a list in each document"
        );
    }
    Ok(Documents::with_mongodb(db, mongodb))
}

#[cfg(not(feature = "mongodb"))]
pub(super) async fn open(db: &Db, mongodb_url: Option<&SecretString>) -> Result<Documents> {
    anyhow::ensure!(mongodb_url.is_none(), "this build of Placard knows no MongoDB");
    Ok(Documents::new(db))
}
