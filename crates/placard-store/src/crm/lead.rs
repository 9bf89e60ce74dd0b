//! Leads as they stand.

use super::{
    intake::{insert_identities, insert_touches},
    key::LeadKey,
    lock, resolve,
    sealed::{Person, bytes, moment, touches_of},
};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    CampaignId, LeadId,
    crm::{
        Attribution, Touch,
        consent::{ConsentBasis, ConsentState},
        contact::{Email, Identity},
        lead::{LeadEvent, LeadSource, LeadStatus},
        merge::Known,
    },
    status::IllegalTransition,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// A lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Where it stands.
    pub status: LeadStatus,
    /// How it came in first.
    pub source: LeadSource,
    /// Which ad it came from.
    pub attribution: Attribution,
    /// Our campaign, where that is bound to one.
    pub campaign: Option<CampaignId>,
    /// What the person said last on being contacted, why, and when.
    pub consent: Option<(ConsentState, ConsentBasis, DateTime<Utc>)>,
    /// What is known of the person; nothing once erased.
    pub person: Option<Person>,
    /// When it came in first.
    pub first_at: DateTime<Utc>,
    /// When something became known last.
    pub last_at: DateTime<Utc>,
    /// The lead that turned out to be the same person.
    pub merged_into: Option<LeadId>,
    /// Counts changes.
    pub version: i32,
}

/// Which leads are wanted. What is `None` does not matter. Merged ones are never listed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those that stand here.
    pub status: Option<LeadStatus>,
    /// Those that came in first like this.
    pub source: Option<LeadSource>,
    /// Those of this campaign of ours.
    pub campaign: Option<CampaignId>,
    /// Those that came by the ad with this id on its platform.
    pub ad: Option<String>,
    /// Those that said this last on being contacted.
    pub consent: Option<ConsentState>,
    /// The one with this address or number.
    pub identity: Option<Identity>,
    /// Those that came in first at or after this moment.
    pub from: Option<DateTime<Utc>>,
    /// Older than this one: the last of the page before.
    pub after: Option<LeadId>,
}

/// One lead, merged and erased ones included.
pub async fn get(tx: &mut TenantTx, vault: &Vault, id: LeadId) -> Result<Lead, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, status, source, platform, account, remote_campaign_id, remote_ad_group_id, remote_ad_id, form_id,
            campaign_id, utm, consent_state, consent_basis, consent_at, sealed, first_at, last_at, merged_into,
            version
        from lead
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let row = row.ok_or_else(|| StoreError::not_found("lead", id))?;
    Ok(open(tx, vault, vec![row]).await?.remove(0))
}

