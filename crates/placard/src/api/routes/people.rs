//! Who belongs to the tenant, and who is invited.

use crate::api::{
    Shared,
    access::{Permission, Permissions},
    body::{At, Body},
    caller::Caller,
    paging::Page,
    problem::Problem,
    text::Email,
};
use crate::people::{self, Guest};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::{InvitationId, UserId};
use placard_store::{
    invitation,
    tenant::{self, Membership, Role},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(members))
        .routes(routes!(change, remove))
        .routes(routes!(invitations, invite))
        .routes(routes!(withdraw))
}

/// What a member may do.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RoleName {
    /// Everything, people and connections included.
    Admin,
    /// Campaigns and everything about them.
    #[serde(alias = "user", alias = "marketer")]
    Operator,
    /// Look.
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Operator => Self::Operator,
            RoleName::Viewer => Self::Viewer,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Operator => Self::Operator,
            Role::Viewer => Self::Viewer,
        }
    }
}

/// A member.
#[derive(Serialize, ToSchema)]
struct Member {
    /// The person.
    user_id: Uuid,
    /// The address.
    email: String,
    /// The role.
    role: RoleName,
    /// What is granted beyond the role.
    beyond: Vec<Permission>,
    /// What the person may do in all.
    permissions: Vec<Permission>,
}

impl From<Membership> for Member {
    fn from(one: Membership) -> Self {
        Self {
            user_id: one.user.0,
            role: one.role.into(),
            beyond: Permissions::named(one.permissions.iter().map(String::as_str)).iter().collect(),
            permissions: Permissions::of(one.role, &one.permissions).iter().collect(),
            email: one.email,
        }
    }
}

/// Everybody in the tenant.
#[utoipa::path(get, path = "/members", tag = "people", responses((status = 200, body = Page<Member>)))]
async fn members(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<Member>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = tenant::members(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, Member::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRights {
    /// The role.
    role: RoleName,
    /// What is granted beyond the role. A viewer changes nothing, whatever stands here.
    #[serde(default)]
    beyond: Vec<Permission>,
}

/// Changes what a member may do. A tenant keeps at least one admin.
#[utoipa::path(patch, path = "/members/{id}", tag = "people", params(("id" = Uuid, Path)),
    request_body = NewRights, responses((status = 204)))]
async fn change(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewRights>,
) -> Result<StatusCode, Problem> {
    let beyond: Vec<String> = new.beyond.iter().map(|one| one.as_str().to_owned()).collect();
    let mut tx = caller.begin(&api).await?;
    tenant::set_role(&mut tx, &caller.actor(), UserId(id), new.role.into(), &beyond).await?;
    tx.commit().await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member. A tenant keeps at least one admin.
#[utoipa::path(delete, path = "/members/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn remove(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    tenant::remove_member(&mut tx, &caller.actor(), UserId(id), (api.now)()).await?;
    tx.commit().await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// An invitation that waits.
#[derive(Serialize, ToSchema)]
struct InvitationView {
    /// Its id.
    id: Uuid,
    /// Who is invited.
    email: String,
    /// As what.
    role: RoleName,
    /// When it was sent.
    created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    expires_at: DateTime<Utc>,
}

/// Invitations that wait.
#[utoipa::path(get, path = "/invitations", tag = "people", responses((status = 200, body = Page<InvitationView>)))]
async fn invitations(
    State(api): State<Shared>,
    caller: Caller,
) -> Result<Json<Page<InvitationView>>, Problem> {
    let now = (api.now)();
    let mut tx = caller.begin(&api).await?;
    let mut found = invitation::list(&mut tx).await?;
    tx.commit().await?;
    found.retain(|one| one.is_open(now));
    Ok(Json(Page::whole(found, |one| InvitationView {
        id: one.id.0,
        email: one.email,
        role: one.role.into(),
        created_at: one.created_at,
        expires_at: one.expires_at,
    })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// Who is invited.
    email: Email,
    /// As what.
    role: RoleName,
}

/// What was made.
#[derive(Serialize, ToSchema)]
struct Invited {
    /// Its id.
    id: Uuid,
}

/// Invites someone by mail.
#[utoipa::path(post, path = "/invitations", tag = "people", request_body = NewInvitation,
    responses((status = 201, body = Invited)))]
async fn invite(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewInvitation>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let guest = Guest { email: new.email.as_str(), role: new.role.into() };
    let (actor, origin) = (caller.actor(), caller.origin.clone());
    let id = people::invite(&api.session, caller.tenant()?, &actor, origin, &guest, (api.now)()).await?;
    Ok((StatusCode::CREATED, Json(Invited { id: id.0 })))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/invitations/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn withdraw(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    invitation::revoke(&mut tx, &caller.actor(), InvitationId(id), (api.now)()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
