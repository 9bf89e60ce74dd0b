//! The effective status of an object (Meta, `platforms/meta.md` §15).

use chrono::{DateTime, Utc};

use crate::object::{Kind, Object, Status};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// What an object's state comes to once its parents, review and billing are counted in.
    pub(crate) enum Effective {
        Active = "ACTIVE",
        Paused = "PAUSED",
        Deleted = "DELETED",
        Archived = "ARCHIVED",
        InProcess = "IN_PROCESS",
        WithIssues = "WITH_ISSUES",
        CampaignPaused = "CAMPAIGN_PAUSED",
        AdSetPaused = "ADSET_PAUSED",
        PendingReview = "PENDING_REVIEW",
        Disapproved = "DISAPPROVED",
        Preapproved = "PREAPPROVED",
        PendingBillingInfo = "PENDING_BILLING_INFO",
    }
}

/// Derives the effective status at an instant; the first rule that matches counts.
pub(crate) fn effective(world: &World, object: &Object, at: DateTime<Utc>) -> Effective {
    match object.status {
        Status::Deleted => return Effective::Deleted,
        Status::Archived => return Effective::Archived,
        Status::Active | Status::Paused => {}
    }
    if at < object.in_process_until {
        return Effective::InProcess;
    }
    if object.status == Status::Paused {
        return Effective::Paused;
    }
    if let Some(parent) = paused_parent(world, object) {
        return parent;
    }
    if object.kind != Kind::Ad {
        return Effective::Active;
    }
    match &object.review {
        Some(review) if at < review.until => return Effective::PendingReview,
        Some(review) if review.refused.is_some() => return Effective::Disapproved,
        Some(_) | None => {}
    }
    match world.accounts.get(&object.owner) {
        Some(account) if !account.has_payment => Effective::PendingBillingInfo,
        Some(account) if !account.is_active() => Effective::WithIssues,
        Some(_) | None => Effective::Active,
    }
}

/// The campaign counts before the ad set; a deleted or archived parent is off like a paused one.
fn paused_parent(world: &World, object: &Object) -> Option<Effective> {
    let off = |id: Option<crate::object::NodeId>| {
        id.and_then(|id| world.object(id)).is_some_and(|parent| parent.status != Status::Active)
    };
    if off(object.campaign) {
        return Some(Effective::CampaignPaused);
    }
    off(object.ad_set).then_some(Effective::AdSetPaused)
}

/// The effective statuses an edge may be asked for at a level.
pub(crate) fn askable(kind: Kind, effective: Effective) -> bool {
    use Effective as E;
    match kind {
        Kind::Campaign => {
            matches!(effective, E::Active | E::Paused | E::Archived | E::InProcess | E::WithIssues)
        }
        Kind::AdSet => matches!(
            effective,
            E::Active | E::Paused | E::Archived | E::InProcess | E::WithIssues | E::CampaignPaused
        ),
        Kind::Ad => !matches!(effective, E::Deleted),
        Kind::Creative => matches!(effective, E::Active | E::InProcess | E::WithIssues),
        Kind::Image | Kind::LeadForm | Kind::Label => matches!(effective, E::Active | E::Archived),
    }
}
