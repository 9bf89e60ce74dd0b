//! A spec in which everything is said everywhere, made into one that people would write.

use placard_domain::spec::{AdGroupSpec, AdSpec, CampaignSpec, Copy};

/// Says once, at the campaign, what most ad groups or ads have in common. Every ad group of `spec` has locations and an
/// audience of its own before, and every ad a destination and words; the campaign's are overwritten.
pub(crate) fn tidy(spec: &mut CampaignSpec) {
    let groups = &mut spec.ad_groups;
    // What a group leaves out comes from the campaign, so only what every group says can be said there.
    if groups.iter().all(|group| group.bid.is_some()) {
        spec.bid = hoist(groups, |group| &mut group.bid);
    }
    if groups.iter().all(|group| group.schedule.is_some()) {
        spec.schedule =
            hoist(groups, |group| &mut group.schedule).filter(|common| *common != Default::default());
    }
    spec.locations = hoist(groups, |group| &mut group.locations).unwrap_or(spec.locations.clone());
    spec.audience = hoist(groups, |group| &mut group.audience).unwrap_or_default();
    let mut ads: Vec<&mut AdSpec> = groups.iter_mut().flat_map(|group| &mut group.ads).collect();
    if let Some(destination) = hoist_from(&mut ads, |ad| &mut ad.destination) {
        spec.destination = destination;
    }
    let mut common = Copy::default();
    let mut words: Vec<&mut Copy> = ads.into_iter().filter_map(|ad| ad.copy.as_mut()).collect();
    common.primary_text = shared(&mut words, |copy| &mut copy.primary_text);
    common.headline = shared(&mut words, |copy| &mut copy.headline);
    common.description = shared(&mut words, |copy| &mut copy.description);
    common.call_to_action = shared(&mut words, |copy| &mut copy.call_to_action);
    for ad in groups.iter_mut().flat_map(|group| &mut group.ads) {
        ad.copy = ad.copy.take().filter(|copy| *copy != Copy::default());
    }
    spec.copy = Some(common).filter(|copy| *copy != Copy::default());
}

/// The value that most groups have; those that have it say it no more.
fn hoist<T: PartialEq + Clone>(
    groups: &mut [AdGroupSpec],
    field: impl Fn(&mut AdGroupSpec) -> &mut Option<T>,
) -> Option<T> {
    hoist_from(&mut groups.iter_mut().collect::<Vec<_>>(), |group| field(group))
}

fn hoist_from<S, T: PartialEq + Clone>(
    each: &mut [&mut S],
    field: impl Fn(&mut S) -> &mut Option<T>,
) -> Option<T> {
    let mut counts: Vec<(T, usize)> = Vec::new();
    for one in each.iter_mut() {
        let Some(value) = field(one) else { continue };
        match counts.iter_mut().find(|(known, _)| known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value.clone(), 1)),
        }
    }
    // Of equals, the first.
    let most = counts.iter().map(|(_, count)| *count).max()?;
    let (common, _) = counts.into_iter().find(|(_, count)| *count == most)?;
    for one in each.iter_mut() {
        let own = field(one);
        if own.as_ref() == Some(&common) {
            *own = None;
        }
    }
    Some(common)
}

/// A part of words that all have alike.
fn shared<T: PartialEq + Clone>(
    words: &mut [&mut Copy],
    field: impl Fn(&mut Copy) -> &mut Option<T>,
) -> Option<T> {
    let first = field(words.first_mut()?).clone()?;
    let alike = words.iter_mut().all(|copy| field(copy).as_ref() == Some(&first));
    if !alike {
        return None;
    }
    words.iter_mut().for_each(|copy| *field(copy) = None);
    Some(first)
}
