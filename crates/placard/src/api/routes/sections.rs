//! The campaign builder, section by section, saved as it is typed.

use super::campaigns::find;
use crate::api::{
    Shared,
    body::{At, Body},
    caller::Caller,
    paging::Page,
    problem::Problem,
    words::{Key, SectionName},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::{Currency, objective::Objective, spec};
use placard_store::{
    campaign,
    campaign::section::{self, Saved, Section},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, put))
}

/// A section as it was saved last.
#[derive(Serialize, ToSchema)]
struct SectionView {
    /// Which one.
    section: String,
    /// How often it was saved.
    revision: i32,
    /// What it holds.
    #[schema(value_type = Object)]
    document: Value,
    /// Whether it passes its schema.
    valid: bool,
    /// What is wrong with it, with field paths.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Value,
    /// When it was saved.
    at: DateTime<Utc>,
}

impl From<Saved> for SectionView {
    fn from(saved: Saved) -> Self {
        Self {
            section: saved.section.as_str().to_owned(),
            revision: saved.revision,
            document: saved.document,
            valid: saved.valid,
            diagnostics: saved.diagnostics,
            at: saved.at,
        }
    }
}

/// Every section that was saved.
#[utoipa::path(get, path = "/campaigns/{key}/sections", tag = "builder", params(("key" = inline(Key), Path)),
    responses((status = 200, body = Page<SectionView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
) -> Result<Json<Page<SectionView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let campaign = find(&mut tx, &key).await?;
    let saved = section::list(&mut tx, campaign.id).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(saved, SectionView::from)))
}

/// A section.
#[utoipa::path(get, path = "/campaigns/{key}/sections/{section}", tag = "builder",
    params(("key" = inline(Key), Path), ("section" = inline(SectionName), Path)), responses((status = 200, body = SectionView)))]
async fn get(
    State(api): State<Shared>,
    caller: Caller,
    At((key, section)): At<(Key, Section)>,
) -> Result<Json<SectionView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let campaign = find(&mut tx, &key).await?;
    let saved = section::list(&mut tx, campaign.id).await?;
    tx.commit().await?;
    let found = saved.into_iter().find(|saved| saved.section == section);
    found.map(|saved| Json(saved.into())).ok_or_else(|| Problem::not_found("section"))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSection {
    /// What the section holds, as the spec's schema has it.
    #[schema(value_type = Object)]
    document: BTreeMap<String, Value>,
}

/// Saves a section. It is checked and stored whether valid or not; a campaign that is not there is begun.
#[utoipa::path(put, path = "/campaigns/{key}/sections/{section}", tag = "builder",
    params(("key" = inline(Key), Path), ("section" = inline(SectionName), Path)), request_body = NewSection,
    responses((status = 200, body = SectionView)))]
async fn put(
    State(api): State<Shared>,
    caller: Caller,
    At((key, section)): At<(Key, Section)>,
    Body(new): Body<NewSection>,
) -> Result<(StatusCode, Json<SectionView>), Problem> {
    let document = Value::Object(new.document.into_iter().collect());
    let findings = spec::check_section(section.fields(), &document);
    let diagnostics: Vec<Value> = findings
        .0
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::defect(&error))?;
    let mut tx = caller.begin(&api).await?;
    let actor = caller.actor();
    let id = match campaign::find(&mut tx, &key).await? {
        Some(campaign) => campaign.id,
        None => {
            let (objective, currency) = beginnings(section, &document);
            section::draft(&mut tx, &actor, &key, &key, objective, currency).await?
        }
    };
    section::save(&mut tx, &actor, id, section, &document, &diagnostics).await?;
    let saved = section::list(&mut tx, id).await?;
    tx.commit().await?;
    let found = saved.into_iter().find(|saved| saved.section == section);
    let found = found.ok_or_else(|| Problem::not_found("section"))?;
    Ok((StatusCode::OK, Json(found.into())))
}

/// What a campaign is for and what it counts in, until its sections say so.
fn beginnings(section: Section, document: &Value) -> (Objective, Currency) {
    let goal = if section == Section::Goal { document["goal"].as_str() } else { None };
    let objective =
        goal.and_then(|goal| serde_json::from_value(goal.into()).ok()).unwrap_or(Objective::Leads);
    let currency = document["currency"].as_str().and_then(|code| code.parse().ok());
    (objective, currency.unwrap_or_else(|| "USD".parse().expect("a currency of ISO 4217")))
}
