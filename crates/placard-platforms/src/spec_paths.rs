//! Where in a spec a field of a campaign was said, with inheritance undone.

use placard_domain::spec::{AdGroupSpec, AdSpec, CampaignSpec};

/// Field paths of one spec.
#[derive(Clone, Copy)]
pub(crate) struct Paths<'a> {
    spec: &'a CampaignSpec,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(spec: &'a CampaignSpec) -> Self {
        Self { spec }
    }

    pub(crate) fn budget(&self, group: usize) -> String {
        self.inherited(group, "budget", |group| group.budget.is_some())
    }

    pub(crate) fn bid(&self, group: usize) -> String {
        self.inherited(group, "bid", |group| group.bid.is_some())
    }

    pub(crate) fn schedule(&self, group: usize) -> String {
        self.inherited(group, "schedule", |group| group.schedule.is_some())
    }

    pub(crate) fn locations(&self, group: usize) -> String {
        self.inherited(group, "locations", |group| group.locations.is_some())
    }

    pub(crate) fn audience(&self, group: usize) -> String {
        self.inherited(group, "audience", |group| group.audience.is_some())
    }

    /// The destination of an ad.
    pub(crate) fn destination(&self, group: usize, ad: usize) -> String {
        let own = self.ad_spec(group, ad).is_some_and(|spec| spec.destination.is_some());
        if own { format!("{}.destination", self.ad(group, ad)) } else { "destination".to_owned() }
    }

    /// A part of an ad's copy.
    pub(crate) fn copy(&self, group: usize, ad: usize, part: &str) -> String {
        let copy = self.ad_spec(group, ad).and_then(|spec| spec.copy.as_ref());
        let own = copy.is_some_and(|copy| match part {
            "primary_text" => copy.primary_text.is_some(),
            "headline" => copy.headline.is_some(),
            "description" => copy.description.is_some(),
            "call_to_action" => copy.call_to_action.is_some(),
            "more_headlines" => !copy.more_headlines.is_empty(),
            "more_descriptions" => !copy.more_descriptions.is_empty(),
            _ => false,
        });
        if own { format!("{}.copy.{part}", self.ad(group, ad)) } else { format!("copy.{part}") }
    }

    pub(crate) fn group(&self, group: usize) -> String {
        format!("ad_groups[{group}]")
    }

    pub(crate) fn ad(&self, group: usize, ad: usize) -> String {
        format!("ad_groups[{group}].ads[{ad}]")
    }

    fn inherited(&self, group: usize, field: &str, has: impl Fn(&AdGroupSpec) -> bool) -> String {
        let own = self.spec.ad_groups.get(group).is_some_and(has);
        if own { format!("{}.{field}", self.group(group)) } else { field.to_owned() }
    }

    fn ad_spec(&self, group: usize, ad: usize) -> Option<&'a AdSpec> {
        self.spec.ad_groups.get(group)?.ads.get(ad)
    }
}
