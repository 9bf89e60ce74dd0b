//! What follows from what was set, and how objects are read back (Microsoft, `platforms/microsoft.md` §5).

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::ad::links_view;
use super::editorial;
use super::money;
use super::purse::Purse;
use super::store::{self, Key, Kind, Object};
use crate::object::Moment;
use crate::world::{RecordKey, World};

impl World {
    /// The date in a campaign's time zone.
    pub(crate) fn microsoft_today(&self, campaign: &Object, at: DateTime<Utc>) -> NaiveDate {
        let account = self.microsoft.accounts.get(&campaign.account).map(|account| account.zone());
        let zone = store::zone(campaign.text("TimeZone")).or(account).unwrap_or(chrono_tz::Tz::UTC);
        at.with_timezone(&zone).date_naive()
    }

    /// What keeps an object from being shown, budgets aside: account, own status, those above, dates, review.
    pub(crate) fn microsoft_held(&self, object: &Object, at: DateTime<Utc>) -> Option<&'static str> {
        let account = self.microsoft.accounts.get(&object.account);
        if account.is_none_or(|account| !account.may_deliver()) {
            return Some("Suspended");
        }
        if object.is_deleted() {
            return Some("Deleted");
        }
        if !object.is_active() {
            return Some("Paused");
        }
        if object.kind == Kind::AdGroup
            && let Some(word) = self.out_of_dates(object, at)
        {
            return Some(word);
        }
        if matches!(object.kind, Kind::Ad | Kind::Keyword) && editorial::status(object, at) != "Active" {
            return Some("Inactive");
        }
        let parent = object.parent().and_then(|id| self.microsoft.get(id));
        parent.and_then(|parent| self.microsoft_held(parent, at))
    }

    fn out_of_dates(&self, group: &Object, at: DateTime<Utc>) -> Option<&'static str> {
        let campaign = group.campaign.and_then(|id| self.microsoft.get(id))?;
        let today = self.microsoft_today(campaign, at);
        if group.day("EndDate").is_some_and(|end| end < today) {
            return Some("Expired");
        }
        group.day("StartDate").is_some_and(|start| start > today).then_some("Pending")
    }

    /// `Status` as it is read back.
    pub(crate) fn microsoft_status(&self, object: &Object) -> &'static str {
        use crate::wire::WireEnum;
        let at = self.now();
        let own = object.status.as_str();
        let suspended =
            self.microsoft.accounts.get(&object.account).is_none_or(|account| !account.may_deliver());
        match object.kind {
            _ if object.is_deleted() => own,
            Kind::Campaign if suspended => "Suspended",
            Kind::Campaign => match (self.microsoft_exhausted(object, at), object.is_active()) {
                (true, true) => "BudgetPaused",
                (true, false) => "BudgetAndManualPaused",
                (false, _) => own,
            },
            Kind::AdGroup if self.out_of_dates(object, at) == Some("Expired") => "Expired",
            _ => own,
        }
    }

    fn microsoft_exhausted(&self, campaign: &Object, at: DateTime<Utc>) -> bool {
        Purse::of(self, campaign, at).is_some_and(|purse| purse.is_exhausted(self.head.seed))
    }

    /// Micros that a campaign has cost on the account's present day.
    pub(crate) fn microsoft_spent_today(&self, campaign: &Object) -> i64 {
        let Some(account) = self.microsoft.accounts.get(&campaign.account) else { return 0 };
        let today = self.now().with_timezone(&account.zone()).date_naive();
        self.microsoft_spent(campaign, today, today)
    }

    /// Ids of the ads that an object's money goes to, deleted ones too.
    pub(crate) fn microsoft_ads(&self, object: &Object) -> Vec<u64> {
        match object.kind {
            Kind::Ad => vec![object.id],
            Kind::AdGroup => self.microsoft.below(object.id, Kind::Ad).map(|ad| ad.id).collect(),
            Kind::Campaign => {
                let groups = self.microsoft.below(object.id, Kind::AdGroup);
                groups.flat_map(|group| self.microsoft_ads(group)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Micros that an object's ads cost on some days.
    pub(crate) fn microsoft_spent(&self, object: &Object, since: NaiveDate, until: NaiveDate) -> i64 {
        let ads = self.microsoft_ads(object);
        let days = ads.iter().flat_map(|ad| self.microsoft.facts.range((*ad, since)..=(*ad, until)));
        days.map(|(_, day)| day.total().cost_micros).sum()
    }

    /// All that is read back of an object.
    pub(crate) fn microsoft_view(&self, object: &Object) -> Value {
        let mut out = Value::Object(object.fields.clone());
        out["Id"] = json!(object.id.to_string());
        match object.kind {
            Kind::CampaignCriterion => out["Status"] = json!("Active"),
            Kind::Image => {}
            _ => out["Status"] = json!(self.microsoft_status(object)),
        }
        match object.kind {
            Kind::Ad => {
                let status = editorial::status(object, self.now());
                out["EditorialStatus"] = json!(status);
                for list in ["Headlines", "Descriptions"] {
                    out[list] = links_view(&object.account, &out[list], status);
                }
            }
            Kind::Keyword => out["EditorialStatus"] = json!(editorial::status(object, self.now())),
            Kind::AdGroup if out["CpcBid"].is_null() => {
                let currency = self.microsoft.accounts.get(&object.account).map(|it| it.currency.as_str());
                out["CpcBid"] = json!({ "Amount": money::least_bid(currency.unwrap_or_default()) });
            }
            _ => {}
        }
        out
    }

    /// Notes for an object and all below it when they first could be shown.
    pub(crate) fn microsoft_note(&mut self, id: u64) {
        let moment = self.moment();
        let mut below = vec![id];
        while let Some(id) = below.pop() {
            for kind in [Kind::AdGroup, Kind::Ad, Kind::Keyword] {
                below.extend(self.microsoft.living(id, kind).map(|child| child.id));
            }
            let open = |object: &&Object| {
                object.first_active.is_none()
                    && object.kind.is_shown()
                    && self.microsoft_held(object, moment.at).is_none()
            };
            if self.microsoft.get(id).filter(open).is_some() {
                self.microsoft_first(id, moment);
            }
        }
    }

    /// Keeps when an object first could be shown.
    pub(crate) fn microsoft_first(&mut self, id: u64, moment: Moment) {
        if let Some(object) = self.microsoft.get_mut(id)
            && object.first_active.is_none()
        {
            object.first_active = Some(moment);
            self.touch(RecordKey::Microsoft(Key::Object(id)));
        }
    }

    /// Notes it for everything, after the clock moved.
    pub(crate) fn microsoft_note_all(&mut self) {
        let campaigns: Vec<u64> =
            self.microsoft.all().filter(|it| it.kind == Kind::Campaign).map(|it| it.id).collect();
        campaigns.into_iter().for_each(|id| self.microsoft_note(id));
    }
}
