//! Stored things as the API shows them, and as the command line reads them from a server.

mod account;
mod api_key;
mod asset;
mod audit;
mod boost;
mod campaign;
mod conversion;
mod copy;
mod deal;
mod deployment;
mod guardrail;
mod lead;
mod lineage;
mod outreach;
mod place;
mod revenue;
mod webhook;

pub(crate) use account::{AccountView, CheckedView, HealthView};
pub(crate) use api_key::{CreatedKey, KeyView};
pub(crate) use asset::{
    AddedView, AssetInFull, AssetOutcome, AssetView, CopyView, FitView, RefreshedView, SignedView, UseView,
    Verdict,
};
pub(crate) use audit::{LineView, Verification};
pub(crate) use boost::{BoostView, field_error};
pub(crate) use campaign::{Amount, BudgetKind, BudgetView, CampaignView, tag_of};
pub(crate) use conversion::{ConversionGoalView, ConversionView, TellingView};
pub(crate) use copy::{CopyFindingView, CostView, GeneratedCopyView, PromptView, VariantView, WrittenView};
pub(crate) use deal::{DealView, MovedView, PipelineView};
pub(crate) use deployment::DeploymentView;
pub(crate) use guardrail::{CeilingView, EngagedView, Halting, RateView, Removed, SwitchView};
pub(crate) use lead::{ActivityView, LeadView, MergeView};
pub(crate) use lineage::LineageView;
pub(crate) use outreach::{
    ChannelsView, DeliveryView, OutreachStatsView, OutreachView, PersonView, SuppressedView,
};
pub(crate) use place::{Ended, FileView, ObjectView, PlaceView, PlanView};
pub(crate) use revenue::RevenueView;
pub(crate) use webhook::{DeadNoticeView, MadeView, ReplayedView, WebhooksView};
