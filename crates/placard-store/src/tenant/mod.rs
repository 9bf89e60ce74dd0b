//! Tenants and who belongs to them.

mod member;

pub use member::{Membership, Role, find_member, join, members, memberships_of, remove_member, set_role};
pub(crate) use member::{leave, left};

use crate::{Db, StoreError, SystemTx, TenantTx, audit, stored, subscription, user};
use chrono::{DateTime, Utc};
pub use placard_domain::limits::SubscriptionPlan;
use placard_domain::{TenantId, UserId};
use serde_json::{Value, json};
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
    /// What it chose, by name.
    pub settings: Value,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
}

/// A tenant just made, with its first person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Founded {
    /// The tenant.
    pub tenant: TenantId,
    /// Its first admin.
    pub admin: UserId,
}

/// Makes a tenant without limits and its first admin. The slug comes from the name.
///
/// # Errors
/// [`Constraint::TenantSlug`](crate::Constraint) or [`Constraint::UserEmail`](crate::Constraint) if either is taken.
pub async fn create_with_admin(
    db: &Db,
    name: &str,
    email: &str,
    password_hash: &str,
) -> Result<Founded, StoreError> {
    create_on_plan(db, SubscriptionPlan::Enterprise, name, email, password_hash).await
}

/// Makes a tenant on `plan` and its first admin. The slug comes from the name.
///
/// # Errors
/// [`Constraint::TenantSlug`](crate::Constraint) or [`Constraint::UserEmail`](crate::Constraint) if either is taken.
pub async fn create_on_plan(
    db: &Db,
    plan: SubscriptionPlan,
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
    subscription::start(&mut tx, founded.tenant, plan, Utc::now(), None).await?;
    user::insert(&mut tx, founded.admin, email, password_hash).await?;
    join(&mut tx, founded.tenant, founded.admin, Role::Admin).await?;

    let mut tx = tx.into_tenant(founded.tenant).await?;
    let entry = audit::Entry {
        action: audit::Action::Create,
        entity_type: "tenant",
        entity_id: founded.tenant.to_string(),
        old: None,
        new: Some(json!({"name": name})),
    };
    let actor = audit::Actor::User { id: founded.admin, name: email.to_owned() };
    audit::append(&mut tx, &actor, &entry).await?;
    tx.commit().await?;
    Ok(founded)
}

/// Every tenant, by slug.
pub async fn list(tx: &mut SystemTx) -> Result<Vec<Tenant>, StoreError> {
    let rows = sqlx::query_as!(
        TenantRow,
        r#"
        select id, slug, name, primary_domain, plan, settings, created_at
        from tenant
        order by slug
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Tenant::try_from).collect()
}

/// The tenant with this id.
pub async fn find_by_id(tx: &mut SystemTx, id: TenantId) -> Result<Option<Tenant>, StoreError> {
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        select id, slug, name, primary_domain, plan, settings, created_at
        from tenant
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Tenant::try_from).transpose()
}

/// The tenant called `slug`.
pub async fn find_by_slug(tx: &mut SystemTx, slug: &str) -> Result<Option<Tenant>, StoreError> {
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        select id, slug, name, primary_domain, plan, settings, created_at
        from tenant
        where slug = $1
        "#,
        slug,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Tenant::try_from).transpose()
}

/// The tenant itself.
pub async fn get(tx: &mut TenantTx) -> Result<Tenant, StoreError> {
    let tenant = tx.tenant();
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        select id, slug, name, primary_domain, plan, settings, created_at
        from tenant
        where id = $1
        "#,
        tenant.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(|| StoreError::not_found("tenant", tenant))?.try_into()
}

/// What a tenant may change about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its name for people.
    pub name: String,
    /// The domain it owns, if it says so.
    pub primary_domain: Option<String>,
    /// What it chose, by name.
    pub settings: Value,
}

/// Changes what a tenant says about itself. Its slug stays.
///
/// # Errors
/// [`Constraint::TenantDomain`](crate::Constraint) if another tenant has the domain.
pub async fn update(tx: &mut TenantTx, actor: &audit::Actor, update: &Update) -> Result<(), StoreError> {
    let before = get(tx).await?;
    sqlx::query!(
        r#"
        update tenant
        set name = $2, primary_domain = $3, settings = $4, updated_at = now()
        where id = $1
        "#,
        before.id.0,
        update.name,
        update.primary_domain,
        update.settings,
    )
    .execute(tx.conn())
    .await?;
    let values = |name: &str, domain: Option<&str>, settings: &Value| {
        Some(json!({"name": name, "primary_domain": domain, "settings": settings}))
    };
    let entry = audit::Entry {
        action: audit::Action::Update,
        entity_type: "tenant",
        entity_id: before.id.to_string(),
        old: values(&before.name, before.primary_domain.as_deref(), &before.settings),
        new: values(&update.name, update.primary_domain.as_deref(), &update.settings),
    };
    audit::append(tx, actor, &entry).await
}

struct TenantRow {
    id: Uuid,
    slug: String,
    name: String,
    primary_domain: Option<String>,
    plan: String,
    settings: Value,
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
            settings: row.settings,
            created_at: row.created_at,
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