/// Up to `limit` leads, the newest first.
pub async fn list(
    tx: &mut TenantTx,
    vault: &Vault,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Lead>, StoreError> {
    let only = match &filter.identity {
        Some(identity) => match find_by(tx, vault, identity).await? {
            Some(lead) => Some(lead),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, status, source, platform, account, remote_campaign_id, remote_ad_group_id, remote_ad_id, form_id,
            campaign_id, utm, consent_state, consent_basis, consent_at, sealed, first_at, last_at, merged_into,
            version
        from lead
        where tenant_id = $1 and merged_into is null
            and ($2::text is null or status = $2)
            and ($3::text is null or source = $3)
            and ($4::uuid is null or campaign_id = $4)
            and ($5::text is null or remote_ad_id = $5)
            and ($6::text is null or consent_state = $6)
            and ($7::timestamptz is null or first_at >= $7)
            and ($8::uuid is null or id < $8)
            and ($9::uuid is null or id = $9)
        order by id desc
        limit $10
        "#,
        tx.tenant().0,
        filter.status.map(LeadStatus::as_str),
        filter.source.map(LeadSource::as_str),
        filter.campaign.map(|campaign| campaign.0),
        filter.ad,
        filter.consent.map(ConsentState::as_str),
        filter.from,
        filter.after.map(|lead| lead.0),
        only.map(|lead| lead.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    open(tx, vault, rows).await
}

/// How many there are that are not merged into others.
pub async fn count(tx: &mut TenantTx) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from lead
        where tenant_id = $1 and merged_into is null
        "#,
        tx.tenant().0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}

/// Whose address or number it is.
pub async fn find_by(
    tx: &mut TenantTx,
    vault: &Vault,
    identity: &Identity,
) -> Result<Option<LeadId>, StoreError> {
    let hash = LeadKey::of(tx, vault).await?.identity(identity);
    let lead = sqlx::query_scalar!(
        r#"
        select lead_id
        from lead_identity
        where tenant_id = $1 and hash = $2
        "#,
        tx.tenant().0,
        hash,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(lead.map(LeadId))
}

/// What the lead with this address said last on being contacted, and when; `None` if nobody has it or nothing was said.
pub async fn consent_of(
    tx: &mut TenantTx,
    vault: &Vault,
    email: &Email,
) -> Result<Option<(ConsentState, DateTime<Utc>)>, StoreError> {
    let Some(key) = LeadKey::find(tx, vault).await? else { return Ok(None) };
    let row = sqlx::query!(
        r#"
        select l.consent_state as "state!", l.consent_at as "at!"
        from lead_identity as i
        join lead as l on l.tenant_id = i.tenant_id and l.id = i.lead_id
        where i.tenant_id = $1 and i.hash = $2 and l.consent_state is not null
        "#,
        tx.tenant().0,
        key.identity(&Identity::Email(email.clone())),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok((stored::word("lead.consent_state", &row.state)?, row.at))).transpose()
}

/// Everything that became known of a lead, the oldest first.
pub async fn touches(tx: &mut TenantTx, vault: &Vault, id: LeadId) -> Result<Vec<Known>, StoreError> {
    let mut held = vault.hold(tx).await?;
    Ok(touches_of(tx, &mut held, &[id]).await?.remove(&id).unwrap_or_default())
}

/// Moves a lead in its life cycle, if it is as it was seen.
///
/// # Errors
/// [`StoreError::Outdated`], [`StoreError::IllegalTransition`], [`StoreError::NotFound`].
pub async fn move_to(
    tx: &mut TenantTx,
    actor: &Actor,
    id: LeadId,
    seen: i32,
    event: LeadEvent,
) -> Result<LeadStatus, StoreError> {
    let before = claim(tx, id, seen, event.as_str()).await?;
    let status = before.on(event)?;
    sqlx::query!(
        r#"
        update lead
        set status = $3, version = version + 1, updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        status.as_str(),
    )
    .execute(tx.conn())
    .await?;
    note(tx, actor, id, Some(json!({"status": before})), json!({"status": status})).await?;
    Ok(status)
}

/// Writes what a person found out about a lead, if it is as it was seen. It outweighs what comes in by itself.
/// The touch is normalised and of [`LeadSource::Person`].
///
/// # Errors
/// As [`move_to`], and a conflict if another lead has that address or number.
pub async fn edit(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    id: LeadId,
    seen: i32,
    touch: Touch,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    lock(tx).await?;
    claim(tx, id, seen, "edited").await?;
    let key = LeadKey::of(tx, vault).await?;
    let mut held = vault.hold(tx).await?;
    let (touch_id, at) = (Uuid::now_v7(), moment(now));
    // Written twice, it is two edits, between which there may have been another.
    let touch = Touch { external_id: Some(touch_id.to_string()), occurred_at: Some(at), ..touch };
    let mut new = Vec::new();
    for identity in touch.identities() {
        if find_by(tx, vault, &identity).await? != Some(id) {
            new.push((id, identity.kind().as_str(), key.identity(&identity)));
        }
    }
    let fields: Vec<_> = touch.contact.keys().copied().collect();
    let consent = touch.consent.as_ref().map(|consent| consent.state);
    let prints = HashMap::from([(touch_id, key.content(&bytes(&touch)))]);
    insert_touches(tx, &held, &[(id, &Known { id: touch_id, at, touch })], &prints).await?;
    insert_identities(tx, &new).await?;
    let touches = touches_of(tx, &mut held, &[id]).await?;
    resolve::store(tx, &held, &touches).await?;
    note(tx, actor, id, None, json!({"touch": touch_id, "fields": fields, "consent": consent})).await
}

/// Moves a lead because of something else, where its state allows it.
pub(super) async fn happen(
    tx: &mut TenantTx,
    actor: &Actor,
    id: LeadId,
    event: LeadEvent,
) -> Result<(), StoreError> {
    let (status, version) = alive(tx, id, event.as_str()).await?;
    if status.on(event).is_ok() {
        move_to(tx, actor, id, version, event).await?;
    }
    Ok(())
}

/// Locks a lead that is as it was seen, and says where it stands.
async fn claim(
    tx: &mut TenantTx,
    id: LeadId,
    seen: i32,
    event: &'static str,
) -> Result<LeadStatus, StoreError> {
    let (status, version) = alive(tx, id, event).await?;
    if version != seen {
        return Err(StoreError::Outdated { what: "lead", version });
    }
    Ok(status)
}

/// Locks a lead that is neither merged nor erased, and says where it stands and its version.
pub(super) async fn alive(
    tx: &mut TenantTx,
    id: LeadId,
    event: &'static str,
) -> Result<(LeadStatus, i32), StoreError> {
    let row = sqlx::query!(
        r#"
        select status, version, merged_into is not null as "merged!", erased_at is not null as "erased!"
        from lead
        where tenant_id = $1 and id = $2
        for update
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("lead", id))?;
    if row.merged || row.erased {
        let from = if row.erased { "erased" } else { "merged into another" };
        return Err(IllegalTransition { what: "lead", from, event }.into());
    }
    Ok((stored::word("lead.status", &row.status)?, row.version))
}

async fn note(
    tx: &mut TenantTx,
    actor: &Actor,
    id: LeadId,
    old: Option<Value>,
    new: Value,
) -> Result<(), StoreError> {
    let (action, entity_id) = (Action::Update, id.to_string());
    audit::append(tx, actor, &Entry { action, entity_type: "lead", entity_id, old, new: Some(new) }).await
}

struct Row {
    id: Uuid,
    status: String,
    source: String,
    platform: Option<String>,
    account: Option<String>,
    remote_campaign_id: Option<String>,
    remote_ad_group_id: Option<String>,
    remote_ad_id: Option<String>,
    form_id: Option<String>,
    campaign_id: Option<Uuid>,
    utm: Value,
    consent_state: Option<String>,
    consent_basis: Option<String>,
    consent_at: Option<DateTime<Utc>>,
    sealed: Option<Vec<u8>>,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    merged_into: Option<Uuid>,
    version: i32,
}

async fn open(tx: &mut TenantTx, vault: &Vault, rows: Vec<Row>) -> Result<Vec<Lead>, StoreError> {
    let mut held = vault.hold(tx).await?;
    let mut leads = Vec::with_capacity(rows.len());
    for row in rows {
        let id = LeadId(row.id);
        let person = match &row.sealed {
            Some(sealed) => Some(Person::open(tx, &mut held, id, sealed).await?),
            None => None,
        };
        leads.push(row.lead(person)?);
    }
    Ok(leads)
}

impl Row {
    fn lead(self, person: Option<Person>) -> Result<Lead, StoreError> {
        let state = stored::word_or_none("lead.consent_state", self.consent_state.as_deref())?;
        let basis = stored::word_or_none("lead.consent_basis", self.consent_basis.as_deref())?;
        let consent = match (state, basis, self.consent_at) {
            (Some(state), Some(basis), Some(at)) => Some((state, basis, at)),
            _ => None,
        };
        Ok(Lead {
            id: LeadId(self.id),
            status: stored::word("lead.status", &self.status)?,
            source: stored::word("lead.source", &self.source)?,
            attribution: Attribution {
                platform: stored::word_or_none("lead.platform", self.platform.as_deref())?,
                account: self.account,
                campaign: self.remote_campaign_id,
                ad_group: self.remote_ad_group_id,
                ad: self.remote_ad_id,
                form: self.form_id,
                utm: stored::document("lead.utm", self.utm)?,
            },
            campaign: self.campaign_id.map(CampaignId),
            consent,
            person,
            first_at: self.first_at,
            last_at: self.last_at,
            merged_into: self.merged_into.map(LeadId),
            version: self.version,
        })
    }
}
