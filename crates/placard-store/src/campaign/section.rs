//! What the campaign builder holds, section by section, saved as it is typed.

use crate::{StoreError, TenantTx, audit::Actor, stored};
use chrono::{DateTime, Utc};
use placard_domain::{CampaignId, Currency, objective::Objective};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// A part of the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// What the campaign is for.
    Goal,
    /// Where people are.
    Locations,
    /// Who they are.
    Audience,
    /// How much to spend.
    Budget,
    /// When.
    Schedule,
    /// The words.
    Copy,
    /// The pictures.
    Creatives,
    /// Where a click leads.
    Destination,
    /// The platforms, and what only they need.
    Platforms,
}

impl Section {
    /// Every section, in the builder's order.
    pub const ALL: [Self; 9] = [
        Self::Goal,
        Self::Locations,
        Self::Audience,
        Self::Budget,
        Self::Schedule,
        Self::Copy,
        Self::Creatives,
        Self::Destination,
        Self::Platforms,
    ];

    /// The word in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Locations => "locations",
            Self::Audience => "audience",
            Self::Budget => "budget",
            Self::Schedule => "schedule",
            Self::Copy => "copy",
            Self::Creatives => "creatives",
            Self::Destination => "destination",
            Self::Platforms => "platforms",
        }
    }

    /// The top-level fields of a spec that it holds.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Goal => &["name", "key", "goal", "currency", "status"],
            Self::Locations => &["locations"],
            Self::Audience => &["audience"],
            Self::Budget => &["budget", "bid", "currency"],
            Self::Schedule => &["schedule"],
            Self::Copy => &["copy"],
            Self::Creatives => &["ad_groups"],
            Self::Destination => &["destination", "conversion"],
            Self::Platforms => &["platforms"],
        }
    }
}

/// A section as it was saved last.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// Which one.
    pub section: Section,
    /// How often it was saved.
    pub revision: i32,
    /// What it holds.
    pub document: Value,
    /// What is wrong with it, with field paths; empty if it is valid.
    pub diagnostics: Value,
    /// Whether it passes its schema.
    pub valid: bool,
    /// When it was saved.
    pub at: DateTime<Utc>,
}

/// Begins a campaign that has no spec yet, only sections to come.
///
/// # Errors
/// [`Constraint::CampaignKey`](crate::Constraint) if a campaign has this key.
pub async fn draft(
    tx: &mut TenantTx,
    actor: &Actor,
    key: &str,
    name: &str,
    objective: Objective,
    currency: Currency,
) -> Result<CampaignId, StoreError> {
    let id = CampaignId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into campaign (
            tenant_id, id, key, name, objective, status, run, currency, spec, spec_hash, revision, owner_id
        )
        values ($1, $2, $3, $4, $5, 'draft', 'active', $6, 'null', '', 0, $7)
        "#,
        tx.tenant().0,
        id.0,
        key,
        name,
        objective.as_str(),
        currency.code(),
        actor.user().map(|user| user.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Saves a section. The same document again is no new revision. Returns the revision that stands.
pub async fn save(
    tx: &mut TenantTx,
    actor: &Actor,
    campaign: CampaignId,
    section: Section,
    document: &Value,
    diagnostics: &[Value],
) -> Result<i32, StoreError> {
    lock(tx, campaign).await?;
    let last = sqlx::query!(
        r#"
        select revision, document
        from campaign_section
        where tenant_id = $1 and campaign_id = $2 and section = $3
        order by revision desc
        limit 1
        "#,
        tx.tenant().0,
        campaign.0,
        section.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let revision = match last {
        Some(last) if last.document == *document => return Ok(last.revision),
        Some(last) => last.revision + 1,
        None => 1,
    };
    sqlx::query!(
        r#"
        insert into campaign_section (
            tenant_id, campaign_id, section, revision, document, valid, diagnostics, author_id
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        tx.tenant().0,
        campaign.0,
        section.as_str(),
        revision,
        document,
        diagnostics.is_empty(),
        Value::Array(diagnostics.to_vec()),
        actor.user().map(|user| user.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(revision)
}

/// The sections of a campaign as they were saved last, in the builder's order.
pub async fn list(tx: &mut TenantTx, campaign: CampaignId) -> Result<Vec<Saved>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select distinct on (section) section, revision, document, diagnostics, valid, created_at
        from campaign_section
        where tenant_id = $1 and campaign_id = $2
        order by section, revision desc
        "#,
        tx.tenant().0,
        campaign.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let saved = rows.into_iter().map(|row| {
        Ok(Saved {
            section: stored::word("campaign_section.section", &row.section)?,
            revision: row.revision,
            document: row.document,
            diagnostics: row.diagnostics,
            valid: row.valid,
            at: row.created_at,
        })
    });
    let mut saved: Vec<Saved> = saved.collect::<Result<_, StoreError>>()?;
    saved.sort_by_key(|saved| saved.section);
    Ok(saved)
}

/// Saves of one campaign follow each other, so that each has a revision of its own.
async fn lock(tx: &mut TenantTx, campaign: CampaignId) -> Result<(), StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        select id
        from campaign
        where tenant_id = $1 and id = $2
        for no key update
        "#,
        tx.tenant().0,
        campaign.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    found.map(drop).ok_or_else(|| StoreError::not_found("campaign", campaign))
}
