//! What follows from what was set: serving, review, learning (Google, `platforms/google.md` §5).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::kind::{Kind, Lifecycle};
use super::rules::{self, Channel};
use super::store::{CustomerStatus, Key, LearningCause, Resource, int_at};
use crate::wire::{WireEnum, wire_enum};
use crate::world::{RecordKey, World};

wire_enum! {
    /// `primary_status`.
    pub(crate) enum Primary {
        Eligible = "ELIGIBLE",
        Paused = "PAUSED",
        Removed = "REMOVED",
        Ended = "ENDED",
        Pending = "PENDING",
        Limited = "LIMITED",
        Learning = "LEARNING",
        NotEligible = "NOT_ELIGIBLE",
    }
}

wire_enum! {
    /// `campaign.serving_status`.
    pub(crate) enum ServingStatus {
        Serving = "SERVING",
        None = "NONE",
        Ended = "ENDED",
        Pending = "PENDING",
        Suspended = "SUSPENDED",
    }
}

/// How an ad's review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    UnderReview,
    Approved,
    Disapproved,
}

/// How long smart bidding learns.
const LEARNING: TimeDelta = TimeDelta::days(7);

type Judged = (Primary, Vec<&'static str>);

impl World {
    fn google_zone(&self, customer: &str) -> chrono_tz::Tz {
        self.google.customers.get(customer).map_or(chrono_tz::Tz::UTC, super::store::Customer::zone)
    }

    /// Whether a campaign can serve, whatever is in it.
    pub(crate) fn google_serving(&self, campaign: &Resource, at: DateTime<Utc>) -> ServingStatus {
        let zone = self.google_zone(&campaign.customer);
        let time = |member: &str| rules::local_time(&campaign.fields, member, zone);
        let customer = self.google.customers.get(&campaign.customer);
        match campaign.state {
            Lifecycle::Removed | Lifecycle::Paused | Lifecycle::Hidden => ServingStatus::None,
            _ if time("endDateTime").is_some_and(|end| end < at) => ServingStatus::Ended,
            _ if customer.is_some_and(|customer| customer.status != CustomerStatus::Enabled) => {
                ServingStatus::Suspended
            }
            _ if time("startDateTime").is_some_and(|start| start > at) => ServingStatus::Pending,
            Lifecycle::Enabled => ServingStatus::Serving,
        }
    }

    /// Whether everything above an ad, and the ad itself, lets it be shown.
    pub(crate) fn google_shows(&self, ad: &Resource, at: DateTime<Utc>) -> bool {
        let group = self.google.get(ad.text("adGroup"));
        let campaign = group.and_then(|group| self.google.get(group.text("campaign")));
        ad.is_enabled()
            && verdict(ad, at) == Verdict::Approved
            && group.is_some_and(Resource::is_enabled)
            && campaign.is_some_and(|campaign| self.google_serving(campaign, at) == ServingStatus::Serving)
    }

    /// The cause of a campaign's learning, while it learns.
    pub(crate) fn google_learning(&self, campaign: &Resource, at: DateTime<Utc>) -> Option<LearningCause> {
        let learning = campaign.learning.as_ref()?;
        let began = campaign.first_active.map(|moment| moment.at.max(learning.since));
        began.is_none_or(|began| at < began + LEARNING).then_some(learning.cause)
    }

    /// Notes for every campaign and all below when they first became able to serve.
    pub(crate) fn google_note_all(&mut self) {
        let campaigns = self.google.all().filter(|resource| resource.kind == Kind::Campaign);
        let names: Vec<String> = campaigns.map(|campaign| campaign.name.clone()).collect();
        names.iter().for_each(|name| self.google_note_activity(name));
    }

    /// Notes for a resource and all below it when they first became able to serve.
    pub(crate) fn google_note_activity(&mut self, name: &str) {
        let Some(resource) = self.google.get(name) else { return };
        let below = match resource.kind {
            Kind::Campaign => Some(Kind::AdGroup),
            Kind::AdGroup => Some(Kind::AdGroupAd),
            Kind::AdGroupAd => None,
            _ => return,
        };
        let now = self.now();
        let active = match resource.kind {
            Kind::Campaign => self.google_serving(resource, now) == ServingStatus::Serving,
            Kind::AdGroup => {
                let campaign = self.google.get(resource.text("campaign"));
                resource.is_enabled()
                    && campaign
                        .is_some_and(|campaign| self.google_serving(campaign, now) == ServingStatus::Serving)
            }
            _ => self.google_shows(resource, now),
        };
        let names: Vec<String> = match below {
            Some(kind) => self.google.below(name, kind).map(|child| child.name.clone()).collect(),
            None => Vec::new(),
        };
        let moment = self.moment();
        if active
            && let Some(resource) = self.google.get_mut(name)
            && resource.first_active.is_none()
        {
            resource.first_active = Some(moment);
            self.touch(RecordKey::Google(Key::Resource(name.to_owned())));
        }
        names.iter().for_each(|name| self.google_note_activity(name));
    }

    /// All that is read back of a resource.
    pub(crate) fn google_view(&self, resource: &Resource) -> Map<String, Value> {
        let mut out = resource.fields.clone();
        if resource.kind.shows_status() {
            out.insert("status".into(), json!(resource.state));
        }
        let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
        match resource.kind {
            Kind::CampaignBudget => {
                let users = self.google.below(&resource.name, Kind::Campaign);
                let count = users.filter(|campaign| !campaign.is_removed()).count();
                put("referenceCount", json!(count.to_string()));
                put("hasRecommendedBudget", json!(false));
            }
            Kind::Campaign => self.campaign_view(resource, &mut put),
            Kind::AdGroup => {
                let (status, reasons) = self.group_status(resource);
                put("primaryStatus", json!(status));
                put("primaryStatusReasons", json!(reasons));
                put("labels", json!(self.labels(resource, Kind::AdGroupLabel)));
                if let Some(bid) = resource.fields.get("cpcBidMicros") {
                    put("effectiveCpcBidMicros", bid.clone());
                }
            }
            Kind::AdGroupAd => self.ad_view(resource, &mut put),
            Kind::AdGroupCriterion => self.criterion_view(resource, &mut put),
            Kind::CampaignCriterion => put("displayName", json!(display_name(resource))),
            _ => {}
        }
        out
    }

    fn labels(&self, resource: &Resource, kind: Kind) -> Vec<String> {
        let links = self.google.below(&resource.name, kind).filter(|link| !link.is_removed());
        links.map(|link| link.text("label").to_owned()).collect()
    }

    fn campaign_view(&self, campaign: &Resource, put: &mut impl FnMut(&str, Value)) {
        let now = self.now();
        put("servingStatus", json!(self.google_serving(campaign, now)));
        let (status, reasons) = self.campaign_status(campaign);
        put("primaryStatus", json!(status));
        put("primaryStatusReasons", json!(reasons));
        if let Some(strategy) = rules::strategy(&campaign.fields) {
            put("biddingStrategyType", json!(strategy));
        }
        let system = match (campaign.state, self.google_learning(campaign, now)) {
            (Lifecycle::Paused, _) => "PAUSED",
            (_, Some(cause)) => cause.as_str(),
            (_, None) => "ENABLED",
        };
        put("biddingStrategySystemStatus", json!(system));
        let declared = campaign.fields.contains_key("containsEuPoliticalAdvertising");
        put("missingEuPoliticalAdvertisingDeclaration", json!(!declared));
        put("experimentType", json!("BASE"));
        put("labels", json!(self.labels(campaign, Kind::CampaignLabel)));
    }

    fn campaign_status(&self, campaign: &Resource) -> Judged {
        let now = self.now();
        match campaign.state {
            Lifecycle::Removed => return (Primary::Removed, vec!["CAMPAIGN_REMOVED"]),
            Lifecycle::Paused => return (Primary::Paused, vec!["CAMPAIGN_PAUSED"]),
            Lifecycle::Enabled | Lifecycle::Hidden => {}
        }
        match self.google_serving(campaign, now) {
            ServingStatus::Ended => return (Primary::Ended, vec!["CAMPAIGN_ENDED"]),
            ServingStatus::Pending => return (Primary::Pending, vec!["CAMPAIGN_PENDING"]),
            ServingStatus::Serving | ServingStatus::None | ServingStatus::Suspended => {}
        }
        let groups: Vec<&Resource> =
            self.google.below(&campaign.name, Kind::AdGroup).filter(|group| !group.is_removed()).collect();
        let running: Vec<&Resource> = groups.iter().copied().filter(|group| group.is_enabled()).collect();
        let refused = |reason| (Primary::NotEligible, vec![reason]);
        if running.is_empty() {
            return refused(if groups.is_empty() { "NO_AD_GROUPS" } else { "AD_GROUPS_PAUSED" });
        }
        let search = Channel::parse(campaign.text("advertisingChannelType")) == Some(Channel::Search);
        if search && let Some(reason) = self.no_keywords(&running) {
            return refused(reason);
        }
        match self.ads_status(&running) {
            (Primary::Eligible, _) => {}
            judged @ (Primary::Limited, _) if self.google_learning(campaign, now).is_none() => return judged,
            (Primary::Limited, _) => {}
            judged => return judged,
        }
        match self.google_learning(campaign, now) {
            Some(_) => (Primary::Learning, vec!["BIDDING_STRATEGY_LEARNING"]),
            None => (Primary::Eligible, Vec::new()),
        }
    }

    fn no_keywords(&self, groups: &[&Resource]) -> Option<&'static str> {
        let criteria = groups.iter().flat_map(|group| self.google.below(&group.name, Kind::AdGroupCriterion));
        let keywords: Vec<&Resource> =
            criteria.filter(|criterion| !criterion.is_removed() && is_positive_keyword(criterion)).collect();
        match keywords.iter().any(|keyword| keyword.is_enabled()) {
            true => None,
            false if keywords.is_empty() => Some("NO_KEYWORDS"),
            false => Some("KEYWORDS_PAUSED"),
        }
    }

    /// What the ads of some ad groups allow.
    fn ads_status(&self, groups: &[&Resource]) -> Judged {
        let ads: Vec<&Resource> = groups
            .iter()
            .flat_map(|group| self.google.below(&group.name, Kind::AdGroupAd))
            .filter(|ad| !ad.is_removed())
            .collect();
        let running: Vec<Verdict> =
            ads.iter().filter(|ad| ad.is_enabled()).map(|ad| verdict(ad, self.now())).collect();
        let count = |wanted: Verdict| running.iter().filter(|verdict| **verdict == wanted).count();
        let (approved, disapproved) = (count(Verdict::Approved), count(Verdict::Disapproved));
        match running.len() {
            0 if ads.is_empty() => (Primary::NotEligible, vec!["NO_AD_GROUP_ADS"]),
            0 => (Primary::NotEligible, vec!["AD_GROUP_ADS_PAUSED"]),
            all if disapproved == all => (Primary::NotEligible, vec!["HAS_ADS_DISAPPROVED"]),
            _ if approved == 0 => (Primary::Pending, vec!["MOST_ADS_UNDER_REVIEW"]),
            _ if disapproved > 0 => (Primary::Limited, vec!["HAS_ADS_DISAPPROVED"]),
            _ => (Primary::Eligible, Vec::new()),
        }
    }

    fn group_status(&self, group: &Resource) -> Judged {
        match group.state {
            Lifecycle::Removed => return (Primary::Removed, vec!["AD_GROUP_REMOVED"]),
            Lifecycle::Paused => return (Primary::Paused, vec!["AD_GROUP_PAUSED"]),
            Lifecycle::Enabled | Lifecycle::Hidden => {}
        }
        if let Some(reason) = self.campaign_reason(group.text("campaign")) {
            return (Primary::NotEligible, vec![reason]);
        }
        let search = group.text("type") == "SEARCH_STANDARD";
        match self.no_keywords(&[group]) {
            Some(reason) if search => (Primary::NotEligible, vec![reason]),
            _ => self.ads_status(&[group]),
        }
    }

    /// Why a campaign keeps what is below it from serving.
    fn campaign_reason(&self, campaign: &str) -> Option<&'static str> {
        let campaign = self.google.get(campaign)?;
        match (campaign.state, self.google_serving(campaign, self.now())) {
            (Lifecycle::Removed, _) => Some("CAMPAIGN_REMOVED"),
            (Lifecycle::Paused, _) => Some("CAMPAIGN_PAUSED"),
            (_, ServingStatus::Ended) => Some("CAMPAIGN_ENDED"),
            (_, ServingStatus::Pending) => Some("CAMPAIGN_PENDING"),
            _ => None,
        }
    }

    /// Why what is above keeps an ad or criterion from serving.
    fn above_reason(&self, part: &Resource) -> Option<&'static str> {
        let group = self.google.get(part.text("adGroup"))?;
        match group.state {
            Lifecycle::Removed => Some("AD_GROUP_REMOVED"),
            Lifecycle::Paused => Some("AD_GROUP_PAUSED"),
            Lifecycle::Enabled | Lifecycle::Hidden => self.campaign_reason(group.text("campaign")),
        }
    }

    fn ad_view(&self, ad: &Resource, put: &mut impl FnMut(&str, Value)) {
        let verdict = verdict(ad, self.now());
        let (review, approval) = match verdict {
            Verdict::UnderReview => ("REVIEW_IN_PROGRESS", "UNKNOWN"),
            Verdict::Approved => ("REVIEWED", "APPROVED"),
            Verdict::Disapproved => ("REVIEWED", "DISAPPROVED"),
        };
        let mut policy = json!({ "reviewStatus": review, "approvalStatus": approval });
        if let (Verdict::Disapproved, Some(phrase)) =
            (verdict, ad.review.as_ref().and_then(|review| review.refused.as_deref()))
        {
            policy["policyTopicEntries"] = json!([{
                "topic": "MISLEADING_CLAIMS", "type": "PROHIBITED",
                "evidences": [{ "textList": { "texts": [phrase] } }],
            }]);
        }
        put("policySummary", policy);
        put("adStrength", json!(strength(ad, verdict)));
        put("labels", json!(self.labels(ad, Kind::AdGroupAdLabel)));
        let (status, reasons) = match (ad.state, verdict) {
            (Lifecycle::Removed, _) => (Primary::Removed, vec!["AD_GROUP_AD_REMOVED"]),
            (Lifecycle::Paused, _) => (Primary::Paused, vec!["AD_GROUP_AD_PAUSED"]),
            (_, Verdict::Disapproved) => (Primary::NotEligible, vec!["AD_GROUP_AD_DISAPPROVED"]),
            (_, Verdict::UnderReview) => (Primary::Pending, vec!["AD_GROUP_AD_UNDER_REVIEW"]),
            (_, Verdict::Approved) => match self.above_reason(ad) {
                Some(reason) => (Primary::NotEligible, vec![reason]),
                None => (Primary::Eligible, Vec::new()),
            },
        };
        put("primaryStatus", json!(status));
        put("primaryStatusReasons", json!(reasons));
    }

    fn criterion_view(&self, criterion: &Resource, put: &mut impl FnMut(&str, Value)) {
        put("displayName", json!(display_name(criterion)));
        if criterion.fields.contains_key("keyword") {
            put("approvalStatus", json!("APPROVED"));
            put("systemServingStatus", json!("ELIGIBLE"));
            let group = self.google.get(criterion.text("adGroup"));
            let bid = |fields: &Map<String, Value>| int_at(fields, &["cpcBidMicros"]);
            let bid = bid(&criterion.fields).or_else(|| group.and_then(|group| bid(&group.fields)));
            if let Some(bid) = bid {
                put("effectiveCpcBidMicros", json!(bid.to_string()));
            }
        }
        let (status, reasons) = match criterion.state {
            Lifecycle::Removed => (Primary::Removed, vec!["AD_GROUP_CRITERION_REMOVED"]),
            Lifecycle::Paused => (Primary::Paused, vec!["AD_GROUP_CRITERION_PAUSED"]),
            _ if criterion.flag("negative") => (Primary::NotEligible, vec!["AD_GROUP_CRITERION_NEGATIVE"]),
            _ => match self.above_reason(criterion) {
                Some(reason) => (Primary::NotEligible, vec![reason]),
                None => (Primary::Eligible, Vec::new()),
            },
        };
        put("primaryStatus", json!(status));
        put("primaryStatusReasons", json!(reasons));
    }
}

