//! Sending what outreach has due, for every tenant. It goes on beside the jobs: a slow mail server keeps nothing else
//! waiting, and neither does a deployment keep messages waiting.

use crate::{
    outreach::{self, Pass, Runner},
    publishing::Stop,
    session::Session,
};
use anyhow::Result;
use chrono::Utc;
use placard_domain::TenantId;
use placard_store::outreach::due_tenants;
use std::time::Duration;
use uuid::Uuid;

/// How long after one look the next one follows.
const BEAT: Duration = Duration::from_secs(5);

/// What was sent for one tenant, or why nothing could be.
#[derive(Debug)]
pub struct Post {
    /// Whose messages.
    pub tenant: TenantId,
    /// What became of them.
    pub outcome: Result<Pass>,
}

/// Sends what becomes due, until `stop` is asked; then it ends after the message under way. A database that is away is
/// asked again later.
pub async fn deliver(session: &Session, stop: &Stop, mut tell: impl FnMut(&Post)) {
    while !stop.is_wanted() {
        match round(session, stop).await {
            Ok(posts) => {
                posts.iter().for_each(&mut tell);
                if posts.iter().any(|post| matches!(&post.outcome, Ok(pass) if pass.unfinished)) {
                    continue;
                }
            }
            Err(error) => tracing::warn!("no message went out: {error:#}"),
        }
        tokio::select! {
            () = stop.wanted() => {}
            () = tokio::time::sleep(BEAT) => {}
        }
    }
}

/// Sends what is due now. A tenant whose channels cannot be used keeps nobody else waiting; one who has none is left
/// out.
pub async fn round(session: &Session, stop: &Stop) -> Result<Vec<Post>> {
    let mut tx = session.db().system().await?;
    let tenants = due_tenants(&mut tx, Utc::now()).await?;
    tx.commit().await?;
    let mut posts = Vec::new();
    for tenant in tenants {
        match of_tenant(session, tenant, stop).await {
            Ok(None) => {}
            Ok(Some(pass)) => posts.push(Post { tenant, outcome: Ok(pass) }),
            Err(error) => posts.push(Post { tenant, outcome: Err(error) }),
        }
    }
    Ok(posts)
}

async fn of_tenant(session: &Session, tenant: TenantId, stop: &Stop) -> Result<Option<Pass>> {
    let mut tx = session.db().tenant(tenant).await?;
    let channels = outreach::channels(&mut tx, session.vault()).await?;
    tx.commit().await?;
    let Some(channels) = channels else { return Ok(None) };
    let name = format!("outreach {}", Uuid::now_v7());
    let runner = Runner::new(session.db().clone(), session.vault(), tenant, channels, name);
    runner.until(stop.clone()).pass(Utc::now()).await.map(Some)
}
