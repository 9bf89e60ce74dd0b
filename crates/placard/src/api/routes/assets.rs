//! Pictures, videos and documents.

mod fetching;
mod serving;
mod upload;

pub(crate) use fetching::Fetching;

use crate::{
    api::{
        Shared,
        body::{At, Query},
        caller::Caller,
        paging::{self, Page},
        problem::{Code, Problem, Reason},
        text::Text,
        view::{AssetInFull, AssetView},
        words::Cursor,
    },
    library::Library,
};
use axum::{Json, extract::State, http::StatusCode};
use placard_domain::{AssetId, asset::AssetKind};
use placard_store::{
    TenantTx,
    asset::{self, Asset, Removal, Restoration},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, remove))
        .routes(routes!(restore))
        .merge(fetching::routes())
        .merge(upload::routes())
        .merge(serving::routes())
}

/// A sort of asset.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A document.
    Document,
}

impl From<Kind> for AssetKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Image => Self::Image,
            Kind::Video => Self::Video,
            Kind::Document => Self::Document,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only this sort.
    #[param(inline)]
    kind: Option<Kind>,
    /// Only those whose name contains this text.
    #[param(inline)]
    text: Option<Text<1, 255>>,
    /// Those put aside instead of the others.
    #[serde(default)]
    deleted: bool,
    /// Only those that are what an address gave last, and that can be refreshed.
    #[serde(default)]
    fetched: bool,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// The assets, the newest first.
#[utoipa::path(get, path = "/assets", tag = "assets", params(Filter),
    responses((status = 200, body = Page<AssetView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<AssetView>>, Problem> {
    let limit = paging::limit(filter.limit)?;
    let after = paging::after(filter.cursor.as_ref())?;
    let wanted = asset::Filter {
        kind: filter.kind.map(AssetKind::from),
        text: filter.text.map(Text::into_inner),
        deleted: filter.deleted,
        fetched: filter.fetched,
    };
    let mut tx = caller.begin(&api).await?;
    let found = asset::list(&mut tx, &wanted, after, limit + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(found, limit, |asset| (asset.created_at, asset.id), AssetView::from)))
}

/// An asset, how it suits each placement, its copies on platforms and the ads that show it.
#[utoipa::path(get, path = "/assets/{id}", tag = "assets", params(("id" = Uuid, Path)),
    responses((status = 200, body = AssetInFull)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<AssetInFull>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let asset = find(&mut tx, id).await?;
    let shown = AssetInFull::read(&mut tx, asset).await?;
    tx.commit().await?;
    Ok(Json(shown))
}

/// Puts an asset aside, unless a campaign that is on a platform shows it. Its bytes stay for 30 days, in which it can be
/// restored.
#[utoipa::path(delete, path = "/assets/{id}", tag = "assets", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn remove(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    let removal = asset::remove(&mut tx, &caller.actor(), AssetId(id), (api.now)()).await?;
    tx.commit().await?;
    match removal {
        Removal::Removed => Ok(StatusCode::NO_CONTENT),
        Removal::InUse(campaigns) => {
            let detail = format!("it is shown by {}", campaigns.join(", "));
            Err(Problem::new(Code::Conflict, detail)
                .help("take it out of the campaign and publish, or remove the campaign from the platform")
                .reason(Reason::InUse))
        }
    }
}

/// Takes back that an asset was put aside, unless its bytes are purged.
#[utoipa::path(post, path = "/assets/{id}/restore", tag = "assets", params(("id" = Uuid, Path)),
    responses((status = 200, body = AssetView)))]
async fn restore(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<AssetView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let restoration = asset::restore(&mut tx, &caller.actor(), AssetId(id)).await?;
    tx.commit().await?;
    match restoration {
        Restoration::Standing(asset) => Ok(Json((*asset).into())),
        Restoration::Purged(moment) => {
            let detail = format!("its bytes were purged on {}", moment.format("%Y-%m-%d"));
            Err(Problem::new(Code::Conflict, detail).help("add the file again"))
        }
    }
}

async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Asset, Problem> {
    asset::find(tx, AssetId(id)).await?.ok_or_else(|| Problem::not_found("asset"))
}

async fn library(api: &Shared) -> Result<&Library, Problem> {
    api.session.library().await.map_err(|error| Problem::defect(&*error))
}