/// How the review of an ad stands at a moment.
pub(crate) fn verdict(ad: &Resource, at: DateTime<Utc>) -> Verdict {
    match &ad.review {
        Some(review) if at < review.until => Verdict::UnderReview,
        Some(review) if review.refused.is_some() => Verdict::Disapproved,
        Some(_) | None => Verdict::Approved,
    }
}

/// Whether a criterion is a keyword that brings searches.
pub(crate) fn is_positive_keyword(criterion: &Resource) -> bool {
    criterion.fields.contains_key("keyword") && !criterion.flag("negative")
}

/// More texts make a stronger ad.
fn strength(ad: &Resource, verdict: Verdict) -> &'static str {
    if verdict == Verdict::UnderReview {
        return "PENDING";
    }
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let ad = ad.fields.get("ad").cloned().unwrap_or_default();
    let kind = if ad["responsiveSearchAd"].is_null() { "responsiveDisplayAd" } else { "responsiveSearchAd" };
    match count(&ad[kind]["headlines"]) + count(&ad[kind]["descriptions"]) {
        0..=5 => "POOR",
        6..=9 => "AVERAGE",
        10..=13 => "GOOD",
        _ => "EXCELLENT",
    }
}

fn display_name(criterion: &Resource) -> String {
    let text = |member: &str, inner: &str| {
        criterion.fields.get(member).and_then(|value| value[inner].as_str()).unwrap_or_default().to_owned()
    };
    match criterion.text("type") {
        "KEYWORD" => text("keyword", "text"),
        "LOCATION" => text("location", "geoTargetConstant"),
        "LANGUAGE" => text("language", "languageConstant"),
        "AD_SCHEDULE" => text("adSchedule", "dayOfWeek"),
        "AGE_RANGE" => text("ageRange", "type"),
        "GENDER" => text("gender", "type"),
        "DEVICE" => text("device", "type"),
        other => other.to_owned(),
    }
}
