//! The routes, a file for each kind of thing. Who may use them stands in [`super::access`].

mod api_keys;
pub(super) mod assets;
mod audit;
mod auth;
mod campaigns;
mod codes;
mod connections;
mod conversions;
mod copies;
mod dead_notices;
mod deals;
mod deployments;
mod documents;
mod drift;
mod erasing;
mod guardrails;
mod health;
mod imports;
mod jobs;
mod lead_import;
mod lead_work;
pub(super) mod leads;
mod lineage;
mod me;
mod metrics;
mod outreach;
mod people;
mod places;
mod plans;
mod publishing;
mod revenue;
pub(super) mod running;
mod sections;
mod takeover;
mod tenant;
pub(crate) mod webhooks;
pub(super) mod website_audits;

use super::Shared;
use utoipa_axum::router::OpenApiRouter;

/// Every route.
pub(super) fn all() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(health::routes())
        .merge(auth::routes())
        .merge(codes::routes())
        .merge(me::routes())
        .merge(tenant::routes())
        .merge(people::routes())
        .merge(api_keys::routes())
        .merge(connections::routes())
        .merge(campaigns::routes())
        .merge(sections::routes())
        .merge(takeover::routes())
        .merge(plans::routes())
        .merge(assets::routes())
        .merge(copies::routes())
        .merge(deployments::routes())
        .merge(drift::routes())
        .merge(places::routes())
        .merge(metrics::routes())
        .merge(imports::routes())
        .merge(leads::routes())
        .merge(erasing::routes())
        .merge(lead_import::routes())
        .merge(lead_work::routes())
        .merge(deals::routes())
        .merge(conversions::routes())
        .merge(revenue::routes())
        .merge(lineage::routes())
        .merge(outreach::routes())
        .merge(jobs::routes())
        .merge(audit::routes())
        .merge(guardrails::routes())
        .merge(webhooks::routes())
        .merge(website_audits::routes())
        .merge(documents::routes())
        .merge(dead_notices::routes())
}
