//! The trait behind which every platform stands.

use crate::{
    Conversions, Outcome, PlatformError, Prepared, Push, Request,
    import::{Holding, Listed, Read, Shown},
    insights::{InsightsQuery, InsightsRow},
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use placard_domain::{
    AccountRef, AdAccount, Currency, Platform, RemoteId,
    marker::{CampaignTag, Marker, Naming},
    plan::{DesiredObject, Fields, ObjectKey, ObjectKind, Observation, RemoteIds, Step, UnboundReference},
    spec::{Campaign, Diagnostic},
};
use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// What the core must know of a platform to use it well.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// Most requests without files that one call carries.
    pub batch: usize,
    /// Most files that one call carries.
    pub uploads: usize,
    /// Whether one call may make objects that refer to each other, all of them or none. References between them are
    /// then given as [`Request::provisional`] ids.
    pub linked: bool,
    /// Whether a video whose upload has an unknown outcome is looked for by [`AdPlatform::look_up`] before it is sent again.
    /// Elsewhere one more of the same cannot come to be, or does no harm.
    pub seeks_videos: bool,
    /// Days in which reported numbers still change.
    pub restatement_days: u32,
    /// Whether it tells of age and gender together; else each is read by itself.
    pub age_by_gender: bool,
    /// How long before its end a token is renewed.
    pub renew_ahead: TimeDelta,
}

/// How much a call can wait. What can wait longer leaves more of an account's limits to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It stops something.
    Stopping,
    /// It publishes.
    Publishing,
    /// It reads numbers.
    Reporting,
}

/// What an account's limits leave room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Room {
    /// So many requests may go out now, at least one.
    Now(usize),
    /// None yet.
    After {
        /// Not before this time is over.
        wait: Duration,
        /// Which limit is used up, one clause.
        limit: String,
    },
}

/// What somebody is about to send.
#[derive(Clone, Copy, Debug)]
pub enum Next<'a> {
    /// These changes, in order.
    Writes(&'a [&'a Prepared]),
    /// Questions about these objects, in order.
    Reads(&'a [ReadBack]),
    /// A question about numbers.
    Numbers,
}

impl Room {
    /// As much as anybody likes.
    pub const ENOUGH: Self = Self::Now(usize::MAX);

    /// The same, but for no more than `most` requests.
    pub fn at_most(self, most: usize) -> Self {
        match self {
            Self::Now(requests) => Self::Now(requests.min(most)),
            full @ Self::After { .. } => full,
        }
    }
}

/// What is known of an ad account when a campaign is mapped.
#[derive(Clone, Debug)]
pub struct AccountContext {
    /// The account.
    pub account: AccountRef,
    /// Its currency.
    pub currency: Currency,
    /// Its time zone; days belong to it.
    pub zone: Tz,
    /// Today there, for rules about dates.
    pub today: NaiveDate,
    /// The tag of the campaign being mapped.
    pub tag: CampaignTag,
}

/// What is known of an ad account when its campaigns are read.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The account.
    pub account: AccountRef,
    /// Its currency.
    pub currency: Currency,
    /// Its time zone.
    pub zone: Tz,
    /// The time there.
    pub now: DateTime<Utc>,
}

/// A token and the account it is used on.
#[derive(Clone, Debug)]
pub struct Access {
    /// The account.
    pub account: AccountRef,
    /// The user's or system user's token.
    pub token: SecretString,
    /// The token of the page that speaks, where a call needs it (Meta, `platforms/meta.md` §14).
    pub page_token: Option<SecretString>,
    /// The manager account through which the account is reached (Google, `platforms/google.md` §1).
    pub manager: Option<String>,
    /// How much can wait what it is used for.
    pub urgency: Urgency,
}

/// A token fresh from OAuth.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The token.
    pub token: SecretString,
    /// What a new token is asked for with, where tokens are short-lived. `None` leaves an earlier one in place.
    pub refresh_token: Option<SecretString>,
    /// When the token dies; `None` if it does not.
    pub expires_at: Option<DateTime<Utc>>,
    /// Permissions that were granted.
    pub scopes: Vec<String>,
    /// The platform's id of the person or system user.
    pub user_id: Option<String>,
}

/// Tokens that are held, of which a fresh one is asked for.
#[derive(Clone, Debug)]
pub struct Held {
    /// The token.
    pub token: SecretString,
    /// What a new one is asked for with, where tokens are short-lived.
    pub refresh_token: Option<SecretString>,
}

/// What a token opens.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The ad accounts. `business_id` names the manager account through which one is reached, where there is one.
    pub accounts: Vec<AdAccount>,
    /// The pages that can speak in ads, where the platform has such.
    pub pages: Vec<Page>,
    /// Permissions that were granted.
    pub scopes: Vec<String>,
    /// The platform's id of the person or system user.
    pub user_id: Option<String>,
}

/// A page that can speak in ads.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its token.
    pub token: SecretString,
    /// The Instagram account behind it.
    pub instagram_id: Option<String>,
    /// Whether the page may use lead forms.
    pub lead_terms_accepted: bool,
}

/// Whether an account can publish now.
#[derive(Clone, Debug)]
pub struct AccountHealth {
    /// The account as it is.
    pub account: AdAccount,
    /// What stands in the way; empty if nothing does.
    pub blockers: Vec<Blocker>,
}

/// One thing that stands in the way of publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// What is wrong, one sentence.
    pub problem: String,
    /// What to do, one sentence.
    pub fix: String,
}

