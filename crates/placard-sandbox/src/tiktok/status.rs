//! What follows from what was set (TikTok, `platforms/tiktok.md` §14).

use chrono::{DateTime, Utc};

use super::read;
use super::store::{AdvertiserStatus, Key, Level, Object, Review};
use crate::meta::ads::DISAPPROVED_PHRASE;
use crate::object::Moment;
use crate::world::{RecordKey, World};

/// The review of an ad that says `copy`.
pub(crate) fn review(world: &World, copy: &str, again: bool) -> Review {
    let refused = copy.contains(DISAPPROVED_PHRASE).then(|| DISAPPROVED_PHRASE.to_owned());
    Review { since: world.now(), until: world.now() + world.config.review, refused, again }
}

fn reviewed(ad: &Object, at: DateTime<Utc>) -> Option<&'static str> {
    let review = ad.review.as_ref()?;
    match (at < review.until, review.again, &review.refused) {
        (true, false, _) => Some("AUDIT"),
        (true, true, _) => Some("REAUDIT"),
        (false, _, Some(_)) => Some("AUDIT_DENY"),
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

fn deleted(object: &Object, group: Option<&Object>, campaign: Option<&Object>) -> Option<&'static str> {
    match () {
        () if object.is_deleted() => Some("DELETE"),
        () if group.is_some_and(Object::is_deleted) => Some("ADGROUP_DELETE"),
        () if campaign.is_some_and(Object::is_deleted) => Some("CAMPAIGN_DELETE"),
        () => None,
    }
}

/// What an account that may not deliver does to what is in it.
fn stopped(level: Level, status: AdvertiserStatus) -> Option<&'static str> {
    match (status, level) {
        (AdvertiserStatus::Enable, _) => None,
        (AdvertiserStatus::PendingConfirm, _) => Some("ADVERTISER_AUDIT"),
        (AdvertiserStatus::ContractPending, Level::Campaign) => Some("ADVERTISER_CONTRACT_PENDING"),
        (AdvertiserStatus::Limit | AdvertiserStatus::Disable, Level::Campaign) => {
            Some("ADVERTISER_ACCOUNT_PUNISH")
        }
        _ => Some("ADVERTISER_AUDIT_DENY"),
    }
}

fn switched_off(object: &Object, group: Option<&Object>, campaign: Option<&Object>) -> Option<&'static str> {
    let off = |parent: Option<&Object>| parent.is_some_and(|parent| !parent.is_enabled());
    match () {
        () if !object.is_enabled() && object.over_quota => Some("ADGROUP_QUOTA_LIMIT"),
        () if !object.is_enabled() => Some("DISABLE"),
        () if off(group) => Some("ADGROUP_DISABLE"),
        () if off(campaign) => Some("CAMPAIGN_DISABLE"),
        () => None,
    }
}

impl World {
    /// `secondary_status`: deleted, account, own switch, parents', review, schedule, money, in this order.
    pub(crate) fn tiktok_status(&self, object: &Object, at: DateTime<Utc>) -> String {
        let prefix = match object.level {
            Level::Campaign => "CAMPAIGN_STATUS",
            Level::AdGroup => "ADGROUP_STATUS",
            Level::Ad => "AD_STATUS",
        };
        match self.tiktok_word(object, at) {
            word @ ("ADVERTISER_CONTRACT_PENDING" | "ADVERTISER_ACCOUNT_PUNISH") => word.to_owned(),
            word => format!("{prefix}_{word}"),
        }
    }

    fn tiktok_word(&self, object: &Object, at: DateTime<Utc>) -> &'static str {
        let above = |id: &Option<String>| id.as_deref().and_then(|id| self.tiktok.get(id));
        if let Some(word) = self.tiktok_held(object, at) {
            return word;
        }
        let Some(campaign) = above(&object.campaign) else {
            return if self.tiktok_exhausted(object, at) { "BUDGET_EXCEED" } else { "ENABLE" };
        };
        let group = above(&object.ad_group).unwrap_or(object);
        if object.level == Level::AdGroup
            && let Some(word) = self.reviews_below(object, at)
        {
            return word;
        }
        match (self.tiktok_exhausted(campaign, at), self.tiktok_exhausted(group, at)) {
            (true, _) => "CAMPAIGN_EXCEED",
            (false, true) => "BUDGET_EXCEED",
            (false, false) => "DELIVERY_OK",
        }
    }

    /// What keeps an object from being shown, budgets aside.
    pub(crate) fn tiktok_held(&self, object: &Object, at: DateTime<Utc>) -> Option<&'static str> {
        let above = |id: &Option<String>| id.as_deref().and_then(|id| self.tiktok.get(id));
        let (group, campaign) = (above(&object.ad_group), above(&object.campaign));
        let advertiser = self.tiktok.advertisers.get(&object.advertiser);
        let switches = deleted(object, group, campaign)
            .or_else(|| advertiser.and_then(|it| stopped(object.level, it.status)))
            .or_else(|| switched_off(object, group, campaign));
        if object.level == Level::Campaign || switches.is_some() {
            return switches;
        }
        if let Some(word) = reviewed(object, at) {
            return Some(word);
        }
        match in_schedule(group.unwrap_or(object), at) {
            Err("TIME_DONE") if object.level == Level::Ad => return Some("DONE"),
            Err(word) => return Some(word),
            Ok(()) => {}
        }
        advertiser.is_some_and(|advertiser| !advertiser.has_balance).then_some("BALANCE_EXCEED")
    }

    /// What the reviews of an ad group's ads come to; `None` when all that are switched on passed.
    fn reviews_below(&self, group: &Object, at: DateTime<Utc>) -> Option<&'static str> {
        let ads: Vec<&Object> = self.tiktok.below(&group.id).filter(|ad| !ad.is_deleted()).collect();
        if ads.is_empty() {
            return Some("CREATE");
        }
        let words: Vec<Option<&str>> =
            ads.iter().filter(|ad| ad.is_enabled()).map(|ad| reviewed(ad, at)).collect();
        let count = |wanted: Option<&str>| words.iter().filter(|word| **word == wanted).count();
        match count(None) {
            passed if passed == words.len() => None,
            0 if count(Some("AUDIT_DENY")) == words.len() => Some("AUDIT_DENY"),
            0 if count(Some("REAUDIT")) == words.len() => Some("REAUDIT"),
            0 if count(Some("AUDIT_DENY")) == 0 => Some("AUDIT"),
            0 => Some("PARTIAL_AUDIT_NO_DELIVERY"),
            _ => Some("PARTIAL_AUDIT_DELIVERY_OK"),
        }
    }

    /// Notes for an object and all below it when they first could be shown.
    pub(crate) fn tiktok_note(&mut self, id: &str) {
        let moment = self.moment();
        let mut below = vec![id.to_owned()];
        while let Some(id) = below.pop() {
            below.extend(self.tiktok.below(&id).map(|child| child.id.clone()));
            let open = |object: &&Object| {
                object.first_active.is_none() && self.tiktok_held(object, moment.at).is_none()
            };
            if self.tiktok.get(&id).filter(open).is_some() {
                self.tiktok_first(&id, moment);
            }
        }
    }

    /// Keeps when an object first could be shown.
    pub(crate) fn tiktok_first(&mut self, id: &str, moment: Moment) {
        if let Some(object) = self.tiktok.get_mut(id)
            && object.first_active.is_none()
        {
            object.first_active = Some(moment);
            self.touch(RecordKey::TikTok(Key::Object(id.to_owned())));
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
