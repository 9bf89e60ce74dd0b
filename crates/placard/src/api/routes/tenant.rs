//! The tenant: its profile, its plan's limits, and how much it is used.

use crate::api::{
    Shared,
    body::{Body, Query},
    caller::Caller,
    paging::{Page, Paging},
    problem::Problem,
    text::{Domain, Text},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use placard_domain::UserId;
use placard_store::{
    tenant::{self, Tenant},
    usage,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(get, patch)).routes(routes!(usage_of_all))
}

/// An organisation.
#[derive(Serialize, ToSchema)]
struct TenantView {
    /// Its id.
    id: Uuid,
    /// Its name in commands and addresses.
    slug: String,
    /// Its name.
    name: String,
    /// The domain that it owns.
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_domain: Option<String>,
    /// What it pays for.
    plan: &'static str,
    /// What the plan allows; what is absent is not limited.
    limits: LimitsView,
    /// Since when it is here.
    created_at: DateTime<Utc>,
}

/// What a plan allows.
#[derive(Serialize, ToSchema)]
struct LimitsView {
    /// Connected ad accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<u32>,
    /// Campaigns.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaigns: Option<u32>,
    /// People.
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u32>,
    /// Requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_per_minute: Option<u32>,
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        let limits = tenant.plan.limits();
        Self {
            id: tenant.id.0,
            slug: tenant.slug,
            name: tenant.name,
            primary_domain: tenant.primary_domain,
            plan: tenant.plan.as_str(),
            limits: LimitsView {
                accounts: limits.accounts,
                campaigns: limits.campaigns,
                seats: limits.seats,
                requests_per_minute: limits.api_per_minute,
            },
            created_at: tenant.created_at,
        }
    }
}

/// The tenant that is open.
#[utoipa::path(get, path = "/tenant", tag = "tenant", responses((status = 200, body = TenantView)))]
async fn get(State(api): State<Shared>, caller: Caller) -> Result<Json<TenantView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = tenant::get(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(found.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTenant {
    /// Its name.
    name: Option<Text<1, 120>>,
    /// The domain that it owns.
    primary_domain: Option<Domain>,
}

/// Changes the tenant's profile. What is left out stays as it is.
#[utoipa::path(patch, path = "/tenant", tag = "tenant", request_body = NewTenant,
    responses((status = 200, body = TenantView)))]
async fn patch(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewTenant>,
) -> Result<Json<TenantView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let stands = tenant::get(&mut tx).await?;
    let update = tenant::Update {
        name: new.name.map_or(stands.name, Text::into_inner),
        primary_domain: new.primary_domain.map(Domain::into_inner).or(stands.primary_domain),
        settings: stands.settings,
    };
    tenant::update(&mut tx, &caller.actor(), &update).await?;
    tx.commit().await?;
    get(State(api), caller).await
}

/// How much a person did.
#[derive(Serialize, ToSchema)]
struct UsageView {
    /// The person.
    user_id: Uuid,
    /// The address.
    email: String,
    /// Changes made in the last thirty days.
    items_processed: i64,
    /// When the person signed in last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_at: Option<DateTime<Utc>>,
}

/// What each person did in the last thirty days.
#[utoipa::path(get, path = "/tenant/usage", tag = "tenant", params(Paging),
    responses((status = 200, body = Page<UsageView>)))]
async fn usage_of_all(
    State(api): State<Shared>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<UsageView>>, Problem> {
    let limit = paging.limit()?;
    let after: Option<Uuid> = paging.after()?;
    let since = (api.now)() - chrono::Duration::days(30);
    let mut tx = caller.begin(&api).await?;
    let found = usage::list(&mut tx, since, after.map(UserId), limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(
        found,
        limit,
        |one| one.user.0,
        |one| UsageView {
            user_id: one.user.0,
            email: one.email,
            items_processed: one.changes,
            last_login_at: one.last_login_at,
        },
    )))
}
