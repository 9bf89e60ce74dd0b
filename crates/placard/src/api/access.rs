//! Who may do what: one line for each route. A route without a line is refused to everybody.

use axum::http::Method;
use placard_store::tenant::Role;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::LazyLock};
use utoipa::ToSchema;

/// A named right within a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    /// See campaigns, assets, plans, deployments and drift.
    #[serde(rename = "campaigns:read")]
    CampaignsRead,
    /// Write specs, add and put aside assets, make plans.
    #[serde(rename = "campaigns:write")]
    CampaignsWrite,
    /// Change what is on a platform.
    #[serde(rename = "campaigns:publish")]
    CampaignsPublish,
    /// See numbers.
    #[serde(rename = "metrics:read")]
    MetricsRead,
    /// Import and sync numbers.
    #[serde(rename = "metrics:write")]
    MetricsWrite,
    /// See connected ad accounts.
    #[serde(rename = "connections:read")]
    ConnectionsRead,
    /// Connect and disconnect ad accounts.
    #[serde(rename = "connections:manage")]
    ConnectionsManage,
    /// See the tenant and its limits.
    #[serde(rename = "tenant:read")]
    TenantRead,
    /// Change the tenant.
    #[serde(rename = "tenant:manage")]
    TenantManage,
    /// See who belongs to the tenant.
    #[serde(rename = "people:read")]
    PeopleRead,
    /// Invite people, change what they may do.
    #[serde(rename = "people:manage")]
    PeopleManage,
    /// Make and revoke API keys.
    #[serde(rename = "keys:manage")]
    KeysManage,
    /// See ceilings and the kill switch.
    #[serde(rename = "guardrails:read")]
    GuardrailsRead,
    /// Set ceilings and rates; stop everything.
    #[serde(rename = "guardrails:manage")]
    GuardrailsManage,
    /// See background work.
    #[serde(rename = "jobs:read")]
    JobsRead,
    /// Read the audit log.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// See leads and deals, with names, addresses and numbers masked.
    #[serde(rename = "leads:read")]
    LeadsRead,
    /// Take leads in, work on them and on deals.
    #[serde(rename = "leads:write")]
    LeadsWrite,
    /// See outreach campaigns and what came of them, with addresses masked.
    #[serde(rename = "outreach:read")]
    OutreachRead,
    /// Write outreach campaigns, put people into them, let messages go out.
    #[serde(rename = "outreach:write")]
    OutreachWrite,
    /// Keep logins of the tenant's own accounts for automation, and take their cookies out.
    #[serde(rename = "automation:manage")]
    AutomationManage,
    /// See personal data as it is.
    #[serde(rename = "personal:read")]
    PersonalRead,
    /// Forget a person.
    #[serde(rename = "personal:erase")]
    PersonalErase,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 23] = [
        Self::CampaignsRead,
        Self::CampaignsWrite,
        Self::CampaignsPublish,
        Self::MetricsRead,
        Self::MetricsWrite,
        Self::ConnectionsRead,
        Self::ConnectionsManage,
        Self::TenantRead,
        Self::TenantManage,
        Self::PeopleRead,
        Self::PeopleManage,
        Self::KeysManage,
        Self::GuardrailsRead,
        Self::GuardrailsManage,
        Self::JobsRead,
        Self::AuditRead,
        Self::LeadsRead,
        Self::LeadsWrite,
        Self::OutreachRead,
        Self::OutreachWrite,
        Self::AutomationManage,
        Self::PersonalRead,
        Self::PersonalErase,
    ];

    /// Its name in requests and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CampaignsRead => "campaigns:read",
            Self::CampaignsWrite => "campaigns:write",
            Self::CampaignsPublish => "campaigns:publish",
            Self::MetricsRead => "metrics:read",
            Self::MetricsWrite => "metrics:write",
            Self::ConnectionsRead => "connections:read",
            Self::ConnectionsManage => "connections:manage",
            Self::TenantRead => "tenant:read",
            Self::TenantManage => "tenant:manage",
            Self::PeopleRead => "people:read",
            Self::PeopleManage => "people:manage",
            Self::KeysManage => "keys:manage",
            Self::GuardrailsRead => "guardrails:read",
            Self::GuardrailsManage => "guardrails:manage",
            Self::JobsRead => "jobs:read",
            Self::AuditRead => "audit:read",
            Self::LeadsRead => "leads:read",
            Self::LeadsWrite => "leads:write",
            Self::OutreachRead => "outreach:read",
            Self::OutreachWrite => "outreach:write",
            Self::AutomationManage => "automation:manage",
            Self::PersonalRead => "personal:read",
            Self::PersonalErase => "personal:erase",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u32);

