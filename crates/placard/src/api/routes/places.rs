//! Where a campaign is on the platforms.

use super::campaigns::find;
use crate::{
    api::{
        Shared,
        body::At,
        caller::Caller,
        paging::Page,
        problem::Problem,
        view::{DeploymentView, ObjectView, PlaceView},
        words::Key,
    },
    places,
};
use axum::{Json, extract::State};
use placard_store::{ad_account, deployment, platform_object, tenant};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Each ad account in which the campaign is or should be, with what is there by our record.
#[utoipa::path(get, path = "/campaigns/{key}/places", tag = "campaigns", params(("key" = inline(Key), Path)),
    responses((status = 200, body = Page<PlaceView>), (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
) -> Result<Json<Page<PlaceView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let campaign = find(&mut tx, &key).await?;
    let tenant = tenant::get(&mut tx).await?;
    tx.commit().await?;
    // A draft is nowhere yet.
    let connections = match campaign.revision {
        0 => Vec::new(),
        _ => places::of(&api.session, &tenant, &campaign).await?,
    };
    let mut tx = caller.begin(&api).await?;
    let mut found = Vec::new();
    for connection in connections {
        let account = connection.account;
        let known = ad_account::find(&mut tx, &account).await?;
        let known = known.ok_or_else(|| Problem::not_found("account"))?;
        let objects = platform_object::list(&mut tx, campaign.id, &account).await?;
        let unfinished = deployment::unfinished(&mut tx, campaign.id, &account).await?;
        found.push(PlaceView {
            account,
            currency: known.description.currency,
            objects: objects.into_iter().map(ObjectView::from).collect(),
            unfinished: unfinished.map(DeploymentView::from),
        });
    }
    tx.commit().await?;
    Ok(Json(Page { items: found, next: None }))
}
