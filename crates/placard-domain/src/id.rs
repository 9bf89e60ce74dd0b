//! Identities. One newtype for each kind of thing, so that a campaign's id never stands where a tenant's is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// An organisation on this installation; the unit of isolation.
    TenantId,
    /// A person.
    UserId,
    /// A granted access to one ad account on one platform.
    ConnectionId,
    /// An ad account as stored here; the platform's own id is in [`crate::AccountRef`].
    AccountId,
    /// A picture, video or document as stored here.
    AssetId,
    /// A campaign as stored here; a platform's own id for it is a [`crate::RemoteId`].
    CampaignId,
    /// A stored plan.
    PlanId,
    /// One attempt to bring a platform to a plan.
    DeploymentId,
    /// A background job.
    JobId,
    /// A login, from signing in to signing out.
    SessionId,
    /// A key with which a program acts for a tenant.
    ApiKeyId,
    /// An invitation to a tenant.
    InvitationId,
    /// A message to a person.
    MessageId,
    /// Someone who may become a customer.
    LeadId,
    /// The moment at which two leads were found to be one.
    MergeId,
    /// A way that deals take.
    PipelineId,
    /// A station on it.
    StageId,
    /// Something that is to be sold.
    DealId,
    /// Something that was done about a lead, or is to be.
    ActivityId,
    /// What a platform is told of a won deal.
    ConversionId,
    /// Under which name an ad account is told of won deals.
    ConversionGoalId,
    /// An outreach campaign.
    OutreachId,
    /// Somebody's place in an outreach campaign.
    EnrolmentId,
    /// One message of an outreach campaign to somebody; random, because a reply names it.
    DeliveryId,
}
