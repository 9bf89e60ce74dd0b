//! A simulated world of ad platforms: strict, seeded, with a virtual clock and faults.
//!
//! One HTTP server speaks the Meta Marketing API as far as `platforms/meta.md` describes it, the Google Ads API
//! (everything under `/v26/`, `/token` and `/o/oauth2/v2/auth`) as far as `platforms/google.md` does, and a control
//! API under `/_sandbox`. What it does not serve of Google's it refuses with 501. TikTok's Business API v1.3 is
//! everything under `/open_api/` and `/portal/auth`, as far as `platforms/tiktok.md` describes it; what is not served
//! of it is refused with 40008.
//!
//! Microsoft's Advertising API v13 keeps the paths that it has, as far as `platforms/microsoft.md` describes it: its
//! hosts differ in the first part of their paths anyway, so one base URL stands for all of them
//! (`/CampaignManagement/v13`, `/Reporting/v13`, `/CustomerManagement/v13`, and of the login host
//! `/common/oauth2/v2.0/authorize` and `/common/oauth2/v2.0/token`). Links in its answers point to
//! `/microsoft/files/`. What is not served of it is refused with code 204.
//!
//! The sandbox depends on nothing else of Placard, so that a mistake in an adapter cannot hide behind the same
//! mistake here. Unknown parameters are refused where the real platform often ignores them (by Microsoft with code
//! 201), but for TikTok's, which says that it ignores them.
//!
//! Time stands still until `POST /_sandbox/advance` moves it; tokens, reviews, budgets and delivery all live by
//! that clock. Only rate limits, announced waits and delays are counted in real time.
//!
//! # Control API
//!
//! | call under `/_sandbox` | does |
//! | --- | --- |
//! | `GET clock`, `POST advance {"days","hours","minutes","seconds"}` | the virtual clock |
//! | `GET world?account=&kind=` | every object, deleted ones too, with status history, first activity and spend; lead forms belong to their page, uploads to TikTok are listed too |
//! | `GET requests?since=`, `DELETE requests` | the log; items of a batch are entries of their own |
//! | `GET violations`, `DELETE violations` | calls that came before an announced wait was over; TikTok announces none |
//! | `POST faults` ([`FaultPlan`]), `GET faults`, `DELETE faults` | what goes wrong; rules and counters start anew with each plan and count batches and their items alike |
//! | `POST edit {"id","fields"}` | what a person does in Ads Manager, Meta's or TikTok's, in Microsoft's interface, or in Google Ads if `id` is a resource name; `video_status` makes a video of Meta's `error` or `expired` |
//! | `POST accounts/{id} {"account_status","payment","currency","timezone","name",…}` | an account's state; for a Google customer `status` and `name`, for a TikTok advertiser `status`, `name`, `payment` (whether it has a balance) and `adgroup_quota`; for a Microsoft account `status` (its life cycle), `name` and `read_only` (code 1010) |
//! | `POST tokens/mint {"platform","scopes","page"}`, `POST tokens/revoke {"platform","token","subcode"}` | tokens without a login; `platform` is `meta`, `google`, `tiktok` or `microsoft` |
//! | `POST clicks {"account","at"}` | somebody clicks on an ad of a Microsoft account; gives the `msclkid`. What is told of a won deal is in `world` as `microsoft_offline_conversion`, with how often it was repeated |
//! | `POST webhooks/events {"platform",…}`, `POST webhooks/deliver {"fault","secret"}`, `GET webhooks` | what the platforms tell by themselves: something to tell, telling it (and, with a fault `duplicate`, `reordered`, `late`, `stale`, `forged`, `unsigned` or `malformed`, how it goes wrong), who asked; after `advance` everything is told |
//! | `POST rate` ([`RateConfig`], with members `google`: [`GoogleRate`], `tiktok`: [`TikTokRate`] and `microsoft`: [`MicrosoftRate`]), `POST reset` | limits; a fresh world |
//!
//! A failure in a plan is answered as its platform would: with TikTok the code if it is one of TikTok's (20001 and
//! above), else the one that its HTTP status stands for; the same goes for Microsoft; code 0 is a page of a machine in front of the API.
//!
//! An ad whose copy contains [`DISAPPROVED_PHRASE`] is disapproved when its review ends.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let sandbox = placard_sandbox::start(placard_sandbox::SandboxConfig::default()).await?;
//! println!("{} {}", sandbox.base_url(), sandbox.user_token());
//! sandbox.shutdown().await?;
//! # Ok(())
//! # }
//! ```

mod answer;
mod auction;
mod consent;
mod control;
mod draw;
mod faults;
mod fixtures;
mod google;
mod hooks;
mod journal;
mod line;
mod meta;
mod microsoft;
mod object;
mod running;
mod scale;
mod server;
mod state;
mod tiktok;
mod wire;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

pub use faults::{Action, Failure, FaultPlan, Match, Rates, ReportFate, Rule, Seeded, Violation};
pub use fixtures::{APP_ID, APP_SECRET, STRANGER, USER};
pub use google::fixtures::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET};
pub use google::rate::GoogleRate;
pub use journal::RequestEntry;
pub use meta::ads::DISAPPROVED_PHRASE;
pub use meta::rate::{RateConfig, Tier};
pub use microsoft::fixtures::{
    MICROSOFT_BANNED_WORDS, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_CUSTOMER,
    MICROSOFT_DEVELOPER_TOKEN,
};
pub use microsoft::rate::MicrosoftRate;
pub use object::{Kind, Moment, NodeId, Status, StatusChange};
pub use running::{RunningSandbox, start};
pub use tiktok::fixtures::{TIKTOK_APP_ID, TIKTOK_APP_SECRET};
pub use tiktok::rate::{TikTokQuota, TikTokRate};

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Decides tokens, delivery and everything else that looks random.
    pub seed: u64,
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where the world is kept; without one it is gone when the process ends.
    pub state_file: Option<PathBuf>,
    /// The virtual clock's first instant.
    pub start: DateTime<Utc>,
    /// How long a written object stays IN_PROCESS, in virtual time.
    pub in_process: TimeDelta,
    /// How long the review of an ad takes, in virtual time.
    pub review: TimeDelta,
    /// Whether the app demands `appsecret_proof` with every call.
    pub require_appsecret_proof: bool,
    /// Meta's rate limits.
    pub rate: RateConfig,
    /// Google's short-term limit.
    pub google_rate: GoogleRate,
    /// TikTok's limits; off unless set.
    pub tiktok_rate: TikTokRate,
    /// Microsoft's limits; off unless set.
    pub microsoft_rate: MicrosoftRate,
}

/// 2026-11-02T09:00:00Z, a Monday.
const START: i64 = 1_793_610_000;

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state_file: None,
            start: DateTime::from_timestamp(START, 0).unwrap_or_default(),
            in_process: TimeDelta::zero(),
            review: TimeDelta::minutes(15),
            require_appsecret_proof: false,
            rate: RateConfig::default(),
            google_rate: GoogleRate::default(),
            tiktok_rate: TikTokRate::default(),
            microsoft_rate: MicrosoftRate::default(),
        }
    }
}
