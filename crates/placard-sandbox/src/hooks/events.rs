//! What became worth telling since something was told last.

use chrono::Utc;
use serde_json::json;

use super::Event;
use crate::meta::status::{Effective, effective};
use crate::object::{Kind, Object};
use crate::tiktok::store::{Level, Object as TikTokObject};
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

impl World {
    /// Finds what changed and notes it as something to tell.
    pub(crate) fn gather_events(&mut self) {
        for (key, word, events) in self.meta_changes().into_iter().chain(self.tiktok_changes()) {
            self.hooks.told.insert(key, word);
            self.hooks.outbox.extend(events);
            self.touch(RecordKey::Hooks);
        }
    }

    fn is_news(&self, key: &str, word: &str) -> bool {
        self.hooks.told.get(key).is_none_or(|told| told != word)
    }

    fn meta_changes(&self) -> Vec<(String, String, Vec<Event>)> {
        let level = |kind| match kind {
            Kind::Campaign => Some("CAMPAIGN"),
            Kind::AdSet => Some("AD_SET"),
            Kind::Ad => Some("AD"),
            _ => None,
        };
        let mut changes = Vec::new();
        for object in self.objects.values().filter(|object| self.hooks.accounts.contains(&object.owner)) {
            let Some(level) = level(object.kind) else { continue };
            let now = effective(self, object, self.now());
            let key = format!("meta/{}", object.id);
            if now == Effective::InProcess || !self.is_news(&key, now.as_str()) {
                continue;
            }
            changes.push((key, now.as_str().to_owned(), meta_events(object, level, now)));
        }
        changes
    }

    fn tiktok_changes(&self) -> Vec<(String, String, Vec<Event>)> {
        let subscribed = |advertiser: &str| {
            self.hooks.tiktok.values().any(|subscription| subscription.advertiser == advertiser)
        };
        let mut changes = Vec::new();
        for advertiser in self.tiktok.advertisers.values().filter(|one| subscribed(&one.id)) {
            let (key, word) = (format!("tiktok/advertiser/{}", advertiser.id), advertiser.status.as_str());
            let known = self.hooks.told.contains_key(&key);
            if self.is_news(&key, word) {
                let entry = json!({
                    "advertiser_id": advertiser.id, "advertiser_name": advertiser.name, "owner_bc_id": "",
                    "status": word, "status_change_time": Utc::now().timestamp().to_string(),
                    "suspension_reason": "The simulated platform says so.",
                });
                let (entity, id) = ("AD_ACCOUNT_SUSPENSION".to_owned(), advertiser.id.clone());
                let event = Event::Tiktok { entity, advertiser: id, entry };
                changes.push((key, word.to_owned(), if known { vec![event] } else { Vec::new() }));
            }
            for ad in self.tiktok.owned(&advertiser.id, Level::Ad) {
                let (key, word) = (format!("tiktok/ad/{}", ad.id), self.tiktok_status(ad, self.now()));
                if self.is_news(&key, &word) {
                    let event = tiktok_review(self, ad, &word);
                    changes.push((key, word, vec![event]));
                }
            }
        }
        changes
    }
}

fn meta_events(object: &Object, level: &str, now: Effective) -> Vec<Event> {
    let name = match now {
        Effective::Active => "Active",
        Effective::Paused => "Paused",
        Effective::PendingReview => "Pending Review",
        other => other.as_str(),
    };
    let event = |field: &str, value| Event::Meta {
        object: "ad_account".to_owned(),
        id: object.owner.clone(),
        field: field.to_owned(),
        value,
    };
    let mut events =
        vec![event("in_process_ad_objects", json!({"id": object.id.0, "level": level, "status_name": name}))];
    if matches!(now, Effective::Disapproved | Effective::WithIssues) {
        let value = json!({
            "id": object.id.0, "level": level, "error_code": 1_885_316, "error_summary": "Ad Disapproved – geprüft",
            "error_message": "The simulated review found something.",
        });
        events.push(event("with_issues_ad_objects", value));
    }
    events
}

fn tiktok_review(world: &World, ad: &TikTokObject, word: &str) -> Event {
    let above = |id: &Option<String>, name: &str| {
        let found = id.as_deref().and_then(|id| world.tiktok.get(id));
        (id.clone().unwrap_or_default(), found.map(|one| one.text(name).to_owned()).unwrap_or_default())
    };
    let (campaign, campaign_name) = above(&ad.campaign, "campaign_name");
    let (group, group_name) = above(&ad.ad_group, "adgroup_name");
    let refused = ad.review.as_ref().and_then(|review| review.refused.clone()).unwrap_or_default();
    let entry = json!({
        "log_id": format!("{}-{word}", ad.id), "adv_id": ad.advertiser, "campaign_id": campaign,
        "campaign_name": campaign_name, "adgroup_id": group, "adgroup_name": group_name, "ad_id": ad.id,
        "ad_name": ad.text("ad_name"), "reject_reason": refused,
    });
    Event::Tiktok { entity: "AD".to_owned(), advertiser: ad.advertiser.clone(), entry }
}
