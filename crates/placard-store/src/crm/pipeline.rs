//! Pipelines and their stages.

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
    stored,
};
use placard_domain::{
    PipelineId, StageId,
    crm::pipeline::{Pipeline, Stage, StageKind},
};
use serde_json::json;
use uuid::Uuid;

/// A pipeline as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: PipelineId,
    /// Its name.
    pub name: String,
    /// Its stages, in order.
    pub stages: Vec<(StageId, Stage)>,
}

/// Makes a pipeline.
///
/// # Errors
/// A conflict if the tenant has one of this name.
pub async fn create(tx: &mut TenantTx, actor: &Actor, new: &Pipeline) -> Result<PipelineId, StoreError> {
    let id = PipelineId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into pipeline (tenant_id, id, name)
        values ($1, $2, $3)
        "#,
        tx.tenant().0,
        id.0,
        new.name(),
    )
    .execute(tx.conn())
    .await?;
    let stages = new.stages();
    sqlx::query!(
        r#"
        insert into pipeline_stage (tenant_id, id, pipeline_id, position, name, kind, probability)
        select $1, s.id, $2, s.position, s.name, s.kind, s.probability
        from unnest($3::uuid[], $4::text[], $5::text[], $6::smallint[])
            with ordinality as s (id, name, kind, probability, position)
        "#,
        tx.tenant().0,
        id.0,
        &stages.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &stages.iter().map(|stage| stage.name.clone()).collect::<Vec<_>>(),
        &stages.iter().map(|stage| stage.kind.as_str()).collect::<Vec<_>>() as &[&str],
        &stages.iter().map(|stage| i16::from(stage.probability)).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    let entry = Entry {
        action: Action::Create,
        entity_type: "pipeline",
        entity_id: id.to_string(),
        old: None,
        new: Some(json!({"name": new.name(), "stages": stages})),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(id)
}

/// Every pipeline, by the time it was made.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select p.id, p.name, s.id as stage_id, s.name as stage_name, s.kind, s.probability
        from pipeline as p
        join pipeline_stage as s on s.tenant_id = p.tenant_id and s.pipeline_id = p.id
        where p.tenant_id = $1
        order by p.id, s.position
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: Vec<Stored> = Vec::new();
    for row in rows {
        let stage = stage(row.stage_name, &row.kind, row.probability)?;
        let stage = (StageId(row.stage_id), stage);
        match found.last_mut().filter(|last| last.id.0 == row.id) {
            Some(last) => last.stages.push(stage),
            None => found.push(Stored { id: PipelineId(row.id), name: row.name, stages: vec![stage] }),
        }
    }
    Ok(found)
}

/// The pipeline called `name`, or the first one. A tenant without any gets [`Pipeline::first`].
pub async fn named_or_first(
    tx: &mut TenantTx,
    actor: &Actor,
    name: Option<&str>,
) -> Result<Stored, StoreError> {
    if let Some(name) = name {
        let found = list(tx).await?.into_iter().find(|one| one.name.to_lowercase() == name.to_lowercase());
        return found.ok_or_else(|| StoreError::not_found("pipeline", name));
    }
    if let Some(first) = list(tx).await?.into_iter().next() {
        return Ok(first);
    }
    create(tx, actor, &Pipeline::first()).await?;
    let first = list(tx).await?.into_iter().next();
    first.ok_or_else(|| StoreError::not_found("pipeline", Pipeline::first().name()))
}

impl Stored {
    /// The stage with this name, or the first.
    pub fn stage(&self, name: Option<&str>) -> Option<&(StageId, Stage)> {
        match name {
            None => self.stages.first(),
            Some(name) => {
                self.stages.iter().find(|(_, stage)| stage.name.to_lowercase() == name.to_lowercase())
            }
        }
    }
}

pub(super) fn stage(name: String, kind: &str, probability: i16) -> Result<Stage, StoreError> {
    let kind: StageKind = stored::word("pipeline_stage.kind", kind)?;
    let probability = u8::try_from(probability)
        .map_err(|error| StoreError::corrupt("pipeline_stage.probability", error))?;
    Ok(Stage { name, kind, probability })
}
