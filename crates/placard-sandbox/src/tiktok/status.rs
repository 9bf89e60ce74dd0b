//! What follows from what was set (TikTok, `platforms/tiktok.md` §14).

use chrono::{DateTime, Utc};

use super::read;
use super::store::{AdvertiserStatus, Key, Level, Object, Review};
use crate::meta::ads::DISAPPROVED_PHRASE;
use crate::world::{RecordKey, World};

/// The review of an ad that says `copy`.
pub(crate) fn review(world: &World, copy: &str, again: bool) -> Review {
    let refused = copy.contains(DISAPPROVED_PHRASE).then(|| DISAPPROVED_PHRASE.to_owned());
    Review { since: world.now(), until: world.now() + world.config.review, refused, again }
}

fn reviewed(ad: &Object, at: DateTime<Utc>) -> Option<&'static str> {
    let review = ad.review.as_ref()?;
    match (at < review.until, review.again, &review.refused) {
        (true, false, _) => Some("AD_STATUS_AUDIT"),
        (true, true, _) => Some("AD_STATUS_REAUDIT"),
        (false, _, Some(_)) => Some("AD_STATUS_AUDIT_DENY"),
        (false, _, None) => None,
    }
}

/// Whether a schedule has begun and has not ended.
fn in_schedule(group: &Object, at: DateTime<Utc>) -> Result<(), &'static str> {
    let time = |name: &str| read::time(name, group.text(name)).ok();
    if time("schedule_start_time").is_some_and(|start| start > at) {
        return Err("NOT_START");
    }
    match time("schedule_end_time").is_some_and(|end| end <= at) {
        true => Err("TIME_DONE"),
        false => Ok(()),
    }
}

impl World {
    /// `secondary_status`: deleted, account, own switch, parents', review, schedule, balance, in this order.
    pub(crate) fn tiktok_status(&self, object: &Object, at: DateTime<Utc>) -> String {
        let advertiser = self.tiktok.advertisers.get(&object.advertiser);
        let above = |id: &Option<String>| id.as_deref().and_then(|id| self.tiktok.get(id));
        let campaign = above(&object.campaign);
        let group = if object.level == Level::Ad { above(&object.ad_group) } else { None };
        let prefix = match object.level {
            Level::Campaign => "CAMPAIGN_STATUS",
            Level::AdGroup => "ADGROUP_STATUS",
            Level::Ad => "AD_STATUS",
        };
        let says = |word: &str| format!("{prefix}_{word}");
        let is = |parent: Option<&Object>, test: fn(&Object) -> bool| parent.is_some_and(test);
        if object.is_deleted() {
            return says("DELETE");
        }
        if is(group, Object::is_deleted) {
            return says("ADGROUP_DELETE");
        }
        if is(campaign, Object::is_deleted) {
            return says("CAMPAIGN_DELETE");
        }
        match advertiser.map(|advertiser| advertiser.status) {
            None | Some(AdvertiserStatus::Enable) => {}
            Some(AdvertiserStatus::PendingConfirm) => return says("ADVERTISER_AUDIT"),
            Some(AdvertiserStatus::ContractPending) if object.level == Level::Campaign => {
                return "ADVERTISER_CONTRACT_PENDING".to_owned();
            }
            Some(AdvertiserStatus::Limit | AdvertiserStatus::Disable) if object.level == Level::Campaign => {
                return "ADVERTISER_ACCOUNT_PUNISH".to_owned();
            }
            Some(_) => return says("ADVERTISER_AUDIT_DENY"),
        }
        if object.over_quota && !object.is_enabled() {
            return says("ADGROUP_QUOTA_LIMIT");
        }
        if !object.is_enabled() {
            return says("DISABLE");
        }
        if is(group, |group| !group.is_enabled()) {
            return says("ADGROUP_DISABLE");
        }
        if is(campaign, |campaign| !campaign.is_enabled()) {
            return says("CAMPAIGN_DISABLE");
        }
        if object.level == Level::Campaign {
            return says("ENABLE");
        }
        if let Some(word) = reviewed(object, at) {
            return word.to_owned();
        }
        match in_schedule(group.unwrap_or(object), at) {
            Err("TIME_DONE") if object.level == Level::Ad => return says("DONE"),
            Err(word) => return says(word),
            Ok(()) => {}
        }
        match advertiser.is_some_and(|advertiser| !advertiser.has_balance) {
            true => says("BALANCE_EXCEED"),
            false => says("DELIVERY_OK"),
        }
    }

    /// Notes for an object and all below it when they first could be shown.
    pub(crate) fn tiktok_note(&mut self, id: &str) {
        let moment = self.moment();
        let mut below = vec![id.to_owned()];
        while let Some(id) = below.pop() {
            below.extend(self.tiktok.below(&id).map(|child| child.id.clone()));
            let Some(object) = self.tiktok.get(&id).filter(|object| object.first_active.is_none()) else {
                continue;
            };
            let status = self.tiktok_status(object, moment.at);
            if (status.ends_with("_DELIVERY_OK") || status == "CAMPAIGN_STATUS_ENABLE")
                && let Some(object) = self.tiktok.get_mut(&id)
            {
                object.first_active = Some(moment);
                self.touch(RecordKey::TikTok(Key::Object(id)));
            }
        }
    }

    /// Notes it for everything, after the clock moved.
    pub(crate) fn tiktok_note_all(&mut self) {
        let campaigns: Vec<String> = self
            .tiktok
            .all()
            .filter(|object| object.level == Level::Campaign)
            .map(|object| object.id.clone())
            .collect();
        campaigns.iter().for_each(|id| self.tiktok_note(id));
    }
}
