//! What Placard knows about advertising: money, campaign specs, objectives, statuses, the planner.
//!
//! Nothing here does I/O, reads a clock or draws a random number; the time and every id arrive as
//! arguments, so the whole crate is tested without a server. See `ARCHITECTURE.md` for who may depend on it.

mod account;
pub mod asset;
pub mod copy;
pub mod country;
pub mod crm;
pub mod currency;
pub mod document;
pub mod guardrail;
pub mod id;
pub mod limits;
pub mod marker;
pub mod metric;
pub mod money;
pub mod notice;
pub mod objective;
pub mod outreach;
pub mod phone;
pub mod plan;
pub mod platform;
pub mod quota;
pub mod spec;
pub mod status;
pub mod suggest;

pub use account::AdAccount;
pub use currency::Currency;
pub use id::{
    AccountId, ActivityId, ApiKeyId, AssetId, CampaignId, ConnectionId, ConversionGoalId, ConversionId,
    DealId, DeliveryId, DeploymentId, EnrolmentId, InvitationId, JobId, LeadId, MergeId, MessageId,
    OutreachId, PipelineId, PlanId, SessionId, StageId, TenantId, UserId,
};
pub use money::Money;
pub use platform::{AccountRef, Platform, RemoteId};
