//! Saving a checked campaign: its row, its spec's revisions, its ad groups and ads.

use crate::{
    StoreError, TenantTx, asset,
    audit::{self, Actor},
    stored, subscription,
};
use chrono::Utc;
use placard_domain::{
    CampaignId, Money,
    limits::Limited,
    spec::{Ad, AdGroup, BidRule, Budget, Campaign, Picture, Target, Video},
    status::{CampaignEvent, CampaignStatus},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A campaign as it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its id.
    pub id: CampaignId,
    /// Which version of its spec stands now.
    pub revision: i32,
    /// SHA-256 of the spec and its images, lower-case hex.
    pub spec_hash: String,
    /// Whether anything changed. If not, nothing was written.
    pub changed: bool,
}

/// Saves `campaign` under its key. A spec that changed becomes a revision; ad groups and ads that it no longer names
/// are marked as removed, and come back to life when it names them again.
///
/// # Errors
/// [`StoreError::IllegalTransition`] if the spec changed and the campaign's state does not allow it (archived);
/// [`StoreError::PlanLimit`] if it is a new one and the tenant's plan does not allow it.
pub async fn upsert(tx: &mut TenantTx, actor: &Actor, campaign: &Campaign) -> Result<Saved, StoreError> {
    let spec = stored::json(&campaign.spec);
    let spec_hash = fingerprint(campaign, &spec);
    let saved = match lock(tx, &campaign.key).await? {
        Some(standing) if standing.spec_hash == spec_hash => {
            let Standing { id, revision, .. } = standing;
            return Ok(Saved { id, revision, spec_hash, changed: false });
        }
        Some(standing) => {
            let status = standing.status.on(CampaignEvent::Checked)?;
            update(tx, campaign, standing.id, status, &spec, &spec_hash).await?;
            Saved { id: standing.id, revision: standing.revision + 1, spec_hash, changed: true }
        }
        None => Saved {
            id: insert(tx, actor, campaign, &spec, &spec_hash).await?,
            revision: 1,
            spec_hash,
            changed: true,
        },
    };
    append_revision(tx, actor, &saved, &spec).await?;
    sync_ad_groups(tx, saved.id, campaign).await?;
    sync_ads(tx, saved.id, campaign).await?;
    asset::link_campaign(tx, saved.id).await?;

    let entry = audit::Entry {
        action: if saved.revision == 1 { audit::Action::Create } else { audit::Action::Update },
        entity_type: "campaign",
        entity_id: saved.id.to_string(),
        old: None,
        new: Some(json!({"key": campaign.key, "revision": saved.revision, "spec_hash": saved.spec_hash})),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(saved)
}

/// Over the spec and the files that it names, because a picture or video may change under its name.
fn fingerprint(campaign: &Campaign, spec: &Value) -> String {
    let mut hash = Sha256::new_with_prefix(spec.to_string());
    let ads = campaign.ad_groups.iter().flat_map(|group| &group.ads);
    for creative in ads.map(|ad| &ad.creative) {
        let picture = creative.picture.as_ref().and_then(Picture::facts).map(|facts| &facts.sha256);
        let video = creative.video.as_ref().and_then(Video::facts).map(|facts| &facts.sha256);
        for content in picture.into_iter().chain(video) {
            hash.update(content);
        }
    }
    hex::encode(hash.finalize())
}

struct Standing {
    id: CampaignId,
    revision: i32,
    spec_hash: String,
    status: CampaignStatus,
}

async fn lock(tx: &mut TenantTx, key: &str) -> Result<Option<Standing>, StoreError> {
    let row = sqlx::query!(
        r#"
        select id, revision, spec_hash, status
        from campaign
        where tenant_id = $1 and key = $2
        for no key update
        "#,
        tx.tenant().0,
        key,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Standing {
            id: CampaignId(row.id),
            revision: row.revision,
            spec_hash: row.spec_hash,
            status: stored::word("campaign.status", &row.status)?,
        })
    })
    .transpose()
}