impl Permissions {
    /// What a role may do, and what is granted beyond it. Names that this version does not know grant nothing.
    pub fn of(role: Role, beyond: &[String]) -> Self {
        let base: &[Permission] = match role {
            Role::Admin => &Permission::ALL,
            Role::Operator => &[
                Permission::CampaignsRead,
                Permission::CampaignsWrite,
                Permission::CampaignsPublish,
                Permission::MetricsRead,
                Permission::MetricsWrite,
                Permission::ConnectionsRead,
                Permission::TenantRead,
                Permission::PeopleRead,
                Permission::GuardrailsRead,
                Permission::JobsRead,
                Permission::LeadsRead,
                Permission::LeadsWrite,
                Permission::OutreachRead,
                Permission::OutreachWrite,
                Permission::AutomationManage,
                Permission::PersonalRead,
            ],
            Role::Viewer => &[
                Permission::CampaignsRead,
                Permission::MetricsRead,
                Permission::ConnectionsRead,
                Permission::TenantRead,
                Permission::PeopleRead,
                Permission::GuardrailsRead,
                Permission::JobsRead,
                Permission::LeadsRead,
                Permission::OutreachRead,
            ],
        };
        let beyond = Self::named(beyond.iter().map(String::as_str));
        // A viewer changes nothing, whatever else is granted.
        let beyond = if role == Role::Viewer { beyond.and(Self::reading()) } else { beyond };
        base.iter().copied().collect::<Self>().or(beyond)
    }

