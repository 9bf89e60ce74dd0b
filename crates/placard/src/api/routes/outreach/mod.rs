//! Outreach: campaigns, the people in them, and whoever wants to be left alone.

mod campaigns;
mod lists;
mod people;
mod shape;
mod way_out;

use crate::api::Shared;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    campaigns::routes().merge(people::routes()).merge(lists::routes()).merge(way_out::routes())
}