async fn insert(
    tx: &mut TenantTx,
    actor: &Actor,
    campaign: &Campaign,
    spec: &Value,
    spec_hash: &str,
) -> Result<CampaignId, StoreError> {
    let (tenant, id) = (tx.tenant(), CampaignId(Uuid::now_v7()));
    subscription::allow_one_more(tx.conn(), tenant, Limited::Campaigns, Utc::now()).await?;
    let flight = campaign.flight();
    sqlx::query!(
        r#"
        insert into campaign (
            tenant_id, id, key, name, objective, status, run, currency, budget_kind, budget_minor, starts_on, ends_on,
            spec, spec_hash, revision, owner_id
        )
        values ($1, $2, $3, $4, $5, 'ready', $6, $7, $8, $9, $10, $11, $12, $13, 1, $14)
        "#,
        tx.tenant().0,
        id.0,
        campaign.key,
        campaign.name,
        campaign.objective.as_str(),
        campaign.run.as_str(),
        campaign.currency.code(),
        campaign.budget.map(budget_kind),
        campaign.budget.map(budget_minor),
        flight.start.map(|moment| moment.date()),
        flight.end.map(|moment| moment.date()),
        spec,
        spec_hash,
        actor.user().map(|user| user.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

async fn update(
    tx: &mut TenantTx,
    campaign: &Campaign,
    id: CampaignId,
    status: CampaignStatus,
    spec: &Value,
    spec_hash: &str,
) -> Result<(), StoreError> {
    let flight = campaign.flight();
    sqlx::query!(
        r#"
        update campaign
        set
            name = $3,
            objective = $4,
            status = $5,
            run = $6,
            currency = $7,
            budget_kind = $8,
            budget_minor = $9,
            starts_on = $10,
            ends_on = $11,
            spec = $12,
            spec_hash = $13,
            revision = revision + 1,
            updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        campaign.name,
        campaign.objective.as_str(),
        status.as_str(),
        campaign.run.as_str(),
        campaign.currency.code(),
        campaign.budget.map(budget_kind),
        campaign.budget.map(budget_minor),
        flight.start.map(|moment| moment.date()),
        flight.end.map(|moment| moment.date()),
        spec,
        spec_hash,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn append_revision(
    tx: &mut TenantTx,
    actor: &Actor,
    saved: &Saved,
    spec: &Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into spec_revision (tenant_id, campaign_id, revision, spec, spec_hash, author_id)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        tx.tenant().0,
        saved.id.0,
        saved.revision,
        spec,
        saved.spec_hash,
        actor.user().map(|user| user.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn sync_ad_groups(tx: &mut TenantTx, id: CampaignId, campaign: &Campaign) -> Result<(), StoreError> {
    let groups = Value::Array(campaign.ad_groups.iter().map(ad_group_document).collect());
    sqlx::query!(
        r#"
        with wanted as (
            select *
            from jsonb_to_recordset($3::jsonb) as w (
                id uuid, key text, name text, run text, budget_kind text, budget_minor bigint, bid_strategy text,
                bid_minor bigint, min_roas numeric, optimization_goal text, targeting jsonb, starts_on date,
                ends_on date
            )
        ),
        removed as (
            update ad_group
            set removed_at = now(), updated_at = now()
            where tenant_id = $1 and campaign_id = $2 and removed_at is null and key not in (select key from wanted)
        )
        insert into ad_group (
            tenant_id, campaign_id, id, key, name, run, budget_kind, budget_minor, bid_strategy, bid_minor, min_roas,
            optimization_goal, targeting, starts_on, ends_on
        )
        select
            $1, $2, id, key, name, run, budget_kind, budget_minor, bid_strategy, bid_minor, min_roas,
            optimization_goal, targeting, starts_on, ends_on
        from wanted
        on conflict on constraint ad_group_key_unique do update
        set
            name = excluded.name,
            run = excluded.run,
            budget_kind = excluded.budget_kind,
            budget_minor = excluded.budget_minor,
            bid_strategy = excluded.bid_strategy,
            bid_minor = excluded.bid_minor,
            min_roas = excluded.min_roas,
            optimization_goal = excluded.optimization_goal,
            targeting = excluded.targeting,
            starts_on = excluded.starts_on,
            ends_on = excluded.ends_on,
            removed_at = null,
            updated_at = now()
        "#,
        tx.tenant().0,
        id.0,
        groups,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn sync_ads(tx: &mut TenantTx, id: CampaignId, campaign: &Campaign) -> Result<(), StoreError> {
    let ads = campaign.ad_groups.iter().flat_map(|group| group.ads.iter().map(|ad| ad_document(group, ad)));
    sqlx::query!(
        r#"
        with wanted as (
            select w.*, g.id as ad_group_id
            from jsonb_to_recordset($3::jsonb) as w (
                id uuid, ad_group text, key text, name text, run text, creative jsonb, copy jsonb,
                destination_kind text, destination jsonb
            )
            join ad_group as g on g.tenant_id = $1 and g.campaign_id = $2 and g.key = w.ad_group
        ),
        removed as (
            update ad
            set removed_at = now(), updated_at = now()
            where tenant_id = $1 and campaign_id = $2 and removed_at is null
                and (ad_group_id, key) not in (select ad_group_id, key from wanted)
        )
        insert into ad (
            tenant_id, campaign_id, id, ad_group_id, key, name, run, creative, copy, destination_kind, destination
        )
        select $1, $2, id, ad_group_id, key, name, run, creative, copy, destination_kind, destination
        from wanted
        on conflict on constraint ad_key_unique do update
        set
            name = excluded.name,
            run = excluded.run,
            creative = excluded.creative,
            copy = excluded.copy,
            destination_kind = excluded.destination_kind,
            destination = excluded.destination,
            removed_at = null,
            updated_at = now()
        "#,
        tx.tenant().0,
        id.0,
        Value::Array(ads.collect()),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn ad_group_document(group: &AdGroup) -> Value {
    let (bid, min_roas) = match group.bid {
        BidRule::LowestCost => (None, None),
        BidRule::CostCap(amount) | BidRule::BidCap(amount) => (Some(amount.minor()), None),
        BidRule::MinRoas(ratio) => (None, Some(ratio.to_string())),
    };
    json!({
        "id": Uuid::now_v7(),
        "key": group.key,
        "name": group.name,
        "run": group.run,
        "budget_kind": group.budget.map(budget_kind),
        "budget_minor": group.budget.map(budget_minor),
        "bid_strategy": group.bid.strategy(),
        "bid_minor": bid,
        "min_roas": min_roas,
        "optimization_goal": group.optimize_for,
        "targeting": {"locations": group.locations, "audience": group.audience},
        "starts_on": group.flight.start.map(|moment| moment.date()),
        "ends_on": group.flight.end.map(|moment| moment.date()),
    })
}

fn ad_document(group: &AdGroup, ad: &Ad) -> Value {
    let creative = &ad.creative;
    let (picture, video) = (creative.picture.as_ref(), creative.video.as_ref());
    let (kind, destination) = match &creative.target {
        Target::Website(website) => ("website", stored::json(website)),
        Target::Form(form) => ("form", stored::json(form)),
        Target::Call(call) => ("call", stored::json(call)),
    };
    json!({
        "id": Uuid::now_v7(),
        "ad_group": group.key,
        "key": ad.key,
        "name": ad.name,
        "run": ad.run,
        "creative": {
            "image": picture.map(Picture::source), "image_facts": picture.and_then(Picture::facts),
            "video": video.map(Video::source), "video_facts": video.and_then(Video::facts),
        },
        "copy": {
            "primary_text": creative.primary_text,
            "headline": creative.headline,
            "description": creative.description,
            "call_to_action": creative.call_to_action,
        },
        "destination_kind": kind,
        "destination": destination,
    })
}

const fn budget_kind(budget: Budget) -> &'static str {
    match budget {
        Budget::Daily(_) => "daily",
        Budget::Lifetime(_) => "lifetime",
    }
}

const fn budget_minor(budget: Budget) -> i64 {
    let (Budget::Daily(amount) | Budget::Lifetime(amount)) = budget;
    Money::minor(amount)
}
