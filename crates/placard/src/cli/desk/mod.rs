//! Where a command's work is done: in a database that this process opens, or by a server elsewhere.
//!
//! Commands know the three traits here and nothing of what is behind them, so that each says and prints the same either
//! way. What both speak in are the API's own views.

mod holdings;
mod local;
mod local_holdings;
mod local_place;
mod remote;
mod remote_halt;
mod remote_holdings;
mod remote_place;
mod remote_shelf;

pub(super) use holdings::{Holdings, MOST_LISTED, Wanted};
pub(super) use local_place::{LocalPlace, works as local_works};

use super::{campaign_file::CampaignFile, failure::WrongInput};
use crate::{
    api::{
        access::Permission,
        view::{
            AccountView, CampaignView, CeilingView, CheckedView, DeadNoticeView, DeploymentView, KeyView,
            LineView, MadeView, PlaceView, RateView, SwitchView, Verification, WebhooksView,
        },
        words::Head,
    },
    pictures::Shelf,
    publishing::{Aim, Applied, Halted, Planned, RolledBack},
    remote::in_use,
    report::ReportData,
    reporting::Wish,
    settings::Settings,
};
use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use local::Local;
use placard_domain::{
    AccountRef, ApiKeyId, Currency, Money, PlanId, TenantId,
    guardrail::{ExchangeRate, Scope},
    plan::Drift,
};
use placard_store::audit;
use placard_website::fetch::Vouched;
use remote::Remote;
use secrecy::SecretString;
use std::path::Path;
use url::Url;
use uuid::Uuid;

/// Where a command's work is done.
#[async_trait]
pub(super) trait Desk: Shelf + Send + Sync {
    /// The tenant; `None` if it cannot be told.
    async fn tenant(&self) -> Result<Option<TenantId>>;
    /// Every campaign, by key.
    async fn campaigns(&self) -> Result<Vec<CampaignView>>;
    /// The campaign called `key`.
    async fn campaign(&self, key: &str) -> Result<Option<CampaignView>>;
    /// Where a campaign is or should be, by our record.
    async fn standing(&self, campaign: &CampaignView) -> Result<Vec<PlaceView>>;
    /// The last deployments of a campaign, newest first.
    async fn history(&self, campaign: &CampaignView) -> Result<Vec<DeploymentView>>;
    /// A spec and the places it goes to; of these only the one that the stored plan is for, if one is named.
    async fn works<'d>(&'d self, file: &Path, plan: Option<PlanId>) -> Result<Vec<Work<'d>>>;
    /// The places of a stored campaign, with the files of a spec at hand if one is named.
    async fn places<'d>(
        &'d self,
        campaign: &CampaignView,
        file: Option<&Path>,
    ) -> Result<Vec<Box<dyn Place + 'd>>>;
    /// Every ad account that was seen.
    async fn accounts(&self) -> Result<Vec<AccountView>>;
    /// Asks the platforms whether connections work: that to `account`, or every one.
    async fn check(&self, account: Option<&str>) -> Result<Vec<CheckedView>>;
    /// What platforms tell by themselves.
    async fn webhooks(&self) -> Result<WebhooksView>;
    /// Asks platforms to tell the server at `server` of `account`, or of every connected one.
    async fn subscribe(&self, server: &Url, account: Option<&str>) -> Result<Vec<MadeView>>;
    /// Notices of platforms that were put aside, the first first.
    async fn dead_notices(&self) -> Result<Vec<DeadNoticeView>>;
    /// Lets the notice with `id`, or every one that was put aside, wait again. Gives how many.
    async fn replay_notices(&self, id: Option<Uuid>) -> Result<usize>;
    /// A report; `None` if there are no numbers.
    async fn report(&self, wish: &Wish) -> Result<Option<ReportData>>;
    /// Every ceiling.
    async fn ceilings(&self) -> Result<Vec<CeilingView>>;
    /// Sets a ceiling.
    async fn set_ceiling(&self, over: &Over, daily: Money) -> Result<CeilingView>;
    /// Removes a ceiling. Returns whether there was one.
    async fn remove_ceiling(&self, over: &Over) -> Result<bool>;
    /// The last rates, newest first.
    async fn rates(&self) -> Result<Vec<RateView>>;
    /// Sets a rate.
    async fn set_rate(&self, rate: &ExchangeRate) -> Result<()>;
    /// Kill switches that are engaged.
    async fn switches(&self) -> Result<Vec<SwitchView>>;
    /// Engages a kill switch. From then on nothing more is sent.
    async fn engage(&self, over: &Over, reason: Option<&str>) -> Result<Engaged>;
    /// Pauses what runs under an engaged switch, and tells what becomes of each.
    async fn halt(&self, engaged: &Engaged, tell: &mut Telling<'_>) -> Result<()>;
    /// Lifts a kill switch. Returns whether one was engaged.
    async fn lift(&self, over: &Over) -> Result<bool>;
    /// Lines of the audit log, the newest first.
    async fn audit(&self, filter: &audit::Filter, limit: i64) -> Result<Vec<LineView>>;
    /// Every line of the audit log, the newest first. Gives how many it was.
    async fn whole_audit(&self, each: &mut Reading<'_>) -> Result<usize>;
    /// Whether the audit log is whole.
    async fn verify_audit(&self, expect: Option<Head>) -> Result<Verification>;
    /// Every API key.
    async fn api_keys(&self) -> Result<Vec<KeyView>>;
    /// Makes an API key.
    async fn make_key(&self, wish: KeyWish) -> Result<MadeKey>;
    /// Takes an API key back. Returns whether there was one.
    async fn revoke_key(&self, id: ApiKeyId) -> Result<bool>;
    /// The tenant's assets. Where this process fetches some, `vouched` may be fetched from although they are not public.
    async fn holdings<'d>(&'d self, vouched: &[Vouched]) -> Result<Box<dyn Holdings + 'd>>;
    /// Lets go of everything.
    async fn close(self: Box<Self>) -> Result<()>;
}