/// An object of ours, found by its marker.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its kind.
    pub kind: ObjectKind,
    /// The marker in its name.
    pub marker: Marker,
    /// Its id.
    pub remote_id: RemoteId,
}

/// What to read back: an object with the fields that we manage in it.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// Its name within the campaign.
    pub key: ObjectKey,
    /// Its id.
    pub remote_id: RemoteId,
    /// The fields that we sent, references resolved; the answer is brought into the same form.
    pub applied: Fields,
}

/// The permissions that a consent asks for, by their names in [`Opened::scopes`]. TikTok has numbers for them, and grants
/// all that the app was given.
pub const fn permissions(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Meta => crate::meta::SCOPES,
        Platform::Google => &[crate::google::SCOPE],
        Platform::Microsoft => &[crate::microsoft::SCOPE],
        Platform::Tiktok => &[],
    }
}

/// A platform that campaigns are published to.
#[async_trait]
pub trait AdPlatform: Send + Sync {
    /// Which one it is.
    fn platform(&self) -> Platform;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// The consent page to send a person to; it sends them back to `redirect` with `state` and a code.
    fn consent_url(&self, state: &str, redirect: &str) -> Url;

    /// Turns the code of a consent into a token that lasts as long as the platform permits.
    async fn redeem(&self, code: &str, redirect: &str, now: DateTime<Utc>) -> Result<Grant, PlatformError>;

    /// A fresh token in place of `held`, without anybody's consent.
    async fn renew(&self, held: &Held, now: DateTime<Utc>) -> Result<Grant, PlatformError>;

    /// What `token` opens. Fails with [`ErrorKind::Forbidden`] if a permission is missing without which nothing works.
    ///
    /// [`ErrorKind::Forbidden`]: crate::ErrorKind::Forbidden
    async fn opened(&self, token: &SecretString) -> Result<Opened, PlatformError>;

    /// Everything that only this platform asks for (goals, limits, names), errors and warnings at once, with the spec's
    /// own field paths. Pure.
    fn check(&self, campaign: &Campaign, context: &AccountContext) -> Vec<Diagnostic>;

    /// Maps the campaign to the platform's objects. Pure. Fails with all that [`AdPlatform::check`] finds if an error is
    /// among it.
    fn desired(
        &self,
        campaign: &Campaign,
        context: &AccountContext,
    ) -> Result<Vec<DesiredObject>, Vec<Diagnostic>>;

    /// The exact request of `step`, with references left inside where `ids` lacks them. Pure.
    /// Creates carry a marker in the object's name and are paused; a new name goes out as `naming` says.
    fn prepare(&self, step: &Step, naming: &Naming, account: &AccountRef) -> Prepared;

    /// Replaces the references of `prepared` by ids. Pure.
    fn resolve(&self, prepared: &Prepared, ids: &RemoteIds) -> Result<Prepared, UnboundReference>;

    /// How people read `value` of `field`, such as an amount with its currency. `None` if it reads well as it is.
    fn readable(&self, field: &str, value: &Value, currency: Currency) -> Option<String>;

    /// Sends each request exactly once, in as few calls as the platform permits. One outcome for each, in order.
    async fn execute(&self, access: &Access, requests: &[Request]) -> Vec<Outcome>;

    /// How many of `next`, from the first on, can go out so that the account's limits are not reached, and something is
    /// left for what is more urgent than `access`. By what the platform has told so far, or where it tells nothing, by
    /// what all processes have sent. Asks no platform.
    async fn room(&self, access: &Access, next: Next<'_>) -> Result<Room, PlatformError>;

    /// Finds every living object whose name carries `tag`. Images are left out where uploading the same content again
    /// gives the same image, so that a lost upload is simply repeated.
    async fn survey(&self, access: &Access, tag: &CampaignTag) -> Result<Vec<Found>, PlatformError>;

    /// For each of `made`, requests that may have made something, the id of the living object that is what it would have
    /// made, where it has no place for a marker. What carries a marker is not looked for here.
    async fn look_up(
        &self,
        _access: &Access,
        made: &[&Prepared],
    ) -> Result<Vec<Option<RemoteId>>, PlatformError> {
        Ok(vec![None; made.len()])
    }

    /// Reads objects back, one observation for each, in order.
    async fn read(&self, access: &Access, objects: &[ReadBack]) -> Result<Vec<Observation>, PlatformError>;

    /// Every campaign of the account, by name.
    async fn campaigns(&self, access: &Access) -> Result<Vec<Listed>, PlatformError>;

    /// Reads campaigns with everything in them, one for each of `campaigns`, in order, and writes them down as specs.
    async fn take_in(
        &self,
        access: &Access,
        view: &AccountView,
        campaigns: &[Listed],
    ) -> Result<Vec<Read>, PlatformError>;

    /// What was read of an object of `holding`, as [`AdPlatform::read`] would give it. Pure.
    fn shown(&self, holding: &Holding, object: &ReadBack) -> Shown;

    /// Asks whether `access` can publish: token, permissions, account status, payment.
    async fn health(&self, access: &Access) -> Result<AccountHealth, PlatformError>;

    /// What it tells by itself; `None` where its documents describe nothing of that kind.
    fn push(&self) -> Option<&dyn Push> {
        None
    }

    /// What it takes of deals that were won; `None` where its documents describe no call for that.
    fn conversions(&self) -> Option<&dyn Conversions> {
        None
    }

    /// Numbers, all pages.
    async fn insights(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError>;
}
