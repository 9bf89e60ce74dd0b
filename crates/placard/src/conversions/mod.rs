//! Telling platforms of deals that were won, so that their bidding learns which clicks earn money.
//!
//! Each deal is an intent before the platform is told, and has an outcome afterwards. A lost answer is followed by the
//! very same again, because a platform that takes conversions counts equal ones once ([`placard_platforms::Conversions`]).

mod send;

pub use send::{Ask, LeftOut, Planned, Sent, Sight, Teller, with_advice};

use crate::session::{Reach, Session};
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, Platform};
use placard_platforms::{ConversionGoal, Conversions, PlatformError};
use placard_store::{
    StoreError, TenantTx,
    audit::Actor,
    crm::conversion::{self, Goal, NewGoal},
    tenant::Tenant,
};

/// Why a platform cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum Untellable {
    /// Its documents describe no call.
    #[error(
        "{} takes no won deals from Placard: what is known of its API describes no call for them",
        .0.title()
    )]
    NotTaken(Platform),
    /// No goal was chosen.
    #[error("{0} is told of no deals: no goal was chosen that counts them")]
    NoGoal(AccountRef),
    /// The account has no goal of this name.
    #[error("{account} has no offline conversion goal `{name}`; it has {}", listed(.has))]
    NoSuchGoal {
        /// The account.
        account: AccountRef,
        /// The name that was asked for.
        name: String,
        /// What it has.
        has: Vec<String>,
    },
    /// The goal does not count.
    #[error("the goal `{0}` is paused there and counts nothing; switch it on there first, or choose another")]
    Paused(String),
    /// Somebody else is telling the account.
    #[error("another process is just telling {0} of deals; try again when it is done")]
    Busy(AccountRef),
    /// The platform refused or is away.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What `reach` takes of won deals.
pub fn takes(reach: &Reach) -> Result<&dyn Conversions, Untellable> {
    reach.platform.conversions().ok_or_else(|| Untellable::NotTaken(reach.platform.platform()))
}

/// The goals of an account that take deals.
pub async fn goals(reach: &Reach) -> Result<Vec<ConversionGoal>, Untellable> {
    Ok(takes(reach)?.goals(&reach.access).await?)
}

/// Has the account told of deals under the goal called `name`: those that were won at `since` or later, or from `now` on. One
/// that is chosen again goes on where it was.
pub async fn choose(
    session: &Session,
    tenant: &Tenant,
    actor: &Actor,
    reach: &Reach,
    name: &str,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Goal, Untellable> {
    let has = goals(reach).await?;
    let Some(goal) = has.iter().find(|goal| goal.name == name) else {
        return Err(Untellable::NoSuchGoal {
            account: reach.account().clone(),
            name: name.to_owned(),
            has: has.into_iter().map(|goal| goal.name).collect(),
        });
    };
    if !goal.active {
        return Err(Untellable::Paused(goal.name.clone()));
    }
    let mut tx = session.db().tenant(tenant.id).await?;
    let new = NewGoal {
        account: reach.account(),
        name: &goal.name,
        remote_id: &goal.id,
        window: goal.window,
        since,
    };
    let chosen = conversion::choose(&mut tx, actor, &new, now).await?;
    tx.commit().await?;
    Ok(chosen)
}

/// The goals of those accounts that are told of deals, of one platform or account if that is named.
pub async fn chosen(
    tx: &mut TenantTx,
    platform: Option<Platform>,
    account: Option<&str>,
) -> Result<Vec<Goal>, StoreError> {
    let mut goals = conversion::goals(tx).await?;
    goals.retain(|goal| {
        platform.is_none_or(|platform| goal.account.platform == platform)
            && account.is_none_or(|account| goal.account.id == account)
    });
    Ok(goals)
}