/// A campaign in one ad account: where publishing happens.
#[async_trait]
pub(super) trait Place: Send + Sync {
    /// The campaign's key.
    fn key(&self) -> &str;
    /// The campaign's name.
    fn title(&self) -> &str;
    /// The account.
    fn account(&self) -> &AccountRef;
    /// The account's currency.
    fn currency(&self) -> Currency;
    /// Looks and plans. With `settle` it first finds out how far an earlier deployment came, so that the plan goes on
    /// from there.
    async fn plan(&self, aim: Aim, settle: bool) -> Result<Planned>;
    /// A stored plan, ready to be applied.
    async fn stored(&self, id: PlanId) -> Result<Planned>;
    /// Carries a plan out.
    async fn apply(&self, planned: &Planned) -> Result<Applied>;
    /// Goes on with a deployment that did not finish; `None` if every one did.
    async fn resume(&self) -> Result<Option<Applied>>;
    /// Removes what an unfinished deployment made.
    async fn roll_back(&self) -> Result<RolledBack>;
    /// What others changed on the platform.
    async fn drift(&self) -> Result<Vec<Drift>>;
    /// Lets what others set stand. Gives how many fields that are.
    async fn adopt(&self, drift: &[Drift]) -> Result<usize>;
}

/// A spec and one of the places it goes to.
pub(super) struct Work<'d> {
    pub(super) file: CampaignFile,
    pub(super) place: Box<dyn Place + 'd>,
}

/// What a ceiling or a switch holds for.
pub(super) struct Over {
    pub(super) scope: Scope,
    /// The key of the campaign, if it is for one.
    pub(super) campaign: Option<String>,
}

/// A kill switch that was just engaged.
pub(super) struct Engaged {
    /// Whether it was free before.
    pub(super) new: bool,
    /// What it stops: each campaign in each of its accounts.
    pub(super) covered: Vec<Covered>,
}

/// A campaign that a switch stops, in one of its accounts.
#[derive(Clone)]
pub(super) struct Covered {
    pub(super) campaign: String,
    pub(super) account: AccountRef,
    /// Whether it seemed to run before, for a server that does the pausing by itself.
    pub(super) ran: bool,
}

/// Hears what becomes of a campaign that should stop.
pub(super) type Telling<'t> = dyn FnMut(&Covered, Result<Halted>) + Send + 't;

/// Takes a line of the audit log.
pub(super) type Reading<'r> = dyn FnMut(&LineView) -> Result<()> + Send + 'r;

/// An API key to make.
pub(super) struct KeyWish {
    pub(super) name: String,
    pub(super) scopes: Vec<Permission>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// Who answers for it, if someone was named.
    pub(super) owner: Option<String>,
}

/// An API key that was made.
pub(super) struct MadeKey {
    pub(super) id: ApiKeyId,
    pub(super) key: SecretString,
    /// Who answers for it.
    pub(super) owner: String,
}

/// Does `work` at the desk that the settings name, and lets go of it.
pub(super) async fn at<T>(
    settings: &Settings,
    command: &str,
    work: impl AsyncFnOnce(&dyn Desk) -> Result<T>,
) -> Result<T> {
    let desk: Box<dyn Desk> = match in_use(settings)? {
        None => Box::new(Local::open(settings, command).await?),
        Some((profiles, profile)) => Box::new(Remote::open(settings, profiles, profile)?),
    };
    let outcome = Box::pin(work(&*desk)).await;
    desk.close().await?;
    outcome
}

/// The campaign called `key`, or an error with what was probably meant.
pub(super) async fn find(desk: &dyn Desk, key: &str) -> Result<CampaignView> {
    if let Some(found) = desk.campaign(key).await? {
        return Ok(found);
    }
    let known = desk.campaigns().await?;
    let keys: Vec<_> = known.iter().map(|one| one.key.as_str()).collect();
    let help = match placard_domain::suggest::closest(key, keys.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if keys.is_empty() => "none is stored yet".to_owned(),
        None => format!("stored: {}", keys.iter().take(20).copied().collect::<Vec<_>>().join(", ")),
    };
    Err(WrongInput(format!("there is no campaign `{key}`; {help}")).into())
}
