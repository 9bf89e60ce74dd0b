//! How well a publishing uses limits that are too small for it, and how soon a pause gets through meanwhile.

mod counted;
mod meta;
mod spec;

use crate::{Size, figure::Figure};
use anyhow::Result;
use placard_domain::Platform;
use std::time::Duration;

/// How soon a pause must get through.
const SOON: Duration = Duration::from_secs(2);

/// Publishes a tenth of `size.ads` ads under the limits of `only`, or of each platform.
pub(crate) async fn measure(size: Size, only: Option<Platform>) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for platform in Platform::ALL.into_iter().filter(|one| only.is_none_or(|only| only == *one)) {
        figures.extend(match platform {
            Platform::Meta => Box::pin(meta::measure(size)).await?,
            other => Box::pin(counted::measure(size, other)).await?,
        });
    }
    Ok(figures)
}
