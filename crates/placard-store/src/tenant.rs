//! Tenants and who belongs to them.

use crate::{Db, StoreError, SystemTx, TenantTx, audit, stored, user};
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, UserId};
use serde::Deserialize;
use uuid::Uuid;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in commands and addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The domain it owns, if it said so.
    pub primary_domain: Option<String>,
    /// What it pays for.
    pub plan: SubscriptionPlan,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
}

/// What a tenant pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionPlan {
    /// Nothing.
    Free,
    /// The first.
    Starter,
    /// The middle.
    Professional,
    /// The most.
    Enterprise,
}

/// What a member may do. A viewer changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, people and connections included.
    Admin,
    /// Campaigns and everything about them.
    Operator,
    /// Look.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Operator, Self::Viewer];

    /// The word in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }
}

/// A person's membership in one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// The person's address.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// What the person may do beyond the role.
    pub permissions: Vec<String>,
}

/// A tenant just made, with its first person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Founded {
    /// The tenant.
    pub tenant: TenantId,
    /// Its first admin.
    pub admin: UserId,
}

/// Makes a tenant and its first admin. The slug comes from the name.
///
/// # Errors
/// [`Constraint::TenantSlug`](crate::Constraint) or [`Constraint::UserEmail`](crate::Constraint) if either is taken.
pub async fn create_with_admin(
    db: &Db,
    name: &str,
    email: &str,
    password_hash: &str,
) -> Result<Founded, StoreError> {
    let founded = Founded { tenant: TenantId(Uuid::now_v7()), admin: UserId(Uuid::now_v7()) };
    let mut tx = db.system().await?;
    sqlx::query!(
        r#"
        insert into tenant (id, slug, name)
        values ($1, $2, $3)
        "#,
        founded.tenant.0,
        slug(name),
        name,
    )
    .execute(tx.conn())
    .await?;
    user::insert(&mut tx, founded.admin, email, password_hash).await?;
    join(&mut tx, founded.tenant, founded.admin, Role::Admin).await?;

    let mut tx = tx.into_tenant(founded.tenant).await?;
    let entry = audit::Entry {
        action: audit::Action::Create,
        entity_type: "tenant",
        entity_id: founded.tenant.to_string(),
        old: None,
        new: Some(serde_json::json!({"name": name})),
    };
    let actor = audit::Actor::User { id: founded.admin, name: email.to_owned() };
    audit::append(&mut tx, &actor, &entry).await?;
    tx.commit().await?;
    Ok(founded)
}

/// Makes a person a member.
pub async fn join(tx: &mut SystemTx, tenant: TenantId, user: UserId, role: Role) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into membership (tenant_id, user_id, role)
        values ($1, $2, $3)
        "#,
        tenant.0,
        user.0,
        role.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every tenant, by slug.
pub async fn list(tx: &mut SystemTx) -> Result<Vec<Tenant>, StoreError> {
    let rows = sqlx::query_as!(
        TenantRow,
        r#"
        select id, slug, name, primary_domain, plan, created_at
        from tenant
        order by slug
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Tenant::try_from).collect()
}

/// The tenant called `slug`.
pub async fn find_by_slug(tx: &mut SystemTx, slug: &str) -> Result<Option<Tenant>, StoreError> {
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        select id, slug, name, primary_domain, plan, created_at
        from tenant
        where slug = $1
        "#,
        slug,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Tenant::try_from).transpose()
}

/// The tenants that a person belongs to.
pub async fn memberships_of(tx: &mut SystemTx, user: UserId) -> Result<Vec<Membership>, StoreError> {
    let rows = sqlx::query_as!(
        MembershipRow,
        r#"
        select m.tenant_id, m.user_id, u.email, m.role, m.permissions
        from membership as m
        join users as u on u.id = m.user_id
        where m.user_id = $1 and u.deleted_at is null
        order by m.tenant_id
        "#,
        user.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

/// Everybody in the tenant.
pub async fn members(tx: &mut TenantTx) -> Result<Vec<Membership>, StoreError> {
    let rows = sqlx::query_as!(
        MembershipRow,
        r#"
        select m.tenant_id, m.user_id, u.email, m.role, m.permissions
        from membership as m
        join users as u on u.id = m.user_id
        where m.tenant_id = $1 and u.deleted_at is null
        order by u.email
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

struct TenantRow {
    id: Uuid,
    slug: String,
    name: String,
    primary_domain: Option<String>,
    plan: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StoreError;
    fn try_from(row: TenantRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: TenantId(row.id),
            slug: row.slug,
            name: row.name,
            primary_domain: row.primary_domain,
            plan: stored::word("tenant.plan", &row.plan)?,
            created_at: row.created_at,
        })
    }
}

struct MembershipRow {
    tenant_id: Uuid,
    user_id: Uuid,
    email: String,
    role: String,
    permissions: Vec<String>,
}

impl TryFrom<MembershipRow> for Membership {
    type Error = StoreError;
    fn try_from(row: MembershipRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: TenantId(row.tenant_id),
            user: UserId(row.user_id),
            email: row.email,
            role: stored::word("membership.role", &row.role)?,
            permissions: row.permissions,
        })
    }
}

/// Small letters, digits and single dashes, at most 60. A name without any of them becomes `tenant`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "tenant".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_has_only_small_letters_digits_and_single_dashes() {
        assert_eq!(slug("  Möbel & Söhne GmbH! "), "m-bel-s-hne-gmbh");
        assert_eq!(slug("Acme"), "acme");
        assert_eq!(slug("株式会社"), "tenant");
        assert!(slug(&"long name ".repeat(20)).len() <= 60);
        assert!(!slug(&"long name ".repeat(20)).ends_with('-'));
    }
}
