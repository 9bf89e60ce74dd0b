//! What the API costs beside the database under it, and what row-level security and shared limits cost.

mod fastify;
mod lists;
mod load;
mod login;
mod pgbench;
mod quota;
mod reading;
mod redis;
mod stage;

pub(crate) use quota::lessee;

use crate::{Size, figure::Figure};
use anyhow::Result;

/// Measures all of it.
pub(crate) async fn measure(size: Size) -> Result<Vec<Figure>> {
    let stage = stage::Stage::open(size.campaigns).await?;
    let mut figures = reading::measure(size, &stage).await?;
    figures.extend(lists::measure(size, &stage).await?);
    figures.extend(login::measure(size, &stage).await?);
    stage.close().await?;
    figures.extend(quota::measure(size).await?);
    Ok(figures)
}
