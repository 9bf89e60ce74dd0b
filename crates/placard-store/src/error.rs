//! What can go wrong here, as decisions that a caller can take.

use crate::vault::VaultError;
use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef,
    guardrail::Refusal,
    limits::{Limited, SubscriptionPlan},
    status::IllegalTransition,
};

/// Why a statement did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row, or it is another tenant's.
    #[error("there is no {what} {key}")]
    NotFound {
        /// What kind of thing was looked for.
        what: &'static str,
        /// By which id or key.
        key: String,
    },
    /// A rule of the database forbids it; the same again will fail again.
    #[error("{constraint}")]
    Conflict {
        /// The rule.
        constraint: Constraint,
        /// The database's own words.
        #[source]
        source: sqlx::Error,
    },
    /// Rows that are meant to go in together speak of the same thing twice.
    #[error("two rows are about {what}")]
    Duplicate {
        /// What they are about.
        what: String,
    },
    /// Someone else took the lease since; nothing was recorded, and nothing more may be sent.
    #[error("the lease on {account} was taken by {holder}; this run must stop")]
    StaleFence {
        /// The account.
        account: AccountRef,
        /// Who holds it now.
        holder: String,
    },
    /// Someone else publishes to the account.
    #[error("{holder} has been publishing to {account} since {since}")]
    Held {
        /// The account.
        account: AccountRef,
        /// Who holds it.
        holder: String,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Someone else changed it since it was read.
    #[error("{what} was changed by someone else; read it again")]
    Changed {
        /// What kind of thing it is.
        what: &'static str,
    },
    /// The tenant's plan does not allow one more.
    #[error("the {plan} plan allows {}", what.counted(*limit))]
    PlanLimit {
        /// What there would be too many of.
        what: Limited,
        /// How many there may be.
        limit: u32,
        /// What the tenant pays for.
        plan: SubscriptionPlan,
    },
    /// Someone changed it since it was seen.
    #[error("the {what} was changed since you saw it; it is at version {version} now")]
    Outdated {
        /// What kind of thing it is.
        what: &'static str,
        /// Which version stands.
        version: i32,
    },
    /// A tenant without an admin could not be looked after.
    #[error("this person is the only admin; make someone else one first")]
    LastAdmin,
    /// A ceiling or a kill switch stands in the way; nothing was recorded, and nothing may be sent.
    #[error(transparent)]
    Guardrail(#[from] Box<Refusal>),
    /// The thing's state does not allow it.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// A stored value means nothing to this version.
    #[error("{what} holds a value that this version does not understand")]
    Corrupt {
        /// The table and column.
        what: &'static str,
        /// Why it could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Two transactions stood in each other's way; the same again may succeed.
    #[error("another transaction was in the way")]
    Contention(#[source] sqlx::Error),
    /// The database cannot be reached, or it is shutting down; the same again may succeed later.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// The schema does not fit this version.
    #[error("the database's schema could not be brought to this version")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A defect here or in the database.
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    pub(crate) fn not_found(what: &'static str, key: impl std::fmt::Display) -> Self {
        Self::NotFound { what, key: key.to_string() }
    }

    pub(crate) fn corrupt(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Corrupt { what, source: source.into() }
    }

    /// Whether the same again may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Contention(_) | Self::Unavailable(_))
    }
}

/// A rule of the database, by the name it has there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Constraint {
    /// A tenant has this slug.
    #[error("a tenant of this name exists already")]
    TenantSlug,
    /// A tenant has this domain.
    #[error("another tenant has this domain")]
    TenantDomain,
    /// Someone has this e-mail address.
    #[error("someone with this e-mail address exists already")]
    UserEmail,
    /// Someone has this user name.
    #[error("someone has this user name already")]
    Username,
    /// The person is a member.
    #[error("this person is a member already")]
    Membership,
    /// Someone else has invited this address at the same moment.
    #[error("this address is being invited already")]
    Invitation,
    /// A campaign has this key.
    #[error("a campaign with this key exists already")]
    CampaignKey,
    /// A deployment of this campaign is running.
    #[error("a deployment of this campaign is running in this account")]
    RunningDeployment,
    /// Objects on a platform still belong to it.
    #[error("the campaign still has objects on a platform")]
    CampaignHasObjects,
    /// A file with this content was imported before.
    #[error("a file with the same content was imported before")]
    ImportedFile,
    /// Another lead has this address or number.
    #[error("another lead has this address or number; merge the two")]
    LeadIdentity,
    /// A pipeline has this name.
    #[error("a pipeline of this name exists already")]
    PipelineName,
    /// An outreach campaign has this name.
    #[error("an outreach campaign of this name exists already")]
    OutreachName,
    /// Another rule, by its name.
    #[error("the database's rule `{0}` forbids it")]
    Other(String),
}

impl Constraint {
    fn named(name: &str) -> Self {
        match name {
            "tenant_slug_unique" => Self::TenantSlug,
            "tenant_primary_domain_unique" => Self::TenantDomain,
            "users_email_unique" => Self::UserEmail,
            "users_username_unique" => Self::Username,
            "membership_pkey" => Self::Membership,
            "invitation_one_open_per_address" => Self::Invitation,
            "campaign_key_unique" => Self::CampaignKey,
            "deployment_one_running" => Self::RunningDeployment,
            "platform_object_campaign_fkey" => Self::CampaignHasObjects,
            "import_file_content_unique" => Self::ImportedFile,
            "lead_identity_hash_unique" => Self::LeadIdentity,
            "pipeline_name_unique" => Self::PipelineName,
            "outreach_campaign_name_unique" => Self::OutreachName,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(error),
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default();
                match (&*code, refusal.constraint().map(Constraint::named)) {
                    // Serialization failure, deadlock, lock not available.
                    ("40001" | "40P01" | "55P03", _) => Self::Contention(error),
                    // Connection exceptions, too many connections, shutdown of the server.
                    (code, _) if code.starts_with("08") || code.starts_with("57P") || code == "53300" => {
                        Self::Unavailable(error)
                    }
                    (_, Some(constraint)) => Self::Conflict { constraint, source: error },
                    (_, None) => Self::Database(error),
                }
            }
            _ => Self::Database(error),
        }
    }
}