    /// Those with these names. Names that this version does not know grant nothing.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().filter_map(Permission::named).collect()
    }

    fn reading() -> Self {
        Permission::ALL.into_iter().filter(|permission| permission.as_str().ends_with(":read")).collect()
    }

    /// Whether `permission` is among them.
    pub const fn allow(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Those in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.allow(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everybody.
    Public,
    /// The platform that the path names, known by its signature.
    Signed,
    /// A person who is signed in, whatever the tenant; no API key.
    Person,
    /// Whoever has this right in the tenant.
    May(Permission),
}

use Permission as P;

/// Every route under `/api/v1`, with who may use it.
pub const ROUTES: &[(&str, &str, Rule)] = &[
    ("GET", "/health", Rule::Public),
    ("POST", "/auth/login", Rule::Public),
    ("POST", "/auth/refresh", Rule::Public),
    ("POST", "/auth/logout", Rule::Person),
    ("POST", "/auth/switch", Rule::Person),
    ("POST", "/auth/password/forgot", Rule::Public),
    ("POST", "/auth/password/reset", Rule::Public),
    ("POST", "/auth/email/verify", Rule::Public),
    ("POST", "/auth/invitations/accept", Rule::Public),
    ("GET", "/me", Rule::Person),
    ("PATCH", "/me", Rule::Person),
    ("POST", "/me/password", Rule::Person),
    ("POST", "/me/email/verification", Rule::Person),
    ("GET", "/me/sessions", Rule::Person),
    ("DELETE", "/me/sessions", Rule::Person),
    ("DELETE", "/me/sessions/{id}", Rule::Person),
    ("POST", "/me/totp", Rule::Person),
    ("POST", "/me/totp/confirm", Rule::Person),
    ("POST", "/me/totp/remove", Rule::Person),
    ("GET", "/tenant", Rule::May(P::TenantRead)),
    ("PATCH", "/tenant", Rule::May(P::TenantManage)),
    ("GET", "/tenant/usage", Rule::May(P::PeopleRead)),
    ("GET", "/members", Rule::May(P::PeopleRead)),
    ("PATCH", "/members/{id}", Rule::May(P::PeopleManage)),
    ("DELETE", "/members/{id}", Rule::May(P::PeopleManage)),
    ("GET", "/invitations", Rule::May(P::PeopleManage)),
    ("POST", "/invitations", Rule::May(P::PeopleManage)),
    ("DELETE", "/invitations/{id}", Rule::May(P::PeopleManage)),
    ("GET", "/api-keys", Rule::May(P::KeysManage)),
    ("POST", "/api-keys", Rule::May(P::KeysManage)),
    ("DELETE", "/api-keys/{id}", Rule::May(P::KeysManage)),
    ("GET", "/accounts", Rule::May(P::ConnectionsRead)),
    ("POST", "/accounts/import", Rule::May(P::CampaignsWrite)),
    ("GET", "/connections", Rule::May(P::ConnectionsRead)),
    ("POST", "/connections", Rule::May(P::ConnectionsManage)),
    ("POST", "/connections/complete", Rule::May(P::ConnectionsManage)),
    ("DELETE", "/connections/{id}", Rule::May(P::ConnectionsManage)),
    ("POST", "/connections/check", Rule::May(P::ConnectionsManage)),
    ("GET", "/webhooks", Rule::May(P::ConnectionsRead)),
    ("POST", "/webhooks/subscriptions", Rule::May(P::ConnectionsManage)),
    ("GET", "/webhooks/dead", Rule::May(P::ConnectionsRead)),
    ("POST", "/webhooks/dead/replay", Rule::May(P::ConnectionsManage)),
    ("GET", "/webhooks/meta", Rule::Signed),
    ("POST", "/webhooks/meta", Rule::Signed),
    ("POST", "/webhooks/tiktok/{token}", Rule::Signed),
    ("GET", "/campaigns", Rule::May(P::CampaignsRead)),
    ("GET", "/campaigns/{key}", Rule::May(P::CampaignsRead)),
    ("PUT", "/campaigns/{key}", Rule::May(P::CampaignsWrite)),
    ("GET", "/campaigns/{key}/sections", Rule::May(P::CampaignsRead)),
    ("GET", "/campaigns/{key}/sections/{section}", Rule::May(P::CampaignsRead)),
    ("PUT", "/campaigns/{key}/sections/{section}", Rule::May(P::CampaignsWrite)),
    ("GET", "/campaigns/{key}/files", Rule::May(P::CampaignsRead)),
    ("PUT", "/campaigns/{key}/files", Rule::May(P::CampaignsWrite)),
    ("GET", "/campaigns/{key}/readiness", Rule::May(P::CampaignsRead)),
    ("POST", "/campaigns/{key}/plans", Rule::May(P::CampaignsWrite)),
    ("GET", "/campaigns/{key}/deployments", Rule::May(P::CampaignsRead)),
    ("GET", "/campaigns/{key}/places", Rule::May(P::CampaignsRead)),
    ("GET", "/campaigns/{key}/drift", Rule::May(P::CampaignsRead)),
    ("POST", "/campaigns/{key}/drift/adopt", Rule::May(P::CampaignsPublish)),
    ("POST", "/campaigns/{key}/pause", Rule::May(P::CampaignsPublish)),
    ("POST", "/campaigns/{key}/resume", Rule::May(P::CampaignsPublish)),
    ("POST", "/campaigns/{key}/rollback", Rule::May(P::CampaignsPublish)),
    ("GET", "/assets", Rule::May(P::CampaignsRead)),
    ("POST", "/assets", Rule::May(P::CampaignsWrite)),
    ("GET", "/assets/{id}", Rule::May(P::CampaignsRead)),
    ("DELETE", "/assets/{id}", Rule::May(P::CampaignsWrite)),
    ("POST", "/assets/{id}/refresh", Rule::May(P::CampaignsWrite)),
    ("POST", "/assets/{id}/restore", Rule::May(P::CampaignsWrite)),
    ("GET", "/assets/{id}/thumbnail", Rule::May(P::CampaignsRead)),
    ("GET", "/assets/{id}/url", Rule::May(P::CampaignsRead)),
    ("GET", "/copies", Rule::May(P::CampaignsRead)),
    ("POST", "/copies", Rule::May(P::CampaignsWrite)),
    ("GET", "/copies/{id}", Rule::May(P::CampaignsRead)),
    ("POST", "/copies/{id}/uses", Rule::May(P::CampaignsWrite)),
    ("GET", "/prompts", Rule::May(P::CampaignsRead)),
    ("GET", "/boosts", Rule::May(P::CampaignsRead)),
    ("GET", "/boosts/{session}", Rule::May(P::CampaignsRead)),
    ("PUT", "/boosts/{session}", Rule::May(P::CampaignsWrite)),
    ("DELETE", "/boosts/{session}", Rule::May(P::CampaignsWrite)),
    ("POST", "/boosts/{session}/campaign", Rule::May(P::CampaignsWrite)),
    ("GET", "/objects", Rule::Public),
    ("GET", "/plans/{id}", Rule::May(P::CampaignsRead)),
    ("POST", "/plans/{id}/apply", Rule::May(P::CampaignsPublish)),
    ("GET", "/deployments", Rule::May(P::CampaignsRead)),
    ("GET", "/deployments/{id}", Rule::May(P::CampaignsRead)),
    ("GET", "/deployments/{id}/events", Rule::May(P::CampaignsRead)),
    ("POST", "/deployments/{id}/interrupt", Rule::May(P::CampaignsPublish)),
    ("GET", "/metrics/definitions", Rule::May(P::MetricsRead)),
    ("GET", "/metrics/totals", Rule::May(P::MetricsRead)),
    ("GET", "/metrics/daily", Rule::May(P::MetricsRead)),
    ("POST", "/imports", Rule::May(P::MetricsWrite)),
    ("GET", "/reports", Rule::May(P::MetricsRead)),
    ("GET", "/reports/data", Rule::May(P::MetricsRead)),
    ("GET", "/reports/revenue", Rule::May(P::MetricsRead)),
    ("GET", "/lineage", Rule::May(P::MetricsRead)),
    ("GET", "/leads", Rule::May(P::LeadsRead)),
    ("POST", "/leads", Rule::May(P::LeadsWrite)),
    ("POST", "/leads/find", Rule::May(P::PersonalRead)),
    ("POST", "/leads/erase", Rule::May(P::PersonalErase)),
    ("POST", "/leads/import", Rule::May(P::LeadsWrite)),
    ("GET", "/leads/{id}", Rule::May(P::LeadsRead)),
    ("PATCH", "/leads/{id}", Rule::May(P::LeadsWrite)),
    ("GET", "/leads/{id}/merges", Rule::May(P::LeadsRead)),
    ("POST", "/leads/{id}/merges", Rule::May(P::LeadsWrite)),
    ("POST", "/lead-merges/{id}/undo", Rule::May(P::LeadsWrite)),
    ("GET", "/leads/{id}/activities", Rule::May(P::PersonalRead)),
    ("POST", "/leads/{id}/activities", Rule::May(P::LeadsWrite)),
    ("POST", "/activities/{id}/finish", Rule::May(P::LeadsWrite)),
    ("GET", "/pipelines", Rule::May(P::LeadsRead)),
    ("POST", "/pipelines", Rule::May(P::LeadsWrite)),
    ("GET", "/deals", Rule::May(P::LeadsRead)),
    ("POST", "/deals", Rule::May(P::LeadsWrite)),
    ("GET", "/deals/{id}", Rule::May(P::LeadsRead)),
    ("PATCH", "/deals/{id}", Rule::May(P::LeadsWrite)),
    ("GET", "/conversion-goals", Rule::May(P::LeadsRead)),
    ("PUT", "/conversion-goals", Rule::May(P::LeadsWrite)),
    ("DELETE", "/conversion-goals/{id}", Rule::May(P::LeadsWrite)),
    ("GET", "/conversions", Rule::May(P::LeadsRead)),
    ("GET", "/conversions/due", Rule::May(P::LeadsRead)),
    ("POST", "/conversions/send", Rule::May(P::LeadsWrite)),
    ("GET", "/website-audits", Rule::May(P::CampaignsRead)),
    ("POST", "/website-audits", Rule::May(P::CampaignsWrite)),
    ("GET", "/website-audits/{id}", Rule::May(P::CampaignsRead)),
    ("GET", "/website-audit-runs/{id}", Rule::May(P::CampaignsRead)),
    ("GET", "/profiles", Rule::May(P::PersonalRead)),
    ("POST", "/profiles/import", Rule::May(P::LeadsWrite)),
    ("GET", "/profiles/{id}", Rule::May(P::PersonalRead)),
    ("PUT", "/profiles/{id}", Rule::May(P::LeadsWrite)),
    ("DELETE", "/profiles/{id}", Rule::May(P::LeadsWrite)),
    ("GET", "/content-assets", Rule::May(P::CampaignsRead)),
    ("POST", "/content-assets/import", Rule::May(P::CampaignsWrite)),
    ("GET", "/content-assets/{id}", Rule::May(P::CampaignsRead)),
    ("PUT", "/content-assets/{id}", Rule::May(P::CampaignsWrite)),
    ("DELETE", "/content-assets/{id}", Rule::May(P::CampaignsWrite)),
    ("GET", "/automation-sessions", Rule::May(P::AutomationManage)),
    ("POST", "/automation-sessions", Rule::May(P::AutomationManage)),
    ("GET", "/automation-sessions/{id}", Rule::May(P::AutomationManage)),
    ("DELETE", "/automation-sessions/{id}", Rule::May(P::AutomationManage)),
    ("POST", "/automation-sessions/{id}/validations", Rule::May(P::AutomationManage)),
    ("POST", "/automation-sessions/{id}/uses", Rule::May(P::AutomationManage)),
    ("PUT", "/automation-sessions/{id}/cookies", Rule::May(P::AutomationManage)),
    ("GET", "/analytics", Rule::May(P::MetricsRead)),
    ("POST", "/analytics", Rule::May(P::MetricsWrite)),
    ("GET", "/outreach/campaigns", Rule::May(P::OutreachRead)),
    ("POST", "/outreach/campaigns", Rule::May(P::OutreachWrite)),
    ("GET", "/outreach/campaigns/{id}", Rule::May(P::OutreachRead)),
    ("PUT", "/outreach/campaigns/{id}", Rule::May(P::OutreachWrite)),
    ("POST", "/outreach/campaigns/{id}/status", Rule::May(P::OutreachWrite)),
    ("GET", "/outreach/campaigns/{id}/stats", Rule::May(P::OutreachRead)),
    ("GET", "/outreach/campaigns/{id}/people", Rule::May(P::OutreachRead)),
    ("POST", "/outreach/campaigns/{id}/people", Rule::May(P::OutreachWrite)),
    ("POST", "/outreach/campaigns/{id}/people/import", Rule::May(P::OutreachWrite)),
    ("POST", "/outreach/campaigns/{id}/decisions", Rule::May(P::OutreachWrite)),
    ("GET", "/outreach/campaigns/{id}/deliveries", Rule::May(P::OutreachRead)),
    ("POST", "/outreach/people/{id}/resolve", Rule::May(P::OutreachWrite)),
    ("GET", "/outreach/channels", Rule::May(P::OutreachRead)),
    ("GET", "/outreach/suppressions", Rule::May(P::OutreachRead)),
    ("POST", "/outreach/suppressions", Rule::May(P::OutreachWrite)),
    ("POST", "/outreach/suppressions/lift", Rule::May(P::OutreachWrite)),
    ("POST", "/outreach/consents", Rule::May(P::OutreachWrite)),
    ("POST", "/outreach/intake", Rule::May(P::OutreachWrite)),
    ("GET", "/outreach/unsubscribe/{token}", Rule::Public),
    ("POST", "/outreach/unsubscribe/{token}", Rule::Public),
    ("GET", "/jobs", Rule::May(P::JobsRead)),
    ("GET", "/audit", Rule::May(P::AuditRead)),
    ("GET", "/audit/verification", Rule::May(P::AuditRead)),
    ("GET", "/ceilings", Rule::May(P::GuardrailsRead)),
    ("PUT", "/ceilings", Rule::May(P::GuardrailsManage)),
    ("POST", "/ceilings/remove", Rule::May(P::GuardrailsManage)),
    ("GET", "/exchange-rates", Rule::May(P::GuardrailsRead)),
    ("PUT", "/exchange-rates", Rule::May(P::GuardrailsManage)),
    ("GET", "/kill-switches", Rule::May(P::GuardrailsRead)),
    ("POST", "/kill-switches", Rule::May(P::GuardrailsManage)),
    ("POST", "/kill-switches/lift", Rule::May(P::GuardrailsManage)),
];

static BY_PATH: LazyLock<HashMap<(&'static str, &'static str), Rule>> =
    LazyLock::new(|| ROUTES.iter().map(|(method, path, rule)| ((*path, *method), *rule)).collect());

/// Who may use the route at `path`, a template without the prefix. Nobody if `None`.
pub fn rule(method: &Method, path: &str) -> Option<Rule> {
    BY_PATH.get(&(path, method.as_str())).copied()
}

#[cfg(test)]
mod tests;
