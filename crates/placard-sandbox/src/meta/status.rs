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
        Kind::Image | Kind::Video | Kind::LeadForm | Kind::Label => {
            matches!(effective, E::Active | E::Archived)
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::SandboxConfig;
    use crate::object::{NodeId, Review};
    use crate::wire::WireEnum;

    fn object(world: &mut World, kind: Kind, status: Status) -> Object {
        let mut object = world.draft(kind, "1001", status);
        object.in_process_until = world.now();
        object
    }

    /// A world with one campaign, ad set and ad in the given states.
    fn world(states: (Status, Status, Status), review: (i64, bool), pays: bool) -> (World, [NodeId; 3]) {
        let mut world = World::fresh(SandboxConfig::default());
        if let Some(account) = world.accounts.get_mut("1001") {
            account.has_payment = pays;
        }
        let campaign = object(&mut world, Kind::Campaign, states.0);
        let campaign = world.add(campaign);
        let mut ad_set = object(&mut world, Kind::AdSet, states.1);
        ad_set.campaign = Some(campaign);
        let ad_set = world.add(ad_set);
        let mut ad = object(&mut world, Kind::Ad, states.2);
        (ad.campaign, ad.ad_set) = (Some(campaign), Some(ad_set));
        let refused = review.1.then(|| ("Policy".to_owned(), "Text".to_owned()));
        ad.review = Some(Review { until: world.now() + TimeDelta::minutes(review.0), refused });
        let ad = world.add(ad);
        (world, [campaign, ad_set, ad])
    }

    /// What the table of the platform says, written out a second time as a list of words.
    fn expected(states: (Status, Status, Status), review: (i64, bool), pays: bool) -> &'static str {
        let (campaign, ad_set, ad) = states;
        [
            (ad == Status::Deleted, "DELETED"),
            (ad == Status::Archived, "ARCHIVED"),
            (ad == Status::Paused, "PAUSED"),
            (campaign != Status::Active, "CAMPAIGN_PAUSED"),
            (ad_set != Status::Active, "ADSET_PAUSED"),
            (review.0 > 0, "PENDING_REVIEW"),
            (review.1, "DISAPPROVED"),
            (!pays, "PENDING_BILLING_INFO"),
        ]
        .into_iter()
        .find_map(|(holds, word)| holds.then_some(word))
        .unwrap_or("ACTIVE")
    }

    #[test]
    fn every_combination_of_states_comes_to_what_the_table_says() {
        let mut seen = 0;
        for (campaign, ad_set, ad) in Status::ALL.iter().flat_map(|campaign| {
            Status::ALL.iter().flat_map(move |set| Status::ALL.iter().map(move |ad| (*campaign, *set, *ad)))
        }) {
            for review in [(15, false), (15, true), (0, false), (0, true)] {
                for pays in [true, false] {
                    let states = (campaign, ad_set, ad);
                    let (world, ids) = world(states, review, pays);
                    let of = |id: NodeId| effective(&world, &world.objects[&id], world.now());
                    assert_eq!(
                        of(ids[2]).as_str(),
                        expected(states, review, pays),
                        "{states:?} {review:?} {pays}"
                    );
                    let active = campaign == Status::Active;
                    assert_eq!(of(ids[0]) == Effective::Active, active);
                    assert_eq!(of(ids[1]) == Effective::Active, active && ad_set == Status::Active);
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 512);
    }
}
